"""New tensors, under NumPy's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...core.dtypes.kinds import as_dtype, is_inexact
from ...core.lending import lent
from ...core.placed import is_placed, place_of
from ...core.state import DEFINE_BY_RUN, Unwatched, state
from ...core.tensor import Tensor
from ...core.views import gives_view
from ...names import teaches_keywords
from ...ops.broadcast import broadcast_to
from ...ops.elementwise import astype as cast, positive
from ...ops.indexing.views import transposed
from ...ops.operands import holds_tensor, numbers
from ...ops.placing import placed
from ...ops.shape import reshape
from ...transforms.define_by_run import require_grad
from ..protocols.lift import to_tensor
from ..protocols.values import concrete

__all__ = [
    "arange", "array", "asanyarray", "asarray", "asarray_chkfinite", "ascontiguousarray", "asfortranarray", "empty",
    "empty_like", "eye", "fromfunction", "full", "full_like", "identity", "indices",
    "meshgrid", "ones", "ones_like", "tri", "vander", "zeros", "zeros_like",
]  # fmt: skip


def check_device(device: Any, op: str) -> None:
    """Accept the one place where arrays are made.

    Raises:
        ValueError: another was named.
    """
    if device is not None and device != "cpu":
        raise ValueError(
            f"[{op}] device={device!r} was given, wanted 'cpu', NumPy's memory; leave it out, and write "
            f".to({device!r}) of what is made"
        )


# -- from what is there ----------------------------------------------------------------------------


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    like: Any = None,
    device: Any = None,
) -> Tensor:
    """As ``numpy.array``; nested lists that contain tensors become one tensor, with their derivatives.

    `order`, `subok` and `like` change nothing, here and below: the layout in memory is not the user's concern, and what
    is made is a tensor.

    Raises:
        ValueError: ``copy=False``, and it cannot be done without a copy.
    """
    check_device(device, "array")
    if copy is False:
        _check_shared(object, dtype, "array")
    result = from_nested(object, dtype, "array")
    if copy and not _is_fresh(object):
        result = copied(result)
    if 0 < ndmax < len(result.shape):
        raise ValueError(
            f"[array] ndmax={ndmax} was given for {len(result.shape)} axes, wanted at least as many, since there are "
            "no arrays of objects; leave it out"
        )
    if ndmin > len(result.shape):
        return result[(None,) * (ndmin - len(result.shape))]
    return result


@teaches_keywords
def tensor(value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A new tensor that owns a copy of the value.

    Args:
        value: a number, an array, a tensor or nested lists of them. Derivatives of tensors go on, as through
            ``wengert.numpy.array``.
        dtype: the NumPy dtype of the elements; what NumPy would choose by default.
        requires_grad: let ``backward()`` from a result accumulate into ``.grad`` of this tensor, and go no further;
            functional derivatives (`grad`, `jvp`, ...) do.

    Raises:
        TypeError: `requires_grad` of an integer or boolean tensor.

    >>> import wengert as wg
    >>> x = wg.tensor(5.0, requires_grad=True)
    >>> y = wg.tensor(3.0, requires_grad=True)
    >>> (x**2 + y**3).backward()
    >>> x.grad, y.grad
    (tensor(10.), tensor(27.))
    """
    if not requires_grad:
        return array(value, dtype)
    with Unwatched(DEFINE_BY_RUN):
        result = array(value, dtype)
    return require_grad(result)


def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, device: Any = None, copy: bool | None = None, like: Any = None
) -> Tensor:
    """As ``numpy.asarray``: shares the memory of an array, which the tensor never writes to while others see it.

    Raises:
        ValueError: ``copy=False``, and it cannot be done without a copy.
    """
    check_device(device, "asarray")
    if copy is False:
        _check_shared(a, dtype, "asarray")
    result = from_nested(a, dtype)
    if result is a and state.recorder is not None:
        result = state.recorder.as_tensor(a)
    return copied(result) if copy and not _is_fresh(a) else result


def _is_fresh(given: Any) -> bool:
    return isinstance(given, (list, tuple, int, float, complex))


def _check_shared(given: Any, dtype: Any, op: str) -> None:
    if not isinstance(given, (Tensor, numpy.ndarray)) or (dtype is not None and given.dtype != dtype):
        raise ValueError(
            f"[{op}] a {type(given).__name__} was to become a tensor of dtype {dtype} without a copy, wanted an "
            "array of that dtype; write copy=None to copy where needed"
        )


def copied(x: Tensor) -> Tensor:
    """A tensor with the derivatives of `x`, and a value in memory of its own."""
    return cast(x, dtype=x.dtype) if x.dtype.kind in "bV" else positive(x)


def from_nested(value: Any, dtype: Any = None, op: str = "asarray") -> Tensor:
    """Anything array-like as a tensor of a dtype; from nested sequences with tensors in them, stacked."""
    if dtype is None or type(value) is Tensor or (isinstance(value, (list, tuple)) and holds_tensor(value)):
        result = to_tensor(value, op)
        return result if dtype is None or result.dtype == dtype else cast(result, dtype=as_dtype(dtype))
    return lent(numbers(value, op, dtype))


def asanyarray(
    a: Any, dtype: Any = None, order: Any = None, *, device: Any = None, copy: bool | None = None, like: Any = None
) -> Tensor:
    """The same as `asarray`."""
    return asarray(a, dtype, device=device, copy=copy)


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Tensor:
    """As ``numpy.asarray_chkfinite``.

    Raises:
        ValueError: an element is infinite or NaN.
    """
    x = asarray(a, dtype)
    if is_inexact(x.dtype) and not numpy.isfinite(concrete(x, "asarray_chkfinite")).all():
        raise ValueError("array must not contain infs or NaNs")
    return x


def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Tensor:
    """As ``numpy.ascontiguousarray``: at least one axis, and a copy unless the elements are laid out by rows."""
    made = array(a, dtype, copy=None, ndmin=1)
    return made if gives_view(made, numpy.ravel) else copied(made)


def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Tensor:
    """As ``numpy.asfortranarray``: a copy unless the elements are laid out by columns."""
    made = asarray(a, dtype)
    return made if gives_view(transposed(made, tuple(range(made.ndim))[::-1]), numpy.ravel) else copied(made)


# -- filled with one value -------------------------------------------------------------------------


def _dtype_or_none(dtype: Any) -> Any:
    """The dtype that a name stands for; what is none stays as it is."""
    return as_dtype(dtype) if type(dtype) is str else dtype


def _no_length(dtype: Any, shape: Any, op: str) -> Any:
    """The dtype.

    Raises:
        TypeError: it is a number, as where each length is given by itself.
    """
    if type(dtype) is int:
        raise TypeError(
            f"[{op}] the shape {shape!r} and the dtype {dtype} were given, wanted all lengths as one tuple; write "
            f"np.{op}(({shape!r}, {dtype}))"
        )
    return _dtype_or_none(dtype)


def zeros(shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None) -> Tensor:
    """As ``numpy.zeros``."""
    check_device(device, "zeros")
    return Tensor(numbers(numpy.zeros(shape, _no_length(dtype, shape, "zeros")), "zeros"))


def ones(shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None) -> Tensor:
    """As ``numpy.ones``."""
    check_device(device, "ones")
    return Tensor(numbers(numpy.ones(shape, _no_length(dtype, shape, "ones")), "ones"))


def empty(shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None) -> Tensor:
    """As ``numpy.empty``, but filled with zeros: no result depends on what was in memory."""
    check_device(device, "empty")
    return Tensor(numbers(numpy.zeros(shape, _no_length(dtype, shape, "empty")), "empty"))


def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None
) -> Tensor:
    """As ``numpy.full``; differentiable in the value."""
    check_device(device, "full")
    lengths = (shape,) if isinstance(shape, (int, numpy.integer)) else tuple(int(n) for n in shape)
    return copied(broadcast_to(from_nested(fill_value, dtype), shape=lengths))


def _beside(form: Tensor, made: Tensor, device: Any) -> Tensor:
    """What was made to be like a tensor, on the device where that is, or laid out as it, if none was asked for."""
    value = form._value
    if device is not None or not is_placed(value) or state.recorder is not None or made.shape != form.shape:
        return made
    return placed(made, place_of(value))


def zeros_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Tensor:
    """As ``numpy.zeros_like``; on the device of `a`."""
    form = to_tensor(a)
    made = zeros(form.shape if shape is None else shape, form.dtype if dtype is None else dtype, device=device)
    return _beside(form, made, device)


def ones_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Tensor:
    """As ``numpy.ones_like``; on the device of `a`."""
    form = to_tensor(a)
    made = ones(form.shape if shape is None else shape, form.dtype if dtype is None else dtype, device=device)
    return _beside(form, made, device)


def empty_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Tensor:
    """As ``numpy.empty_like``, on the device of `a`, but filled with zeros."""
    return zeros_like(a, dtype, shape=shape, device=device)


def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *,
    device: Any = None,
) -> Tensor:  # fmt: skip
    """As ``numpy.full_like``, on the device of `a`; differentiable in the value."""
    form = to_tensor(a)
    dtype = form.dtype if dtype is None else dtype
    made = full(form.shape if shape is None else shape, fill_value, dtype, device=device)
    return _beside(form, made, device)


# -- ranges ----------------------------------------------------------------------------------------


def arange(
    start: Any = 0, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Any = None, like: Any = None
) -> Tensor:
    """As ``numpy.arange``: a constant, since its length depends on the values given."""
    check_device(device, "arange")
    return Tensor(numbers(numpy.arange(*map(_plain, (start, stop, step)), dtype=_dtype_or_none(dtype)), "arange"))


def _plain(value: Any) -> Any:
    return value.item() if type(value) is Tensor else value


# -- matrices --------------------------------------------------------------------------------------


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: Any = float,
    order: str = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Tensor:
    """As ``numpy.eye``."""
    check_device(device, "eye")
    return Tensor(numbers(numpy.eye(N, M, k, _dtype_or_none(dtype)), "eye"))


def identity(n: int, dtype: Any = None, *, like: Any = None) -> Tensor:
    """As ``numpy.identity``."""
    return Tensor(numbers(numpy.identity(n, _dtype_or_none(dtype)), "identity"))


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float, *, like: Any = None) -> Tensor:
    """As ``numpy.tri``."""
    return Tensor(numbers(numpy.tri(N, M, k, _dtype_or_none(dtype)), "tri"))


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """As ``numpy.vander``."""
    x = to_tensor(x)
    if len(x.shape) != 1:
        raise ValueError(f"[vander] x has shape {x.shape}, wanted one axis; write x.ravel()")
    exponents = numpy.arange(x.shape[0] if N is None else N)
    powers = exponents if increasing else exponents[::-1]
    return x[:, None] ** powers


def fromfunction(
    function: Callable[..., Any], shape: Sequence[int], *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    """As ``numpy.fromfunction``."""
    grids = numpy.indices(tuple(shape), dtype=dtype)
    return function(*[Tensor(grid) for grid in grids], **kwargs)


# -- grids -----------------------------------------------------------------------------------------


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> list[Tensor]:
    """As ``numpy.meshgrid``; a list, as the array API standard says.

    Raises:
        ValueError: `indexing` is neither ``"xy"`` nor ``"ij"``.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    columns = [to_tensor(x, "meshgrid") for x in xi]
    count = len(columns)
    places = list(range(count))
    if indexing == "xy" and count > 1:
        places[:2] = 1, 0
    grids = [
        reshape(x, shape=(*(1,) * place, x.size, *(1,) * (count - place - 1)))
        for x, place in zip(columns, places, strict=True)
    ]
    if sparse:
        return grids
    full_shape = numpy.broadcast_shapes(*[grid.shape for grid in grids])
    return [broadcast_to(grid, shape=full_shape) for grid in grids]


def indices(dimensions: Sequence[int], dtype: Any = int, sparse: bool = False) -> Any:
    """As ``numpy.indices``."""
    made = numpy.indices(tuple(dimensions), dtype, sparse)
    return tuple(map(Tensor, made)) if sparse else Tensor(made)
