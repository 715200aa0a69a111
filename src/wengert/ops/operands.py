"""What may be an operand: a number, an array, or nested sequences of numbers, arrays and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy

from ..core.dtypes.kinds import as_dtype, is_of_numbers
from ..core.tensor import Tensor


def numbers(value: Any, op: str, dtype: Any = None) -> numpy.ndarray:
    """The array of numbers that a value from outside is; a data frame or a series enters as its values.

    Args:
        value: anything array-like.
        op: who asks.
        dtype: that of the array; what NumPy would choose by default.

    Raises:
        TypeError: it is none, or has a mask, which would be lost.
    """
    array = unmasked(value, op)
    if dtype is not None:
        array = numpy.asarray(value, number_dtype(dtype, op))
    if not is_of_numbers(array.dtype):
        raise refusal(op, value)
    return array


def whole_number(value: Any, what: str) -> int:
    """A number of axes, elements or turns.

    Raises:
        TypeError: it is no integer.
    """
    try:
        return index(value)
    except TypeError:
        raise TypeError(
            f"[{what}] {value!r} was given as {what}, wanted a whole number; write int(...) for a number that is one"
        ) from None


def number_dtype(dtype: Any, op: str) -> numpy.dtype[Any]:
    """A dtype of numbers.

    Raises:
        TypeError: it is one of texts, dates, objects or records.
    """
    dtype = as_dtype(dtype)
    if not is_of_numbers(dtype):
        raise TypeError(
            f"[{op}] the dtype {dtype} was asked for, wanted one of numbers or truth values; write "
            "numpy.asarray(values, dtype) for an array of NumPy, which has no derivative"
        )
    return dtype


def unmasked(value: Any, op: str) -> numpy.ndarray:
    """The array that a value is, of whatever dtype.

    Raises:
        TypeError: it has a mask, which would be lost.
    """
    if type(value) is numpy.ndarray:
        return value
    if has_mask(value):
        raise TypeError(
            f"[{op}] a masked array was given, whose mask would be lost, wanted an array without one; write "
            "x.filled(0), and np.where(x.mask, ...) for what is masked"
        )
    return numpy.asarray(value)


def is_number(value: Any) -> bool:
    """Whether a value that is no tensor is a number, a truth value, or an array of them without a mask."""
    if isinstance(value, (bool, int, float, complex)):
        return True
    is_array = isinstance(value, numpy.generic) or has_array(value)
    return is_array and not has_mask(value) and is_of_numbers(numpy.asarray(value).dtype)


def has_mask(value: Any) -> bool:
    """Whether a value, or one somewhere in nested sequences, is a masked array."""
    if isinstance(value, (list, tuple)):
        return any(map(has_mask, value))
    return isinstance(value, numpy.ma.MaskedArray)


def refusal(op: str, value: Any) -> TypeError:
    """The error for what is no array of numbers."""
    what = f"an array of dtype {value.dtype}" if isinstance(value, numpy.ndarray) else f"a {type(value).__name__}"
    is_time = getattr(getattr(value, "dtype", None), "kind", "") in ("m", "M")
    advice = (
        "write (dates - dates[0]) / numpy.timedelta64(1, 's') for seconds since the first"
        if is_time
        else "write wengert.numpy.asarray([float(v) for v in values]) to convert"
    )
    return TypeError(
        f"[{op}] {what} was given, wanted a number, a tensor, an array of numbers or nested lists of them; {advice}"
    )


def holds_tensor(values: Sequence[Any]) -> bool:
    """Whether a tensor is somewhere in nested sequences."""
    return any(type(v) is Tensor or (isinstance(v, (list, tuple)) and holds_tensor(v)) for v in values)


def is_foreign(value: Any) -> bool:
    """Whether a value is neither a number nor array-like."""
    if isinstance(value, _ARRAY_LIKE) or has_array(value):
        return False
    return isinstance(value, (bytes, bytearray)) or not _has_buffer(value)


_ARRAY_LIKE = (Tensor, numpy.ndarray, numpy.generic, int, float, complex, list, tuple, range)
_ARRAY_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def has_array(value: Any) -> bool:
    """Whether a value, which is no class, says how it becomes an array."""
    return not isinstance(value, type) and any(hasattr(value, name) for name in _ARRAY_PROTOCOLS)


def _has_buffer(value: Any) -> bool:
    """Whether a value exports its memory, as ``array.array`` does."""
    try:
        memoryview(value)
    except TypeError:
        return False
    return True


def repeats(a: Any, b: Any) -> bool:
    """Whether a sequence of Python's is multiplied by an integer without axes: ``[0.0] * n`` repeats it."""
    sequence, count = (a, b) if type(b) is Tensor else (b, a)
    return type(sequence) in (list, tuple, str, bytes) and count.shape == () and count.dtype.kind in "iu"


def refused(op: str, a: Any, b: Any) -> Any:
    """What an operator does with a foreign operand: leave the word to its class, if that is not a built-in one.

    Raises:
        TypeError: the other operand is a string, ``None``, ...
    """
    other = a if is_foreign(a) else b
    if op in ("equal", "not_equal") or type(other).__module__ != "builtins":
        return NotImplemented
    raise refusal(op, other)
