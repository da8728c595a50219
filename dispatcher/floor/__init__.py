"""The floor of the call centre: seats, the shift leader's ear, call-backs, recordings.

What happens here is of the moment and belongs to no case's course; what touches a case is noted
in its ledger. `Floor` is what the front desk talks to.
"""

from .floor import Floor

__all__ = ["Floor"]
