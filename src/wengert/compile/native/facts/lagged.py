"""Sums and products over lines at several lags: what correlations are made of, once their windows are lags.

A line is an array that has been laid out with as many elements between its rows that an element of a window is found at
one distance, its lag, from wherever the window is. So windows over any number of axes are windows over one.
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ....core.abstract import Abstract
from ....core.primitive import Primitive, primitives
from ....core.recording import general
from ....core.routines import routine_of

Lags = tuple[int, ...]


def _shifted(x: Any, lags: Lags, count: int) -> Any:
    """What is found at each lag, in an axis before the last."""
    return numpy.stack([x[..., lag : lag + count] for lag in lags], -2)


def _lagged_sums(x: Any, weights: Any, lags: Lags, count: int) -> Any:
    if routine := routine_of(_SUMS):
        return routine(x, weights, lags, count)
    return numpy.einsum("bgcjq,gcjo->bgoq", _shifted(x, lags, count), weights)


def _lagged_products(y: Any, x: Any, lags: Lags, count: int) -> Any:
    if routine := routine_of(_PRODUCTS):
        return routine(y, x, lags, count)
    return numpy.einsum("gonq,cgnjq->gocj", y[..., :count], _shifted(x, lags, count))


_SUMS = Primitive(
    "lagged_sums",
    _lagged_sums,
    ("x", "weights"),
    lambda x, weights, lags, count: Abstract((*x.shape[:2], weights.shape[-1], count), x.dtype),
)
lagged_sums: Final = general(_SUMS)
_SUMS.operation = lagged_sums
"""``lagged_sums(x, weights, lags=, count=)``: out[b, g, o, q] = sum over c, j of x[b, g, c, q + lags[j]] w[g, c, j, o].

The lines of `x` are longer than the last place by `SLACK_BYTES`.
"""

_PRODUCTS = Primitive(
    "lagged_products",
    _lagged_products,
    ("y", "x"),
    lambda y, x, lags, count: Abstract((*y.shape[:2], x.shape[0], len(lags)), x.dtype),
)
lagged_products: Final = general(_PRODUCTS)
_PRODUCTS.operation = lagged_products
"""``lagged_products(y, x, lags=, count=)``: out[g, o, c, j] = sum over n, q of y[g, o, n, q] x[c, g, n, q + lags[j]].

`count` is a multiple of the numbers in `SLACK_BYTES`.
"""

LAGGED = primitives(lagged_sums, lagged_products)

SLACK_BYTES = 64
"""Those of the longest vector: so much is read at a time."""
