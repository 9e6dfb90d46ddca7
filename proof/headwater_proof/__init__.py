"""What shows that the road holds: simulation, chaos, and the checker that judges both."""
