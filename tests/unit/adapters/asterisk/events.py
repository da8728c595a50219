"""Events as Asterisk writes them, and a translator to read them."""

from dispatcher.adapters.asterisk.channels import Channels
from dispatcher.adapters.asterisk.translate import Translator
from dispatcher.adapters.asterisk.wire import event_name
from dispatcher.core.facts import Fact

CASE = "01JDMADEUPCASE000000000001"
LEG = f"{CASE}.1"
CALLER = "1795350423.10"
AGENT = "1795350423.11"
NUMBER = "05635550101"


def event(name: str, **headers: str) -> bytes:
    lines = [f"Event: {name}", "Privilege: call,all"]
    return "\r\n".join([*lines, *(f"{key}: {text}" for key, text in headers.items())]).encode()


def user(name: str, **headers: str) -> bytes:
    return event("UserEvent", Channel="PJSIP/trunk-00000001", UserEvent=name, **headers)


ARRIVED = user("HdCallArrived", Call=CALLER, Number=NUMBER, Dialled="12345")
QUEUED = user("HdCallQueued", Call=CALLER, Case="", Reason="new")
IN_QUEUE = event("QueueCallerJoin", Uniqueid=CALLER, Queue="hotline", Position="1")
SEAT = {
    "Uniqueid": CALLER,
    "DestChannel": "PJSIP/agent1-00000002",
    "DestUniqueid": AGENT,
    "MemberName": "agent1",
    "Interface": "PJSIP/agent1",
}
CALLED = event("AgentCalled", **SEAT)
CONNECTED = event("AgentConnect", **SEAT)
NO_ANSWER = event("AgentRingNoAnswer", **SEAT)


def join(channel: str, name: str = "PJSIP/trunk-00000001", room: str = CASE) -> bytes:
    return event("ConfbridgeJoin", Conference=room, Channel=name, Uniqueid=channel)


def leave(channel: str, name: str = "PJSIP/trunk-00000001", room: str = CASE) -> bytes:
    return event("ConfbridgeLeave", Conference=room, Channel=name, Uniqueid=channel)


def hangup(channel: str, cause: int = 16, tech: str = "") -> bytes:
    more = {"TechCause": tech} if tech else {}
    return event("Hangup", Uniqueid=channel, Cause=str(cause), **{"Cause-txt": "x"}, **more)


def new_channel(channel: str = LEG) -> bytes:
    return event("Newchannel", Channel="PJSIP/trunk-00000003", ChannelState="0", Uniqueid=channel)


def ringing(channel: str = LEG) -> bytes:
    return event("Newstate", ChannelState="5", ChannelStateDesc="Ringing", Uniqueid=channel)


class Reader:
    """A translator with an empty table; `read` gives the facts of these events."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.channels = Channels()
        self.translator = Translator(self.channels, self.facts.append)

    def read(self, *events: bytes) -> list[Fact]:
        before = len(self.facts)
        for raw in events:
            handler = self.translator.handlers.get(event_name(raw))
            if handler is not None:
                handler(raw)
        return self.facts[before:]
