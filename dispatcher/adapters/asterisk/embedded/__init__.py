"""The PBX the project brings itself: fetched, rendered, started, checked and stopped."""
