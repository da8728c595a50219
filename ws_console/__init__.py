"""The console: its gateway, and its web application in `web/` (built, not in git)."""
