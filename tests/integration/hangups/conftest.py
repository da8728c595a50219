"""Plays assert outside of test modules: a failure shows the values all the same."""

import pytest

for phase in ("phases", "nothing_rings", "ringing", "briefing", "joined", "music", "two_left"):
    pytest.register_assert_rewrite(f"{__package__}.{phase}")
