"""The exception tree. Each error says what to do; `code` is stable, texts are for people."""


class DispatcherError(Exception):
    """Root of our errors. ``field`` names the input at fault, if any."""

    def __init__(self, code: str, zh: str, en: str, field: str = "") -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.message_zh = zh
        self.message_en = en
        self.field = field


class Refused(DispatcherError):
    """A command that the rules do not allow, or that names something unknown."""


class StoreError(DispatcherError):
    """The ledger could not be read or written."""


class StoreFull(StoreError):
    """No space left, even after the reserve was freed; nothing of the group was committed."""


class LeaseLost(StoreError):
    """Another engine works on this store now; this one must stop deciding."""


class ConfigError(DispatcherError):
    """Settings or rules that cannot be used; names file, line and field."""


class TelephonyError(DispatcherError):
    """The PBX could not be reached or refused us."""
