"""The parts of the simulated telephony; use `dispatcher.testing.fake_phones`."""
