"""Verified fakes and test equipment, shipped with the package."""
