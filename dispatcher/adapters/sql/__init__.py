"""The durable store: one schema for SQLite and PostgreSQL, hash-chained and encrypted."""

from .store import SqlStore

__all__ = ["SqlStore"]
