"""The parameters, the size and the dtype of a draw."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert.numpy as np
from wengert import Tensor

from .keys import shape_of
from .pieces import has_values

DOUBLE = numpy.dtype(numpy.float64)

PLAIN = frozenset({int, float})
"""Parameters that have the dtype of the others."""


class Asked(NamedTuple):
    """What a draw is to be.

    Attributes:
        shape: its shape.
        dtype: its dtype.
        parameters: the parameters, each a number or a tensor of that dtype.
    """

    shape: tuple[int, ...]
    dtype: numpy.dtype
    parameters: list[Any]


def asked(op: str, parameters: dict[str, Any], size: Any = None, dtype: Any = None) -> Asked:
    """What a draw from a density is to be: of the size, or else of the shape of the parameters together.

    The dtype is that which is asked for, or that of the parameters that are arrays of floats, or float64.

    Raises:
        TypeError: the dtype is not a floating one.
        ValueError: the parameters do not broadcast to the size.
    """
    are_plain = all(type(value) in PLAIN for value in parameters.values())
    given = parameters if are_plain else {name: _as_operand(value) for name, value in parameters.items()}
    kind = numpy.dtype(dtype) if dtype is not None else floating_dtype(*given.values())
    if not np.isdtype(kind, "real floating") or kind.itemsize > DOUBLE.itemsize:
        raise TypeError(
            f"[{op}] the dtype {kind} was asked for, wanted float64, float32, float16 or bfloat16; write "
            f".astype({str(kind)!r}) of what is drawn"
        )
    shape = shape_of(size) if are_plain else _broadcast(op, given, None if size is None else shape_of(size))
    return Asked(shape, kind, [v.astype(kind) if isinstance(v, Tensor) else v for v in given.values()])


def _as_operand(value: Any) -> Any:
    return value if type(value) in PLAIN else np.asarray(value)


def floating_dtype(*values: Any) -> numpy.dtype:
    """The dtype of those values that are tensors of floats, together; float64 if none is."""
    kinds = [value.dtype for value in values if isinstance(value, Tensor) and np.isdtype(value.dtype, "real floating")]
    return np.result_type(*kinds) if kinds else DOUBLE


def _broadcast(op: str, given: dict[str, Any], size: tuple[int, ...] | None) -> tuple[int, ...]:
    shapes = [numpy.shape(value) for value in given.values()]
    try:
        together = numpy.broadcast_shapes(*shapes)
        if size is None or numpy.broadcast_shapes(together, size) == size:
            return together if size is None else size
    except ValueError:
        pass
    named = ", ".join(f"{name} of shape {shape}" for name, shape in zip(given, shapes, strict=True))
    wanted = "shapes that broadcast" if size is None else f"shapes that broadcast to the size {size}"
    raise ValueError(
        f"[{op}] {named} were given, wanted {wanted}; write size={(*(size or (3,)), *max(shapes, key=len))} for so "
        "many draws of each"
    )


def checked(op: str, name: str, value: Any, holds: Callable[[Any], Any], wanted: str, advice: str) -> Any:
    """A parameter; without a value yet, one that becomes NaN where it is not allowed.

    Args:
        op: the draw.
        name: the parameter.
        value: a number or a tensor.
        holds: elementwise whether a value is allowed.
        wanted: which values are.
        advice: what to write instead.

    Raises:
        ValueError: it is not allowed.
    """
    if isinstance(value, Tensor) and not has_values(value):
        return np.where(holds(value), value, numpy.nan) if np.isdtype(value.dtype, "real floating") else value
    number = value.detach().numpy() if isinstance(value, Tensor) else value
    right = holds(number)
    if right is not True and not numpy.all(right):
        wrong = number if numpy.ndim(number) == 0 else number[~numpy.broadcast_to(right, number.shape)].flat[0]
        raise ValueError(f"[{op}] {name} {wrong} was given, wanted {wanted}; {advice}")
    return value


def not_negative(op: str, name: str, value: Any) -> Any:
    """A scale or a rate, which may be 0."""
    advice = f"write np.abs({name}), or np.exp of a number without bounds"
    return checked(op, name, value, lambda v: v >= 0, "a number that is not negative", advice)


def positive(op: str, name: str, value: Any) -> Any:
    """A shape."""
    advice = f"write np.exp of a number without bounds, so that {name} is positive"
    return checked(op, name, value, lambda v: v > 0, "a positive number", advice)


def check_sum(op: str, name: str, p: Tensor) -> None:
    """Raise if probabilities do not add up to 1 along the last axis.

    Raises:
        ValueError: they do not.
    """
    tolerance = math.sqrt(numpy.finfo(p.dtype).eps)
    add_up = lambda total: abs(total - 1) <= tolerance
    checked(op, f"the sum of {name}", p.sum(axis=-1), add_up, "1", f"write {name} / {name}.sum(axis=-1, keepdims=True)")


def probability(op: str, name: str, value: Any) -> Any:
    """A probability."""
    advice = "write wengert.scipy.special.expit(logit) of a number without bounds"
    return checked(op, name, value, lambda v: (v >= 0) & (v <= 1), "a probability from 0 to 1", advice)
