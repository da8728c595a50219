"""A network between the PBX and the phones of the trunk that loses, delays and reorders."""

from dispatcher.testing.relay.sip_relay import Passed, SipRelay
from dispatcher.testing.relay.weather import Weather

__all__ = ["Passed", "SipRelay", "Weather"]
