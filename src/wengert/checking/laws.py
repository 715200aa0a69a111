"""What must hold of a derivative at a point: its form, its agreement with differences, and that of its modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from .differences import Differences, difference
from .space import Vector
from .subject import Subject

MODES = 0.6
"""The two modes must agree to the rounding unit to this power (4e-10 in double precision)..."""
DIFFERENCES = 0.4
"""...and with differences to this power (5e-7), besides ten times the error of these."""
ERRORS = 10
ROUNDINGS = 20
"""A derivative below this many roundings of the value is zero."""
ROUGH = 0.1
"""A numerical derivative whose error is more than this part of it confirms nothing."""


@dataclass(frozen=True)
class Verdict:
    """What one test found.

    Attributes:
        test: its name.
        error, tolerance: relative to the size of what was compared.
        fault: what kind of fault; empty if there is none.
        detail: what was found, if that is not a matter of numbers.
        coordinate: of the result where it was found, if known.
        cause: the exception that the derivative raised.
    """

    test: str
    error: float = 0.0
    tolerance: float = 0.0
    fault: str = ""
    detail: str = ""
    coordinate: int | None = None
    cause: Exception | None = None
    is_rough: bool = False


def check_forms(subject: Subject, v: Vector, w: Vector) -> Verdict:
    """Both modes run, and give the shapes and dtypes of what their derivatives belong to."""
    test = "dtype and shape"
    try:
        tangents, cotangents = subject.push(v), subject.pull(w)
    except Exception as error:
        return Verdict(test, fault="raises", detail=f"{type(error).__name__}: {error}", cause=error)
    detail = subject.results.mismatch(tangents, "tangent") or subject.inputs.mismatch(cotangents, "cotangent")
    return Verdict(test, fault="form" if detail else "", detail=detail)


def check_modes(subject: Subject, v: Vector, w: Vector, leniency: float) -> Verdict:
    """<w, J v> = <J^T w, v>."""
    tangent, cotangent = subject.pushed(v), subject.pulled(w)
    forward, reverse = float(w @ tangent), float(cotangent @ v)
    norm = numpy.linalg.norm
    size = float(max(norm(tangent) * norm(w), norm(cotangent) * norm(v)))
    noise = ROUNDINGS * subject.epsilon * subject.magnitude * float(norm(w))
    size = max(size, noise, numpy.finfo(float).tiny)
    tolerance = leniency * subject.epsilon**MODES + noise / size
    error = abs(forward - reverse) / size
    return Verdict("forward = reverse", error, tolerance, "" if error <= tolerance else "wrong")


def differences_along(subject: Subject, v: Vector) -> Differences:
    """The numerical derivative of the results along a direction."""
    value, at, epsilon = subject.line(v)
    return difference(value, at, epsilon, subject.magnitude)


def check_differences(subject: Subject, v: Vector, leniency: float) -> Verdict:
    """J v is the numerical derivative of the results along v, where there is one."""
    test = "forward = differences"
    tangent = subject.pushed(v)
    found = differences_along(subject, v)
    for fault, where in [("kink", found.kink), ("edge", found.edge), ("not finite", ~numpy.isfinite(tangent))]:
        if where.any():
            return Verdict(test, fault=fault, coordinate=int(numpy.argmax(where)))
    error = numpy.abs(tangent - found.central.value)
    size, tolerance = _sizes(subject, tangent, found, leniency)
    worst = int(numpy.argmax(error / tolerance)) if error.size else 0
    if not error.size:
        return Verdict(test)
    return Verdict(
        test,
        float(error[worst] / size[worst]),
        float(tolerance[worst] / size[worst]),
        "" if error[worst] <= tolerance[worst] else "wrong",
        coordinate=worst,
        is_rough=bool(
            (found.central.error > ROUGH * numpy.maximum(size, ROUGH * max(found.size, subject.magnitude))).any()
        ),
    )


def _sizes(subject: Subject, tangent: Vector, found: Differences, leniency: float) -> tuple[Vector, Vector]:
    """For each coordinate of the results the size of its derivative, and by how much it may be off."""
    own = numpy.maximum(numpy.abs(tangent), numpy.abs(found.central.value))
    noise = ROUNDINGS * subject.epsilon * subject.magnitude
    size = numpy.maximum(own, max(0.01 * float(numpy.max(own, initial=0.0)), noise, numpy.finfo(float).tiny))
    return size, leniency * subject.epsilon**DIFFERENCES * size + ERRORS * found.central.error + noise


def first_fault(subject: Subject, v: Vector, w: Vector, leniency: float) -> Verdict | None:
    """The first test that fails."""
    return next((verdict for verdict in every_test(subject, v, w, leniency) if verdict.fault), None)


def every_test(subject: Subject, v: Vector, w: Vector, leniency: float) -> list[Verdict]:
    """The tests in turn, up to the first that fails."""
    verdicts: list[Verdict] = []
    for test in (
        lambda: check_forms(subject, v, w),
        lambda: check_differences(subject, v, leniency),
        lambda: check_modes(subject, v, w, leniency),
    ):
        verdicts.append(test())
        if verdicts[-1].fault:
            break
    return verdicts
