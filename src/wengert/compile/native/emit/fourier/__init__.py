"""Discrete Fourier transforms in vectors."""
