"""Chinese number words: digit by digit, and as they are counted."""

from __future__ import annotations

PLAIN = "零一二三四五六七八九"
_PHONE = "零幺二三四五六七八九"


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
            said += ("零" if gap and said else "") + PLAIN[digit] + name
            gap = False
        else:
            gap = True
    return said
