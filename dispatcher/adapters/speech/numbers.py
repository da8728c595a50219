"""How numbers are said on the telephone in Mandarin, written out before synthesis.

A telephone number is said digit by digit with 幺 for 1 (110 → 幺幺零); an amount is said
as a number (110米 → 一百一十米); 14:05 is 十四点零五分.
"""

from __future__ import annotations

import re

_PLAIN = "零一二三四五六七八九"
_PHONE = "零幺二三四五六七八九"
_SERVICE_NUMBERS = re.compile(r"1[12]\d|1[02]\d{3}|96\d{3}")
# A measure word after the digits makes them an amount.
_MEASURE = (
    r"(?=\s*(?:[个人名户米吨辆台部层楼家件起位次天分秒岁元块张度平公千毫升小点月日月周]|%|％))"
)
_NUMBER = re.compile(r"\d+(?:[-‐]\d+)*(?:\.\d+)?")
_TIME = re.compile(r"(?<![\d:：])([01]?\d|2[0-3])[:：]([0-5]\d)(?![\d:：])")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?=年)")


def spoken(text: str) -> str:
    """``text`` with every number written as it is said.

    >>> spoken("请拨打110")
    '请拨打幺幺零'
    >>> spoken("距路口110米，有2人受伤，14:05报警")
    '距路口一百一十米，有两人受伤，十四点零五分报警'
    """
    text = _TIME.sub(lambda match: _time(int(match[1]), int(match[2])), text)
    text = _YEAR.sub(lambda match: digits(match[1], _PLAIN), text)
    return _NUMBER.sub(lambda match: _number(match[0], text[match.end() :]), text)


def digits(number: str, names: str = _PHONE) -> str:
    """Digit by digit: ``0563`` → 零五六三; other characters are left out."""
    return "".join(names[int(digit)] for digit in number if digit in "0123456789")


def cardinal(number: int) -> str:
    """A number below 100,000,000 as it is counted: 110 → 一百一十, 10 → 十, 2005 → 二千零五."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        gap = "零" if 0 < low < 1000 else ""
        return cardinal(high) + "万" + (gap + _below_myriad(low) if low else "")
    said = _below_myriad(number)
    return said[1:] if said.startswith("一十") else said


def _below_myriad(number: int) -> str:
    if number == 0:
        return "零"
    said, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            said += ("零" if gap and said else "") + _PLAIN[digit] + name
            gap = False
        else:
            gap = True
    return said


def _number(number: str, rest: str) -> str:
    if "-" in number or "‐" in number:
        return digits(number)
    whole, _, fraction = number.partition(".")
    counted = re.match(_MEASURE, rest) is not None
    if fraction:
        return cardinal(int(whole)) + "点" + digits(fraction, _PLAIN)
    if whole.startswith("0") and len(whole) > 1:
        return digits(whole)
    if not counted and (_SERVICE_NUMBERS.fullmatch(whole) or len(whole) >= 5):
        return digits(whole)
    if len(whole) > 8:
        return digits(whole)
    if whole == "2" and re.match(r"\s*[个人名户米吨辆台部层家件起位次天]", rest):
        return "两"
    return cardinal(int(whole))


def _time(hour: int, minute: int) -> str:
    if minute == 0:
        return f"{cardinal(hour)}点整"
    gap = "零" if minute < 10 else ""
    return f"{cardinal(hour)}点{gap}{cardinal(minute)}分"
