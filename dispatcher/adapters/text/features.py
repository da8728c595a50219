"""What the learned model sees of a text, as readable strings.

Three blocks. *Grams*: runs of 1-3 characters (places masked, digits as 0) and of 2-3 sounds.
*Ends*: runs of 1-3 characters of the last clause, where people say what they want.
*Signs*: concepts found (``c:gas_smell``), concepts discounted (``c:gas_smell!negated``), pairs of
standing concepts close together (``p:lift+trapped``), scopes (``s:past``) and form (``f:…``).
Each block is scaled to unit length, so that a long text is not louder than a short one.
"""

import re
from collections.abc import Iterable, Sequence

from .lexicon import Findings

PLACE = "〇"
"""Stands for any place name: where something happens must not tell what it is."""

MIN_END, MAX_END = 5, 40
"""Characters that the end of a text has at least, if it has them, and at most."""
_DIGIT = re.compile("[1-9]")
_NEAR = 24
_ASKING = ("吗", "?", "呢", "么", "呀", "啊")


def masked(text: str, places: Iterable[tuple[int, int]]) -> str:
    """``text`` with place names as one mark each and digits as 0, for the grams."""
    out, last = [], 0
    for start, end in places:
        if start >= last:
            out += [text[last:start], PLACE]
            last = end
    out.append(text[last:])
    return _DIGIT.sub("0", "".join(out))


def grams(text: str, sound: str) -> set[str]:
    """Character runs of ``text`` and sound runs of ``sound`` (sounds are private-use letters)."""
    padded = f"^{text}$"
    n = len(padded)
    out = {padded[i : i + 2] for i in range(n - 1)}
    out.update([padded[i : i + 3] for i in range(n - 2)])
    out.update(text)
    heard = [letter >= "\ue000" for letter in sound]
    for i in range(len(sound) - 1):
        if heard[i]:
            out.add(sound[i : i + 2])
            out.add(sound[i : i + 3])
    return out


def ends(masked_text: str, starts: Iterable[int]) -> set[str]:
    """Character runs of the last clause, with the one before it while that is short or only a
    place; ``starts`` are where the clauses begin in ``masked_text``, the last one first."""
    begin = next((at for at in starts if len(masked_text) - at >= MIN_END), 0)
    last = masked_text[begin:][-MAX_END:]
    n = len(last)
    return {last[i:j] for i in range(n) for j in range(i + 1, min(i + 4, n + 1))}


def is_sound(run: str) -> bool:
    """Whether ``run`` is of sounds."""
    return "\ue000" <= run[0] <= "\uf8ff"


def signs(text: str, found: Findings) -> set[str]:
    """Concepts, their pairs, scopes and form."""
    out: set[str] = set()
    standing: list[tuple[int, str]] = []
    for hit in found.hits:
        if hit.off is None:
            out.add(f"c:{hit.concept}")
            if not standing or standing[-1] != (hit.start, hit.concept):
                standing.append((hit.start, hit.concept))
        else:
            out.add(f"c:{hit.concept}!{hit.off.scope}")
    _pairs(standing, out)
    last = found.clauses[-1][0]
    for cue in found.cues:
        out.add(f"s:{cue.scope}")
        if cue.start >= last:
            out.add(f"s:{cue.scope}@end")
        if cue.start < found.clauses[0][1]:
            out.add(f"s:{cue.scope}@begin")
    _form(text, found, out)
    return out


def _pairs(standing: Sequence[tuple[int, str]], out: set[str]) -> None:
    for i, (at, concept) in enumerate(standing):
        for later, other in standing[i + 1 :]:
            if later - at > _NEAR:
                break
            if other != concept:
                a, b = sorted((concept, other))
                out.add(f"p:{a}+{b}")


def _form(text: str, found: Findings, out: set[str]) -> None:
    n = len(text)
    out.add("f:short" if n <= 12 else "f:middle" if n <= 40 else "f:long")
    if len(found.clauses) == 1:
        out.add("f:one-clause")
    if "?" in text:
        out.add("f:asks")
    if "!" in text:
        out.add("f:exclaims")
    if text.endswith(_ASKING):
        out.add("f:asks-at-end")
