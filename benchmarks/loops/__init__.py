"""Loops and branches beside JAX and C: ``python -m benchmarks loops``, a file for each workload."""
