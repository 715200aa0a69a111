"""The questions that are asked of a dtype, bfloat16 among them: NumPy's own functions know only NumPy's dtypes.

A short dtype is one in which numbers are stored and not computed with: bfloat16, the upper half of a float32. The
package `ml_dtypes` gives it to NumPy, and is imported when it is asked for.

Source: N. Burgess et al., "Bfloat16 processing for neural networks" (2019).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy

NUMERIC_KINDS = frozenset("biufc")
"""NumPy's kinds of dtypes that are computed with; texts, dates and objects are refused wherever they come in."""

INEXACT = frozenset("fc")
"""Those of floating and complex numbers."""

WIDER: dict[Any, numpy.dtype[Any]] = {}
"""For each short dtype that has come up in this process the dtype in which it is computed."""

Dtype = numpy.dtype[Any]


def bfloat16() -> Dtype:
    """The dtype.

    Raises:
        ImportError: `ml_dtypes` is not there.
    """
    try:
        import ml_dtypes
    except ImportError:
        raise ImportError(
            "[bfloat16] the package ml_dtypes is not installed, wanted it for numbers of this dtype; write "
            "pip install ml_dtypes, or 'float16', which NumPy has"
        ) from None
    found = numpy.dtype(ml_dtypes.bfloat16)
    WIDER[found] = numpy.dtype(numpy.float32)
    return found


def as_dtype(dtype: Any) -> Dtype:
    """The dtype that a name, a type of Python's or of NumPy's, or a dtype stands for."""
    if type(dtype) is str and dtype == "bfloat16":
        return bfloat16()
    found = numpy.dtype(dtype)
    return bfloat16() if is_short(found) else found


def is_short(dtype: Any) -> bool:
    """Whether numbers of a dtype are computed in another."""
    return dtype in WIDER or (dtype.kind == "V" and dtype.name == "bfloat16" and bfloat16() == dtype)


def is_of_numbers(dtype: Any) -> bool:
    """Whether a dtype is one of numbers or truth values."""
    return dtype.kind in NUMERIC_KINDS or is_short(dtype)


def is_floating(dtype: Any) -> bool:
    """Whether a dtype is one of real floating numbers."""
    return dtype.kind == "f" or is_short(dtype)


def is_inexact(dtype: Any) -> bool:
    """Whether a dtype is one of floating numbers, real or complex: those that have derivatives."""
    return dtype.kind in INEXACT or is_short(dtype)


def wide(dtype: Any) -> Dtype:
    """The dtype in which numbers of a dtype are computed: itself, unless it is a short one."""
    return WIDER.get(dtype) or dtype


def total_dtype(dtype: Any) -> Dtype:
    """The dtype in which numbers of a dtype are added up: float32 for floats of two bytes."""
    return numpy.dtype(numpy.float32) if dtype.itemsize == 2 and is_floating(dtype) else dtype


def finfo(dtype: Any) -> Any:
    """What ``numpy.finfo`` says of a floating dtype."""
    dtype = as_dtype(dtype)
    if not is_short(dtype):
        return numpy.finfo(dtype)
    import ml_dtypes

    return ml_dtypes.finfo(dtype)


def result_type(*operands: Any) -> Dtype:
    """What ``numpy.result_type`` says: bfloat16 and integers, truth values or Python's numbers give bfloat16.

    With another floating dtype it gives what float32 would give with that one.
    """
    if not WIDER or not any(map(has_short_dtype, operands)):
        return numpy.result_type(*operands)
    return shortened(numpy.result_type(*map(_widened, operands)), operands)


def has_short_dtype(operand: Any) -> bool:
    """Whether an operand, or a dtype, is of a short dtype that has come up."""
    return _dtype_or_none(operand) in WIDER


def shortened(result: Dtype, operands: Iterable[Any]) -> Dtype:
    """The dtype of a result, given that of the operation in the wide dtype: short if nothing longer went into it.

    Numbers of Python's are no longer than what they meet.
    """
    if result.kind != "f":
        return result
    dtypes = [d for d in map(_dtype_or_none, operands) if d is not None]
    longer = any(d.kind in INEXACT for d in dtypes)
    return result if longer else next((d for d in dtypes if d in WIDER), result)


def _widened(operand: Any) -> Any:
    return wide(_dtype_or_none(operand)) if has_short_dtype(operand) else operand


def _dtype_or_none(operand: Any) -> Any:
    """The dtype of an operand, or that which a name or a type stands for; ``None`` for a number of Python's."""
    if isinstance(operand, (numpy.dtype, str, type)):
        return as_dtype(operand)
    return getattr(operand, "dtype", None)
