"""Special functions: their values and their slopes, at every point."""
