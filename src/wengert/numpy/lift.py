"""Making public functions from operations: users may pass anything array-like, and always get tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ..core.recording import binary, named, unary
from ..core.tensor import Tensor


def to_tensor(value: Any) -> Tensor:
    """The value as a tensor; an array is shared, not copied."""
    return value if type(value) is Tensor else Tensor(_array(value))


def _array(value: Any) -> Any:
    """A raw array of anything array-like, nested lists of tensors excepted (see `wengert.numpy.asarray`)."""
    return value if type(value) is numpy.ndarray else numpy.asarray(value)


def lift(operation: Callable[..., Any]) -> Callable[..., Tensor]:
    """The public function of an elementwise operation."""
    primitive = operation.primitive  # type: ignore[attr-defined]
    arity = len(primitive.operands)
    if arity == 1:
        call = unary(primitive, lambda x: operation(to_tensor(x)))
    elif arity == 2:
        call = binary(primitive, lambda a, b: operation(*_pair(a, b)))
    else:

        def call(*operands: Any) -> Tensor:
            return operation(*map(to_tensor, operands))

        named(call, primitive)
    call.__doc__ = f"Elementwise, as ``numpy.{call.__name__}``: broadcasts, and promotes dtypes as NumPy does."
    return call


def _pair(a: Any, b: Any) -> tuple[Any, Any]:
    """Two operands, at least one a tensor; a Python number stays as it is, so that its dtype stays weak."""
    if type(a) is Tensor or type(b) is Tensor:
        return _constant(a), _constant(b)
    if isinstance(b, (int, float, complex)) and not isinstance(b, numpy.generic):
        return to_tensor(a), b
    if isinstance(a, (int, float, complex)) and not isinstance(a, numpy.generic):
        return a, to_tensor(b)
    return to_tensor(a), to_tensor(b)


def _constant(value: Any) -> Any:
    return value if isinstance(value, (Tensor, int, float, complex, numpy.generic)) else numpy.asarray(value)
