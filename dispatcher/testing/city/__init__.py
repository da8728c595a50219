"""The City: a second Asterisk that plays callers, agents' phones and units' phones over SIP.

Every party sounds a sine of its own and records what it hears, so that the recordings prove
who heard whom (`dispatcher.testing.hearing`).
"""

from dispatcher.testing.city.behaviour import Behaviour
from dispatcher.testing.city.city import City, CitySettings
from dispatcher.testing.city.leg import CityError, CityLeg

__all__ = ["Behaviour", "City", "CityError", "CityLeg", "CitySettings"]
