"""A demo carrier, written with nothing but the SDK."""
