"""Values, operations and terms as short text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract

DIGITS = 6
ELEMENTS = 6
BRIEF_ELEMENTS = 3
LONGEST_CONSTANT = 24
LONGEST_SUM = 48


def short(value: Any) -> str:
    """A value in a few characters: six digits, and the ends of a long array; what is unknown by its form."""
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return f"({', '.join(short(v) for v in value)})"
    if isinstance(value, Abstract):
        return dtype_and_shape(value)
    array = numpy.asarray(value)
    return number(array[()]) if array.ndim == 0 else _elements(array)


def brief(value: Any) -> str:
    """As `short`, but an array of more than three numbers only by its dtype and shape."""
    if isinstance(value, tuple):
        return f"({', '.join(brief(v) for v in value)})"
    is_large = numpy.ndim(value) > 0 and numpy.size(value) > BRIEF_ELEMENTS
    return dtype_and_shape(value) if is_large else short(value)


def number(value: Any) -> str:
    """A number with six significant digits."""
    if isinstance(value, (complex, numpy.complexfloating)):
        sign = "-" if value.imag < 0 or (value.imag == 0 and numpy.signbit(value.imag)) else "+"
        return f"{number(value.real)}{sign}{number(abs(value.imag))}j"
    if isinstance(value, (float, numpy.floating)):
        return f"{float(value) + 0.0:.{DIGITS}g}"
    return str(value)


def _elements(array: numpy.ndarray) -> str:
    if array.size > ELEMENTS:
        first, second, last = (number(array.flat[i]) for i in (0, 1, -1))
        return f"{dtype_and_shape(array)} {first} {second} ... {last}"
    return _nested(array.tolist())


def _nested(value: Any) -> str:
    return "[" + ", ".join(map(_nested, value)) + "]" if isinstance(value, list) else number(value)


def dtype_and_shape(array: Any) -> str:
    return f"{array.dtype}[{', '.join(map(str, array.shape))}]"


def constant(value: Any) -> str:
    """A constant operand or parameter; a large one by its dtype and shape."""
    if not isinstance(value, (int, float, complex, numpy.ndarray, numpy.generic)):
        text = " ".join(repr(value).split())
        return text if len(text) <= LONGEST_CONSTANT else f"{text[: LONGEST_CONSTANT - 3]}..."
    text = short(value)
    return text if len(text) <= LONGEST_CONSTANT else dtype_and_shape(numpy.asarray(value))


def call(operation: str, operands: Sequence[str], params: dict[str, Any]) -> str:
    """An operation as one would write it; parameters that are off are left out."""
    named = [f"{name}={constant(value)}" for name, value in params.items() if value is not None and value is not False]
    return f"{operation}({', '.join([*operands, *named])})"


def weighted_sum(weights: Sequence[float], names: Sequence[str]) -> str:
    """``0.5 dv1 - 2 dv2``, or nothing if it would be long."""
    text = ""
    for weight, name in zip(weights, names, strict=True):
        sign = "-" if weight < 0 else "+"
        size = "" if abs(weight) == 1 else f"{number(abs(weight))} "
        text += f" {sign} {size}{name}" if text else f"{'-' * (weight < 0)}{size}{name}"
    return text if len(text) <= LONGEST_SUM else ""
