"""Trees of arrays as one vector."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import wengert as wg

from .. import numpy as np

__all__ = ["flatten", "flatten_func"]


def flatten(value: Any) -> tuple[Any, Callable[[Any], Any]]:
    """All numbers of a tree in one vector, and what makes such a tree of a vector.

    >>> from wengert.autograd.misc import flatten
    >>> vector, back = flatten({"a": 1.0, "b": [2.0, 3.0]})
    >>> vector, back(2 * vector)["a"]
    (array([1., 2., 3.]), array(2.))
    """
    leaves, structure = wg.trees.flatten(value)
    arrays = [np.asarray(leaf) for leaf in leaves]
    shapes = [array.shape for array in arrays]
    ends = list(accumulate(array.size for array in arrays))

    def back(vector: Any) -> Any:
        parts = np.split(vector, ends[:-1])
        return wg.trees.unflatten(structure, [p.reshape(shape) for p, shape in zip(parts, shapes, strict=True)])

    return np.concatenate([np.ravel(array) for array in arrays]) if arrays else np.zeros(0), back


def flatten_func(func: Callable[..., Any], example: Any) -> tuple[Callable[..., Any], Callable[[Any], Any], Any]:
    """A function of trees as one of vectors, what makes a tree of a vector, and the example as a vector."""
    vector, back = flatten(example)

    def flat(given: Any, *args: Any, **kwargs: Any) -> Any:
        return flatten(func(back(given), *args, **kwargs))[0]

    return flat, back, vector
