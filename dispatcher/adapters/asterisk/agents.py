"""Signing agents in and out of the queue, and pausing them.

Each returns '' when the goal is reached (also when it already was), else the PBX's reason.
Source: Asterisk documentation, actions QueueAdd, QueueRemove, QueuePause.
"""

from ...core.ids import AgentId
from .link import Link

QUEUE = "hotline"
OUT = "signed-out"
"""The reason of a pause that means: nobody sits here."""


def interface(agent: AgentId) -> str:
    """The phone of a seat; it is its own state interface, so a busy phone is not rung."""
    return f"PJSIP/{agent}"


async def sign_in(link: Link, agent: AgentId, penalty: int = 0) -> str:
    """Let the queue ring this seat."""
    answer = await link.act(
        {
            "Action": "QueueAdd",
            "Queue": QUEUE,
            "Interface": interface(agent),
            "MemberName": agent,
            "StateInterface": interface(agent),
            "Penalty": str(penalty),
            "Paused": "false",
        }
    )
    if answer.success:
        return ""
    message = answer.text("Message")
    if "already there" not in message.lower():
        return _reason(False, message, "")
    await resume(link, agent)
    return ""


async def sign_out(link: Link, agent: AgentId) -> str:
    """Stop ringing this seat. A call it has goes on.

    A member that stands in queues.conf cannot be removed: it is paused, with `OUT` as reason.
    """
    answer = await link.act(
        {"Action": "QueueRemove", "Queue": QUEUE, "Interface": interface(agent)}
    )
    message = answer.text("Message")
    if not answer.success and "not dynamic" in message.lower():
        return await pause(link, agent, OUT)
    return _reason(answer.success, message, "not there")


async def pause(link: Link, agent: AgentId, reason: str = "") -> str:
    """Give this seat no calls until `resume`; ``reason`` is shown to the shift leader."""
    return await _pause(link, agent, "true", reason)


async def resume(link: Link, agent: AgentId) -> str:
    """Give this seat calls again."""
    return await _pause(link, agent, "false", "")


async def _pause(link: Link, agent: AgentId, paused: str, reason: str) -> str:
    action = {
        "Action": "QueuePause",
        "Queue": QUEUE,
        "Interface": interface(agent),
        "Paused": paused,
    }
    if reason:
        action["Reason"] = reason
    answer = await link.act(action)
    return _reason(answer.success, answer.text("Message"), "")


def _reason(success: bool, message: str, harmless: str) -> str:
    if success or (harmless and harmless in message.lower()):
        return ""
    return message or "refused without a reason"
