"""The whole platform under faults: real processes on a real broker and a real store, driven by a seed."""
