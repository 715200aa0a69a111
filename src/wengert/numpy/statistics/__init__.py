"""Quantiles, covariances and counts, under NumPy's names."""
