"""Benchmarks: ours beside the fastest honest reference."""
