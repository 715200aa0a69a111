"""Primitives along axes: sums, products, extremes, scans, sorts, norms and shares."""
