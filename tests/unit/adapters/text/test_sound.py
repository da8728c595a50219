"""Homophones share letters."""

import pytest

from dispatcher.adapters.text.sound import Sounds, fold, read_syllables

sounds = Sounds(
    {"dian": "电店垫", "ti": "梯提", "lou": "漏", "nou": "耨", "xing": "星", "xin": "新"}
)


@pytest.mark.parametrize(
    ("syllable", "folded"),
    [
        ("zhen", "zen"), ("zheng", "zen"), ("shi", "si"), ("ning", "lin"), ("ling", "lin"),
        ("n", "n"),
    ],
)  # fmt: skip
def test_folds_what_is_often_confused(syllable: str, folded: str) -> None:
    assert fold(syllable) == folded


def test_same_sound_same_letters_and_same_length() -> None:
    assert sounds("垫提") == sounds("电梯")
    assert sounds("漏") == sounds("耨")
    assert sounds("星") == sounds("新")
    assert len(sounds("a电梯?")) == 4


def test_spelling_can_be_undone() -> None:
    letters = sounds("电梯")
    assert sounds.unspell(sounds.spell(letters)) == letters


def test_reads_syllables() -> None:
    assert read_syllables("# 说明\nti 梯提\n") == {"ti": "梯提"}
