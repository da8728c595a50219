"""Errors of the embedded PBX: each message says what happened, where, and what to do."""


class PbxError(Exception):
    """Anything about the embedded PBX that a person has to act on."""


class FetchError(PbxError):
    """Asterisk could not be brought to this machine."""


class NotFetchedError(PbxError):
    """No usable Asterisk is on this machine yet."""


class SettingsError(PbxError):
    """A value for the PBX configuration is not of the form it must have."""


class StartError(PbxError):
    """The PBX did not come up; the message carries the end of its log."""


class PortTakenError(StartError):
    """A port of the PBX is in use by another program."""


class AmiError(PbxError):
    """The manager interface refused, dropped or never answered."""
