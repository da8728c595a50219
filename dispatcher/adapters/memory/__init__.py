"""The ports inside one process, for tests, rehearsals and the shipped fakes."""

from .store import MemoryStore

__all__ = ["MemoryStore"]
