"""The PBX: a link to Asterisk's manager interface and what flows over it."""
