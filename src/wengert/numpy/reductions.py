"""Reductions: sums, means, extremes, under NumPy's names.

Where they differ from NumPy's: ties in extremes share the derivative equally; the derivative of a standard
deviation is 0 where it is 0; products are differentiated without division.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import as_dtype, is_inexact, result_type, total_dtype
from ..core.tensor import Tensor
from ..ops import elementwise as e
from ..ops.axes import reduce as r
from ..ops.axes.norms import euclidean_norm
from ..ops.broadcast import broadcast_to
from ..ops.elementwise import astype
from ..ops.matrices.known import first_known, sums
from ..ops.shape import reshape, transpose
from .arrays.manipulation import normal_axes, normal_axis
from .protocols.lift import to_tensor
from .protocols.output import into

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "average", "count_nonzero", "max", "mean", "min", "nanargmax",
    "nanargmin", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar", "prod", "ptp", "std",
    "sum", "var",
]  # fmt: skip

Axis = int | tuple[int, ...] | None


def every_axis(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes to reduce as sorted non-negative numbers; ``None`` is all of them."""
    return tuple(range(ndim)) if axis is None else tuple(sorted(normal_axes(axis, ndim)))


def loop_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The same, of NumPy's reductions in one loop (sums, extremes, ...), which let a scalar have an axis 0."""
    if axis is None:
        return tuple(range(ndim))
    if ndim == 0 and isinstance(axis, int):
        normal_axis(axis, 1)
        return ()
    return every_axis(axis, ndim)


def cast(x: Tensor, dtype: Any) -> Tensor:
    """`x` in a dtype, if one is given."""
    return x if dtype is None or x.dtype == dtype else astype(x, dtype=as_dtype(dtype))


def inexact(x: Tensor) -> Tensor:
    """`x`, in double precision if it holds integers."""
    return x if is_inexact(x.dtype) else cast(x, numpy.float64)


def masked(x: Tensor, where: Any, instead: Any) -> Tensor:
    """`x`, with another value where a mask is false; no mask (or ``True``) is true everywhere."""
    return x if where is None or where is True else e.where(to_tensor(where), x, instead)


def _count(x: Tensor, axis: tuple[int, ...], where: Any = None) -> Any:
    """How many elements are reduced to one, with ``keepdims``; an int if there is no mask."""
    if where is None or where is True:
        return x._value.size if len(axis) == x.ndim else math.prod([x.shape[a] for a in axis])
    mask = broadcast_to(to_tensor(where), shape=x.shape)
    return r.count_nonzero(mask, axis=axis, keepdims=True)


def _squeezed(x: Tensor, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """`x` without its reduced axes, which have length 1, unless they are kept."""
    return x if keepdims else reshape(x, shape=r.reduced_shape(x.shape, axis, False))


# -- sums and products -----------------------------------------------------------------------------


def total(x: Tensor, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """The sum, as one operation if it is known what it is over."""
    known = first_known(sums, x, axis, keepdims) if sums and x._node.watch else None
    return r.sum(x, axis=axis, keepdims=keepdims) if known is None else known


def sum(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Tensor:
    """As ``numpy.sum``.

    A compiled function adds in another order: where sums of parts are near the largest number, one may overflow and
    the other not.
    """
    x = masked(cast(to_tensor(a), dtype), where, 0)
    made = cast(total(x, loop_axes(axis, x.ndim), keepdims), dtype)
    if initial is not None:
        made = e.add(made, cast(to_tensor(initial), made.dtype))
    return made if out is None else into(out, made, "sum")


def prod(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Tensor:
    """As ``numpy.prod``; its derivative is right for any number of zeros."""
    x = masked(cast(to_tensor(a), dtype), where, 1)
    product = cast(r.prod(x, axis=loop_axes(axis, x.ndim), keepdims=keepdims), dtype)
    if initial is not None:
        product = e.multiply(product, cast(to_tensor(initial), product.dtype))
    return product if out is None else into(out, product, "prod")


def mean(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None
) -> Tensor:
    """As ``numpy.mean``."""
    x = cast(to_tensor(a), dtype)
    axis = every_axis(axis, x.ndim)
    if not is_inexact(x.dtype):
        found = _integer_mean(x, axis, keepdims, where, dtype)
    else:
        found = cast(_mean(cast(x, total_dtype(x.dtype)), axis, keepdims, where), x.dtype)
    return found if out is None else into(out, found, "mean")


def _integer_mean(x: Tensor, axis: tuple[int, ...], keepdims: bool, where: Any, dtype: Any) -> Tensor:
    """In double precision; but if the dtype of integers was asked for, they are added up and the result ends in it."""
    if dtype is None:
        return _mean(inexact(x), axis, keepdims, where)
    total = sum(x, axis, dtype, keepdims=True, where=where)
    return _squeezed(cast(e.divide(total, _count(x, axis, where)), dtype), axis, keepdims)


def _mean(x: Tensor, axis: tuple[int, ...], keepdims: bool, where: Any = None) -> Tensor:
    count = _count(x, axis, where)
    return _share(masked(x, where, 0), cast(count, x.dtype) if type(count) is Tensor else count, axis, keepdims)


def _share(x: Tensor, divisor: Any, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """The sum over the axes, divided by a number, or by a tensor that has kept the axes."""
    if type(divisor) is not Tensor:
        return e.divide(total(x, axis, keepdims), divisor)
    return _squeezed(total(x, axis, True) / divisor, axis, keepdims)


def var(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: float | None = None,
) -> Tensor:
    """As ``numpy.var``."""
    x = inexact(cast(to_tensor(a), dtype))
    axis = every_axis(axis, x.ndim)
    squares = _squared_size(_deviations(x, axis, where, mean))
    freedom = _count(x, axis, where) - _correction(ddof, correction)
    found = _share(squares, _at_least_zero(freedom, squares.dtype), axis, keepdims)
    return found if out is None else into(out, found, "var")


def _deviations(x: Tensor, axis: tuple[int, ...], where: Any, mean: Any) -> Tensor:
    """What is over the mean, and 0 where a mask is false."""
    return masked(x - (_mean(x, axis, True, where) if mean is None else mean), where, 0)


def _correction(ddof: float, correction: float | None) -> float:
    """The degrees of freedom that are lost, under NumPy's name or the array API standard's."""
    if correction is None:
        return ddof
    if ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    return correction


def _squared_size(x: Tensor) -> Tensor:
    """|x|^2."""
    return e.real(x * e.conjugate(x)) if x.dtype.kind == "c" else e.square(x)


def _at_least_zero(freedom: Any, dtype: Any) -> Any:
    if type(freedom) is not Tensor:
        return freedom if freedom > 0 else 0
    return cast(e.maximum(freedom, 0), dtype)


def std(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: float | None = None,
) -> Tensor:
    """As ``numpy.std``, but for data whose squares under- or overflow; the derivative is 0 where the result is 0."""
    x = inexact(cast(to_tensor(a), dtype))
    axis = every_axis(axis, x.ndim)
    freedom = _at_least_zero(_count(x, axis, where) - _correction(ddof, correction), x.real.dtype)
    root = e.sqrt(freedom) if type(freedom) is Tensor else math.sqrt(freedom)
    found = _squeezed(_length(_deviations(x, axis, where, mean), axis) / root, axis, keepdims)
    return found if out is None else into(out, found, "std")


def _length(x: Tensor, axis: tuple[int, ...]) -> Tensor:
    if x.dtype == numpy.float16:
        return e.sqrt(total(e.square(x), axis, True))
    return euclidean_norm(x, axis=axis, keepdims=True)


def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """As ``numpy.average``, with derivatives in `weights` too."""
    x = inexact(to_tensor(a))
    axes = every_axis(axis, x.ndim)
    if weights is None:
        mean, total = _mean(x, axes, keepdims), to_tensor(numpy.asarray(_count(x, axes), x.dtype))
    else:
        w = aligned_weights(to_tensor(weights), x, axis)
        w = cast(w, result_type(x.dtype, w.dtype))
        total = r.sum(w, axis=axes, keepdims=keepdims)
        _refuse_zero(total)
        mean = r.sum(x * w, axis=axes, keepdims=keepdims) / total
        total = cast(total, mean.dtype)
    return (mean, broadcast_to(total, shape=mean.shape)) if returned else mean


def aligned_weights(weights: Tensor, x: Tensor, axis: Axis) -> Tensor:
    """The weights in the shape of `x`; those of the reduced axes alone are repeated along the others."""
    if weights.shape == x.shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = normal_axes(axis, x.ndim)
    if weights.shape != tuple(x.shape[a] for a in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    ordered = transpose(weights, axes=tuple(numpy.argsort(axes).tolist()))
    lined_up = reshape(ordered, shape=tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
    return broadcast_to(lined_up, shape=x.shape)


def _refuse_zero(total: Tensor) -> None:
    if type(total._value) is not Abstract and numpy.any(total._value == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")


# -- extremes --------------------------------------------------------------------------------------


def _extreme(reduce: Callable[..., Any], both: Callable[..., Any]) -> Callable[..., Tensor]:
    def find(
        a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None
    ) -> Tensor:
        x = to_tensor(a)
        axis = loop_axes(axis, x.ndim)
        if initial is not None:
            found = _beside(reduce, both, x, axis, keepdims, cast(to_tensor(initial), x.dtype), where)
        elif where is None or where is True:
            found = reduce(x, axis=axis, keepdims=keepdims)
        else:
            raise ValueError(
                f"[{reduce.__name__}] where= was given without initial=, wanted both, as the mask may leave "
                "nothing to compare; write initial=-np.inf (or np.inf for a minimum)"
            )
        return found if out is None else into(out, found, reduce.__name__)

    find.__name__ = find.__qualname__ = reduce.__name__
    find.__doc__ = f"As ``numpy.{reduce.__name__}``; the tied share the derivative equally."
    return find


def _beside(
    reduce: Callable[..., Any],
    both: Callable[..., Any],
    x: Tensor,
    axis: tuple[int, ...],
    keepdims: bool,
    initial: Tensor,
    where: Any,
) -> Tensor:
    """The extreme of the elements and of one value more, which also stands for those that a mask leaves out."""
    first = broadcast_to(initial, shape=r.reduced_shape(x.shape, axis, keepdims))
    x = masked(x, where, initial)
    return both(reduce(x, axis=axis, keepdims=keepdims), first) if _any_to(x, axis) else first


def _any_to(x: Tensor, axis: tuple[int, ...]) -> bool:
    """Whether there is anything to compare along the axes."""
    return _count(x, axis) > 0


amax: Final = _extreme(r.max, e.maximum)
max: Final = amax
amin: Final = _extreme(r.min, e.minimum)
min: Final = amin
nanmax: Final = _extreme(r.nanmax, e.fmax)
nanmin: Final = _extreme(r.nanmin, e.fmin)


def ptp(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Tensor:
    """As ``numpy.ptp``: the largest minus the smallest."""
    found = max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)
    return found if out is None else into(out, found, "ptp")


def _search(find: Callable[..., Any]) -> Callable[..., Tensor]:
    def position(a: Any, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Tensor:
        x = to_tensor(a)
        if axis is not None and x.ndim:
            found = find(x, axis=(normal_axis(axis, x.ndim),), keepdims=keepdims)
        else:
            normal_axis(axis or 0, 1)
            found = find(reshape(x, shape=(x.size,)), axis=(0,), keepdims=False)
            found = reshape(found, shape=(1,) * x.ndim) if keepdims else found
        return found if out is None else into(out, found, find.__name__)

    position.__name__ = position.__qualname__ = find.__name__
    position.__doc__ = f"As ``numpy.{find.__name__}``: an index, without a derivative."
    return position


argmax: Final = _search(r.argmax)
argmin: Final = _search(r.argmin)
nanargmax: Final = _search(r.nanargmax)
nanargmin: Final = _search(r.nanargmin)


def any(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = None) -> Tensor:
    """As ``numpy.any``."""
    x = masked(to_tensor(a), where, False)
    found = r.any(x, axis=loop_axes(axis, x.ndim), keepdims=keepdims)
    return found if out is None else into(out, found, "any")


def all(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = None) -> Tensor:
    """As ``numpy.all``."""
    x = masked(to_tensor(a), where, True)
    found = r.all(x, axis=loop_axes(axis, x.ndim), keepdims=keepdims)
    return found if out is None else into(out, found, "all")


def count_nonzero(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """As ``numpy.count_nonzero``, but always a tensor."""
    x = to_tensor(a)
    return r.count_nonzero(x, axis=loop_axes(axis, x.ndim), keepdims=keepdims)


# -- without NaN -----------------------------------------------------------------------------------


def without_nan(x: Tensor, instead: Any) -> Tensor:
    return e.where(e.isnan(x), instead, x)


def nansum(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Tensor:
    """As ``numpy.nansum``; a NaN has derivative 0."""
    return sum(without_nan(to_tensor(a), 0), axis, dtype, out, keepdims, initial, where)


def nanprod(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Tensor:
    """As ``numpy.nanprod``; a NaN has derivative 0."""
    return prod(without_nan(to_tensor(a), 1), axis, dtype, out, keepdims, initial, where)


def _not_nan(x: Tensor, where: Any) -> Tensor:
    """The mask of what counts."""
    present = e.logical_not(e.isnan(x))
    return present if where is None or where is True else e.logical_and(present, to_tensor(where))


def nanmean(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None
) -> Tensor:
    """As ``numpy.nanmean``; a NaN has derivative 0."""
    x = to_tensor(a)
    if is_inexact(x.dtype):
        axis, where = loop_axes(axis, x.ndim), _not_nan(x, where)
    return mean(x, axis, dtype, out, keepdims, where=where)


def nanvar(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: float | None = None,
) -> Tensor:
    """As ``numpy.nanvar``; a NaN has derivative 0, and what has no degree of freedom is NaN."""
    found = _spread_of_numbers(var, a, axis, dtype, _correction(ddof, correction), keepdims, where, mean)
    return found if out is None else into(out, found, "nanvar")


def _spread_of_numbers(
    spread: Callable[..., Tensor], a: Any, axis: Axis, dtype: Any, lost: float, keepdims: bool, where: Any, mean: Any
) -> Tensor:
    """The variance or standard deviation of what is not NaN."""
    x = to_tensor(a)
    if not is_inexact(x.dtype):
        return spread(x, axis, dtype, None, lost, keepdims, where=where, mean=mean)
    axes = loop_axes(axis, x.ndim)
    mask = _not_nan(x, where)
    found = spread(x, axes, dtype, None, lost, True, where=mask, mean=mean)
    return _squeezed(e.where(e.greater(_count(x, axes, mask), lost), found, numpy.nan), axes, keepdims)


def nanstd(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: float | None = None,
) -> Tensor:
    """As ``numpy.nanstd``; a NaN has derivative 0, and so has everything where the result is 0."""
    found = _spread_of_numbers(std, a, axis, dtype, _correction(ddof, correction), keepdims, where, mean)
    return found if out is None else into(out, found, "nanstd")
