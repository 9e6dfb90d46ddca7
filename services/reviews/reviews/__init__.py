"""Reviews: feedback on delivered lines, sold counters, restock alerts."""
