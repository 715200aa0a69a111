"""A list of operations as the source of a function of NumPy arrays."""
