"""Two messages to one recipient within a minute are one; nothing is left out by it."""

from dispatcher.core.effects import NotifyDesk
from dispatcher.core.ids import CaseId
from dispatcher.notices import MERGED_MS, Notices
from dispatcher.ports import Frame

START = 1_795_305_600_000


def told(notices: Notices, text: str, at: int = 0, role: str = "open_gov") -> Frame:
    effect = NotifyDesk(f"{text}:{role}", CaseId("c"), role, None, text)
    return notices.frame(effect, START + at)


def test_the_second_within_a_minute_stands_in_the_first() -> None:
    notices = Notices()
    first = told(notices, "甲单超时")
    second = told(notices, "乙单超时", MERGED_MS)
    assert second.key == first.key
    assert second.data["text"] == "甲单超时\n乙单超时"


def test_the_minute_counts_from_the_first() -> None:
    notices = Notices()
    told(notices, "一")
    told(notices, "二", 40_000)
    third = told(notices, "三", MERGED_MS + 1)
    assert (third.key, third.data["text"]) == ("三:open_gov", "三")


def test_another_recipient_has_a_message_of_his_own() -> None:
    notices = Notices()
    told(notices, "一")
    other = told(notices, "二", role="supervision")
    assert (other.data["role"], other.data["text"]) == ("supervision", "二")


def test_the_same_said_again_is_said_once() -> None:
    """An effect that is performed again after a restart of its outbox."""
    notices = Notices()
    told(notices, "一")
    assert told(notices, "一", 10_000).data["text"] == "一"
