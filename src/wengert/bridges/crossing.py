"""What every bridge does: results as lists of arrays, and pullbacks that cross in their turn."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

__all__ = ["Crossing", "bridged", "installed", "listed", "operation", "pullback_of"]

Arrays = tuple[Any, ...]


def listed(result: Any) -> tuple[Any, ...]:
    """One result, or several, as a tuple."""
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


class Crossing(NamedTuple):
    """A function of arrays in another library.

    Attributes:
        run: from NumPy's arrays, which share the memory of the engine's and are read-only, to a tuple of them.
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
        return crossing.run(*[arg.numpy() for arg in args])

    def like(*args: Any) -> Arrays:
        found = crossing.shapes(*(numpy.zeros(arg.shape, arg.dtype) for arg in args))
        return tuple(np.zeros(each.shape, each.dtype) for each in found)

    def vjp(primals: Arrays, out: Arrays, cotangents: Arrays) -> Arrays:
        return bridged(crossing.pullback(len(primals)))(*primals, *cotangents)

    def jvp(primals: Arrays, out: Arrays, tangents: Arrays) -> Arrays:
        return bridged(crossing.push(len(primals)))(*primals, *tangents)

    return wg.custom_derivative(evaluate, vjp=vjp, jvp=jvp, like=like)


def operation(
    function: Callable[..., Any], crossing: Callable[[Callable[..., Arrays]], Crossing]
) -> Callable[..., Any]:
    """A function in another library as an operation of the engine, with one result or a tuple as it has them.

    Args:
        function: the function.
        crossing: from a function with a tuple as result to its crossing.
    """
    single: list[bool] = []

    def values(*arrays: Any) -> Arrays:
        found = function(*arrays)
        single[:] = [not isinstance(found, (tuple, list))]
        return listed(found)

    call = bridged(crossing(values))

    def run(*args: Any) -> Any:
        found = call(*args)
        return found[0] if single[0] else found

    run.__name__, run.__doc__ = getattr(function, "__name__", "operation"), function.__doc__
    return run


def installed(package: str, op: str) -> ModuleType:
    """A library.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(
            f"[{op}] the package {package} is not installed, wanted it to run the function; write pip install {package}"
        ) from error


def pullback_of(function: Callable[..., Any], count: int, single: bool) -> Callable[..., Any]:
    """The function of arguments and cotangents that gives the cotangents of arguments."""

    def pull(*given: Any) -> Any:
        cotangents = given[count] if single else tuple(given[count:])
        return tuple(wg.vjp(function, *given[:count])[1](cotangents))

    return pull
