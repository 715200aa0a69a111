"""What `check` returns, and what it raises."""

from __future__ import annotations

from dataclasses import dataclass

from ..html import preformatted, table
from .laws import Verdict


class GradientError(AssertionError):
    """A derivative is wrong, or cannot be confirmed at this point: what `wengert.check` raises."""


@dataclass(frozen=True)
class Row:
    """One test that was passed.

    Attributes:
        order: of the derivative that was tested.
        function: whose derivative.
        verdict: the test, its relative error and tolerance.
    """

    order: int
    function: str
    verdict: Verdict

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = self.verdict
        numbers = (f"{verdict.error:.1e}", f"{verdict.tolerance:.1e}") if verdict.tolerance else ("", "")
        outcome = "differences too rough to tell" if verdict.is_rough else "well"
        return str(self.order), self.function, verdict.test, *numbers, outcome


HEADER = ("order", "function", "test", "error", "tolerance", "")


@dataclass(frozen=True, repr=False)
class Report:
    """What was tested, all of it passed; prints as a table.

    Attributes:
        function: its name.
        rows: the tests.
    """

    function: str
    rows: tuple[Row, ...]

    @property
    def worst(self) -> float:
        """The largest error, as a part of its tolerance."""
        return max((r.verdict.error / r.verdict.tolerance for r in self.rows if r.verdict.tolerance), default=0.0)

    def __str__(self) -> str:
        cells = [HEADER, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in cells]
        return "\n".join([self._heading, *lines])

    def _repr_html_(self) -> str:
        return preformatted(self._heading) + table(HEADER, [row.cells for row in self.rows])

    @property
    def _heading(self) -> str:
        return f"The derivatives of {self.function} passed every test."

    __repr__ = __str__
