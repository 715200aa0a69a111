"""Arithmetic of the arrays that a state consists of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy

import wengert as wg

Leaves = Sequence[Any]
"""The arrays that a state consists of, in the order of its tree."""


def moved(y: Leaves, h: Any, weights: Sequence[Any], slopes: Sequence[Leaves]) -> list[Any]:
    """``y + h * sum(weight * slope)`` for each leaf."""
    return [leaf + in_precision(h, leaf) * total for leaf, total in zip(y, combined(weights, slopes), strict=True)]


def ahead(y: Leaves, h: Any, weights: Sequence[Any], slopes: Sequence[Leaves]) -> list[Any]:
    """The same for a stage of a method, with all but a product and a sum done before the last slope is known."""
    *others, weight = weights
    if type(slopes) is Rows or all(type(other) is int for other in others):
        return moved(y, h, weights, slopes)
    before = moved(y, h, others, slopes)
    factor = h * weight
    return [leaf + in_precision(factor, leaf) * last for leaf, last in zip(before, slopes[len(others)], strict=True)]


def combined(weights: Sequence[Any], slopes: Sequence[Leaves]) -> list[Any]:
    """``sum(weight * slope)`` for each leaf, without the weights that are the integer 0."""
    if type(slopes) is Rows and type(weights) is tuple:
        return [slopes.combined(weights)]
    terms = [(weight, slope) for weight, slope in zip(weights, slopes, strict=False) if type(weight) is not int]
    (weight, slope), *others = terms
    totals = [in_precision(weight, leaf) * leaf for leaf in slope]
    for weight, slope in others:
        totals = [total + in_precision(weight, leaf) * leaf for total, leaf in zip(totals, slope, strict=True)]
    return totals


def chosen(test: Any, these: Any, others: Any) -> Any:
    """These leaves of a tree where the test holds, the others where it does not."""
    if type(test) is not wg.Tensor:
        return these if test else others
    return wg.trees.map(lambda this, other: numpy.where(test, this, other), these, others)


def at_least(x: Any, bound: Any) -> Any:
    """The larger of two numbers; of NaN and a bound the bound, so that it is one instruction."""
    return chosen(x > bound, x, bound)


def at_most(x: Any, bound: Any) -> Any:
    return chosen(x < bound, x, bound)


def in_precision(h: Any, leaf: Any) -> Any:
    """A factor in the precision of a leaf."""
    return h if type(h) is float or h.dtype == _real(leaf.dtype) else h.astype(_real(leaf.dtype))


def _real(dtype: numpy.dtype) -> numpy.dtype:
    return numpy.finfo(dtype).dtype if dtype.kind == "c" else dtype


# -- slopes of a step -------------------------------------------------------------------------------


class Rows(Sequence[Leaves]):
    """The slopes of a state that is one array of known numbers: the rows of an array, which one product weighs."""

    def __init__(self, first: numpy.ndarray, most: int):
        self._rows = numpy.empty((most, *first.shape), first.dtype)
        self._flat = self._rows.reshape(most, -1)
        self._count = 0
        self.append([first])

    def append(self, slope: Leaves) -> None:
        self._rows[self._count] = slope[0]
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        return [self._rows[place]]

    def __iter__(self) -> Iterator[Leaves]:
        return ([row] for row in self._rows[: self._count])

    def combined(self, weights: tuple[float, ...]) -> Any:
        """The sum of as many rows as there are weights."""
        flat = self._flat[: len(weights)]
        return numpy.dot(as_array(weights, flat.dtype), flat).reshape(self._rows.shape[1:])


@lru_cache(maxsize=256)
def as_array(weights: tuple[float, ...], dtype: numpy.dtype) -> numpy.ndarray:
    """Weights in the precision of an array."""
    return numpy.array(weights, _real(dtype))


def begun(first: Leaves, most: int) -> Any:
    """The slopes of a step, of which the first is known, and to which so many are appended."""
    (leaf, *others) = first
    return [first] if others or type(leaf) is not numpy.ndarray else Rows(leaf, most)


def with_one_more(slopes: Any, slope: Leaves) -> Any:
    """The slopes and one more, which may be a tensor that a derivative watches."""
    if type(slopes) is Rows and type(slope[0]) is wg.Tensor:
        slopes = list(slopes)
    slopes.append(slope)
    return slopes
