"""``autograd.misc``: trees as vectors, optimizers as functions, fixed points."""

from collections.abc import Callable as _Callable
from typing import Any as _Any

from . import fixed_points as fixed_points, optimizers as optimizers
from .flatten import flatten as flatten, flatten_func as flatten_func

__all__ = ["const_graph", "fixed_points", "flatten", "flatten_func", "optimizers"]


def const_graph(fun: _Callable[..., _Any], *args: _Any, **kwargs: _Any) -> _Callable[..., _Any]:
    """A function whose first arguments are given; each call of it runs it."""
    return lambda *given: fun(*args, *given, **kwargs)
