"""A seat's wrap-up on the live board: told by the end of a call, ended by time."""

from dispatcher.core import facts as f
from dispatcher.core.call import LiveBoard
from dispatcher.core.ids import AgentId, CallId, ChannelId

SEAT, CALL, LINE = AgentId("agent1"), CallId("1.1"), ChannelId("1.2")


def after_a_call(wrapup_ms: int = 5_000) -> LiveBoard:
    board = LiveBoard(wrapup_ms=wrapup_ms)
    board.apply(f.AgentPresence(SEAT, "free"), 0)
    board.apply(f.CallArrived(CALL, "19900000001", "12345"), 0)
    board.apply(f.AgentAnswered(CALL, SEAT, LINE), 100)
    board.apply(f.AgentPresence(SEAT, "busy"), 101)
    board.apply(f.ChannelEnded(LINE), 1_000)
    return board


def state(board: LiveBoard) -> tuple[str, str]:
    return board.agents[SEAT].state, board.agents[SEAT].reason


def test_a_phone_that_is_free_again_does_not_end_the_wrap_up() -> None:
    board = after_a_call()
    board.apply(f.AgentPresence(SEAT, "free"), 1_001)
    assert state(board) == ("wrapup", "")
    assert board.agents[SEAT].wrapup_until == 6_000
    assert board.wrapped_up(SEAT, 6_000) == (("agent", SEAT),)
    assert state(board) == ("free", "")


def test_a_pause_during_the_wrap_up_counts_at_once_and_stays() -> None:
    board = after_a_call()
    board.apply(f.AgentPresence(SEAT, "paused", "小休"), 2_000)
    assert state(board) == ("paused", "小休")
    board.wrapped_up(SEAT, 6_000)
    assert state(board) == ("paused", "小休")


def test_a_seat_that_is_resumed_during_the_wrap_up_is_free_when_it_ends() -> None:
    board = after_a_call()
    board.apply(f.AgentPresence(SEAT, "paused", "小休"), 2_000)
    board.apply(f.AgentPresence(SEAT, "free"), 3_000)
    assert state(board) == ("wrapup", "")
    assert board.wrapped_up(SEAT, 6_000) == (("agent", SEAT),)
    assert state(board) == ("free", "")


def test_the_timer_of_an_earlier_call_ends_nothing() -> None:
    board = after_a_call()
    assert board.wrapped_up(SEAT, 5_999) == ()
    assert board.wrapped_up(AgentId("agent9"), 6_000) == ()
    assert state(board) == ("wrapup", "")


def test_without_a_wrap_up_the_phone_alone_decides() -> None:
    board = after_a_call(0)
    board.apply(f.AgentPresence(SEAT, "free"), 1_001)
    assert state(board) == ("free", "")


def test_a_phone_that_died_in_the_call_has_nothing_to_wrap_up() -> None:
    board = LiveBoard(wrapup_ms=5_000)
    board.apply(f.CallArrived(CALL, "19900000001", "12345"), 0)
    board.apply(f.AgentAnswered(CALL, SEAT, LINE), 100)
    board.apply(f.AgentPresence(SEAT, "offline"), 900)
    board.apply(f.ChannelEnded(LINE), 1_000)
    assert state(board) == ("offline", "")
    assert board.agents[SEAT].wrapup_until is None


def test_the_seats_are_staffed_by_the_queues_own() -> None:
    board = LiveBoard()
    assert board.staffed, "nobody knows yet, nobody is alarmed"
    board.apply(f.AgentPresence(SEAT, "paused", "就餐"), 0)
    assert not board.staffed
    board.apply(f.CallArrived(CALL, "19900000001", "12345"), 0)
    board.apply(f.AgentAnswered(CALL, AgentId("leader1"), LINE), 100)
    assert not board.staffed, "a leader's phone is not rung by the queue"
    board.apply(f.AgentPresence(SEAT, "wrapup"), 200)
    assert board.staffed
