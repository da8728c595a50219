"""Reading what callers say: normalising, matching, scopes, places, the learned model."""
