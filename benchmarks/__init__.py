"""Benchmarks with a neutral judge: every trainer here is driven to the same objective, then timed."""
