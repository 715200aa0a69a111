"""`check`: is this derivative right?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

from ..transforms.asked import check_function
from . import messages
from .blame import culprit, directions, origin, probe
from .laws import Verdict, every_test
from .report import GradientError, Report, Row
from .subject import Subject, forward_of, of_function, reverse_of


def check(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = 1.0, seed: int = 0) -> Report:
    """Test the derivatives of a function at a point, and say which operation is wrong if one is.

    At each order, along random directions v and w:

    * both modes run, and give the dtypes and shapes of what their derivatives belong to;
    * J v of forward mode is the numerical derivative along v, to 5e-7 of its size (2e-3 in single
      precision) and ten times the error that the differences estimate of themselves;
    * <w, J v> = <J^T w, v>: the two modes agree, to 4e-10 (7e-5).

    The second order tests x -> J(x)^T w and x -> J(x) v in the same way, and so on.

    Args:
        f: any function of arrays, or nestings of arrays. It must give the same results each time.
        args: the point. Arrays that are not floating point, and anything else, stay as they are. Symmetric and
            Hermitian matrices of which an operation reads one half (`eigh`, `cholesky`) are moved as such.
        order: up to which order of derivatives; each costs twice as much as the one before.
        tolerance: multiplies the tolerances above.
        seed: of the random directions.

    Returns:
        What was tested, with errors and tolerances; print it for a table.

    Raises:
        GradientError: a test failed. The message names the entry of the Jacobian with its value by each
            mode and by differences, and the first operation that fails by itself with its operands and
            the line that called it. At a kink, where the one-sided derivatives differ, it says so: no
            value can be confirmed there.
        TypeError: no argument, or no result, is floating point.

    >>> import wengert as wg, wengert.numpy as np
    >>> report = wg.check(lambda x: np.sin(x) * x, 0.5)
    >>> len(report.rows), report.worst < 1
    (9, True)

    Source: the inner-product test of adjoints, after J. Claerbout, "Earth Soundings Analysis" (1992); the
    differences are described in `wengert.checking.differences`.
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"[check] order={order!r}, wanted a whole number of at least 1; write order=2")
    check_function(f, "check")
    subject = of_function(f, args)
    _check_usable(subject)
    rows = [
        Row(level, derivative.label, verdict)
        for level, derivative, v, w in _derivatives(subject, order, seed)
        for verdict in _passed(level, derivative, v, w, tolerance)
    ]
    return Report(subject.label, tuple(rows))


def _check_usable(subject: Subject) -> None:
    if not subject.inputs.sizes:
        raise TypeError(messages.nothing_to_differentiate(subject, "argument"))
    if not subject.results.sizes:
        raise TypeError(messages.nothing_to_differentiate(subject, "result"))
    if not numpy.isfinite(subject.point).all():
        raise GradientError(messages.point_not_finite(subject))
    if not numpy.isfinite(subject.value).all():
        raise GradientError(messages.value_not_finite(subject, origin(subject)))
    again = subject.at(subject.point)
    if again is None or again.shape != subject.value.shape or (again != subject.value).any():
        raise GradientError(messages.unsteady(subject, again))


def _derivatives(subject: Subject, order: int, seed: int) -> Iterator[tuple[int, Subject, Any, Any]]:
    """The function and its derivatives below `order`, each with directions to test it along."""
    level = [subject]
    for number in range(1, order + 1):
        following: list[Subject] = []
        for position, member in enumerate(level):
            v, w = directions(member, seed + 1000 * number + position)
            yield number, member, v, w
            if number < order:
                following += [reverse_of(member, w), forward_of(member, v)]
        level = following


def _passed(level: int, subject: Subject, v: Any, w: Any, leniency: float) -> list[Verdict]:
    """The verdicts of all tests.

    Raises:
        GradientError: one of them failed.
    """
    verdicts = every_test(subject, v, w, leniency)
    failed = verdicts[-1]
    if not failed.fault:
        return verdicts
    suspect = culprit(subject, failed.fault, leniency)
    if failed.cause is not None and (suspect is None or suspect.verdict.fault != "raises"):
        raise failed.cause
    entry = probe(subject, failed, v, w, leniency)
    raise GradientError(messages.failure(level, subject, failed, entry, suspect)) from failed.cause
