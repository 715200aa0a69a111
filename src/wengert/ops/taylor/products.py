"""Products of two series, after Cauchy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..elementwise import square
from ..factors import multiply, scale
from .line import Line
from .series import Series, convolve, terms_of, times, total, unless_still


def multilinear(line: Line) -> Callable[[int], Any]:
    """The product of series, in any sense of a product: c_k is the sum of a_i b_j ... with i + j + ... = k.

    Terms of which one factor alone is of a degree above 0 stand apart: where directions are gathered, they have been.
    """
    moving = [o for o in line.operands if type(o) is Series]
    shift = sum(series.shift for series in moving)

    def coefficient(k: int) -> Any:
        inner: list[Any] = []
        edge: list[Any] = []
        for degrees in _compositions(k, len(moving)):
            factors = [series[j] for series, j in zip(moving, degrees, strict=True)]
            if all(factor is not None for factor in factors):
                following = iter(factors)
                term = line.apply(*[next(following) if type(o) is Series else o for o in line.operands])
                raised = sum(j + series.shift > 0 for series, j in zip(moving, degrees, strict=True))
                (inner if raised > 1 else edge).append(term)
        return total([*edge, line.gather(k + shift, total(inner))])

    return coefficient


def _compositions(k: int, count: int) -> Iterator[tuple[int, ...]]:
    """The ways to write `k` as a sum of so many numbers, in order."""
    if count == 1:
        yield (k,)
        return
    for j in range(k + 1):
        for rest in _compositions(k - j, count - 1):
            yield (j, *rest)


def product(line: Line) -> Callable[[int], Any]:
    a, b = line.operands
    return squared(line, a) if a is b else multilinear(line)


def square_of(line: Line) -> Callable[[int], Any]:
    return squared(line, line.operands[0])


def squared(line: Line, x: Series) -> Callable[[int], Any]:
    """Of a square each product is there twice, but for the one in the middle."""

    def coefficient(k: int) -> Any:
        ends = None if x[k] is None else multiply(x[k], times(2, x[0]))
        return total([ends, line.gather(k, _inner_squares(x, k))])

    return coefficient


def _inner_squares(x: Series, k: int) -> Any:
    pairs = [(x[j], x[k - j]) for j in range(1, (k + 1) // 2)]
    twice = times(2, total([multiply(a, b) for a, b in pairs if a is not None and b is not None]))
    middle = x[k // 2] if k % 2 == 0 else None
    return total([twice, None if middle is None else square(middle)])


def guarded_product(line: Line) -> Callable[[int], Any]:
    """A tangent times a factor: where the tangent is zero all along, so is the product."""
    a, b = line.operands
    if type(a) is not Series or type(b) is not Series:
        return multilinear(line)

    if b.is_bounded:
        return lambda k: convolve(multiply, a, b, k, line.gather)
    shift = a.shift + b.shift

    def coefficient(k: int) -> Any:
        edge, inner = terms_of(a, b, k)
        products = unless_still(total([multiply(*pair) for pair in inner]), a.is_there, k - 1)
        return total([scale(*pair) for pair in edge], line.gather(k + shift, products))

    return coefficient
