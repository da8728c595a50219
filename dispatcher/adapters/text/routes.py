"""Routes: the places something runs between are not where it is."""

import re
from typing import NamedTuple

_BETWEEN = re.compile(
    "(?:县|市|区|镇|乡|县城|城里|城区|那边|这边)?"
    "(?:到|至|往|开往|去|去往|回|开到|开去|跑|发往|通往|-|—)了?"
)
_VISITS = (
    "喝", "吃", "做客", "走亲", "打工", "看病", "看望", "玩", "旅游", "进货", "卸货", "送货",
    "上班",
)  # fmt: skip


class Mention(NamedTuple):
    """A place name at [start, end); ``why`` says why it does not count, "" when it does."""

    name: str
    start: int
    end: int
    districts: tuple[str, ...]
    weight: float
    why: str


def without_routes(text: str, mentions: list[Mention]) -> list[Mention]:
    """The ends of a route (从郎溪到广德) say on which way something happens, not where: they do not
    count, unless both lie in one district or the second is where people are (…到卢村喝喜酒)."""
    out = list(mentions)
    named = [n for n, mention in enumerate(mentions) if not mention.why]
    for at in range(len(named) - 1):
        first, second = mentions[named[at]], mentions[named[at + 1]]
        if _BETWEEN.fullmatch(text, first.end, second.start) is None:
            continue
        begun = _joined(mentions, named, at, -1)
        reached = _joined(mentions, named, at + 1, 1)
        if len({mentions[n].districts for n in (*begun, *reached)}) == 1:
            continue
        visited = text.startswith(_VISITS, mentions[reached[-1]].end)
        for n in begun if visited else (*begun, *reached):
            out[n] = mentions[n]._replace(weight=0.0, why="route")
    return out


def _joined(mentions: list[Mention], named: list[int], at: int, step: int) -> list[int]:
    """Numbers of the mentions that are one end: a place may stand with its county (郎溪涛城)."""
    other = at + step
    if 0 <= other < len(named):
        near, far = sorted((named[at], named[other]))
        if mentions[near].end == mentions[far].start:
            return [named[at], named[other]]
    return [named[at]]
