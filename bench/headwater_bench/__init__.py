"""Measurements, always as a ratio to a reference that does the same work without our rules, in one run."""
