"""How many people: counts that stand beside words for dead, hurt, trapped or ill."""

import re

from dispatcher.core.classify import Casualties

from .lexicon import Findings

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "仨": 3}
_COUNT = re.compile(
    r"(\d{1,4}|[一二三四五六七八九十百两俩仨几]{1,5})(?:多|来|余)?"
    r"(?:个|名|位|口|号|余人|人)(?!月|小时|钟|礼拜|星期|多小时|半小时|单元|电梯|楼|瓶|罐|方)"
)
_REACH = 18
_KINDS = {
    "dead": re.compile("死|没命|没气了|遇难|身亡|断气|没呼吸"),
    "trapped": re.compile("困|关在|卡在|出不来|埋|压在|锁在|夹住"),
    "ill": re.compile("吐|拉肚子|腹泻|拉稀|中毒|肚子|恶心|头晕|头昏|头疼|发病|洗胃|挂水"),
    "injured": re.compile("伤|骨折|流血|砸|压|撞|摔|烫|烧|触电|昏|晕|卷|绞|夹|戳|掉"),
}
_MAX = 9999


def number(text: str) -> int:
    """Value of an Arabic or Chinese number below ten thousand; 几 counts as 2 (at least)."""
    if text.isdigit():
        return int(text)
    total, digit = 0, 0
    for letter in text:
        if letter == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif letter == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif letter == "几":
            digit = 2
        else:
            digit = _DIGITS.get(letter, 0)
    return total + digit


def count_people(text: str, found: Findings) -> Casualties:
    """People reported in normalised ``text``, each count for the nearest kind of harm; a harmed
    person without a number counts as one. Discounted words do not count."""
    off = [(span.start, span.end) for span in found.spans]
    numbers: dict[str, int] = {}
    for match in _COUNT.finditer(text):
        if any(start <= match.start() < end for start, end in off):
            continue
        kind = _nearest(text, match.start(), match.end())
        if kind:
            numbers[kind] = min(_MAX, max(numbers.get(kind, 0), number(match[1])))
    return Casualties(**numbers)


def _nearest(text: str, start: int, end: int) -> str | None:
    """The kind of harm whose words are closest to [start, end), following words first."""
    best: tuple[int, str] | None = None
    low = max(0, start - _REACH)
    for kind, words in _KINDS.items():
        after = words.search(text, end, end + _REACH)
        if after and (best is None or after.start() - end < best[0]):
            best = after.start() - end, kind
        before = list(words.finditer(text, low, start))
        if before and (best is None or start - before[-1].end() + 4 < best[0]):
            best = start - before[-1].end() + 4, kind
    return best[1] if best else None
