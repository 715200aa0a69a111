"""``jax.example_libraries``: layers and optimizers as tuples of functions."""

from . import optimizers as optimizers, stax as stax
