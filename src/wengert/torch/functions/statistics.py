"""Extremes so far, quantiles, differences, moments together, and what is most frequent."""

from __future__ import annotations

from typing import Any

import numpy

import wengert.numpy as np
from wengert.fronts.face import behind

from ..promotion import floating, promoted
from ..registry import function, offer
from ..tensor import Tensor, of, tensor_of
from .reductions import axes, found

__all__: list[str] = []


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The least and the greatest element, of all or along an axis."""
    x = tensor_of(input, "aminmax")
    return found("aminmax", "min", "max")(*(of(f(x, axis=dim, keepdims=keepdim)) for f in (np.min, np.max)))


offer(aminmax)


def _so_far(name: str, wins: Any) -> Any:
    def run(input: Tensor, dim: int) -> Any:
        x = tensor_of(input, name)
        values = numpy.moveaxis(x.detach().numpy(), dim, 0)
        best = numpy.zeros(values.shape, numpy.int64)
        for place in range(1, len(values)):
            before = numpy.take_along_axis(values, best[place - 1][None], 0)[0]
            best[place] = numpy.where(wins(values[place], before), place, best[place - 1])
        where = np.asarray(numpy.moveaxis(best, 0, dim))
        return found(name)(of(np.take_along_axis(x, where, dim)), of(where))

    run.__name__ = name
    run.__doc__ = f"The {name[3:]}imum of the elements up to each one along an axis, and where it is."
    return run


for _name, _wins in (("cummax", numpy.greater_equal), ("cummin", numpy.less_equal)):
    offer(_so_far(_name, _wins), _name)


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithm of the sum of exponentials up to each element along an axis."""
    return of(np.logaddexp.accumulate(tensor_of(input, "logcumsumexp"), axis=dim))


def _quantile(below: Any, name: str) -> Any:
    def quantile(
        input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        x = tensor_of(input, name)
        return of(below(x, behind(q), axis=dim, keepdims=keepdim, method=interpolation).astype(x.dtype))

    quantile.__name__, quantile.__doc__ = name, "The elements below which shares `q` are, of all or along an axis."
    return quantile


for _name in ("quantile", "nanquantile"):
    offer(_quantile(getattr(np, _name), _name), _name)


def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower one of the middle elements, without NaN; along an axis with its place."""
    x = tensor_of(input, "nanmedian")
    flat = np.ravel(x) if dim is None else x
    axis = 0 if dim is None else dim
    middle = np.expand_dims(np.maximum((~np.isnan(flat)).sum(axis=axis) - 1, 0) // 2, axis)
    where = np.take_along_axis(np.argsort(flat, axis=axis, stable=True), middle, axis)
    taken = np.take_along_axis(flat, where, axis)
    if dim is None:
        return of(taken.reshape(()))
    return found("nanmedian")(*(of(each if keepdim else np.squeeze(each, dim)) for each in (taken, where)))


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along an axis, the least of several, and where it is last."""
    x = tensor_of(input, "mode")
    rows = numpy.moveaxis(x.detach().numpy(), dim, -1)
    where = np.asarray(numpy.apply_along_axis(_place_of_most_frequent, -1, rows))
    taken = np.take_along_axis(x, np.expand_dims(where, dim), dim)
    shown = (taken, np.expand_dims(where, dim))
    return found("mode")(*(of(each if keepdim else np.squeeze(each, dim)) for each in shown))


def _place_of_most_frequent(row: Any) -> int:
    values, counts = numpy.unique(row, return_counts=True)
    return int(numpy.nonzero(row == values[counts.argmax()])[0][-1])


for _function in (logcumsumexp, nanmedian, mode):
    offer(_function)


def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """The differences of elements that follow each other along an axis, `n` times."""
    ends = {name: behind(each) for name, each in (("prepend", prepend), ("append", append)) if each is not None}
    return of(np.diff(tensor_of(input, "diff"), n, axis=dim, **ends))


@function
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """The slopes along each axis, or those of `dim`, by differences of neighbours (see `wengert.numpy.gradient`).

    Args:
        spacing: the distance of neighbours: for all axes, or a number or the places of the elements for each.
    """
    x = floating(tensor_of(input, "gradient"))
    axes = range(x.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    given = spacing if isinstance(spacing, (list, tuple)) else [spacing] * len(axes)
    pairs = zip(axes, given, strict=True)
    return tuple(of(np.gradient(x, behind(each), axis=axis, edge_order=edge_order)) for axis, each in pairs)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of a difference."""
    x, y = promoted(input, other)
    return of(np.linalg.vector_norm(x - y, ord=p))


def cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """The covariance of the rows."""
    x = tensor_of(input, "cov")
    return of(np.cov(x, ddof=correction, fweights=behind(fweights), aweights=behind(aweights)).astype(x.dtype))


def corrcoef(input: Tensor) -> Tensor:
    """The correlations of the rows."""
    x = tensor_of(input, "corrcoef")
    return of(np.corrcoef(x).astype(x.dtype))


def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """With what is at each index of an axis scaled so that its p-norm is at most `maxnorm`."""
    x = tensor_of(input, "renorm")
    others = tuple(axis for axis in range(x.ndim) if axis != dim % x.ndim)
    norms = np.linalg.vector_norm(x, axis=others, ord=p, keepdims=True)
    return of(np.where(norms > maxnorm, x * (maxnorm / np.maximum(norms, maxnorm)), x))


for _function in (diff, dist, cov, corrcoef):
    offer(_function)
offer(renorm, writes=True)


@function
def std_mean(input: Tensor, dim: Any = None, *, correction: float = 1, keepdim: bool = False) -> Any:
    """The standard deviation of a sample, and its mean."""
    x = tensor_of(input, "std_mean")
    spread = np.std(x, axis=axes(dim), ddof=correction, keepdims=keepdim)
    return of(spread), of(np.mean(x, axis=axes(dim), keepdims=keepdim))


@function
def var_mean(input: Tensor, dim: Any = None, *, correction: float = 1, keepdim: bool = False) -> Any:
    """The variance of a sample, and its mean."""
    x = tensor_of(input, "var_mean")
    spread = np.var(x, axis=axes(dim), ddof=correction, keepdims=keepdim)
    return of(spread), of(np.mean(x, axis=axes(dim), keepdims=keepdim))


def trapezoid(y: Tensor, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integral by trapezoids along an axis."""
    return of(np.trapezoid(tensor_of(y, "trapezoid", "y"), behind(x), dx, axis=dim))


offer(trapezoid, "trapezoid", "trapz", method=False)


@function
def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integrals by trapezoids from the first element to each later one."""
    values = tensor_of(y, "cumulative_trapezoid", "y")
    middle = (_from(values, 1, dim) + _from(values, 0, dim)) / 2
    steps = dx if x is None else np.diff(behind(x), axis=dim if x.dim() > 1 else -1)
    return of(np.cumsum(middle * steps, axis=dim))


def _from(x: Any, start: int, dim: int) -> Any:
    """All elements of an axis but the last one, or but the first."""
    length = x.shape[dim] - 1
    return x[(slice(None),) * (dim % x.ndim) + (slice(start, start + length),)]


@function
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements without those that are as the one before them."""
    x = input.reshape(-1) if dim is None else input
    axis = 0 if dim is None else dim
    rows = numpy.moveaxis(x._tensor.detach().numpy(), axis, 0).reshape(x._tensor.shape[axis], -1)
    begins = numpy.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])[: len(rows)]
    starts = numpy.nonzero(begins)[0]
    results = [of(np.take(x._tensor, starts, axis=axis))]
    if return_inverse:
        inverse = numpy.cumsum(begins) - 1
        results.append(of(np.asarray(inverse.reshape(input.shape) if dim is None else inverse)))
    if return_counts:
        results.append(of(np.asarray(numpy.diff(numpy.append(starts, len(rows))))))
    return tuple(results) if len(results) > 1 else results[0]


def histogram(
    input: Tensor, bins: Any, *, range: tuple[float, float] | None = None, weight: Any = None, density: bool = False
) -> Any:
    """How many elements are between edges, or the sum of their weights; and the edges."""
    x = tensor_of(input, "histogram")
    edges = behind(bins)
    weights = None if weight is None else behind(weight).ravel()
    counts = np.histogram(x.detach().ravel(), edges, range, density=density, weights=weights)
    return found("histogram", "hist", "bin_edges")(*(of(each.astype(x.dtype)) for each in counts))


offer(histogram)


@function
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of the elements of a vector, a row each."""
    vector = tensor_of(x, "vander", "x")
    return of(np.vander(vector, N, increasing).astype(vector.dtype))
