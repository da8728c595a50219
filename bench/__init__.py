"""The figures: each bench measures beside what a user would otherwise pick. See `README.md`."""
