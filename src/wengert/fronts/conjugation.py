"""Derivatives by complex numbers, as JAX and autograd have them: the conjugates of the engine's.

The engine's gradient of a real loss L by z = a + ib is dL/da + i dL/db, the direction of steepest ascent; theirs is
dL/da - i dL/db. So cotangents are conjugated wherever they enter the engine or leave it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import wengert as wg
import wengert.numpy as np

__all__ = ["conjugated", "conjugated_pullback", "of_a_real_part"]


def conjugated(tree: Any) -> Any:
    """A tree of cotangents, those of complex numbers conjugated."""
    leaves, structure = wg.trees.flatten(tree)
    if not any(_is_complex(leaf) for leaf in leaves):
        return tree
    return wg.trees.unflatten(structure, [np.conj(leaf) if _is_complex(leaf) else leaf for leaf in leaves])


def _is_complex(leaf: Any) -> bool:
    return isinstance(leaf, complex) or getattr(getattr(leaf, "dtype", None), "kind", "") == "c"


def conjugated_pullback(pullback: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of cotangents that gives cotangents: from the engine's convention to the other, and back."""
    return partial(_pulled, pullback)


def _pulled(pullback: Callable[[Any], Any], cotangent: Any) -> Any:
    return conjugated(pullback(conjugated(cotangent)))


def of_a_real_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """The real part of a result of one array, and the result: the derivative of a function of complex numbers that has
    one follows from its real part, by the equations of A. Cauchy and B. Riemann."""

    def real_part(*args: Any, **kwargs: Any) -> Any:
        found = function(*args, **kwargs)
        return wg.trees.map(np.real, found), found

    return real_part
