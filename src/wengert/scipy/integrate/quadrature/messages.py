"""What is asked of limits and integrands, and what is said of an integral that was not found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ....core.python.warning import warn_at_line
from ..values import is_recorded
from .adaptive import Outcome, Search
from .kronrod import NODES
from .substitution import kind_of, piece, substituted


class IntegrationWarning(UserWarning):
    """An integral is not as exact as was asked for, or is no number."""


def limit(value: Any, op: str, name: str) -> Any:
    """A limit of an integral: a Python number, or a tensor.

    Raises:
        TypeError: it is no real number.
        ValueError: it is NaN.
    """
    form = value if type(value) is wg.Tensor else numpy.asarray(value)
    if form.shape != () or form.dtype.kind not in "biuf":
        raise TypeError(
            f"[{op}] {name} is {form.dtype} of shape {form.shape}, wanted a real number; write "
            f"wg.vmap(lambda {name}: {op}(...))({name}) for an array of limits"
        )
    if type(value) is wg.Tensor:
        return value.astype(float) if value.dtype.kind != "f" else value
    if numpy.isnan(value):
        raise ValueError(f"[{op}] {name} is nan, wanted a real number; write np.inf for an infinite interval")
    return float(value)


def edges_between(first: Any, last: Any, points: Any, op: str) -> list[Any]:
    """The limits, and between them the points where intervals are to begin, in order.

    Raises:
        TypeError: a limit is no real number.
        ValueError: there are points in an infinite interval, or the limits are one infinity.
    """
    edges = [limit(first, op, "a"), limit(last, op, "b")]
    known = all(type(edge) is float for edge in edges)
    if known and edges[0] == edges[1] and numpy.isinf(edges[0]):
        raise ValueError(
            f"[{op}] a and b are both {edges[0]}, wanted an interval; write a finite limit for one of them"
        )
    if points is None:
        return edges
    if known and not numpy.isfinite(edges).all():
        raise ValueError(
            f"[{op}] points were given for limits from {edges[0]} to {edges[1]}, wanted finite ones; write the sum of "
            "two integrals, of which one has a finite interval with the points"
        )
    if known and not any(type(point) is wg.Tensor for point in points):
        low, high = sorted(edges)
        between = sorted({float(point) for point in points if low < point < high}, reverse=edges[0] > edges[1])
    else:
        between = _in_order(points, edges[0], edges[1])
    return [edges[0], *between, edges[1]]


def _in_order(points: Any, first: Any, last: Any) -> list[Any]:
    """Points that are tensors, on the way between the limits; those outside are at a limit."""
    every = np.stack([np.asarray(point, float) for point in points])
    rising = np.sort(np.clip(every, np.minimum(first, last), np.maximum(first, last)))
    return list(wg.stop_gradient(np.where(first < last, rising, rising[::-1])))


def warn_of(outcome: Outcome, f: Callable[[Any], Any], edges: Sequence[Any], search: Search, op: str) -> None:
    """Say what is wrong with an integral, where its value is known.

    Warns:
        IntegrationWarning: the error is larger than was wanted, or the integrand is not finite somewhere.
    """
    if not is_recorded(outcome) and not bool(outcome.reached):
        x = _worst_nodes(outcome, edges)
        message = _without_value(f, x) or _too_large(outcome, search, x[len(x) // 2])
        warn_at_line(f"[{op}] {message}", IntegrationWarning)


def _without_value(f: Callable[[Any], Any], x: numpy.ndarray) -> str | None:
    """Where the integrand is not finite, if it is not at one of these points."""
    y = numpy.stack([numpy.asarray(wg.stop_gradient(f(number))).ravel() for number in x.tolist()])
    bad = numpy.argwhere(~numpy.isfinite(y))
    if not len(bad):
        return None
    row, column = bad[0]
    return (
        f"the integrand is {y[row, column]} at x = {x[row]:.17g}, wanted finite numbers; write np.where around it, a "
        "limit of the integrand there, or points=[...] with the places where it has none"
    )


def _too_large(outcome: Outcome, search: Search, x: float) -> str:
    return (
        f"{int(outcome.count)} intervals give an estimated error of {float(outcome.error):.2g}, wanted "
        f"{float(search.wanted(outcome.value)):.2g}: the integral may diverge, or the integrand be difficult near "
        f"x = {x:.6g}; write points=[...] where it is, a larger limit=, or a larger epsabs= or epsrel="
    )


def _worst_nodes(outcome: Outcome, edges: Sequence[Any]) -> numpy.ndarray:
    """Where the integrand is read in the interval with the largest error."""
    low, high = float(outcome.low), float(outcome.high)
    s, first, last = piece(np.asarray(low + (high - low) * NODES), edges)
    return numpy.asarray(wg.stop_gradient(substituted(s, kind_of(edges[0], edges[-1]), first, last)[0]))
