"""The floor: seats, callers who were lost, the shift leader on a call, units that go first."""
