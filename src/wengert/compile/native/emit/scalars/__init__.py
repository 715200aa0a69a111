"""Scalar operations: what elementwise primitives are, number by number."""
