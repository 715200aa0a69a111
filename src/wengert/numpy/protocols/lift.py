"""What public functions take for a tensor: anything array-like."""

from __future__ import annotations

from typing import Any

from ...core.lending import lent
from ...core.tensor import Tensor
from ...ops.join import constant


def to_tensor(value: Any, op: str = "asarray") -> Tensor:
    """Anything array-like as a tensor; an array is shared, not copied, and a list with tensors stacked.

    Raises:
        TypeError: it is no array of numbers.
    """
    if type(value) is Tensor:
        return value
    array = constant(value, op)
    return array if type(array) is Tensor else lent(array)


PYTHON_NUMBERS = frozenset({float, int, bool, complex})
"""The types of Python's numbers, whose dtype is weak."""


def weak(value: Any) -> Any:
    """An operand; a Python number (or ``None``) stays as it is, so that its dtype stays weak."""
    return value if value is None or type(value) in PYTHON_NUMBERS else to_tensor(value)
