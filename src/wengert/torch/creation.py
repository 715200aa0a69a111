"""Tensors made from numbers, shapes and ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face, behind

from . import dtypes
from .device import check_device
from .dtypes import numpy_dtype
from .registry import function, method
from .size import Size
from .tensor import Tensor, of, tensor_of

__all__ = ["legacy_tensor", "made", "sizes"]


def made(tensor: Any, requires_grad: bool = False, device: Any = None, op: str = "tensor") -> Tensor:
    """A new tensor, followed if that is asked for."""
    check_device(device, op)
    return of(tensor.requires_grad_(True) if requires_grad else tensor)


def sizes(size: Sequence[Any]) -> tuple[int, ...]:
    """The lengths of axes that a user gave: one by one, or as one sequence."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    return tuple(int(length) for length in size)


def _default() -> Any:
    return dtypes.get_default_dtype().numpy


def _dtype_of_values(array: Any, data: Any) -> Any:
    """The dtype that numbers from Python get: NumPy's, but for floats, which are of the default dtype."""
    if isinstance(data, (numpy.ndarray, numpy.generic, Face)) or _holds_arrays(data):
        return array.dtype
    if array.dtype.kind == "c":
        return dtypes.get_default_dtype().to_complex().numpy
    return _default() if array.dtype.kind == "f" else array.dtype


def _holds_arrays(data: Any) -> bool:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (numpy.ndarray, numpy.generic, Face))


@function
def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False):
    """A new tensor from numbers, nested lists, arrays or tensors, which are copied.

    >>> from wengert import torch
    >>> torch.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(0)
    tensor([4., 6.])
    """
    if isinstance(data, Face):
        values = data._tensor.detach().clone()
        return made(values if dtype is None else values.astype(numpy_dtype(dtype)), requires_grad, device)
    array = numpy.array(_plain(data))
    if array.size == 0 and not isinstance(data, numpy.ndarray):
        array = array.astype(_default())
    array = array.astype(numpy_dtype(dtype) or _dtype_of_values(array, data))
    dtypes.from_numpy_dtype(array.dtype)
    return made(wg.tensor(array), requires_grad, device)


def _plain(data: Any) -> Any:
    if isinstance(data, Face):
        return data._tensor.detach().numpy()
    return [_plain(item) for item in data] if isinstance(data, (list, tuple)) else data


@function
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor from anything; one that is a tensor of this dtype already is given back."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else of(data._tensor.astype(numpy_dtype(dtype)))
    return from_numpy(data) if isinstance(data, numpy.ndarray) and dtype is None else tensor(data, dtype=dtype)


@function
def from_numpy(ndarray: Any) -> Tensor:
    """A tensor that shares the memory of an array of NumPy."""
    dtypes.from_numpy_dtype(ndarray.dtype)
    return of(np.asarray(ndarray))


def legacy_tensor(cls: type[Tensor], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    """``torch.Tensor(2, 3)`` or ``torch.Tensor([1, 2])``: of the default dtype."""
    if args and all(isinstance(length, int) for length in args):
        return cls.of(np.zeros(args, _default()))
    data = args[0] if args else kwargs.get("data", [])
    return cls.of(tensor(data, dtype=dtypes.get_default_dtype())._tensor)


def _filled(make: Any, name: str) -> Any:
    def fill(
        *lengths: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
        requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None,
    ) -> Tensor:  # fmt: skip
        given = lengths or (out.shape if size is None else size,)
        found = made(make(sizes(given), numpy_dtype(dtype) or _default()), requires_grad, device, name)
        return found if out is None else out.copy_(found)

    fill.__name__, fill.__doc__ = name, f"A new tensor: `wengert.numpy.{name}` of the default dtype."
    return fill


def _filled_like(make: Any, name: str) -> Any:
    def fill(
        input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
        memory_format: Any = None,
    ) -> Tensor:  # fmt: skip
        like = tensor_of(input, name)
        return made(make(like.shape, numpy_dtype(dtype) or like.dtype), requires_grad, device, name)

    fill.__name__, fill.__doc__ = name, "A new tensor of the shape and dtype of another."
    return fill


zeros: Final = function(_filled(np.zeros, "zeros"))
ones: Final = function(_filled(np.ones, "ones"))
empty: Final = function(_filled(np.zeros, "empty"))
zeros_like: Final = function(_filled_like(np.zeros, "zeros_like"))
ones_like: Final = function(_filled_like(np.ones, "ones_like"))
empty_like: Final = function(_filled_like(np.zeros, "empty_like"))


@function
def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor with one value everywhere, of the dtype that the value has as a tensor."""
    chosen = numpy_dtype(dtype) or tensor(behind(fill_value))._tensor.dtype
    return made(np.full(sizes([size]), behind(fill_value), chosen), requires_grad, device, "full")


@function
def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """A tensor of the shape and dtype of another with one value everywhere."""
    like = tensor_of(input, "full_like")
    return full(like.shape, fill_value, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)


@function
def arange(
    start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Numbers from `start` (0 if only the end is given) to before `end`: integers if all are.

    >>> from wengert import torch
    >>> torch.arange(3.0)
    tensor([0., 1., 2.])
    """
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (each.item() if isinstance(each, Tensor) else each for each in (start, end, step))
    whole = all(isinstance(each, (int, numpy.integer)) for each in (start, end, step))
    chosen = numpy_dtype(dtype) or (numpy.dtype(numpy.int64) if whole else _default())
    values = numpy.arange(start, end, step, dtype=chosen if whole else numpy.float64)
    return made(wg.tensor(values.astype(chosen)), requires_grad, device, "arange")


@function
def range(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Numbers from `start` to `end`, which is included, of the default dtype; `arange` is what PyTorch advises."""
    values = numpy.arange(start, end + step / 2, step).astype(numpy_dtype(dtype) or _default())
    return made(wg.tensor(values), device=device, op="range")


@function
def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor without axes, of the default dtype."""
    return made(np.full((), behind(s), numpy_dtype(dtype) or _default()), requires_grad, device, "scalar_tensor")


@function
def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: Any = None, requires_grad: bool = False):
    """A tensor from anything, which shares its memory where it can and may."""
    if copy:
        return tensor(obj, dtype=dtype, device=device, requires_grad=requires_grad)
    found = as_tensor(obj, dtype, device)
    return found.requires_grad_() if requires_grad else found


@function
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor that shares the memory of an object that has some."""
    return made(np.asarray(numpy.frombuffer(buffer, numpy_dtype(dtype), count, offset)), requires_grad)


@function
def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`steps` numbers from `start` to `end`, both ends included."""
    start, end = (each.item() if isinstance(each, Tensor) else each for each in (start, end))
    values = numpy.linspace(start, end, steps, dtype=numpy_dtype(dtype) or _default())
    return made(wg.tensor(values), requires_grad, device, "linspace")


@function
def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Powers of `base`, whose exponents are from `start` to `end`."""
    values = numpy.logspace(start, end, steps, base=base, dtype=numpy_dtype(dtype) or _default())
    return made(wg.tensor(values), requires_grad, device, "logspace")


@function
def eye(
    n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The identity."""
    found = made(np.eye(n, m, dtype=numpy_dtype(dtype) or _default()), requires_grad, device, "eye")
    return found if out is None else out.copy_(found)


def _new(make: Any, name: str) -> Any:
    def new(self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        return make(*size, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)

    new.__name__, new.__doc__ = name, "A new tensor of the dtype of this one."
    return new


new_zeros: Final = method(_new(zeros, "new_zeros"))
new_ones: Final = method(_new(ones, "new_ones"))
new_empty: Final = method(_new(empty, "new_empty"))
new_full: Final = method(_new(full, "new_full"))


@method
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A new tensor of the dtype of this one, from numbers."""
    return tensor(data, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


@method
def new(self: Tensor, *args: Any) -> Tensor:
    """A new tensor of the dtype of this one: of a shape, or from numbers; formerly what `new_zeros` is."""
    if not args or all(isinstance(length, int) for length in args):
        return zeros(*(args or (0,)), dtype=self.dtype)
    return zeros(*args[0], dtype=self.dtype) if isinstance(args[0], Size) else tensor(args[0], dtype=self.dtype)
