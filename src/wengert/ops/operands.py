"""What may be an operand: a number, an array, or nested sequences of numbers, arrays and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.tensor import Tensor

NUMBERS = "biufcmM"
"""The kinds of dtype that are computed with."""


def constant(value: Any, op: str = "asarray") -> Any:
    """An operand that is not plain as an array, a NumPy scalar or (if there are tensors in it) a tensor.

    Raises:
        TypeError: it is no array of numbers.
    """
    if isinstance(value, (Tensor, numpy.generic)):
        return value
    if isinstance(value, (list, tuple)) and holds_tensor(value):
        return stacked(value)
    array = value if type(value) is numpy.ndarray else numpy.asarray(value)
    if array.dtype.kind not in NUMBERS:
        raise refusal(op, value)
    if array is not value and hasattr(value, "mask"):
        raise TypeError(
            f"[{op}] a masked array was given, whose mask would be lost, wanted an array without one; write "
            "x.filled(0), and np.where(x.mask, ...) for what is masked"
        )
    return array


def refusal(op: str, value: Any) -> TypeError:
    """The error for what is no array of numbers."""
    what = f"an array of dtype {value.dtype}" if isinstance(value, numpy.ndarray) else f"a {type(value).__name__}"
    return TypeError(
        f"[{op}] {what} was given, wanted a number, a tensor, an array of numbers or nested lists of them; "
        "write wengert.numpy.asarray([float(v) for v in values]) to convert"
    )


def holds_tensor(values: Sequence[Any]) -> bool:
    """Whether a tensor is somewhere in nested sequences."""
    return any(type(v) is Tensor or (isinstance(v, (list, tuple)) and holds_tensor(v)) for v in values)


def stacked(values: Sequence[Any]) -> Any:
    """Nested sequences with tensors in them as one tensor, with their derivatives."""
    from .join import stack

    return stack(*[constant(v, "stack") for v in values], axis=0)


def is_foreign(value: Any) -> bool:
    """Whether a value is neither a number nor array-like."""
    if isinstance(value, _ARRAY_LIKE) or any(hasattr(value, name) for name in _ARRAY_PROTOCOLS):
        return False
    return isinstance(value, (bytes, bytearray)) or not _has_buffer(value)


_ARRAY_LIKE = (Tensor, numpy.ndarray, numpy.generic, int, float, complex, list, tuple, range)
_ARRAY_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def _has_buffer(value: Any) -> bool:
    """Whether a value exports its memory, as ``array.array`` does."""
    try:
        memoryview(value)
    except TypeError:
        return False
    return True


def refused(op: str, a: Any, b: Any) -> Any:
    """What an operator does with a foreign operand: leave the word to its class, if that is not a built-in one.

    Raises:
        TypeError: the other operand is a string, ``None``, ...
    """
    other = a if is_foreign(a) else b
    if op in ("equal", "not_equal") or type(other).__module__ != "builtins":
        return NotImplemented
    raise refusal(op, other)
