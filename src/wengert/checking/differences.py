"""Numerical derivatives with an estimate of their error, from both sides together and from each alone.

Differences with steps h, h/2, h/4, ... are extrapolated to h = 0, and the disagreement of neighbours in
the table bounds the error: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)" (1982).
Which row to believe is decided as A. Goldenshluger and A. Nemirovski, "On spatially adaptive estimation
of nonparametric regression" (1997), choose a bandwidth: from the smallest step, where only rounding
disturbs, up to the largest that still agrees with all smaller ones. So a kink at a distance does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from .space import Vector

LARGEST_STEP = 0.125
COLUMNS = 4
"""Extrapolations in a row."""
ROUNDINGS = 8
"""A value is taken to be wrong by this many roundings."""
AGREEMENT = 3
"""Two estimates agree if they differ by at most this many of their errors."""
FIRST = 3
"""One of this many of the smallest steps must tell something, or no larger step is believed."""
ROUGH = 0.3
"""An estimate with a larger relative error tells nothing."""
DIVERGING = 1.6
"""A one-sided difference that grows by more than this when its step is divided by four has no limit."""
KINK = 1e-5
"""One-sided derivatives that differ by less than this part of their size are not called a kink."""


@dataclass(frozen=True)
class Estimate:
    """A derivative of each component, and its error; infinite where none could be had."""

    value: Vector
    error: Vector


@dataclass(frozen=True)
class Differences:
    """The numerical derivative of a vector function along a line.

    Attributes:
        central: from both sides.
        left, right: from each side alone; infinite where it grows without bound.
        size: of the largest value met.
    """

    central: Estimate
    left: Estimate
    right: Estimate
    size: float

    @property
    def edge(self) -> Vector:
        """Components that are not finite on one side, or on both."""
        return ~(numpy.isfinite(self.left.error) & numpy.isfinite(self.right.error))

    @property
    def kink(self) -> Vector:
        """Components whose one-sided derivatives differ."""
        left, right = self.left, self.right
        with numpy.errstate(invalid="ignore"):
            unlike = numpy.abs(left.value - right.value) > numpy.maximum(
                10 * (left.error + right.error), KINK * numpy.maximum(numpy.abs(left.value), numpy.abs(right.value))
            )
        diverges = numpy.isinf(left.value) | numpy.isinf(right.value)
        return ~self.edge & (unlike | diverges)


def difference(f: Callable[[float], Vector | None], at: Vector, epsilon: float, magnitude: float = 0.0) -> Differences:
    """Differentiate a vector function of one number at 0.

    Args:
        f: gives ``None`` where it cannot be evaluated.
        at: its value at 0.
        epsilon: the rounding unit of its values...
        magnitude: ...and of the numbers they were made of, which may have cancelled.
    """
    steps = steps_for(epsilon)
    ahead = numpy.stack([_evaluated(f, h, at) for h in steps])
    behind = numpy.stack([_evaluated(f, -h, at) for h in steps])
    size = numpy.fmax(numpy.fmax.reduce(numpy.abs(ahead)), numpy.fmax.reduce(numpy.abs(behind)))
    size = numpy.nan_to_num(numpy.fmax(size, numpy.abs(at)))
    noise = ROUNDINGS * epsilon * (size + magnitude)
    jump = numpy.maximum(epsilon ** (1 / 3) * size, ROUNDINGS * noise)
    column = steps[:, None]
    with numpy.errstate(all="ignore"):
        return Differences(
            extrapolate((ahead - behind) / (2 * column), noise / column, power=2),
            _one_sided((at - behind) / column, noise / column, jump / steps[-1]),
            _one_sided((ahead - at) / column, noise / column, jump / steps[-1]),
            float(numpy.max(size, initial=0.0)),
        )


def steps_for(epsilon: float) -> Vector:
    """Halved from the largest down to where rounding would take more than it gives."""
    count = int(numpy.log2(LARGEST_STEP / epsilon**0.4)) + 1
    return LARGEST_STEP * 0.5 ** numpy.arange(max(count, COLUMNS))


def _evaluated(f: Callable[[float], Vector | None], step: float, at: Vector) -> Vector:
    value = f(step)
    return numpy.full_like(at, numpy.nan) if value is None or value.shape != at.shape else value


def extrapolate(rows: Vector, noise: Vector, power: int) -> Estimate:
    """The limit of the rows, whose step is halved each time and whose error is a series in h^power."""
    candidates = [_best_of_row(row, noise[k], _inf_like(noise[k])) for k, row in _table(rows, power)]
    value, error = candidates[-1]
    is_open = numpy.any([_tells(*c, noise[-1]) for c in candidates[-FIRST:]], axis=0)
    for other, other_error in reversed(candidates[:-1]):
        is_open &= numpy.abs(other - value) <= AGREEMENT * (error + other_error)
        better = is_open & (other_error < error)
        value, error = numpy.where(better, other, value), numpy.where(better, other_error, error)
    return Estimate(value, error)


def _tells(value: Vector, error: Vector, noise: Vector) -> Vector:
    """Whether an estimate says anything: a staircase does not, though it may look straight from afar."""
    return error <= numpy.maximum(ROUGH * numpy.abs(value), AGREEMENT * ROUNDINGS * noise)


def _inf_like(x: Vector) -> Vector:
    return numpy.full_like(x, numpy.inf)


def _table(rows: Vector, power: int) -> list[tuple[int, list[tuple[Vector, Vector]]]]:
    """Neville's table: in each row the extrapolations, each with what it differs by from its neighbours."""
    table: list[tuple[int, list[tuple[Vector, Vector]]]] = []
    above: list[Vector] = [rows[0]]
    for k in range(1, len(rows)):
        row, differing = [rows[k]], []
        for j in range(1, min(k, COLUMNS) + 1):
            finer = row[j - 1] + (row[j - 1] - above[j - 1]) / (2.0 ** (power * j) - 1)
            differing.append((finer, numpy.maximum(abs(finer - row[j - 1]), abs(finer - above[j - 1]))))
            row.append(finer)
        table.append((k, differing))
        above = row
    return table


def _best_of_row(row: Sequence[tuple[Vector, Vector]], noise: Vector, error: Vector) -> tuple[Vector, Vector]:
    """The extrapolation with the least error, of each component."""
    value = numpy.zeros_like(error)
    for candidate, differs in row:
        own = numpy.where(numpy.isfinite(candidate), differs + noise, numpy.inf)
        better = own < error
        value, error = numpy.where(better, candidate, value), numpy.where(better, own, error)
    return value, error


def _one_sided(rows: Vector, noise: Vector, jump: Vector) -> Estimate:
    """As `extrapolate`, but plus or minus infinity, without error, where the rows grow without bound.

    For a slope they tend to a limit; for a root they grow as h^(-1/2), for a jump as 1 / h.
    """
    estimate = extrapolate(rows, noise, power=1)
    last, before = numpy.abs(rows[-1]), numpy.abs(rows[-3])
    diverges = (last > DIVERGING * before) & (last > jump)
    return Estimate(
        numpy.where(diverges, numpy.copysign(numpy.inf, rows[-1]), estimate.value),
        numpy.where(diverges, 0.0, estimate.error),
    )
