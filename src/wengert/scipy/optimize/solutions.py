"""A solution as a function of what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

from ..recording import is_recorded, is_watched, unwatched


class Solution(NamedTuple):
    """How something is solved, and what holds then.

    Attributes:
        name: what messages call it.
        solve: ``solve(operands)`` gives it.
        residual: ``residual(solution, operands)`` is 0.
        reads: ``reads(solution, operands)`` gives values that are followed by whoever follows what `residual` reads.
        tolerance: how far it may be off where its derivative is asked for (see `wengert.implicit`).
        like: arrays of its form, for a `solve` that asks for values.
        linear: what solves linear equations in the Jacobian of the residual.
    """

    name: str
    solve: Callable[[Any], Any]
    residual: Callable[[Any, Any], Any]
    reads: Callable[[Any, Any], Any]
    tolerance: float | None
    like: Callable[[Any], Any] | None = None
    linear: Callable[..., Any] | None = None

    def at(self, operands: Any) -> Any:
        """The solution as a function of the operands and of what is read from outside."""
        if is_recorded(operands):
            return self._defined(self.solve)(operands)
        with unwatched():
            found = wg.trees.map(np.asarray, self.solve(wg.stop_gradient(operands)))
        if not is_watched(self.reads(found, operands)):
            return found
        return self._defined(lambda operands: found)(operands)

    def _defined(self, solve: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def solver(operands: Any) -> Any:
            return solve(operands)

        solver.__name__ = self.name
        how = {"solve": self.linear, "derivative_tolerance": self.tolerance, "like": self.like}
        return wg.implicit(solver, self.residual, **how)
