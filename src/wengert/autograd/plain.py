"""NumPy's arrays where nothing is differentiated: what autograd gives outside of a derivative, and its functions of
arrays.

Within a derivative arguments are tensors, and what is made of them are tensors. Where none is given, functions give
NumPy's arrays and numbers, and so does the outermost derivative.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import wengert as wg

__all__ = ["has_tensor", "meeting", "outermost", "plain"]


def has_tensor(given: Iterable[Any]) -> bool:
    """Whether there is a tensor among values, or in lists, tuples and dicts of them."""
    for each in given:
        kind = type(each)
        if kind is wg.Tensor:
            return True
        if (kind in (list, tuple) and has_tensor(each)) or (kind is dict and has_tensor(each.values())):
            return True
    return False


def plain(tree: Any) -> Any:
    """A tree with NumPy's arrays and numbers in place of tensors."""
    return wg.trees.map(_array, tree)


def _array(leaf: Any) -> Any:
    return wg.stop_gradient(leaf).numpy()[()] if isinstance(leaf, wg.Tensor) else leaf


def meeting(below: Callable[..., Any], own: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A function of the engine that gives NumPy's arrays where it is given no tensor.

    Args:
        below: the function.
        own: NumPy's function, which is called there.
    """

    @wraps(below)
    def call(*args: Any, **kwargs: Any) -> Any:
        if has_tensor(args) or (kwargs and has_tensor(kwargs.values())):
            return below(*args, **kwargs)
        return plain(below(*args, **kwargs)) if own is None else own(*args, **kwargs)

    return call


class _Open(threading.local):
    """How many derivatives are open in a thread."""

    depth = 0


OPEN = _Open()


def outermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives NumPy's arrays, unless it is called within another such one, or with tensors."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        OPEN.depth += 1
        try:
            result = function(*args, **kwargs)
        finally:
            OPEN.depth -= 1
        return result if OPEN.depth or has_tensor((*args, *kwargs.values())) else plain(result)

    return call
