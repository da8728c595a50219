"""Thousands of real calls with faults at random, judged from the far end: see docs/soak.md."""
