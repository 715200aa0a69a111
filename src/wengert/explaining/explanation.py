"""`explain`: the list of a function at a point, to be printed or drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .text import short

if TYPE_CHECKING:
    from .folding import Item, Loop
    from .rows import Facts
    from .table import Cell, Table
    from .trace import Decision, Line, Trace

WIDTH = 80


def explain(
    f: Callable[..., Any], *args: Any, direction: Any = None, component: Any = None, cotangent: Any = None
) -> Explanation:
    """The list of a function at a point, with its primal, tangent and adjoint trace.

    Args:
        f: a function with a real scalar result, or one of whose results a number is chosen.
        args: its arguments; each any nesting of dict, list, tuple, named tuple and dataclass with real or
            complex arrays at its leaves.
        direction: the tangent of the arguments, a tuple nested as they are; by default the first unit vector.
        component: which element of the result is explained: an index, or a tuple of them.
        cotangent: the weights, nested as the result, with which its elements are summed up to what is explained.

    Returns:
        An `Explanation`, which prints as textbooks do, and draws itself.

    Raises:
        TypeError: an argument is not floating point, the direction does not fit, or the result is not a
            real scalar.

    >>> import wengert as wg, wengert.numpy as np
    >>> def f(x1, x2):
    ...     return np.log(x1) + x1 * x2 - np.sin(x2)
    >>> wg.explain(f, 2.0, 5.0)
    primal trace              tangent trace
    ------------------------  -----------------------
    x1 = 2                    dx1 = 1
    x2 = 5                    dx2 = 0
    v1 = log(x1) = 0.693147   dv1 = 0.5 dx1 = 0.5
    v2 = x1 * x2 = 10         dv2 = 5 dx1 + 2 dx2 = 5
    v3 = v1 + v2 = 10.6931    dv3 = dv1 + dv2 = 5.5
    v4 = sin(x2) = -0.958924  dv4 = 0.283662 dx2 = 0
    v5 = v3 - v4 = 11.6521    dv5 = dv3 - dv4 = 5.5
    y = v5 = 11.6521          dy = dv5 = 5.5
    <BLANKLINE>
    adjoint trace (read upwards)
    ------------------------------------
    ax1 = 0.5 av1 + 5 av2 = 5.5
    ax2 = 2 av2 + 0.283662 av4 = 1.71634
    av1 = av3 = 1
    av2 = av3 = 1
    av3 = av5 = 1
    av4 = -av5 = -1
    av5 = 1
    ay = 1
    <BLANKLINE>
    value       11.6521
    gradient    x1: 5.5, x2: 1.71634
    operations  5

    A result that is more than a number is explained by one of its elements, or by a weighted sum of them:

    >>> wg.explain(lambda x: np.stack([x, x * x]), 3.0, component=1).gradient
    (np.float64(6.0),)

    Source: the names and the tables are those of Griewank and Walther (2008) and Baydin et al. (2018).
    """
    from ..transforms.asked import check_function
    from .component import scalar_of
    from .trace import trace

    check_function(f, "explain")
    return Explanation(trace(scalar_of(f, component, cotangent), args, direction))


class Explanation:
    """The list of a function at a point; print it, or draw it with `dot` and `svg`."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    @property
    def lines(self) -> tuple[Line, ...]:
        """The inputs and then the operations, each with its value, tangent and adjoint."""
        return self.trace.lines

    @property
    def value(self) -> float:
        """The result of the function."""
        return self.trace.value

    @property
    def gradient(self) -> tuple[Any, ...]:
        """The derivative of the result, nested as the arguments."""
        return self.trace.gradient

    @property
    def slope(self) -> float:
        """The derivative of the result along the direction."""
        return self.trace.slope

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The truth values that Python, loops and branches asked for."""
        return self.trace.decisions

    @cached_property
    def items(self) -> list[Item]:
        """The numbers of the lines, with loops for parts that repeat themselves."""
        from .folding import folded

        return folded(self.lines, self.trace.inputs, self.trace.output_line)

    @property
    def loops(self) -> tuple[Loop, ...]:
        """The parts of the list that repeat themselves, without those within others."""
        return tuple(item for item in self.items if not isinstance(item, int))

    def tables(self, width: int = WIDTH) -> list[Table]:
        """The three traces side by side, or the adjoint trace below if they are too wide for that."""
        from .rows import tables

        return tables(self.trace, self.items, width)

    def facts(self) -> dict[str, list[str | Cell]]:
        """What is to be said below the tables: for each name one or more lines."""
        from .rows import gradient_lines

        return {
            "value": [short(self.value)],
            "gradient": gradient_lines(self.trace),
            "operations": [str(len(self.trace.operations))],
        }

    def text(self, width: int = WIDTH, facts: Facts | None = None) -> str:
        """Everything as text whose lines are no longer than `width`, with these or its own facts below."""
        from .rows import facts_text

        parts = ["\n".join("  ".join(line).rstrip() for line in table.lines()) for table in self.tables(width)]
        return "\n\n".join([*parts, facts_text(self.facts() if facts is None else facts, width)])

    def dot(self) -> str:
        """The graph in the DOT language of Graphviz."""
        from .dot import dot

        return dot(self.trace, self.items)

    def svg(self) -> str:
        """The list as an SVG picture: on one page of A4, if it is legible there."""
        from .svg import svg

        return svg(self.trace, self.items)

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.svg()
