"""Rolls, slices, stacks and paddings, compiled: stencils, many small vectors, short integers."""
