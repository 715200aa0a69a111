"""Functions of the engine as functions of arrays of JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from types import SimpleNamespace
from typing import Any

import numpy

import wengert as wg
from wengert.fronts.face import Face

from .array import Array, as_tensor, combined, kind_of, of
from .dtypes import canonical

__all__ = ["given", "lifted", "lifted_names", "of_two", "taken"]


def taken(value: Any) -> Any:
    """An argument as the engine takes it: tensors in dtypes that there are; what is no array stays as it is."""
    if isinstance(value, (Face, numpy.ndarray, numpy.generic)):
        return as_tensor(value)
    if type(value) in (list, tuple) and any(isinstance(each, (Face, numpy.ndarray, list, tuple)) for each in value):
        return type(value)(map(taken, value))
    return value


def given(result: Any, kind: type[Array] = Array) -> Any:
    """A result of the engine as users of JAX see it."""
    if isinstance(result, wg.Tensor):
        return of(result, kind)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*(given(each, kind) for each in result))
    return type(result)(given(each, kind) for each in result) if type(result) in (list, tuple) else result


def lifted(below: Callable[..., Any], name: str | None = None, keeps_weak: bool = True) -> Callable[..., Any]:
    """A function of the engine that takes and gives arrays of JAX.

    Args:
        below: the function.
        name: what it is called here.
        keeps_weak: what it makes of weak arrays and Python's numbers is weak.
    """

    @wraps(below)
    def call(*args: Any, **kwargs: Any) -> Any:
        dtype = kwargs.get("dtype")
        if dtype is not None:
            kwargs["dtype"] = canonical(dtype)
        kind = kind_of(_listed(args)) if keeps_weak and dtype is None else Array
        return given(below(*map(taken, args), **{key: taken(value) for key, value in kwargs.items()}), kind)

    call.__name__ = name or getattr(below, "__name__", "call")
    return call


def _listed(args: tuple[Any, ...]) -> Any:
    """The arguments, or what is in the list that is the first of them."""
    return args[0] if args and type(args[0]) in (list, tuple) else args


def of_two(below: Callable[..., Any], name: str) -> Callable[..., Array]:
    """A function of operands whose dtypes are promoted."""

    @wraps(below)
    def call(*args: Any) -> Array:
        return combined(below, *args)

    call.__name__ = name
    return call


def lifted_names(below: Any, names: Iterable[str] | None = None) -> dict[str, Any]:
    """What is in a module of the engine (or what is named of it), for arrays of JAX."""
    chosen = names or (name for name in dir(below) if not name.startswith("_"))
    return {name: _lifted(getattr(below, name), name) for name in chosen}


def _lifted(below: Any, name: str) -> Any:
    """A function of arrays of JAX; of a distribution, its functions."""
    if not hasattr(below, "logpdf") and not hasattr(below, "logpmf"):
        return lifted(below, name) if callable(below) and not isinstance(below, type) else below
    own = (each for each in dir(below) if not each.startswith("_") and callable(getattr(below, each)))
    return SimpleNamespace(**{each: lifted(getattr(below, each), each) for each in own})
