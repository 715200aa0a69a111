"""Functions of other libraries as operations of this engine, and functions of this engine as theirs.

Each takes part in derivatives of every order and mode: a pullback is itself a function that crosses the same bridge.
"""

from .of_jax import from_jax, to_jax
from .of_numpy import from_numpy
from .of_torch import from_torch, to_torch

__all__ = ["from_jax", "from_numpy", "from_torch", "to_jax", "to_torch"]
