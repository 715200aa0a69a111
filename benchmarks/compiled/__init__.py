"""Compiled functions beside JAX and PyTorch: ``python -m benchmarks compiled``, a file for each workload."""
