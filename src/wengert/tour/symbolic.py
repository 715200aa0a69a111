"""Symbolic differentiation in a few lines, to compare with: expressions of sums, products and one variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Expression:
    """A number, the variable ``x``, or a sum or product of two expressions.

    >>> x = Expression("x")
    >>> (x * x + 3).derivative().at(4.0)
    8.0
    """

    kind: str
    left: Any = None
    right: Any = None

    def __add__(self, other: Any) -> Expression:
        return simplified("+", self, expression(other))

    def __sub__(self, other: Any) -> Expression:
        return self + expression(other) * -1.0

    def __rsub__(self, other: Any) -> Expression:
        return expression(other) - self

    def __mul__(self, other: Any) -> Expression:
        return simplified("*", self, expression(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def derivative(self) -> Expression:
        """The expression of the derivative with respect to x."""
        if self.kind == "+":
            return self.left.derivative() + self.right.derivative()
        if self.kind == "*":
            return self.left.derivative() * self.right + self.left * self.right.derivative()
        return expression(1.0 if self.kind == "x" else 0.0)

    def at(self, x: Any) -> Any:
        """The value at a point."""
        if self.kind == "+":
            return self.left.at(x) + self.right.at(x)
        if self.kind == "*":
            return self.left.at(x) * self.right.at(x)
        return x if self.kind == "x" else self.left

    @property
    def operations(self) -> int:
        """How many sums and products it takes to evaluate."""
        return 1 + self.left.operations + self.right.operations if self.kind in "+*" else 0


def expression(value: Any) -> Expression:
    """The value as an expression."""
    return value if isinstance(value, Expression) else Expression("number", value)


def simplified(kind: str, left: Expression, right: Expression) -> Expression:
    """The sum or product, without the zeros and ones."""
    for one, other in ((left, right), (right, left)):
        if one.kind == "number" and one.left == (0.0 if kind == "+" else 1.0):
            return other
        if kind == "*" and one.kind == "number" and one.left == 0.0:
            return one
    return Expression(kind, left, right)
