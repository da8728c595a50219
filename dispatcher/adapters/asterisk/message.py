"""panoramisk's Message, told the truth about repeated, empty and failing things."""

from collections.abc import Iterator

from panoramisk.message import Message
from panoramisk.utils import CaseInsensitiveDict

from .wire import headers


# panoramisk has no types: its base class is Any to mypy.
class AmiMessage(Message):  # type: ignore[misc]
    """One response or event, its headers case-insensitive and all kept.

    Against the base class: a header named ``Content`` is not overwritten, a last empty header is
    there, a repeated header is always reachable as a list (`all`), an unknown attribute is an
    error instead of '', and `success` is about success.
    """

    _store: dict[str, tuple[str, str]]

    def __init__(self, raw: bytes) -> None:
        self.manager = None
        self.pairs = tuple(headers(raw))
        first: dict[str, str] = {}
        for name, text in self.pairs:
            first.setdefault(name, text)
        CaseInsensitiveDict.__init__(self, first)

    def __getattr__(self, attribute: str) -> str:
        store: dict[str, tuple[str, str]] = self.__dict__.get("_store", {})
        try:
            return store[attribute.lower()][1]
        except KeyError:
            raise AttributeError(f"this message has no header {attribute!r}") from None

    def text(self, name: str) -> str:
        """The header's first value, '' when it is absent."""
        found = self._store.get(name.lower())
        return found[1] if found else ""

    def all(self, name: str) -> list[str]:
        """Every value of a header in order: one is a list of one, none an empty list."""
        return [text for key, text in self.pairs if key.lower() == name.lower()]

    def getdict(self, name: str) -> CaseInsensitiveDict:
        """The ``NAME=text`` values of a header such as ChanVariable, be it one or many."""
        return CaseInsensitiveDict(
            dict(line.split("=", 1) for line in self.all(name) if "=" in line)
        )

    def iter_lines(self) -> Iterator[str]:
        """The lines a command printed (``Output`` headers)."""
        return iter(self.all("Output"))

    @property
    def success(self) -> bool:
        """True for a response that reports success; an event reports by ``Response`` too, if at
        all: OriginateResponse with ``Response: Failure`` is none."""
        return self.text("Response") in self.success_responses

    def __repr__(self) -> str:
        """Names only: the values may be personal."""
        return f"<AmiMessage {' '.join(name for name, _ in self.pairs)}>"
