"""What an integration gives: SciPy's result object, which is a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy
from scipy.optimize import OptimizeResult

import wengert as wg

from .stepping import FAILED, STOPPED, Progress


@dataclass(eq=False)
class OdeResult:
    """The solution of an initial value problem; ``result["y"]`` is ``result.y``, as in SciPy.

    Attributes:
        t: the times, of shape (m,).
        y: the state at these times, nested as `y0`; the times are the last axis of each array.
        sol: with ``dense_output=True`` the solution as a function of time.
        t_events: for each event an array of the times at which it occurred; ``None`` without events.
        y_events: the states there, whose first axis is that of the times.
        nfev: how often the right-hand side was evaluated.
        njev: how often its Jacobian was.
        nlu: how often a matrix was factorised.
        status: 0 if the end was reached, 1 if an event stopped the integration, -1 if it failed.
        last: the time of the last attempt at a step, its size, and its error in units of what is allowed.
        cause: where NaN came from, if that made it fail.
    """

    t: Any
    y: Any
    sol: Any
    t_events: Any
    y_events: Any
    nfev: Any
    njev: Any
    nlu: Any
    status: Any
    last: tuple[Any, Any, Any]
    cause: str = ""

    @staticmethod
    def of(end: Progress, t: Any, y: Any, sol: Any = None, t_events: Any = None, y_events: Any = None) -> OdeResult:
        """The result of an integration that ended there."""
        last = end.done.t, end.done.h, numpy.exp(end.log_square / 2)
        return OdeResult(t, y, sol, t_events, y_events, *end.counts, end.status, last)

    @property
    def success(self) -> Any:
        """Whether the end was reached, or an event stopped the integration."""
        return self.status >= 0

    @property
    def message(self) -> str:
        """What became of the integration; of a batch, what its worst example did."""
        status = numpy.asarray(self.status)
        if status.min() == FAILED:
            return self._failure(int(numpy.argmin(status)))
        return "an event stopped the integration" if status.max() == STOPPED else "the end of t_span was reached"

    def __repr__(self) -> str:
        names = [field.name for field in fields(self) if field.name not in ("last", "cause")]
        return repr(OptimizeResult({name: self[name] for name in ("message", "success", "status", *names)}))

    def keys(self) -> Iterator[str]:
        """The names of what is in it."""
        return iter([*(field.name for field in fields(self)), "success", "message"])

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def _failure(self, example: int) -> str:
        t, size, error = (float(numpy.ravel(numpy.asarray(value))[example]) for value in self.last)
        if numpy.isnan(error):
            origin = self.cause or "write wg.trace_nans()(fun)(t, y) at this time for its line"
            return f"at t = {t:.17g} fun gives NaN, however short the step is; {origin}"
        return (
            f"at t = {t:.17g} a step of {size:.3g} still has an error of {error:.3g} times what rtol and atol allow, "
            "and none is shorter: the solution may go to infinity there, or be stiff (method='Radau')"
        )


KEPT_APART = ("sol", "cause")


def _children(result: OdeResult) -> tuple[list[Any], Any, tuple[str, ...]]:
    names = tuple(field.name for field in fields(result) if field.name not in KEPT_APART)
    return [getattr(result, name) for name in names], tuple(getattr(result, name) for name in KEPT_APART), names


def _from_children(rest: Any, children: Any) -> OdeResult:
    names = [field.name for field in fields(OdeResult) if field.name not in KEPT_APART]
    return OdeResult(**dict(zip(names, children, strict=True)), **dict(zip(KEPT_APART, rest, strict=True)))


wg.trees.register(OdeResult, _children, _from_children)
