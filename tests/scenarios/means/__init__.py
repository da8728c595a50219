"""Three-way call, outbound call and transfer, with hold, join, split and leave (Q-R2.1d-03)."""
