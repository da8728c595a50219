"""演练: whatever an exercise's case says or shows says so (Q-X-07).

Every sentence that leaves the core for people passes here: what a telephone speaks, what an
office or a desk is told, what an alarm asks for.
"""

from .case import CaseState

WORD = "演练"


def marked(case: CaseState, text: str) -> str:
    """The sentence, said to be of an exercise if it is; an empty one stays empty."""
    if not case.exercise or not text or text.startswith(WORD):
        return text
    return f"{WORD},{text}"
