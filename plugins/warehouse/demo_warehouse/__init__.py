"""A demo origin warehouse: picks and packs what it is told to."""
