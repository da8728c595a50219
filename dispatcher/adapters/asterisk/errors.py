"""What can go wrong between us and the PBX. None of these texts holds personal data.

LinkError
├── NotSentError          the action never left: nothing has happened
├── OutcomeUnknownError   it left, no answer came: it may or may not have happened
├── LoginRefusedError     the PBX refused our account
├── ListRefusedError      the PBX answered a question with an error
└── NotReadyError         the PBX is still starting; ask again
"""


class LinkError(Exception):
    """Root of the link's errors."""


class NotSentError(LinkError):
    """The link was down: the action was not written, nothing has happened."""


class OutcomeUnknownError(LinkError):
    """No answer before the deadline or before the link broke. The action is never sent again."""


class LoginRefusedError(LinkError):
    """The PBX answered our login with an error: wrong account, secret or access list."""


class ListRefusedError(LinkError):
    """A list action was answered with an error; of an empty conference this is normal."""


class NotReadyError(LinkError):
    """The PBX accepts logins but does not yet answer what a resync must know."""
