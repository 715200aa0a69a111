"""Adaptive quadrature: the interval with the largest error is halved until the sum of the errors is small enough.

All intervals have a place in arrays of fixed length, so that the whole is one loop, which compiles to native code and
takes as many turns as each example of a batch needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

import wengert as wg

from ..values import is_recorded, known
from .kronrod import NODES, Estimate, estimate
from .substitution import piece, substituted


def largest(errors: Any) -> Any:
    """The norms of vectors along the last axis."""
    return numpy.max(errors, axis=-1)


Reading = tuple[Callable[..., Any], Sequence[Any]]
"""A function of all nodes of a turn and of what it captured, and that."""

ALL_NODES = numpy.zeros(2 * len(NODES))

ASKS_FOR_VALUES = (
    "[quad] the integrand asks for the value of its argument, as if, float and math.sin do, wanted array operations "
    "where derivatives are asked for or code is compiled; write np.where or wg.cond for if, np.sin for math.sin, or "
    "wg.jit(f, structured=True) for a function f with if"
)


def at_once(f: Callable[[Any], Any]) -> Reading:
    return wg.closure_convert(wg.vmap(f), ALL_NODES)


def in_turn(f: Callable[[Any], Any]) -> Reading:
    return wg.closure_convert(lambda x: wg.map(f, x), ALL_NODES)


def by_values(f: Callable[[Any], Any]) -> Reading:
    """One Python number after the other.

    Raises:
        TypeError: a derivative follows what the function gives.
    """

    def at_nodes(x: Any) -> Any:
        rows = [known(f(number)) for number in x.tolist()]
        if any(type(row) is wg.Tensor for row in rows):
            raise TypeError(ASKS_FOR_VALUES)
        return numpy.stack(rows)

    return at_nodes, ()


class Search(NamedTuple):
    """How an integral is sought.

    Attributes:
        epsabs: the error is at most this,
        epsrel: or this times the norm of the integral,
        limit: or there are so many intervals.
        norm: what is made of the errors of several integrals, which are along the last axis.
        each: how an integrand is read at many numbers: all at once; or one after the other, if it is a loop itself or
            asks for values.
    """

    epsabs: float
    epsrel: float
    limit: int
    norm: Callable[[Any], Any] = largest
    each: Callable[[Callable[[Any], Any]], Reading] = at_once

    @property
    def of_derivative(self) -> Search:
        """That of a derivative, of which each part is to be as exact as the largest."""
        return self._replace(norm=largest)

    def wanted(self, value: Any) -> Any:
        return numpy.maximum(self.epsabs, self.epsrel * self.norm(numpy.abs(value)))


class Partition(NamedTuple):
    """Intervals with what is known of the integrals over them; places from `count` on are empty."""

    low: Any
    high: Any
    value: Any
    error: Any
    rounding: Any
    count: Any


class Outcome(NamedTuple):
    """An integral.

    Attributes:
        value: of shape (n,).
        error: the sum of the errors of the intervals.
        count: the number of intervals.
        reached: whether the error is as small as was wanted.
        low: where the interval with the largest error begins, after the substitution.
        high: where it ends.
    """

    value: Any
    error: Any
    count: Any
    reached: Any
    low: Any
    high: Any


def adaptive(f: Callable[[Any], Any], edges: Sequence[Any], kind: Any, search: Search) -> Outcome:
    """The integral of a function of a number that returns an array of shape (n,).

    Args:
        f: the function.
        edges: the limits, and between them the points where intervals are to begin.
        kind: which substitution the limits ask for.
        search: how it is sought.
    """
    forms: list[Any] = []

    def noted(x: Any) -> Any:
        forms.append(f(x))
        return forms[-1]

    at_nodes, captured = search.each(noted)
    if not forms:
        noted(float(substituted(*_middle(edges, kind))[0]))

    def over_halves(low: Any, middle: Any, high: Any) -> Estimate:
        half = high - middle
        s, first, last = piece(numpy.concatenate([low + half * NODES, middle + half * NODES]), edges)
        x, slope = substituted(s, kind, first, last)
        y = known(at_nodes(x, *captured))
        with numpy.errstate(all="ignore"):  # an integrand that is not finite is told of at the end
            found = estimate(numpy.reshape(y * slope[:, None], (2, len(NODES), -1)), half)
        return found._replace(error=search.norm(found.error), rounding=search.norm(found.rounding))

    def goes_on(at: Partition) -> Any:
        worst = numpy.argmax(at.error)
        may_fall = (at.error[worst] > at.rounding[worst]) & (at.count < search.limit)
        return (numpy.sum(at.error) > search.wanted(numpy.sum(at.value, axis=0))) & may_fall

    begin = _undivided(len(edges) - 1, search.limit, forms[-1])
    return _outcome(_repeated(goes_on, lambda at: _halved(at, over_halves), begin, (*edges, *captured)), search)


def _middle(edges: Sequence[Any], kind: Any) -> tuple[Any, ...]:
    """The middle of the first piece, before the substitution."""
    s, first, last = piece(numpy.full(1, 0.5), edges)
    return s[0], kind, first, last


def _repeated(test: Callable[[Any], Any], body: Callable[[Any], Any], at: Partition, reads: Any) -> Partition:
    """The loop: one of Python where values are known, one that is recorded elsewhere."""
    if is_recorded(reads):
        return wg.while_loop(test, body, at)
    while test(at):
        at = body(at)
    return at


def _undivided(pieces: int, limit: int, form: Any) -> Partition:
    """An interval for each piece between the edges, of which nothing is known: each is halved once at least."""
    places = max(limit, pieces)
    low, error = numpy.zeros(places), numpy.zeros(places)
    low[:pieces] = range(pieces)
    error[:pieces] = numpy.inf
    return Partition(low, low + 1.0, numpy.zeros((places, *form.shape), form.dtype), error, numpy.zeros(places), pieces)


def _halved(at: Partition, over_halves: Callable[[Any, Any, Any], Estimate]) -> Partition:
    """The interval with the largest error in two: the first half in its place, the other in the next empty one."""
    worst = numpy.argmax(at.error)
    low, high = at.low[worst], at.high[worst]
    middle = (low + high) / 2
    found = over_halves(low, middle, high)
    at.low[at.count], at.high[at.count], at.high[worst] = middle, high, middle
    for half, place in enumerate((worst, at.count)):
        at.value[place], at.error[place], at.rounding[place] = (part[half] for part in found)
    return at._replace(count=at.count + 1)


def _outcome(at: Partition, search: Search) -> Outcome:
    value, error = numpy.sum(at.value, axis=0), numpy.sum(at.error)
    worst = numpy.argmax(at.error)
    return Outcome(value, error, at.count, error <= search.wanted(value), at.low[worst], at.high[worst])
