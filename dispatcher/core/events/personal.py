"""Personal data: stands only in fields named ``personal``, encrypted per case."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CasePerson:
    """Who asks, where, and in which words."""

    requester_number: str = ""
    requester_name: str = ""
    address: str = ""
    text: str = ""
    why: str = ""
    """The words that decided the class."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote down about a matter."""

    text: str


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """Whom we rang: resolved from the registration at this very dial."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class PaperNames:
    """Who took the call, and who accepted it for the unit, as they stand on a paper form."""

    accepted_by: str
    acknowledged_by: str = ""


@dataclass(frozen=True, slots=True)
class ReportText:
    """The five fields of an emergency report (Q-R2.2b-02)."""

    who_responds: str
    action_taken: str
    arrival: str
    situation: str
