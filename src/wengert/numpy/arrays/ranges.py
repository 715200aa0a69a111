"""Numbers from one end to another, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import as_dtype, result_type, wide
from ...core.tensor import Tensor
from ...ops.broadcast import broadcast_to
from ...ops.elementwise import astype as cast, floor, log10, multiply, power, sign, subtract
from ...ops.operands import numbers, whole_number
from ..protocols.lift import to_tensor, weak
from .creation import check_device
from .joining import concatenate
from .manipulation import expand_dims, moveaxis

__all__ = ["geomspace", "linspace", "logspace"]


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
    axis: int = 0, *, device: Any = None,
) -> Any:  # fmt: skip
    """As ``numpy.linspace``; differentiable in both ends."""
    check_device(device, "linspace")
    if _are_numpys(start, stop):
        made: Any = numpy.linspace(start, stop, num, endpoint, retstep, dtype, axis)  # type: ignore[call-overload]
        return (Tensor(made[0]), Tensor(made[1])) if retstep else Tensor(made)
    if whole_number(num, "num") < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    return _between(start, stop, num, endpoint, retstep, dtype, axis)


def _between(start: Any, stop: Any, num: int, endpoint: bool, retstep: bool, dtype: Any, axis: int) -> Any:
    start, stop = weak(start), weak(stop)
    common = result_type(*(v.dtype if type(v) is Tensor else v for v in (start, stop)), 1.0)
    start, stop = (cast(to_tensor(v), dtype=wide(common)) for v in (start, stop))
    width = subtract(stop, start)
    count = num - 1 if endpoint else num
    step = width / count if count > 0 else width * numpy.nan
    column = numpy.arange(num, dtype=wide(common)).reshape(-1, *(1,) * len(width.shape))
    made = start + column * (step if count > 0 else width)
    if endpoint and num > 1:
        made = concatenate([made[:-1], broadcast_to(stop, shape=width.shape)[None]])
    made = moveaxis(made, 0, axis)
    if dtype is not None and numpy.issubdtype(dtype, numpy.integer):
        made = floor(made)
    made = cast(made, dtype=common if dtype is None else as_dtype(dtype))
    return (made, cast(step, dtype=common)) if retstep else made


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Tensor:
    """As ``numpy.logspace``; differentiable in both ends and the base."""
    if numpy.ndim(base):
        base = to_tensor(base, "logspace")
        start = broadcast_to(to_tensor(start), shape=numpy.broadcast_shapes(numpy.shape(start), base.shape))
        base = expand_dims(base, axis)
    made = base ** linspace(start, stop, num, endpoint, axis=axis)
    return made if dtype is None else cast(made, dtype=as_dtype(dtype))


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Tensor:
    """As ``numpy.geomspace``; differentiable in both ends, of which none is zero."""
    if _are_numpys(start, stop):
        return Tensor(numbers(numpy.geomspace(start, stop, num, endpoint, dtype, axis), "geomspace"))

    first, last = to_tensor(start), to_tensor(stop)
    _refuse_zero(first)
    _refuse_zero(last)
    common = result_type(first.dtype, last.dtype, float(num), numpy.zeros((), dtype))
    first, last = cast(first, dtype=wide(common)), cast(last, dtype=wide(common))
    turn = sign(first)
    first, last = first / turn, last / turn
    powers = power(10.0, linspace(log10(first), log10(last), num, endpoint))
    ends = [broadcast_to(v, shape=powers.shape[1:])[None] for v in (first, last)]
    if num > 1 and endpoint:
        powers = concatenate([ends[0], powers[1:-1], ends[1]])
    elif num > 0:
        powers = concatenate([ends[0], powers[1:]])
    made = moveaxis(multiply(powers, turn), 0, axis)
    return cast(made, dtype=common if dtype is None else as_dtype(dtype))


def _are_numpys(*ends: Any) -> bool:
    """Whether NumPy takes the ends as they are."""
    return not any(type(end) is Tensor or getattr(getattr(end, "dtype", None), "kind", "") == "V" for end in ends)


def _refuse_zero(end: Tensor) -> None:
    if type(end._value) is not Abstract and numpy.any(end._value == 0):
        raise ValueError("Geometric sequence cannot include zero")
