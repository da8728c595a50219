"""Compare a running PBX with what the service needs, over the manager interface alone.

Only the service's own account is used, so what it may not do shows as a finding. Each
finding is one line: what is missing and what to do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from dispatcher.adapters.asterisk.embedded.ami import Ami, Message
from dispatcher.adapters.asterisk.embedded.errors import AmiError
from dispatcher.adapters.asterisk.embedded.layout import upstream_version
from dispatcher.core.rules import LINES

OLDEST_MAJOR = 16
DIALPLAN = "1"
QUEUE = "hotline"
CONTEXTS = (
    "from-agent",
    "from-trunk",
    "hotline-may-dial",
    "hotline-may-call-back",
    "hotline-tally",
    "hotline-queue",
    "case-room-caller",
    "case-room-agent",
    "case-room-unit",
    "agent-after",
    "case-held",
    "case-held-unit",
    "unit-brief",
    "unit-desk",
    "unit-desk-again",
    "unit-desk-agent",
    "unit-called-in",
    "leg-taken",
    "leg-withdrawn",
    "leg-detail",
    "leg-noted",
    "leg-done",
    "caller-goodbye",
    "hotline-check",
)
PROFILES = {
    "case-room": {"type": "bridge"},
    "case-caller": {
        "type": "user",
        "quiet": "yes",
        "announce_only_user": "no",
        "end_marked": "yes",
    },
    "case-caller-first": {"type": "user", "quiet": "yes", "end_marked": "yes"},
    "case-agent": {"type": "user", "quiet": "yes", "announce_only_user": "no", "marked": "yes"},
    "case-unit": {"type": "user", "quiet": "yes", "announce_only_user": "no", "marked": "yes"},
}
MODULES = (
    "app_confbridge",
    "app_mixmonitor",
    "app_queue",
    "app_read",
    "bridge_softmix",
    "chan_pjsip",
    "codec_alaw",
    "codec_ulaw",
    "format_wav",
    "func_cut",
    "func_db",
    "func_groupcount",
    "func_lock",
    "res_musiconhold",
)
UNWANTED_MODULES = ("res_pjsip_caller_id",)
"""It makes a %0d%0a in a caller's number a line break in every manager event about him."""
ACTIONS = (
    "ConfbridgeList",
    "CoreShowChannels",
    "DeviceStateList",
    "Getvar",
    "Hangup",
    "Originate",
    "Ping",
    "QueueAdd",
    "QueuePause",
    "QueueRemove",
    "QueueStatus",
    "Redirect",
    "Setvar",
    "Status",
)
FORBIDDEN_ACTIONS = ("Command", "UpdateConfig", "ModuleLoad")
NEEDED_EVENTS = ("FullyBooted", "Newchannel", "Hangup", "UserEvent")
UNWANTED_EVENTS = ("LocalBridge", "Newexten", "VarSet")
RENDER = "render asterisk_config again (`dispatcher pbx render`) and reload the PBX"


async def check(address: tuple[str, int, str, str], agents: tuple[str, ...] = ()) -> list[str]:
    """Every finding about the PBX at ``address`` (host, port, user, secret); empty is good.

    ``agents`` are the agents' ids whose phones and queue places are expected.
    """
    try:
        ami = await Ami.connect(*address)
    except AmiError as error:
        return [f"manager: {error}: start the PBX, or correct address, user and secret"]
    async with ami:
        findings: list[str] = []
        for part in (
            _version,
            _rights,
            _modules,
            _dialplan,
            _rooms,
            _queue(agents),
            _phones,
            _live,
        ):
            try:
                findings += [finding async for finding in part(ami)]
            except AmiError as error:
                findings.append(f"manager: {error}: look into the PBX's log")
        return findings


Part = Callable[[Ami], AsyncIterator[str]]


async def _version(ami: Ami) -> AsyncIterator[str]:
    said = (await ami.action("CoreSettings")).get("AsteriskVersion", "")
    if said and int(upstream_version(said).split(".")[0]) < OLDEST_MAJOR:
        yield f"Asterisk {said} is too old: install {OLDEST_MAJOR} or later"


async def _rights(ami: Ami) -> AsyncIterator[str]:
    allowed = set(await ami.action("ListCommands"))
    for name in ACTIONS:
        if name not in allowed:
            yield (
                f"manager right: the account may not {name}: set "
                "write = originate,call,agent,user,reporting in manager.conf"
            )
    for name in FORBIDDEN_ACTIONS:
        if name in allowed:
            yield (
                f"manager right: the account may {name}, which it never needs: take "
                "system, command and config out of its write classes in manager.conf"
            )


async def _modules(ami: Ami) -> AsyncIterator[str]:
    for name in MODULES:
        if await ami.get_variable(f"IFMODULE({name}.so)") != "1":
            yield f"module {name} is not loaded: add it to modules.conf"
    for name in UNWANTED_MODULES:
        if await ami.get_variable(f"IFMODULE({name}.so)") == "1":
            yield (
                f"module {name} is loaded, by which a caller can write manager events: take it "
                "out of modules.conf"
            )


async def _dialplan(ami: Ami) -> AsyncIterator[str]:
    for context in CONTEXTS:
        if not await ami.list("ShowDialPlan", Context=context):
            yield f"dialplan: context {context} is missing: {RENDER}"
    for line in LINES:
        if not await ami.get_variable(f"HD_DIAL_{line}"):
            yield f"dialplan: agents cannot dial *{line} while the service is down: {RENDER}"
    if await ami.get_variable("HD_UNIT_CODES") in ("", "0"):
        yield (
            "dialplan: agents have no feature code, so no unit can be rung while the service is "
            "down: give feature_codes in the PBX settings"
        )
    version = await ami.get_variable("HD_DIALPLAN")
    if version != DIALPLAN:
        yield f"dialplan: version {version or 'none'} runs, {DIALPLAN} is needed: {RENDER}"
    for name in ("HD_SOUNDS", "HD_RECORDINGS", "HD_HOTLINE"):
        if not await ami.get_variable(name):
            yield f"dialplan: the global {name} is not set: {RENDER}"


async def _rooms(ami: Ami) -> AsyncIterator[str]:
    for profile, options in PROFILES.items():
        for option, wanted in options.items():
            found = await ami.get_variable(f"AST_CONFIG(confbridge.conf,{profile},{option})")
            if found != wanted:
                yield (
                    f"ConfBridge profile {profile}: {option} is {found or 'not set'}, "
                    f"{wanted} is needed: {RENDER}"
                )


def _queue(agents: tuple[str, ...]) -> Part:
    async def part(ami: Ami) -> AsyncIterator[str]:
        status = await ami.list("QueueStatus", Queue=QUEUE)
        if not any(event["Event"] == "QueueParams" for event in status):
            yield f"queue {QUEUE} is missing: {RENDER}"
            return
        members = {event["Name"]: event for event in status if event["Event"] == "QueueMember"}
        if not members:
            yield f"queue {QUEUE} has no member: add agents to queues.conf"
        for agent in agents:
            if agent not in members:
                yield f"queue {QUEUE}: {agent} is no member: {RENDER}"
        for name, member in members.items():
            if member.get("StateInterface", "") != member.get("Location", "").split("@")[0]:
                yield (
                    f"queue {QUEUE}: member {name} has the state interface "
                    f"{member.get('StateInterface')!r}: it must be its endpoint, PJSIP/{name}"
                )

    return part


async def _phones(ami: Ami) -> AsyncIterator[str]:
    if await ami.get_variable("DEVICE_STATE(PJSIP/trunk)") == "INVALID":
        yield f"endpoint trunk is missing, no unit can be rung: {RENDER}"
    for event in await ami.list("QueueStatus", Queue=QUEUE):
        name = event.get("Name", "")
        if event["Event"] != "QueueMember" or event.get("Membership") != "static":
            continue
        state = await ami.get_variable(f"DEVICE_STATE({event['StateInterface']})")
        if state == "INVALID":
            yield f"endpoint of {name} is missing: add it to pjsip.conf"
        elif state == "UNAVAILABLE":
            yield f"the phone of {name} is not registered: switch it on, check its secret"


async def _live(ami: Ami) -> AsyncIterator[str]:
    """One call of the PBX to itself shows sounds, filters and event rights at work."""
    since = len(ami.history)
    await ami.action(
        "Originate",
        Channel="Local/s@hotline-check/n",
        Application="Wait",
        Data="1",
        Async="true",
    )
    try:
        report = await ami.event(_is_report, 5, since, "the report of hotline-check")
        await ami.event(lambda event: event["Event"] == "Hangup", 5, since, "the event Hangup")
    except AmiError as error:
        yield f"events: {error}: set read = system,call,agent,user and the filters in manager.conf"
        return
    for name in report.get("Missing", "").split():
        yield f"sound phrases/{name}.wav is missing: `dispatcher pbx render` makes it"
    seen = {event["Event"] for event in ami.history}
    for name in NEEDED_EVENTS:
        if name not in seen:
            yield f"event {name} does not arrive: let it pass in manager.conf (eventfilter)"
    for name in UNWANTED_EVENTS:
        if name in seen:
            yield f"event {name} arrives, which only costs: set the event filters of manager.conf"


def _is_report(event: Message) -> bool:
    return event.get("UserEvent") == "HdCheck"
