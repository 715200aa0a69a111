"""Linear algebra on stacks of matrices: systems, factors, spectra, and functions of them."""
