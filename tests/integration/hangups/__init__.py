"""Who leaves, in which phase, and who hears whom afterwards, on real Asterisk."""
