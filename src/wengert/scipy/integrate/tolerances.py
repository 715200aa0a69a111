"""How large the error of a step may be."""

from __future__ import annotations

import warnings
from functools import reduce
from typing import Any

import numpy

import wengert as wg

from .leaves import Leaves
from .system import System, as_state, is_number
from .values import known

EPSILON = float(numpy.finfo(float).eps)

LEAST_RELATIVE = 100 * EPSILON


class Tolerances:
    """An error is measured in units of ``atol + rtol * |y|``.

    Attributes:
        rtol, atol: for each leaf of the state a number or an array.
        newton: how large the error of an iteration may be, in units of what is allowed in a step.
    """

    def __init__(self, system: System, rtol: Any, atol: Any):
        self.rtol: list[Any] = [_relative(tolerance, system.op) for tolerance in _of_leaves(system, rtol, "rtol")]
        self.atol: list[Any] = _of_leaves(system, atol, "atol")
        self.newton: Any = _of_iterations(self.rtol)
        _check_units(system, self.atol)

    def norm(self, errors: Leaves, *states: Leaves) -> Any:
        """The root of the mean square of the errors, each in units of what is allowed at the larger of the states."""
        return numpy.sqrt(self.mean_square(errors, *states))

    def mean_square(self, errors: Leaves, *states: Leaves, size: Any = 1) -> Any:
        """Its square, of `size` times the errors: what is allowed is known before they are, which are multiplied."""
        scaled = [
            (abs(error) if error.dtype.kind == "c" else error) * (size / (atol + rtol * _largest(values)))
            for error, atol, rtol, *values in zip(errors, self.atol, self.rtol, *states, strict=True)
        ]
        first, *others = map(_sum_of_squares, scaled)
        return sum(others, first) * (1 / sum(part.size for part in scaled))


def _sum_of_squares(part: Any) -> Any:
    if type(part) is numpy.ndarray and part.dtype == numpy.float64:
        return numpy.vdot(part, part)
    return numpy.sum(part**2, dtype=numpy.float64)


def _of_iterations(rtol: list[Any]) -> Any:
    smallest = reduce(numpy.minimum, [numpy.min(each) for each in rtol])
    return numpy.maximum(10 * EPSILON / smallest, numpy.minimum(0.03, smallest**0.5))


def _largest(values: Leaves) -> Any:
    largest = abs(values[0])
    for value in values[1:]:
        largest = numpy.maximum(largest, abs(value))
    return largest


def _of_leaves(system: System, tolerance: Any, name: str) -> list[Any]:
    given = as_state(tolerance)
    if is_number(given) and numpy.ndim(given) == 0:
        leaves = [given] * len(system.forms)
    else:
        leaves = _as_nested(system, given, name)
    forms = zip(leaves, system.forms, strict=True)
    return [_checked(known(as_state(leaf)), shape, name, system.op) for leaf, (shape, _) in forms]


def _check_units(system: System, atol: list[Any]) -> None:
    """Refuse a number that is 0 and of which no error is allowed: its error has no unit."""
    for leaf, tolerance in zip(system.start, atol, strict=True):
        are_known = type(leaf) is not wg.Tensor and type(tolerance) is not wg.Tensor
        if are_known and numpy.any((leaf == 0) & (numpy.asarray(tolerance) == 0)):
            raise ValueError(
                f"[{system.op}] atol is 0 where y0 is 0, so that no error is allowed there, wanted a positive one; "
                "write atol as small as a number is of no interest"
            )


def _as_nested(system: System, tolerance: Any, name: str) -> list[Any]:
    try:
        return system.structure.flatten_up_to(tolerance)
    except (ValueError, TypeError):
        raise ValueError(
            f"[{system.op}] {name} is nested as {wg.trees.flatten(tolerance)[1]}, wanted one number, or the structure "
            f"of y0, {system.structure}"
        ) from None


def _checked(tolerance: Any, shape: tuple[int, ...], name: str, op: str) -> Any:
    given = numpy.shape(tolerance)
    if given not in ((), shape):
        raise ValueError(f"[{op}] {name} has shape {given}, wanted a number, or {shape} as the state has")
    if type(tolerance) is not wg.Tensor and not numpy.all(numpy.asarray(tolerance) >= 0):
        raise ValueError(f"[{op}] {name} is {tolerance}, wanted a number that is not negative; write {name}=1e-6")
    return tolerance


def _relative(rtol: Any, op: str) -> Any:
    """A relative tolerance that rounding can keep."""
    if type(rtol) is wg.Tensor or numpy.all(numpy.asarray(rtol) >= LEAST_RELATIVE):
        return rtol
    warnings.warn(
        f"[{op}] rtol is {rtol}, less than rounding allows; {LEAST_RELATIVE:.1e} is taken instead", stacklevel=6
    )
    return numpy.maximum(rtol, LEAST_RELATIVE)
