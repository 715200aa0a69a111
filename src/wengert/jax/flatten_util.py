"""``jax.flatten_util``: trees as vectors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from math import prod
from typing import Any

import wengert.numpy as np

from .array import Array, arrays, of
from .numpy.tables import FUNCTIONS
from .tree_util import tree_flatten

__all__ = ["ravel_pytree"]


def ravel_pytree(pytree: Any) -> tuple[Array, Callable[[Any], Any]]:
    """All numbers of a tree in one vector, and what makes such a tree of a vector.

    >>> from wengert import jax
    >>> vector, back = jax.flatten_util.ravel_pytree({"a": 1.0, "b": jax.numpy.ones(2)})
    >>> vector, back(2 * vector)["b"]
    (Array([1., 1., 1.], dtype=float32), Array([2., 2.], dtype=float32))
    """
    leaves, structure = tree_flatten(arrays(pytree))
    forms = [(leaf.shape, leaf.dtype) for leaf in leaves]
    ends = [0, *accumulate(prod(shape) for shape, _ in forms)]

    def back(vector: Any) -> Any:
        parts = zip(forms, ends[:-1], ends[1:], strict=True)
        return structure.unflatten([vector[a:b].reshape(shape).astype(dtype) for (shape, dtype), a, b in parts])

    if not leaves:
        return of(np.zeros(0)), back
    return FUNCTIONS["concatenate"]([leaf.reshape(-1).astype(_common(leaves)) for leaf in leaves]), back


def _common(leaves: list[Any]) -> Any:
    from .array import operands

    return operands(*leaves)[0].dtype
