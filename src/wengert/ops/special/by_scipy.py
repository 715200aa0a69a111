"""SciPy's special functions as primitives, with SciPy imported when the first of them is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ..elementwise import absolute, less, where
from ..factors import ElementwiseShape, elementwise


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


class _RealShape(ElementwiseShape):
    """The shape rule of a real function: one variable keeps its precision, for which SciPy need not be imported."""

    def __call__(self, *forms: Any, **params: Any) -> Abstract:
        form = forms[0]
        if len(forms) == 1 and isinstance(form, Abstract) and form.dtype.name in ("float32", "float64"):
            return Abstract(form.shape, form.dtype)
        return super().__call__(*forms, **params)


OF_SCIPY: set[Primitive] = set()
"""The primitives that are functions of ``scipy.special``, with their names and operands."""


def special(name: str, operands: Sequence[str], *rules: Any, has_routine: bool = False) -> Any:
    """Define an elementwise primitive that ``scipy.special`` evaluates (see `elementwise`), real where its operand is.

    One that is not, or not in single precision, is defined by `scipy_function`.
    """
    evaluate = scipy_function(name)
    operation = elementwise(name, evaluate, operands, *rules, has_routine=has_routine, shape=_RealShape(evaluate))
    OF_SCIPY.add(operation.primitive)
    return operation


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
