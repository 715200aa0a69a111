"""Complex numbers as two real ones: every complex value of a graph becomes its real and its imaginary part."""
