"""A user's function as solvers call it: its value and derivatives, compiled once for each function."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

REMEMBERED = 256
"""So many functions are remembered with their compiled derivatives."""


def scalar(fun: Callable[..., Any], is_pair: bool = False) -> Callable[..., Any]:
    """The one number that a function gives, alone or with its gradient."""

    def value(x: Any, *args: Any) -> Any:
        result = fun(x, *args)
        return np.reshape(np.asarray(result[0] if is_pair else result), ())

    return value


def vector(fun: Callable[..., Any]) -> Callable[..., Any]:
    """What a function gives, as a vector."""
    return lambda x, *args: np.ravel(np.asarray(fun(x, *args)))


def product(fun: Callable[..., Any]) -> Callable[..., Any]:
    """The function that multiplies a vector by the Hessian: ``product(fun)(x, v, *args)``."""

    def multiplied(x: Any, v: Any, *args: Any) -> Any:
        return wg.jvp(lambda x: wg.grad(fun)(x, *args), (x,), (v,))[1]

    return multiplied


def compiled(
    derivative: Callable[..., Any], form: Callable[..., Any], fun: Callable[..., Any], *options: Any
) -> Callable[..., Any]:
    """``derivative(form(fun, *options))``, compiled; the same for the same function."""
    try:
        return _compiled(derivative, form, fun, *options)
    except TypeError:
        return wg.jit(derivative(form(fun, *options)))


def itself(fun: Callable[..., Any]) -> Callable[..., Any]:
    """The function, of which no derivative is asked for."""
    return fun


@lru_cache(maxsize=REMEMBERED)
def _compiled(derivative: Any, form: Any, fun: Any, *options: Any) -> Callable[..., Any]:
    return wg.jit(derivative(form(fun, *options)))


def on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of tensors whose results are NumPy's arrays."""

    def call(*args: Any) -> Any:
        return to_arrays(function(*args))

    return call


def to_arrays(tree: Any) -> Any:
    """The tree with NumPy's arrays for tensors."""
    return wg.trees.map(lambda leaf: numpy.asarray(leaf) if isinstance(leaf, wg.Tensor) else leaf, tree)
