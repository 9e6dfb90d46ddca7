"""Orders: the order journey from placed to completed."""
