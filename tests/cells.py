"""What must happen in the moments the table of hang-ups does not name by itself.

Each is played twice: on the simulated telephony (`tests/scenarios/cells/`, a module for each
subject) and, where it is the telephone that decides, on real Asterisk with tones
(`tests/integration/test_cells*.py`).
A cell without a play fails.
"""

SIMULATED = "simulated"
REAL = "real"
BOTH = frozenset((SIMULATED, REAL))

CELLS: dict[str, tuple[str, frozenset[str]]] = {
    # ---- the agent's telephone dies without a word
    "agent_dies_while_it_rings": ("the caller is first in the queue, ringing goes on", BOTH),
    "agent_dies_during_the_brief": ("the same, and the unit is joined to whoever took him", BOTH),
    "agent_dies_when_joined": ("caller and unit talk on", BOTH),
    # ---- a second call for an agent who is in a call of three
    "a_second_call_spares_the_busy_agent": ("it waits, or goes to another seat", BOTH),
    "the_same_number_calls_again": ("a call of its own; the first one is not touched", BOTH),
    "a_seat_is_dialled_directly": ("nothing from outside reaches a seat but the queue", BOTH),
    # ---- two people act at once
    "two_leaders_take_the_case_over": (
        "the first has it, the other is told so",
        frozenset({SIMULATED}),
    ),
    "two_leaders_reassign": ("the first counts, the other is told so", frozenset({SIMULATED})),
    "one_keeps_the_other_reassigns": (
        "the first counts, the other is told so",
        frozenset({SIMULATED}),
    ),
    "two_leaders_take_the_call_over": ("one has the caller, the other's phone stays still", BOTH),
    "two_press_the_one_key": ("one case, one room; the other is told its number", BOTH),
    "two_hand_over": ("one lead, the other is told so", frozenset({SIMULATED})),
    "two_withdraw": ("taken back once, the other is told so", frozenset({SIMULATED})),
    # ---- the caller leaves in the instant of the joining, at each of many moments
    "the_caller_leaves_in_the_joining": ("agent and unit talk, or the unit is told", BOTH),
    "the_caller_leaves_in_the_convening": ("the agent stays, the unit is joined to him", BOTH),
    # ---- the contact is on another case
    "the_contact_is_on_another_case": ("told apart, the next is rung, the other goes on", BOTH),
    # ---- one person on two rungs
    "one_number_on_two_rungs": ("rung on one telephone at a time; one key counts for both", BOTH),
    "one_person_heard_the_mark": ("not told again by his other rung", frozenset({SIMULATED})),
    "one_person_said_not_ours": ("not asked again by his other rung", frozenset({SIMULATED})),
    "one_person_is_in_the_room": ("not rung by his other rung", frozenset({SIMULATED})),
    "one_person_did_not_answer_again": ("his other rung is passed over", frozenset({SIMULATED})),
    # ---- nobody at the seats
    "all_seats_are_signed_out": ("he waits with words, the leader knows, the first has him", BOTH),
    "all_seats_are_paused": ("the same", BOTH),
    "all_seats_are_unreachable": ("the same", BOTH),
    # ---- two keys within 50 ms
    "two_keys_at_once": ("the first wins, the other hears that it is taken", BOTH),
}


def of(kind: str) -> set[str]:
    """The cells that are played this way."""
    return {name for name, (_, kinds) in CELLS.items() if kind in kinds}
