"""Making, joining, padding, rearranging and storing arrays."""
