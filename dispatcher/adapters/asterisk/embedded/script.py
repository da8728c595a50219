"""The script of the fixed phrases: what each sound file says, and where it is heard."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from dispatcher.adapters.asterisk.embedded.errors import SettingsError

SCRIPT = "phrases.zh.txt"


@dataclass(frozen=True)
class Phrase:
    """``name`` is the file's base name, ``text`` what is said, ``where`` who hears it when."""

    name: str
    text: str
    where: str


def read_phrases(path: Path) -> tuple[Phrase, ...]:
    """The phrases in the order of the script.

    Raises:
        SettingsError: a line without a tab, or a name twice.
    """
    found: dict[str, Phrase] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, tab, rest = line.partition("\t")
        text, _, where = rest.partition("\t")
        if not tab or not text.strip():
            raise SettingsError(f"{path}:{number}: name, tab, text expected")
        if name in found:
            raise SettingsError(f"{path}:{number}: {name} stands there twice")
        found[name] = Phrase(name, text.strip(), where.strip())
    return tuple(found.values())


def read_script(path: Path) -> dict[str, str]:
    """File base name → text. Raises SettingsError as `read_phrases` does."""
    return {phrase.name: phrase.text for phrase in read_phrases(path)}


def as_text(phrases: tuple[Phrase, ...]) -> str:
    """For a screen or a plain printer: numbered, in Chinese."""
    lines = ["固定语音录音文稿", _HOW, ""]
    for number, phrase in enumerate(phrases, 1):
        lines += [
            f"{number}. {phrase.name}.wav",
            f"   文稿:{phrase.text}",
            f"   何处听到:{phrase.where}",
            "",
        ]
    return "\n".join(lines)


def as_html(phrases: tuple[Phrase, ...]) -> str:
    """For a browser to print: one table, a box to tick for each phrase."""
    rows = "\n".join(
        f"<tr><td>{number}</td><td>{escape(p.text)}</td><td>{escape(p.where)}</td>"
        f"<td><code>{escape(p.name)}.wav</code></td><td>☐</td></tr>"
        for number, p in enumerate(phrases, 1)
    )
    return _PAGE.format(how=escape(_HOW), rows=rows)


_HOW = (
    "每句录成一个文件,文件名照写;单声道 8 kHz 16 位 WAV 最好,其他 WAV 会自动转换。"
    "语速平稳,前后各留不到半秒;按键读“幺”还是“一”,照文稿读:菜单里的 1 读“一”。"
)
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>固定语音录音文稿</title>
<style>
body {{ font: 14px/1.6 sans-serif; margin: 2cm; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #666; padding: 4px 8px; text-align: left; vertical-align: top; }}
tr {{ break-inside: avoid; }}
td:nth-child(2) {{ font-size: 17px; }}
</style>
<h1>固定语音录音文稿</h1>
<p>{how}</p>
<table>
<tr><th>序号</th><th>文稿</th><th>何处听到</th><th>文件</th><th>已录</th></tr>
{rows}
</table>
</html>
"""
