"""Values and terms as short text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract

DIGITS = 6
FEW_DIGITS = 3
ELEMENTS = 6
BRIEF_ELEMENTS = 3
LONGEST_CONSTANT = 24
LONGEST_SUM = 48


def short(value: Any, digits: int = DIGITS) -> str:
    """A value in a few characters: six digits, and the ends of a long array; what is unknown by its form."""
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return f"({', '.join(short(v, digits) for v in value)})"
    if isinstance(value, Abstract):
        return dtype_and_shape(value)
    array = numpy.asarray(value)
    return number(array[()], digits) if array.ndim == 0 else _elements(array, digits)


def brief(value: Any, digits: int = DIGITS) -> str:
    """As `short`, but an array of more than three numbers only by its dtype and shape."""
    if isinstance(value, tuple):
        return f"({', '.join(brief(v, digits) for v in value)})"
    is_large = numpy.ndim(value) > 0 and numpy.size(value) > BRIEF_ELEMENTS
    return dtype_and_shape(value) if is_large else short(value, digits)


def shorter_and_shorter(value: Any) -> tuple[str, ...]:
    """A value in full, an array also with fewer digits, by its ends, and by its dtype and shape."""
    if isinstance(value, tuple):
        return short(value), short(value, FEW_DIGITS), brief(value)
    array = numpy.asarray(value)
    if array.ndim == 0:
        return (short(value),)
    ends = [f"{dtype_and_shape(array)} {_ends(array)}"] if array.size > BRIEF_ELEMENTS else []
    return short(value), short(value, FEW_DIGITS), *ends, brief(value)


def _ends(array: numpy.ndarray) -> str:
    return " ... ".join(number(array.flat[i], FEW_DIGITS) for i in (0, -1))


def number(value: Any, digits: int = DIGITS) -> str:
    """A number with six significant digits."""
    if isinstance(value, (complex, numpy.complexfloating)):
        sign = "-" if value.imag < 0 or (value.imag == 0 and numpy.signbit(value.imag)) else "+"
        return f"{number(value.real, digits)}{sign}{number(abs(value.imag), digits)}j"
    if isinstance(value, (float, numpy.floating)):
        return f"{float(value) + 0.0:.{digits}g}"
    return str(value)


def _elements(array: numpy.ndarray, digits: int) -> str:
    if array.size > ELEMENTS:
        first, second, last = (number(array.flat[i], digits) for i in (0, 1, -1))
        return f"{dtype_and_shape(array)} {first} {second} ... {last}"
    return _nested(array.tolist(), digits)


def _nested(value: Any, digits: int) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_nested(v, digits) for v in value) + "]"
    return number(value, digits)


def dtype_and_shape(array: Any) -> str:
    return f"{array.dtype}[{', '.join(map(str, array.shape))}]"


def constant(value: Any) -> str:
    """A constant operand or parameter; a large one by its dtype and shape."""
    if not isinstance(value, (int, float, complex, numpy.ndarray, numpy.generic)):
        text = " ".join(repr(value).split())
        return text if len(text) <= LONGEST_CONSTANT else f"{text[: LONGEST_CONSTANT - 3]}..."
    text = short(value)
    is_short = len(text) <= LONGEST_CONSTANT and numpy.size(value) <= ELEMENTS
    return text if is_short else dtype_and_shape(numpy.asarray(value))


def weighted_sum(weights: Sequence[float], names: Sequence[str]) -> str:
    """``0.5 dv1 - 2 dv2``, each name once, or nothing if it would be long."""
    total: dict[str, float] = {}
    for weight, name in zip(weights, names, strict=True):
        total[name] = total.get(name, 0.0) + weight
    text = ""
    for name, weight in total.items():
        sign = "-" if weight < 0 else "+"
        size = number(abs(weight))
        term = name if size == "1" else f"{size} {name}"
        text += f" {sign} {term}" if text else f"{'-' * (weight < 0)}{term}"
    return text if len(text) <= LONGEST_SUM else ""


def cut(text: str, width: int) -> str:
    """A text of at most so many characters, with dots where some are missing at its end."""
    return text if len(text) <= width else f"{text[: max(width - 3, 0)]}..."[:width]
