from __future__ import annotations

import pytest

from dispatcher.testing.city import Behaviour


def test_keys_and_leaving_are_added_to_a_behaviour() -> None:
    behaviour = Behaviour.presses("9", 1.0).then("1", 2.0).leaving(5.0)
    assert behaviour.keys == ((1.0, "9"), (2.0, "1"))
    assert behaviour.hang_up_after_s == 5.0


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour.busy(), 17),
        (Behaviour.rejects(), 21),
        (Behaviour.no_such_number(), 1),
        (Behaviour.unreachable(), 19),
    ],
)
def test_refusals_never_answer(behaviour: Behaviour, cause: int) -> None:
    assert behaviour.answer_after_s is None
    assert behaviour.refuse_cause == cause


def test_a_machine_presses_no_key_and_sounds_no_tone() -> None:
    machine = Behaviour.voicemail()
    assert machine.keys == ()
    assert (machine.tone_hz, machine.speech) == (0, "voicemail")
