"""Who leaves, in which phase, and what follows: one story or more for every written outcome."""
