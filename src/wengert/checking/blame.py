"""Who is at fault: which input and result, and which operation of the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, nan

import numpy

from ..core.recording import alias
from ..core.state import Watch
from .laws import DIFFERENCES, ERRORS, Verdict, check_differences, check_modes, differences_along, first_fault
from .space import Vector
from .subject import Subject, is_inexact, of_operation
from .tracing import Listed, Made, first_not_finite


@dataclass(frozen=True)
class Probe:
    """One number of a Jacobian, computed in every way.

    Attributes:
        entry: which one, as ``d result[0] / d x[1]``.
        at: the value of that input.
        forward, reverse: by the two modes.
        numerical, error: by differences.
        left, right: by differences from one side; NaN where there are none.
        tolerance: by how much `forward` and `reverse` may be off.
        is_smooth: whether the two sides agree.
    """

    entry: str
    at: float
    forward: float
    reverse: float
    numerical: float
    error: float
    left: float
    right: float
    tolerance: float
    is_smooth: bool


def operations_of(subject: Subject, bit: int) -> list[Made]:
    """Every operation of a function, on inputs that `bit` watches."""
    inputs = [alias(array, bit) for array in subject.inputs.arrays(subject.point)]
    with numpy.errstate(all="ignore"), Listed() as listed:
        subject.call(*inputs)
    return listed.operations


def _has_slope(made: Made, bit: int) -> bool:
    """Whether watched floating-point numbers go in, and finite ones come out."""
    results = made.result if made.primitive.many else (made.result,)
    read = [o for o, watch in zip(made.operands, made.watches, strict=True) if watch & bit]
    return (
        bool(read)
        and not made.is_abstract
        and all(map(is_inexact, read))
        and any(map(is_inexact, results))
        and first_not_finite((made.operands, made.result)) is None
    )


@dataclass(frozen=True)
class Suspect:
    """An operation whose derivative is wrong by itself."""

    made: Made
    verdict: Verdict
    probe: Probe | None


def culprit(subject: Subject, fault: str, leniency: float) -> Suspect | None:
    """The first operation that fails by itself, preferably with the same kind of fault."""
    with Watch() as bit:
        try:
            operations = [made for made in operations_of(subject, bit) if _has_slope(made, bit)]
        except Exception:
            return None
        first = None
        for made in operations:
            suspect = _suspected(made, bit, leniency)
            if suspect is not None and suspect.verdict.fault == fault:
                return suspect
            first = first or suspect
    return first


def _suspected(made: Made, bit: int, leniency: float) -> Suspect | None:
    subject = of_operation(made, bit)
    v, w = directions(subject, seed=0)
    verdict = first_fault(subject, v, w, leniency)
    return None if verdict is None else Suspect(made, verdict, probe(subject, verdict, v, w, leniency))


def directions(subject: Subject, seed: int) -> tuple[Vector, Vector]:
    """A random tangent of the inputs, and a random cotangent of the results, in their natural sizes."""
    return (
        subject.inputs.kept(subject.inputs.random((seed, 1)) * subject.steps),
        subject.results.random((seed, 2)) * subject.weights,
    )


def origin(subject: Subject) -> Made | None:
    """The first operation that makes a number that is not finite of finite ones."""
    with Watch() as bit:
        return next((made for made in operations_of(subject, bit) if made.is_origin), None)


# -- one entry of the Jacobian ---------------------------------------------------------------------


def probe(subject: Subject, verdict: Verdict, v: Vector, w: Vector, leniency: float) -> Probe | None:
    """The entry of the Jacobian where a test fails; ``None`` if it is not a matter of numbers."""
    if verdict.fault in ("raises", "form"):
        return None

    def test(v: Vector, w: Vector) -> Verdict:
        v = subject.inputs.kept(v)
        if verdict.coordinate is None:
            return check_modes(subject, v, w, leniency)
        return check_differences(subject, v, leniency)

    j = narrowed(v, lambda part: test(part, w).fault == verdict.fault)
    direction = subject.inputs.unit(j) * subject.steps[j]
    found = test(direction, w)
    if found.fault != verdict.fault:
        direction = numpy.where(numpy.arange(len(v)) == j, v, 0)
        found = test(direction, w)
    i = found.coordinate
    if i is None:
        i = narrowed(w, lambda part: test(direction, part).fault == verdict.fault)
    return _entry(subject, j, i, direction[j], leniency)


def narrowed(vector: Vector, fails: Callable[[Vector], bool]) -> int:
    """A coordinate by which alone a test still fails, found by halving."""
    low, high = 0, len(vector)
    indices = numpy.arange(high)
    while high - low > 1:
        middle = (low + high) // 2
        if fails(numpy.where((indices >= low) & (indices < middle), vector, 0)):
            high = middle
        else:
            low = middle
    return low


def _entry(subject: Subject, j: int, i: int, step: float, leniency: float) -> Probe:
    direction = subject.inputs.unit(j) * step
    found = differences_along(subject, direction)
    forward = float(subject.pushed(direction)[i] / step)
    reverse = float(subject.pulled(subject.results.unit(i))[j])
    numerical = float(found.central.value[i] / step)
    error = float(found.central.error[i] / abs(step))
    size = max(abs(forward), abs(numerical)) if numpy.isfinite(forward) else abs(numerical)
    sides = [float(side.value[i] / step if isfinite(side.error[i]) else nan) for side in (found.left, found.right)]
    left, right = sides if step > 0 else reversed(sides)
    return Probe(
        entry=f"d {subject.results.name(i)} / d {subject.inputs.name(j)}",
        at=float(subject.point[j]),
        forward=forward,
        reverse=reverse,
        numerical=numerical,
        error=error,
        left=left,
        right=right,
        tolerance=leniency * subject.epsilon**DIFFERENCES * size + ERRORS * error,
        is_smooth=not (found.kink | found.edge)[i],
    )
