"""Counting what falls into bins, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.lending import lent
from ...core.tensor import Tensor
from ...ops.axes import reduce as r
from ...ops.indexing.gather import gather, scatter_add
from ..arrays.manipulation import flat
from ..protocols.lift import to_tensor
from ..protocols.values import concrete
from ..reductions import cast

__all__ = ["bincount", "histogram", "histogram_bin_edges"]


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Tensor:
    """As ``numpy.bincount``, with derivatives in `weights`; looks at the values of `x`."""
    places = _counted(x)
    counts = numpy.bincount(places, minlength=minlength)
    if weights is None or places.size == 0:
        return Tensor(counts)
    w = to_tensor(weights)
    if w.shape != places.shape:
        raise ValueError("The weights and list don't have the same length.")
    if w.dtype.kind == "c":
        raise TypeError(
            f"[bincount] weights of dtype {w.dtype}, wanted real ones; write "
            "np.bincount(x, w.real) + 1j * np.bincount(x, w.imag)"
        )
    return scatter_add(cast(w, numpy.float64), places, axis=0, length=counts.size)


def _counted(x: Any) -> Any:
    """What is counted; an empty list has no numbers, and so no dtype that is none of an integer's."""
    return numpy.zeros(0, numpy.intp) if isinstance(x, list) and not x else concrete(to_tensor(x), "bincount")


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Tensor:
    """As ``numpy.histogram_bin_edges``, without a derivative; looks at the values."""
    return lent(numpy.histogram_bin_edges(concrete(to_tensor(a), "histogram"), _raw(bins), range, _raw(weights)))


def _raw(value: Any) -> Any:
    return concrete(value, "histogram") if type(value) is Tensor else value


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Tensor, Tensor]:
    """As ``numpy.histogram``, with derivatives in `weights` alone; looks at the values of `a`."""
    values = concrete(to_tensor(a), "histogram")
    if weights is not None:
        _check_weights(values, bins, weights)
    counts, edges = numpy.histogram(values, _raw(bins), range)
    found = Tensor(counts) if weights is None else _weighted_histogram(values, edges, to_tensor(weights))
    if density:
        found = cast(found, numpy.float64) / numpy.diff(edges) / r.sum(found, axis=(0,), keepdims=False)
    return found, lent(edges)


def _check_weights(values: Any, bins: Any, weights: Any) -> None:
    if to_tensor(weights, "histogram").shape != values.shape:
        raise ValueError("weights should have the same shape as a.")
    if isinstance(bins, str):
        raise TypeError("Automated estimation of the number of bins is not supported for weighted data")


def _weighted_histogram(values: Any, edges: Any, weights: Tensor) -> Tensor:
    """The sum of the weights in each bin; the last bin has both its edges."""
    count = edges.size - 1
    places = numpy.searchsorted(edges, values.ravel(), "right") - 1
    places[values.ravel() == edges[-1]] = count - 1
    inside = numpy.flatnonzero((places >= 0) & (places < count))
    return scatter_add(gather(flat(weights), inside, axis=0), places[inside], axis=0, length=count)
