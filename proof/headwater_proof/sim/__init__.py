"""The whole road in one process on virtual time: simulated Kafka, store, clock and network, driven by a seed."""
