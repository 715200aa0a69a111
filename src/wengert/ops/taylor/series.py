"""A power series in one variable, coefficient by coefficient, and the products of two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.tensor import Tensor
from ..elementwise import add, logical_or, multiply, not_equal, where


class Gather:
    """What is done with the terms of a degree before coefficients of that degree are added to them.

    Args:
        top: the degree whose coefficients are wanted as sums over directions only; 0 is none.
        summed: the sum over the directions of something that is there for each.
    """

    def __init__(self, top: int = 0, summed: Callable[[Any], Any] | None = None) -> None:
        self.top = top
        self.summed = summed

    def __call__(self, degree: int, terms: Any) -> Any:
        if terms is None or self.summed is None or degree != self.top:
            return terms
        return tuple(map(partial(self, degree), terms)) if type(terms) is tuple else self.summed(terms)


class Series:
    """The coefficients of a power series, each computed when it is first asked for.

    Coefficient `k` is ``series[k]``; ``None`` is zero, and one of an operation with many results is a tuple.

    Args:
        form: the shape and dtype of each coefficient.
        first: gives coefficient 0.
        shift: the degree of coefficient 0: 1 for a derivative by the variable, which begins with what was of degree 1.
        is_bounded: coefficient 0 is finite wherever what it is computed from is.
    """

    __slots__ = ("_first", "_found", "_moved", "_rest", "following", "form", "is_bounded", "shift")

    def __init__(self, form: Any, first: Callable[[], Any], shift: int = 0, is_bounded: bool = False) -> None:
        self.form: Any = form
        self.shift: int = shift
        self.is_bounded: bool = is_bounded
        self.following: Callable[[int], Any] = _nothing
        self._first = first
        self._found = False
        self._rest: list[Any] = [None]
        self._moved: list[Any] = [None]

    def __getitem__(self, k: int) -> Any:
        if k == 0:
            if not self._found:
                self.give_first(self._first())
            return self._rest[0]
        while len(self._rest) <= k:
            self._rest.append(self.following(len(self._rest)))
        return self._rest[k]

    @property
    def has_first(self) -> bool:
        """Whether coefficient 0 has been computed, or given."""
        return self._found

    def give_first(self, value: Any) -> None:
        """Set coefficient 0."""
        self._rest[0] = value
        self._found = True

    def moved(self, k: int) -> Any:
        """Where a coefficient from 1 up to `k` is not zero; ``None`` is nowhere."""
        while len(self._moved) <= k:
            self._moved.append(_either(self._moved[-1], self[len(self._moved)]))
        return self._moved[k]

    def is_there(self, k: int) -> Any:
        """Where a coefficient from 0 up to `k` is not zero."""
        return _either(self.moved(k), self[0])


def _nothing(k: int) -> Any:
    return None


def _either(flags: Any, coefficient: Any) -> Any:
    if coefficient is None:
        return flags
    moves = not_equal(coefficient, 0)
    return moves if flags is None else logical_or(flags, moves)


def component(series: Series, index: int) -> Series:
    """One of the results of an operation with many."""
    part = Series(series.form[index], lambda: series[0][index], series.shift)
    part.following = lambda k: None if series[k] is None else series[k][index]
    return part


def differentiated(series: Series) -> Series:
    """The derivative by the variable: its coefficient k is k + 1 times coefficient k + 1."""
    found = Series(series.form, lambda: series[1], series.shift + 1)
    found.following = lambda k: times(k + 1, series[k + 1])
    return found


def times(number: float, coefficient: Any) -> Any:
    """A coefficient, or the tuple of those of many results, times a number."""
    if coefficient is None or number == 1:
        return coefficient
    if type(coefficient) is tuple:
        return tuple(times(number, part) for part in coefficient)
    return multiply(coefficient, number)


Product = Callable[[Any, Any], Any]


def convolve(product: Product, a: Series, b: Series, k: int, gather: Gather, low: int = 0) -> Any:
    """Coefficient `k` of a product: the sum of ``product(a[j], b[k - j])`` for j from `low` up to k."""
    edge, inner = terms_of(a, b, k, low)
    return total([product(*pair) for pair in edge], gather(k + a.shift + b.shift, total([product(*p) for p in inner])))


def terms_of(a: Series, b: Series, k: int, low: int = 0) -> tuple[list[Any], list[Any]]:
    """The pairs of coefficients of which a coefficient of a product is made, none of them zero.

    Those of which one is of degree 0 stand apart: where directions are gathered, they have been.
    """
    edge: list[Any] = []
    inner: list[Any] = []
    for j in range(low, k + 1):
        x, y = a[j], b[k - j]
        if x is not None and y is not None:
            (inner if j + a.shift and k - j + b.shift else edge).append((x, y))
    return edge, inner


def total(terms: Sequence[Any], more: Any = None) -> Any:
    """The sum of terms (``None`` is zero), pair by pair: it rounds less, and its additions do not wait in a row."""
    left = [term for term in (*terms, more) if term is not None]
    while len(left) > 1:
        paired = [add(x, y) for x, y in zip(left[::2], left[1::2], strict=False)]
        left = [*paired, left[-1]] if len(left) % 2 else paired
    return left[0] if left else None


def unless_still(terms: Any, flags: Callable[[int], Any], k: int) -> Any:
    """A sum of products, and 0 where the first factors are zero all along, by the flags up to coefficient `k`.

    There the others may be infinite, those of a branch that was not taken.
    """
    if terms is None or _is_finite(terms):
        return terms
    moves = flags(k)
    return None if moves is None else where(moves, terms, 0)


def _is_finite(coefficient: Any) -> bool:
    """Whether a coefficient is known to be finite; one without a value is not."""
    value = coefficient._value if type(coefficient) is Tensor else coefficient
    return type(value) is not Abstract and bool(numpy.isfinite(numpy.vdot(value, value)))
