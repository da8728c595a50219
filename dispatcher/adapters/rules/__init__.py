"""The rules a supervisor edits, read strictly from YAML and reloaded when they change."""
