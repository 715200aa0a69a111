"""Sorting, order statistics, searching, histograms, interpolation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, REAL, Case, Maker, apart, fixed, uniform

CUBE, MATRIX, VECTOR = apart((2, 3, 4)), apart((3, 4)), apart((7,))
TIED = fixed([[0.3, -0.5, 0.3, 0.9], [0.1, 0.1, 0.1, -0.2], [0.7, 0.2, 0.2, 0.7]])
WITH_NAN = fixed([[0.7, numpy.nan, -1.2, 0.4], [0.1, 0.9, -0.3, numpy.nan], [1.5, 2.0, 0.3, -0.8]])
METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip
KNOTS = apart((6,), 0.0, 3.0)


def _either(
    name: str,
    function: Callable[..., Any],
    arguments: tuple[Maker, ...],
    dtypes: tuple[str, ...] = REAL,
    order: int = 2,
    batched: bool = True,
) -> Case:
    """A case of a function of the namespace, ours or NumPy's, and the arrays."""
    return Case(name, partial(function, np), arguments, partial(function, numpy), dtypes, order, batched)


SORTED = [
    _either("sort_complex_numbers", lambda n, x: n.sort_complex(x), (apart((5,)),), EVERY[1:]),
    _either("sort", lambda n, x: n.sort(x), (CUBE,), EVERY),
    _either("sort_axis", lambda n, x: n.sort(x, axis=1), (CUBE,), EVERY),
    _either("sort_flat", lambda n, x: n.sort(x, axis=None), (CUBE,)),
    _either("sort_complex", lambda n, x: n.sort(x, axis=0), (uniform((3, 4)),), EVERY),
    _either("sort_tied", lambda n, x: n.sort(x), (TIED,), order=0),
    _either("argsort", lambda n, x: n.argsort(x, axis=-2), (CUBE,), EVERY, 0),
    _either("argsort_tied", lambda n, x: n.argsort(x, stable=True), (TIED,), order=0),
    Case(
        "sort_descending", lambda x: np.sort(x, axis=0, descending=True), (MATRIX,), lambda x: -numpy.sort(-x, axis=0)
    ),
    Case(
        "argsort_descending",
        lambda x: np.argsort(x, descending=True),
        (TIED,),
        lambda x: numpy.argsort(-x, stable=True),
        order=0,
    ),
    _either("partition_at_kth", lambda n, x: n.partition(x, 2)[..., 2], (CUBE,), EVERY),
    _either("partition_below", lambda n, x: n.sum(n.partition(x, 1, axis=0)[:2], axis=0), (MATRIX,)),
    _either("argpartition_at_kth", lambda n, x: n.argpartition(x, 2)[..., 2], (CUBE,), REAL, 0),
    _either("lexsort", lambda n, x, y: n.lexsort((x, n.round(y * 2), y > 0)), (MATRIX, uniform((3, 4))), REAL, 0),
    _either("lexsort_axis", lambda n, x: n.lexsort((x, n.round(x)), axis=0), (MATRIX,), REAL, 0),
]

STATISTICS = [
    *[
        _either(f"{name}_{label}", lambda n, x, name=name, options=options: getattr(n, name)(x, **options), (CUBE,))
        for name in ("median", "nanmedian")
        for label, options in (
            ("all", {}),
            ("odd", {"axis": 1}),
            ("even", {"axis": -1, "keepdims": True}),
            ("several", {"axis": (2, 0)}),
        )
    ],
    _either("median_vector", lambda n, x: n.median(x), (VECTOR,)),
    _either("nanmedian_with_nan", lambda n, x: n.nanmedian(x, axis=1, keepdims=True), (WITH_NAN,), order=0),
    _either("median_with_nan", lambda n, x: n.median(x, axis=1), (WITH_NAN,), order=0),
    *[
        _either(f"quantile_{m}", lambda n, x, m=m: n.quantile(x, [0.15, 0.62, 0.8], axis=1, method=m), (MATRIX,))
        for m in METHODS
    ],
    *[
        _either(
            f"nanquantile_{m}", lambda n, x, m=m: n.nanquantile(x, [0.15, 0.62], axis=1, method=m), (WITH_NAN,), order=0
        )
        for m in METHODS
    ],
    _either("quantile_scalar", lambda n, x: n.quantile(x, 0.3), (CUBE,)),
    _either("quantile_kept", lambda n, x: n.quantile(x, [[0.3, 0.9]], axis=(0, 2), keepdims=True), (CUBE,)),
    _either("quantile_ends", lambda n, x: n.quantile(x, [0.0, 0.5, 1.0]), (VECTOR,)),
    _either("quantile_in_q", lambda n, x, q: n.quantile(x, q, axis=0), (MATRIX, uniform((2,), 0.55, 0.95)), order=1),
    _either(
        "quantile_in_q_weibull", lambda n, x, q: n.quantile(x, q, method="weibull"), (VECTOR, uniform((), 0.3, 0.36))
    ),
    _either("percentile", lambda n, x: n.percentile(x, 35), (MATRIX,)),
    _either("percentile_several", lambda n, x: n.percentile(x, [10, 35.5, 100], axis=-1), (MATRIX,)),
    _either("nanpercentile", lambda n, x: n.nanpercentile(x, [20, 70], axis=0), (MATRIX,)),
]

SEARCHES = [
    _either("searchsorted", lambda n, v: n.searchsorted(numpy.linspace(-1, 1, 5), v), (MATRIX,), REAL, 0),
    _either("searchsorted_in_both", lambda n, a, v: n.searchsorted(n.sort(a), v, "right"), (VECTOR, MATRIX), REAL, 0),
    _either(
        "searchsorted_sorter", lambda n, a, v: n.searchsorted(a, v, sorter=n.argsort(a)), (VECTOR, MATRIX), REAL, 0
    ),
    _either("digitize", lambda n, x: n.digitize(x, numpy.linspace(-0.8, 0.8, 4)), (MATRIX,), REAL, 0),
    _either("digitize_down", lambda n, x: n.digitize(x, [0.5, 0.0, -0.5], right=True), (MATRIX,), REAL, 0),
    _either("nonzero", lambda n, x: n.nonzero(x > 0), (MATRIX,), REAL, 0, False),
    _either("argwhere", lambda n, x: n.argwhere(x > 0), (MATRIX,), REAL, 0, False),
    _either("flatnonzero", lambda n, x: n.flatnonzero(x > 0), (MATRIX,), REAL, 0, False),
    _either("extract", lambda n, x: n.extract([[True, False], [True, True]], x), (uniform((2, 2)),), EVERY),
    _either("isin", lambda n, x: n.isin(x, [0.3, 0.1]), (TIED,), ("float64",), 0),
    _either("isin_inverted", lambda n, x: n.isin(x, [0.3, 0.1], invert=True), (TIED,), ("float64",), 0),
    _either("unique", lambda n, x: n.unique(x), (MATRIX,), EVERY, 2, False),
    _either("unique_tied", lambda n, x: n.unique(x, True, True, True), (TIED,), REAL, 0, False),
    _either("unique_axis", lambda n, x: n.unique(x, axis=0), (MATRIX,), REAL, 2, False),
    *[
        _either(name, lambda n, x, name=name: getattr(n, name)(x), (TIED,), REAL, 0, False)
        for name in ("unique_all", "unique_counts", "unique_inverse", "unique_values")
    ],
]

SETS = [
    _either(name, lambda n, x, y, name=name: getattr(n, name)(x, y), (MATRIX, apart((5,), -0.9, 1.3)), EVERY, 2, False)
    for name in ("union1d", "setdiff1d", "setxor1d")
]
SETS.append(
    _either("intersect1d", lambda n, x: n.intersect1d(x, numpy.asarray(x)[1:]), (MATRIX,), ("float64",), 0, False)
)

PLACES = numpy.array([3, 0, 1, 3, 3, 6, 1])

COUNTED = [
    _either("bincount_weighted", lambda n, w: n.bincount(PLACES, w), (VECTOR,)),
    _either("bincount_longer", lambda n, w: n.bincount(PLACES, w, minlength=9), (VECTOR,)),
    _either("histogram", lambda n, x: n.histogram(x, 4), (MATRIX,), REAL, 0, False),
    _either(
        "histogram_edges", lambda n, x: n.histogram(x, [-0.8, 0.0, 0.1, 0.6], density=True), (MATRIX,), REAL, 0, False
    ),
    _either(
        "histogram_weighted", lambda n, w: n.histogram(PLACES, 4, range=(0, 3), weights=w)[0], (VECTOR,), ("float64",)
    ),
    _either("histogram_bin_edges", lambda n, x: n.histogram_bin_edges(x, 4), (MATRIX,), REAL, 0, False),
]

INTERPOLATED = [
    _either(
        "interp", lambda n, x, xp, fp: n.interp(x, n.sort(xp), fp), (uniform((2, 3), 0.6, 0.8), KNOTS, uniform((6,)))
    ),
    _either("interp_ends", lambda n, fp: n.interp([-1.0, 0.0, 0.3, 2.0, 3.0], [0.0, 1.0, 2.0], fp), (uniform((3,)),)),
    _either(
        "interp_given_ends",
        lambda n, fp: n.interp([-1.0, 0.3, 3.0], [0.0, 1.0, 2.0], fp, left=-7.0, right=9.0),
        (uniform((3,)),),
    ),
    _either("interp_complex", lambda n, fp: n.interp([-1.0, 0.3, 3.0], [0.0, 1.0, 2.0], fp), (uniform((3,)),), EVERY),
    _either(
        "interp_periodic",
        lambda n, x, fp: n.interp(x, [0.5, 6.0, 3.0], fp, period=4.0),
        (uniform((4,), 4.1, 4.4), uniform((3,))),
    ),
    _either("interp_one_knot", lambda n, fp: n.interp([-1.0, 0.0, 3.0], [0.0], fp), (uniform((1,)),)),
]

CASES = [*SORTED, *STATISTICS, *SEARCHES, *SETS, *COUNTED, *INTERPOLATED]
