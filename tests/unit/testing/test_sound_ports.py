from __future__ import annotations

import pytest

from dispatcher.adapters.asterisk.embedded.errors import PortTakenError
from dispatcher.testing.sound_ports import BLOCK, sound_ports


def test_blocks_that_are_taken_at_once_do_not_overlap() -> None:
    with sound_ports() as one, sound_ports(2) as two:
        assert one[1] < two[0] or two[1] < one[0]
        assert two[1] - two[0] == 2 * BLOCK - 3


def test_more_blocks_than_there_are_is_told() -> None:
    with pytest.raises(PortTakenError, match="no free ports for sound"), sound_ports(1000):
        pass
