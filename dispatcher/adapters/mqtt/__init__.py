"""MQTT: what comes in from a speech engine."""
