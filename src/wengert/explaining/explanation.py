"""`explain`: the list of a function at a point, to be printed or drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .text import short

if TYPE_CHECKING:
    from .trace import Line, Trace

FIRST_LINES = 40
LAST_LINES = 20
HEADINGS = ("primal trace", "tangent trace", "adjoint trace")


def explain(f: Callable[..., Any], *args: Any, direction: Any = None) -> Explanation:
    """The list of a function at a point, with its primal, tangent and adjoint trace.

    Args:
        f: a function with a real scalar result.
        args: its arguments; each any nesting of dict, list, tuple, named tuple and dataclass with real or
            complex arrays at its leaves.
        direction: the tangent of the arguments, a tuple nested as they are; by default the first unit vector.

    Returns:
        An `Explanation`, which prints as textbooks do, and draws itself.

    Raises:
        TypeError: an argument is not floating point, the direction does not fit, or the result is not a
            real scalar.

    >>> import wengert as wg, wengert.numpy as np
    >>> def f(x1, x2):
    ...     return np.log(x1) + x1 * x2 - np.sin(x2)
    >>> wg.explain(f, 2.0, 5.0)
    primal trace                     tangent trace             adjoint trace
    -------------------------------  ------------------------  ------------------------------------
    v-1 = x1 = 2                     dv-1 = 1                  av-1 = 0.5 av1 + 5 av2 = 5.5
    v0 = x2 = 5                      dv0 = 0                   av0 = 2 av2 + 0.283662 av4 = 1.71634
    v1 = log(v-1) = 0.693147         dv1 = 0.5 dv-1 = 0.5      av1 = av3 = 1
    v2 = multiply(v-1, v0) = 10      dv2 = 5 dv-1 + 2 dv0 = 5  av2 = av3 = 1
    v3 = add(v1, v2) = 10.6931       dv3 = dv1 + dv2 = 5.5     av3 = av5 = 1
    v4 = sin(v0) = -0.958924         dv4 = 0.283662 dv0 = 0    av4 = -av5 = -1
    v5 = subtract(v3, v4) = 11.6521  dv5 = dv3 - dv4 = 5.5     av5 = 1
    y = v5 = 11.6521                 dy = dv5 = 5.5            ay = 1
    <BLANKLINE>
    value       11.6521
    gradient    x1: 5.5, x2: 1.71634
    operations  5

    Source: the names and the tables are those of Griewank and Walther (2008) and Baydin et al. (2018).
    """
    from ..transforms.asked import check_function
    from .trace import trace

    check_function(f, "explain")
    return Explanation(trace(f, args, direction))


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
    def gradient_text(self) -> str:
        """The gradient in one line, by the names of the inputs."""
        inputs = self.lines[: self.trace.inputs]
        return ", ".join(f"{line.expression}: {short(line.adjoint)}" for line in inputs) or "no inputs"

    def rows(self) -> list[tuple[str, str, str]]:
        """The three traces as text, a row for each line; a long list without its middle."""
        written = [_row(line) for line in self.lines]
        hidden = len(written) - FIRST_LINES - LAST_LINES
        if hidden > 0:
            written[FIRST_LINES:-LAST_LINES] = [(f"... {hidden} more ...", "...", "...")]
        return [*written, self._last_row()]

    def _last_row(self) -> tuple[str, str, str]:
        output, value = self.trace.output, short(self.value)
        if not output:
            return (f"y = {value}", "dy = 0", "ay = 1")
        return (f"y = {output} = {value}", f"dy = d{output} = {short(self.slope)}", "ay = 1")

    def dot(self) -> str:
        """The graph in the DOT language of Graphviz."""
        from .draw import dot

        return dot(self.trace)

    def svg(self) -> str:
        """The graph as an SVG picture."""
        from .draw import svg

        return svg(self.trace)

    def __repr__(self) -> str:
        facts = [
            f"value       {short(self.value)}",
            f"gradient    {self.gradient_text}",
            f"operations  {len(self.trace.operations)}",
        ]
        return "\n".join([*_table([HEADINGS, *self.rows()]), "", *facts])


def _row(line: Line) -> tuple[str, str, str]:
    return (
        f"{line.name} = {line.expression} = {short(line.value)}",
        _derivative(f"d{line.name}", line.tangent_terms, line.tangent),
        _derivative(f"a{line.name}", line.adjoint_terms, line.adjoint),
    )


def _derivative(name: str, terms: str, value: Any) -> str:
    if value is None:
        return f"{name}: none"
    return " = ".join(part for part in (name, terms, short(value)) if part)


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    """Rows as aligned text, with a rule under the first."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    rows = [rows[0], ("-" * widths[0], "-" * widths[1], "-" * widths[2]), *rows[1:]]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
