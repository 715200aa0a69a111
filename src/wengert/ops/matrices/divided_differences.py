"""Derivatives of functions of a Hermitian matrix in the basis of its eigenvectors: sums of divided differences.

Along directions N1, ..., Nk in that basis the k-th derivative of g at diag(w) is

    S_ij = sum over a, b, ... and all orders of the directions of g[w_i, w_a, ..., w_j] N1_ia N2_ab ...

where g[w_i, w_j] = (g_i - g_j) / (w_i - w_j) and so on; for equal points it is g', g''/2, ...

Sources: J. Daleckii and S. Krein, "Integration and differentiation of functions of Hermitian operators and
applications to the theory of perturbations" (1965); N. Higham, "Functions of Matrices" (2008), theorem 3.11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations, product
from math import factorial
from typing import Any, NamedTuple

import numpy

from ..axes.reduce import largest as largest_of
from ..elementwise import (
    absolute,
    divide,
    greater,
    isnan,
    less_equal,
    logical_and,
    logical_not,
    maximum,
    where,
)
from .parts import total

ALL = slice(None)


class Knots(NamedTuple):
    """Points, with the values of g (first of the rows) and of its derivatives there."""

    points: Any
    rows: Sequence[Any]

    def at(self, index: Any) -> Knots:
        return Knots(self.points[index], [row[index] for row in self.rows])


def along_directions(knots: Knots, turned: Sequence[Any]) -> Any:
    """S, for directions in the basis of the eigenvectors."""
    size = _size(knots.points)
    parts = [
        guarded(divided_difference([knots.at(place) for place in places], size), weight)
        for places, weight in _paths(knots.points.shape[-1], turned)
    ]
    return total(*parts) if parts else 0 * turned[0]


def by_rows(cotangent: Any, knots: Knots, turned: Sequence[Any]) -> list[Any]:
    """The transpose of S as a linear function of the rows."""
    size, conjugated = _size(knots.points), [numpy.conj(matrix) for matrix in turned]
    lead = numpy.broadcast_shapes(cotangent.shape[:-2], knots.points.shape[:-1], *[x.shape[:-2] for x in turned])
    found = [numpy.zeros((*lead, knots.points.shape[-1]), cotangent.dtype) for _ in knots.rows]
    for places, weight in _paths(knots.points.shape[-1], conjugated):
        for position, place in enumerate(places):
            for order, row in enumerate(found):
                units = [knots.points.dtype.type(place is other) for other in places]
                chosen = [_unit(knots.at(p), unit, order) for p, unit in zip(places, units, strict=True)]
                part = divided_difference(chosen, size, _mean_slope) * weight * cotangent
                _add_along(row, part, position, place)
    return found


def _size(points: Any) -> Any:
    """The largest point of each stack, as a matrix of one element."""
    return largest_of(absolute(points), axis=(len(points.shape) - 1,), keepdims=True)[..., None]


def _paths(count: int, turned: Sequence[Any]) -> Iterator[tuple[list[Any], Any]]:
    """Each choice of a, b, ...: the indices of all points i, a, b, ..., j, and the sum of N1_ia N2_ab ..."""
    for inner in product(range(count), repeat=len(turned) - 1):
        places = [(..., ALL, None), *[(..., a, None, None) for a in inner], (..., None, ALL)]
        steps = list(zip([ALL, *inner], [*inner, ALL], strict=True))
        yield places, sum(_product(path, steps) for path in permutations(turned))


def _product(path: Sequence[Any], steps: Sequence[tuple[Any, Any]]) -> Any:
    weight: Any = 1
    for matrix, (i, j) in zip(path, steps, strict=True):
        rows, columns = (k if isinstance(k, slice) else slice(k, k + 1) for k in (i, j))
        weight = weight * matrix[..., rows, columns]
    return weight


def guarded(differences: Any, weights: Any) -> Any:
    """The products; a difference that is not defined does not matter where it is not asked for."""
    sizes = absolute(weights)
    largest = largest_of(sizes, axis=tuple(range(len(sizes.shape)))[-2:], keepdims=True)
    is_asked = greater(sizes, float(numpy.finfo(sizes.dtype).eps) ** 0.75 * largest)
    return where(logical_and(isnan(differences), logical_not(is_asked)), 0, differences * weights)


def _unit(knots: Knots, unit: Any, order: int) -> Knots:
    """The same points, where one derivative is a number and all others are 0."""
    return Knots(knots.points, [unit if place == order else 0 * unit for place in range(len(knots.rows))])


def _add_along(row: Any, part: Any, position: int, place: Any) -> None:
    """Add a sum over all points but one to the row of that point."""
    if position == 0:
        row += numpy.sum(part, axis=-1)
    elif place[1] is None:
        row += numpy.sum(part, axis=-2)
    else:
        row[..., place[1]] += numpy.sum(part, axis=(-2, -1))


# -- divided differences ---------------------------------------------------------------------------


Joined = Callable[[Knots, Knots, Any], Any]


def divided_difference(knots: Sequence[Knots], size: Any, joined: Joined | None = None) -> Any:
    """g[w_0, ..., w_k], element by element.

    Points that are nearer to one another than the root of order k + 2 of a rounding unit, relative to `size`, count
    as equal: there the mean of the derivatives is the better approximation.

    Args:
        joined: what g[w_0, w_1] is where the two count as equal; by default `checked_slope`.
    """
    order = len(knots) - 1
    if order == 0:
        return knots[0].rows[0]
    if order == 1:
        value = (joined or checked_slope)(knots[0], knots[1], size)
    else:
        value = sum(knot.rows[order] for knot in knots) / (len(knots) * factorial(order))
    widest = float(numpy.finfo(size.dtype).eps) ** (1 / (order + 2)) * size
    for p, q in combinations(range(order + 1), 2):
        gap = knots[p].points - knots[q].points
        is_wider = greater(absolute(gap), widest)
        without_p, without_q = ([*knots[:i], *knots[i + 1 :]] for i in (p, q))
        change = divided_difference(without_q, size, joined) - divided_difference(without_p, size, joined)
        value = where(is_wider, change / where(is_wider, gap, 1), value)
        widest = maximum(widest, absolute(gap))
    return value


def _mean_slope(first: Knots, second: Knots, size: Any) -> Any:
    return (first.rows[1] + second.rows[1]) / 2


def checked_slope(first: Knots, second: Knots, size: Any) -> Any:
    """The slope at near points; if the values do not follow it, the quotient, and NaN where the points are equal."""
    slopes, epsilon = _mean_slope(first, second, size), float(numpy.finfo(size.dtype).eps)
    change, gap = first.rows[0] - second.rows[0], first.points - second.points
    largest = maximum(absolute(first.rows[0]), absolute(second.rows[0]))
    is_smooth = less_equal(absolute(change), 2 * absolute(slopes * gap) + epsilon**0.75 * largest)
    is_apart = greater(absolute(gap), ROUNDINGS * epsilon * size)
    quotient = divide(change, where(is_apart, gap, 1))
    return where(is_smooth, slopes, where(is_apart, quotient, numpy.nan))


ROUNDINGS = 8
"""Values that differ by at most so many roundings of the largest are equal."""
