"""SciPy's special functions as primitives, with SciPy imported when the first of them is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy

from ..elementwise import absolute, less, where
from ..factors import elementwise


@cache
def _imported(name: str) -> Callable[..., Any]:
    import scipy.special

    return getattr(scipy.special, name)


def scipy_function(name: str) -> Callable[..., Any]:
    """The function of ``scipy.special``, imported at its first call."""

    def evaluate(*operands: Any) -> Any:
        return _imported(name)(*operands)

    return evaluate


def floating(*operands: Any) -> Any:
    """The dtype that SciPy gives: single precision for what fits into it, otherwise double."""
    given = numpy.result_type(*operands)
    return numpy.dtype(numpy.float32) if given in (numpy.float16, numpy.float32) else numpy.dtype(numpy.float64)


def special(name: str, operands: Sequence[str], *rules: Any, has_routine: bool = False) -> Any:
    """Define an elementwise primitive that ``scipy.special`` evaluates (see `elementwise`)."""
    return elementwise(name, scipy_function(name), operands, *rules, has_routine=has_routine)


def special_part(name: str, index: int, *rules: Any) -> Any:
    """Define a primitive that is one of the several results of a function of ``scipy.special`` of one variable."""
    function = scipy_function(name)
    return elementwise(f"{name}_{index}", lambda x: function(x)[index], ("x",), *rules)


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """The polynomial with these coefficients, the constant first (Horner)."""
    total = x * 0 + coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def near_zero(x: Any, radius: float, series: Sequence[float], elsewhere: Callable[[Any], Any]) -> Any:
    """``elsewhere(x)``, and within the radius, where that cancels, a power series."""
    near = less(absolute(x), radius)
    return where(near, polynomial(series, x), elsewhere(x))
