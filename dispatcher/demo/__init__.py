"""The demo: a city that calls, units that answer or do not, and robots at the free desks."""
