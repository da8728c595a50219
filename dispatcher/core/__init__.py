"""The pure core: no async, no I/O, no clock, no randomness; imports the standard library only."""
