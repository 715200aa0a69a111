"""Functions of the engine as functions of arrays of JAX."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy

import wengert as wg
from wengert.fronts.face import Face

from .array import Array, as_tensor, of, operands
from .dtypes import canonical

__all__ = ["lifted", "of_two", "taken"]


def taken(value: Any) -> Any:
    """An argument as the engine takes it: tensors in dtypes that there are; what is no array stays as it is."""
    if isinstance(value, (Face, numpy.ndarray)):
        return as_tensor(value)
    if isinstance(value, numpy.generic):
        return as_tensor(value)
    if type(value) in (list, tuple) and any(isinstance(each, (Face, numpy.ndarray, list, tuple)) for each in value):
        return type(value)(map(taken, value))
    return value


def given(result: Any) -> Any:
    """A result of the engine as users of JAX see it."""
    if isinstance(result, wg.Tensor):
        return of(result)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*map(given, result))
    return type(result)(map(given, result)) if type(result) in (list, tuple) else result


def lifted(below: Callable[..., Any], name: str | None = None) -> Callable[..., Any]:
    """A function of the engine that takes and gives arrays of JAX."""

    @wraps(below)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dtype") is not None:
            kwargs["dtype"] = canonical(kwargs["dtype"])
        return given(below(*map(taken, args), **{key: taken(value) for key, value in kwargs.items()}))

    call.__name__ = name or getattr(below, "__name__", "call")
    return call


def of_two(below: Callable[..., Any], name: str) -> Callable[..., Array]:
    """A function of operands whose dtypes are promoted."""

    @wraps(below)
    def call(*args: Any) -> Array:
        return of(below(*operands(*args)))

    call.__name__ = name
    return call
