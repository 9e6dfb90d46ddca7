"""A demo carrier: collects parcels, moves them, is held up by weather now and then, delivers."""
