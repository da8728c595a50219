"""Pinyin initials of unit names, by which the desk finds a unit with a few letters."""

import re

from pypinyin import Style, lazy_pinyin


def initials_of(name: str) -> str:
    """``宣城市应急管理局(演示)`` → ``xcsyjglj``: first letters, digits kept, brackets left out."""
    spoken = re.sub(r"[((][^))]*[))]", "", name)
    letters = lazy_pinyin(spoken, style=Style.FIRST_LETTER, errors="default")
    return "".join(ch for ch in "".join(letters).lower() if ch.isascii() and ch.isalnum())
