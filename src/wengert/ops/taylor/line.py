"""What a recurrence is told of an operation on series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .series import Gather, Series


class Line(NamedTuple):
    """An operation on series.

    Attributes:
        node: its primitive, parameters and forms.
        operands: for each operand its series, or the value that it has all along.
        out: the series of the result, of which a coefficient may read those before it.
        gather: what sums over directions.
    """

    node: Any
    operands: Sequence[Any]
    out: Series
    gather: Gather

    def apply(self, *operands: Any) -> Any:
        """The operation itself, on coefficients."""
        return self.node.primitive.operation(*operands, **self.node.params)


Recurrence = Callable[[Line], Callable[[int], Any] | None]
"""Gives what computes coefficient k, from 1 on, of the result; ``None`` leaves it to the derivative."""
