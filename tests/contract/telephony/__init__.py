"""What every telephony promises the service: the simulated one and the real one run this suite."""
