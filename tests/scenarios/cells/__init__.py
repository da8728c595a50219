"""The cells beside the hang-up table (`tests/cells.py`), played on the simulated telephony."""
