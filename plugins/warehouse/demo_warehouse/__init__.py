"""A demo origin warehouse, written with nothing but the SDK."""
