"""Asterisk: the link over AMI, and the PBX the project brings itself."""
