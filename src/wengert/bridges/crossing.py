"""What every bridge does: results as lists of arrays, and pullbacks that cross in their turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

__all__ = ["Crossing", "bridged", "listed", "missing", "pullback_of"]

Arrays = tuple[Any, ...]


def listed(result: Any) -> tuple[Any, ...]:
    """One result, or several, as a tuple."""
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


class Crossing(NamedTuple):
    """A function of arrays in another library.

    Attributes:
        run: from NumPy's arrays to a tuple of them.
        shapes: the same for arrays of which only shapes and dtypes count.
        pullback: from the number of arguments to the crossing of the function of arguments and cotangents that gives
            the cotangents of arguments.
        push: likewise that of the function of arguments and tangents that gives the tangents of results.
    """

    run: Callable[..., Arrays]
    shapes: Callable[..., Arrays]
    pullback: Callable[[int], Crossing]
    push: Callable[[int], Crossing]


def bridged(crossing: Crossing) -> Callable[..., Arrays]:
    """A function in another library as an operation of the engine; its derivatives are bridged in their turn."""

    def evaluate(*args: Any) -> Arrays:
        return crossing.run(*map(_outside, args))

    def like(*args: Any) -> Arrays:
        found = crossing.shapes(*(numpy.zeros(arg.shape, arg.dtype) for arg in args))
        return tuple(np.zeros(each.shape, each.dtype) for each in found)

    def vjp(primals: Arrays, out: Arrays, cotangents: Arrays) -> Arrays:
        return bridged(crossing.pullback(len(primals)))(*primals, *cotangents)

    def jvp(primals: Arrays, out: Arrays, tangents: Arrays) -> Arrays:
        return bridged(crossing.push(len(primals)))(*primals, *tangents)

    return wg.custom_derivative(evaluate, vjp=vjp, jvp=jvp, like=like)


def _outside(arg: Any) -> Any:
    """An argument as an array of NumPy that belongs to the function."""
    return numpy.array(wg.stop_gradient(arg).numpy() if isinstance(arg, wg.Tensor) else arg)


def missing(package: str, op: str) -> ImportError:
    """The error that a library is not installed."""
    return ImportError(
        f"[{op}] the package {package} is not installed, wanted it to run the function; write pip install {package}"
    )


def pullback_of(function: Callable[..., Any], count: int, single: bool) -> Callable[..., Any]:
    """The function of arguments and cotangents that gives the cotangents of arguments."""

    def pull(*given: Any) -> Any:
        cotangents = given[count] if single else tuple(given[count:])
        return tuple(wg.vjp(function, *given[:count])[1](cotangents))

    return pull
