"""``autograd.misc``: trees as vectors, and optimizers as functions."""

from . import optimizers as optimizers
from .flatten import flatten as flatten, flatten_func as flatten_func

__all__ = ["flatten", "flatten_func", "optimizers"]
