"""A text as it is said on the telephone in Mandarin; the speech engine gets nothing else.

Numbers are the matter: digit by digit with 幺 for 1 (case digits, telephones, rooms, plates), as
an amount (一百一十米, 两人), as a time (上午九点零五分), as a date. The rules run in this order,
and what one has written out no later one sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match

from dispatcher.adapters.speech.numbers import PLAIN, cardinal, digits

_WIDE = str.maketrans("０１２３４５６７８９：％．，～－", "0123456789:%.,~-")
# What is counted by it takes 两 for 2 …
_COUNTED = (
    "个(?!位)|人|名|位|户|家|口|辆|台|部|件|起|次|例|条|只|头|棵|根|处|间|套|批|队|组人|支|米|公里|"
    "千米|厘米|毫米|公斤|千克|吨|升|天|周|年|小时|分钟|分(?!之)|秒|点|元|块|倍|百|千|万"
)
# … and what is numbered by it does not.
_NUMBERED = "月|日|号|楼|层|栋|幢|单元|室|组|队|期|级|路|度|平方|立方|张|岁|成|时"
_MEASURE = rf"(?:{_COUNTED}|{_NUMBERED})"
_NAMED = "尾号|后四位|工单号|工单|单号|编号|号码|电话|手机|座机|热线|密码|拨打|回拨|致电|专线"
_PARTS = ((0, "凌晨"), (6, "上午"), (12, "中午"), (13, "下午"), (18, "晚上"))
_UNITS = {
    "km": "公里", "m": "米", "cm": "厘米", "mm": "毫米", "kg": "公斤", "g": "克", "t": "吨",
    "kV": "千伏", "V": "伏", "kW": "千瓦", "L": "升", "㎡": "平方米", "m²": "平方米",
    "m2": "平方米", "m³": "立方米", "m3": "立方米", "℃": "摄氏度", "°C": "摄氏度",
}  # fmt: skip
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_SERVICE = re.compile(r"1[12]\d|1[02]\d{3}|96\d{3}")

RESPELLED = {
    "重听": "虫听",
    "胡乐": "胡勒",  # 宁国市胡乐镇
}
"""Words the engine reads wrongly, in characters that it reads rightly."""


def spoken(text: str) -> str:
    """``text`` with every number written as it is said, and readings the engine gets wrong
    respelled.

    >>> spoken("请拨打110")
    '请拨打幺幺零'
    >>> spoken("距路口110米，有2人受伤，14:05报警")
    '距路口一百一十米，有两人受伤，下午两点零五分报警'
    """
    text = text.translate(_WIDE)
    for pattern, said in _RULES:
        text = pattern.sub(said, text)
    for written, read in RESPELLED.items():
        text = text.replace(written, read)
    return text


def _date(found: Match[str]) -> str:
    year, month, day = found[1], int(found[2]), int(found[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found[0]
    return f"{digits(year, PLAIN)}年{cardinal(month)}月{cardinal(day)}日"


def _time(found: Match[str]) -> str:
    """With the part of the day, unless it stands there; 24 hours become 12."""
    said_before, hour, minute, second = found[1], int(found[2]), int(found[3]), found[4]
    part = said_before or next(name for begins, name in reversed(_PARTS) if hour >= begins)
    hour = hour - 12 if hour > 12 else hour
    gap = "零" if 0 < minute < 10 else ""
    said = f"{part}{_count(hour, two=True)}点"
    said += f"{gap}{cardinal(minute)}分" if minute or second else "整"
    return said + (f"{cardinal(int(second))}秒" if second else "")


def _named(found: Match[str]) -> str:
    return found[1] + digits(found[2])


def _range(found: Match[str]) -> str:
    two = re.match(_COUNTED, found[3]) is not None
    low, high = (_count(int(n), two=two) for n in (found[1], found[2]))
    return f"{low}到{high}{found[3]}"


def _unit(found: Match[str]) -> str:
    below = "零下" if found[1] and found[3] in ("℃", "°C") else ""
    return below + _amount(found[2], two=found[3] not in ("℃", "°C")) + _UNITS[found[3]]


def _counted(found: Match[str]) -> str:
    """``第2人`` is numbered, ``2人`` counted; a zero in front is said (05分 → 零五分)."""
    ordinal, number, measure = found[1], found[2], found[3]
    two = not ordinal and re.match(_COUNTED, measure) is not None
    return ordinal + _amount(number, two=two) + measure


def _other(found: Match[str]) -> str:
    number = found[0]
    if "-" in number:
        return digits(number)
    whole = number.partition(".")[0]
    if "." not in number and (_SERVICE.fullmatch(whole) or len(whole) >= 5):
        return digits(whole)
    return _amount(number, two=False)


def _amount(number: str, *, two: bool) -> str:
    whole, _, fraction = number.partition(".")
    if fraction:
        return cardinal(int(whole)) + "点" + digits(fraction, PLAIN)
    if (whole.startswith("0") and len(whole) > 1) or len(whole) > 8:
        return digits(whole)
    return _count(int(whole), two=two)


def _count(number: int, *, two: bool) -> str:
    return "两" if two and number == 2 else cardinal(number)


_RULES: tuple[tuple[re.Pattern[str], Callable[[Match[str]], str]], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        # 20261122-000123: a case's number
        (r"(?<!\d)\d{8}-\d{6}(?!\d)", lambda found: digits(found[0])),
        (r"(?<![\d-])((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?![\d-])", _date),
        (r"(?<!\d)(\d{4})(?=年)", lambda found: digits(found[1], PLAIN)),
        (
            r"(凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里)?"
            r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\d:])",
            _time,
        ),
        (r"(-?)(?<![\d.])(\d+(?:\.\d+)?)\s*(" + _UNIT + r")(?![A-Za-z])", _unit),
        (
            r"(\d+(?:\.\d+)?)\s*%",
            lambda found: "百分之" + _amount(found[1], two=False),
        ),
        (r"((?:" + _NAMED + r")[是为:：,，\s]{0,2})(\d[\d -]*\d|\d)(?![.\d])", _named),
        (r"(?<![\d-])(\d{1,4})\s*[-~至到]\s*(\d{1,4})(" + _MEASURE + r")", _range),
        # G50, 皖P12345: roads and plates; 1203室: a room
        (r"(?<=[A-Za-z])\d+", lambda found: digits(found[0])),
        (r"(?<!\d)\d{3,5}(?=室|房)", lambda found: digits(found[0])),
        (r"(?<=[路街巷道弄村])(\d{1,4})(?=号)", lambda found: cardinal(int(found[1]))),
        (r"(第?)(?<![\d.-])(\d+(?:\.\d+)?)(" + _MEASURE + r")", _counted),
        (r"\d+(?:-\d+)*(?:\.\d+)?", _other),
    )
)
