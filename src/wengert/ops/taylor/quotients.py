"""Quotients, and solutions of linear equations: what solves a x = b gives all coefficients of x from that of degree 0.

Where a and b are series, the coefficients of degree k say a_0 x_k = b_k - (a_1 x_(k-1) + ... + a_k x_0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..axes.scan import before_each
from ..contract import matmul
from ..elementwise import divide, negative, subtract
from ..factors import multiply, scale
from ..matrices.solving import solve_triangular
from .line import Line, Recurrence
from .series import Series, convolve, total

Coefficient = Callable[[int], Any]


def at(operand: Any, k: int) -> Any:
    """Coefficient `k` of an operand, which may be the same all along."""
    if type(operand) is Series:
        return operand[k]
    return operand if k == 0 else None


def _right(line: Line, given: Any, *products: tuple[Callable[..., Any], Any]) -> Coefficient:
    """The right-hand side b_k - (a_1 x_(k-1) + ... + a_k x_0) of each degree, for one or more products with x."""

    def coefficient(k: int) -> Any:
        moved = [convolve(product, a, line.out, k, line.gather, low=1) for product, a in products if type(a) is Series]
        return _minus(at(given, k), total(moved))

    return coefficient


def _minus(x: Any, y: Any) -> Any:
    if y is None:
        return x
    return negative(y) if x is None else subtract(x, y)


def _where_there(solved: Callable[[Any], Any], right: Coefficient) -> Coefficient:
    """The solution of each degree; of 0 it is 0."""

    def coefficient(k: int) -> Any:
        side = right(k)
        return None if side is None else solved(side)

    return coefficient


def quotient(line: Line) -> Coefficient:
    x, y = line.operands
    return _where_there(lambda side: divide(side, at(y, 0)), _right(line, x, (multiply, y)))


def reciprocal_of(line: Line) -> Coefficient:
    (x,) = line.operands
    return _where_there(lambda side: multiply(side, line.out[0]), _right(line, None, (multiply, x)))


def inverse(line: Line) -> Coefficient:
    (x,) = line.operands
    return _where_there(lambda side: matmul(line.out[0], side), _right(line, None, (matmul, x)))


def solution(product: Callable[..., Any]) -> Recurrence:
    """That of an operation ``x = operation(a, b)``, for the product with x of which b is the result."""

    def recurrence(line: Line) -> Coefficient:
        a, b = line.operands
        params = line.node.params
        right = _right(line, b, (lambda change, x: product(change, x, **params), a))
        return _where_there(lambda side: line.apply(at(a, 0), side), right)

    return recurrence


def sylvester_solution(line: Line) -> Coefficient:
    a, b, q = line.operands
    right = _right(line, q, (matmul, a), (lambda change, x: matmul(x, change), b))
    return _where_there(lambda side: line.apply(at(a, 0), at(b, 0), side), right)


def of_triangle(a: Any, x: Any, **params: Any) -> Any:
    return matmul(solve_triangular.primitive.joint.visible(a, **params), x)


def back_along(a: Any, x: Any, axis: int, reverse: bool) -> Any:
    """As a recurrence says: s_i - a_i s_(i-1) = b_i."""
    return negative(scale(a, before_each(x, axis, reverse, 0)))
