"""Which functions compute with short numbers where `wengert.nn.autocast` says so, and which never do.

Products do: those of linear and convolutional layers, of attention and of recurrent layers. Losses, and a few others
whose sums are long, are given float32. All others compute in the dtype that they are given.

Source: the lists of operations of PyTorch's `autocast` on a CPU (its documentation, "CPU op-specific behavior").
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

import numpy

import wengert as wg
import wengert.numpy as np

from ...core.state import CONTEXTS

F = TypeVar("F", bound=Callable[..., Any])

SHORT_DTYPE: ContextVar[numpy.dtype[Any] | None] = ContextVar("wengert_short_dtype", default=None)
"""The dtype of products in the block that is open; ``None`` for that of their operands."""
CONTEXTS.append(SHORT_DTYPE)

HALF = numpy.dtype(numpy.float16)


def shortly(product: F) -> F:
    """A product, of numbers rounded to the dtype of the block."""

    @wraps(product)
    def run(*args: Any, **kwargs: Any) -> Any:
        dtype = SHORT_DTYPE.get()
        if dtype is None:
            return product(*args, **kwargs)
        return (_in_half if dtype == HALF else _rounded)(product, dtype, args, kwargs)

    return run  # type: ignore[return-value]


def singly(function: F) -> F:
    """A function that is given float32 for short numbers in such a block."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if SHORT_DTYPE.get() is None:
            return function(*args, **kwargs)
        return function(*[_cast(x, np.float32) if _is_short(x) else x for x in args], **kwargs)

    return run  # type: ignore[return-value]


def in_short_numbers(*tensors: Any) -> tuple[Any, ...]:
    """Tensors, rounded to the dtype of the block if that is one in which all is computed: bfloat16."""
    dtype = SHORT_DTYPE.get()
    return tensors if dtype is None or dtype == HALF else tuple(_cast(x, dtype) for x in tensors)


def _rounded(product: Callable[..., Any], dtype: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return product(*[_cast(x, dtype) for x in args], **{name: _cast(x, dtype) for name, x in kwargs.items()})


def _in_half(product: Callable[..., Any], dtype: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Computed in float32, and again in the backward walk, since NumPy has no fast products of float16."""

    def run(x: Any, *others: Any) -> Any:
        wide = [_cast(_cast(other, dtype), np.float32) for other in others]
        return product(_cast(x, np.float32), *wide, **kwargs).astype(dtype)

    return wg.checkpoint(run)(_cast(np.asarray(args[0]), dtype), *args[1:])


def _cast(x: Any, dtype: Any) -> Any:
    """A floating tensor or array in a dtype; anything else as it is."""
    is_array = isinstance(x, (wg.Tensor, numpy.ndarray)) and np.isdtype(x.dtype, "real floating")
    return np.asarray(x).astype(dtype) if is_array and x.dtype != dtype else x


def _is_short(x: Any) -> bool:
    return isinstance(x, (wg.Tensor, numpy.ndarray)) and np.isdtype(x.dtype, "real floating") and x.dtype.itemsize == 2
