"""Reductions, cumulative functions, differences, covariance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy
import scipy.special

import wengert.numpy as np
from wengert.ops.axes.reduce import logsumexp

from .case import EVERY, REAL, Case, Maker, apart, fixed, uniform

SHAPE = (2, 3, 4)
CUBE, MATRIX, VECTOR = uniform(SHAPE), uniform((3, 4)), uniform((5,))
DISTINCT = apart(SHAPE)
WITH_ZEROS = fixed([[0.7, 0.0, -1.2], [0.0, 0.0, 0.4], [1.5, 2.0, 0.3], [0.0, 0.0, 0.0]])
WITH_NAN = fixed([[0.7, numpy.nan, -1.2, 0.4], [0.1, 0.9, -0.3, numpy.nan], [1.5, 2.0, 0.3, -0.8]])
WEIGHTS = uniform((3, 4), 0.5, 1.0)
MASK = numpy.array([[True, False, True, True], [False, True, True, False], [True, True, False, True]])

AXES: dict[str, dict[str, Any]] = {
    "all": {},
    "axis": {"axis": 1},
    "negative": {"axis": -1, "keepdims": True},
    "several": {"axis": (2, 0)},
    "several_kept": {"axis": (0, -1), "keepdims": True},
    "none": {"axis": ()},
}
SOME_AXIS = [label for label in AXES if label != "none"]
PLANE = [label for label in AXES if "several" not in label]


def _case(
    label: str,
    name: str,
    arguments: tuple[Maker, ...],
    *rest: Any,
    dtypes: tuple[str, ...] = EVERY,
    order: int = 2,
    batched: bool = True,
    **options: Any,
) -> Case:
    def bound(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arrays: function(*arrays, *rest, **options)

    pair = bound(getattr(np, name)), bound(getattr(numpy, name))
    return Case(f"{name}_{label}", pair[0], arguments, pair[1], dtypes, order, batched)


def _either(name: str, function: Callable[..., Any], arguments: tuple[Maker, ...]) -> Case:
    """A case of a function of the namespace, ours or NumPy's, and the arrays."""
    return Case(name, partial(function, np), arguments, partial(function, numpy), EVERY)


def _over_axes(
    name: str,
    argument: Maker,
    dtypes: tuple[str, ...] = EVERY,
    order: int = 2,
    labels: Iterable[str] = tuple(AXES),
) -> list[Case]:
    return [_case(label, name, (argument,), dtypes=dtypes, order=order, **AXES[label]) for label in labels]


SUMS = [
    *[c for name in ("sum", "prod", "mean", "var") for c in _over_axes(name, CUBE)],
    *_over_axes("std", CUBE, labels=SOME_AXIS),
    _case("masked", "sum", (MATRIX,), axis=1, where=MASK, initial=2.0),
    _case("masked", "prod", (MATRIX,), axis=1, where=MASK, initial=2.0),
    _case("masked", "mean", (MATRIX,), axis=0, where=MASK),
    _case("masked", "var", (MATRIX,), axis=0, where=MASK, ddof=0.5, keepdims=True),
    _case("masked", "std", (MATRIX,), where=MASK),
    _case("of_a_scalar", "sum", (uniform(()),)),
    _case("wider", "sum", (MATRIX,), 0, numpy.complex128),
    _case("wider", "mean", (MATRIX,), 0, numpy.complex128),
    _case("ddof", "var", (MATRIX,), ddof=1),
    _case("correction", "std", (MATRIX,), axis=0, correction=1),
    _case("by_row", "prod", (WITH_ZEROS,), axis=1),
    _case("by_column", "prod", (WITH_ZEROS,), axis=0),
    _case("with_zeros", "prod", (WITH_ZEROS,)),
    *[
        Case(
            f"logsumexp_{label}",
            lambda x, options=options: logsumexp(np.asarray(x), **options),
            (uniform((3, 4), -3.0, 3.0),),
            lambda x, options=options: scipy.special.logsumexp(x, **options),
            EVERY,
        )
        for label, options in (
            ("all", {"axis": (0, 1), "keepdims": False}),
            ("last", {"axis": (1,), "keepdims": False}),
            ("kept", {"axis": (0,), "keepdims": True}),
        )
    ],
    _case("of_one", "prod", (uniform((1, 3)),), axis=0),
]

EXTREMES = [
    *[c for name in ("max", "min", "amax", "amin", "nanmax", "nanmin") for c in _over_axes(name, DISTINCT, REAL)],
    *_over_axes("ptp", DISTINCT, REAL, labels=SOME_AXIS),
    _case("initial", "max", (apart((3, 4)),), axis=1, initial=0.21),
    _case("initial", "min", (apart((3, 4)),), axis=1, initial=0.21, where=MASK),
    _case("without_nan", "nanmax", (WITH_NAN,), axis=1, dtypes=REAL, order=0),
    *[_case("complex", name, (CUBE,), axis=1) for name in ("max", "min")],
    *[
        _case(label, name, (DISTINCT,), dtypes=REAL, order=0, **options)
        for name in ("argmax", "argmin", "nanargmax", "nanargmin")
        for label, options in (("all", {}), ("all_kept", {"keepdims": True}), ("axis", {"axis": -2, "keepdims": True}))
    ],
    *[c for name in ("any", "all", "count_nonzero") for c in _over_axes(name, WITH_ZEROS, EVERY, 0, PLANE)],
]

NAN = [
    *[
        _case(label, name, (WITH_NAN,), order=0, **options)
        for name in ("nansum", "nanprod", "nanmean", "nanvar", "nanstd")
        for label, options in (("all", {}), ("axis", {"axis": 0}), ("kept", {"axis": (0, 1), "keepdims": True}))
    ],
    *[_case("axis", name, (WITH_NAN,), axis=1, order=0) for name in ("nancumsum", "nancumprod")],
    *[_case("finite", name, (MATRIX,), axis=1) for name in ("nansum", "nanprod", "nanmean", "nanvar", "nanstd")],
    *[_case("finite", name, (MATRIX,), axis=1) for name in ("nancumsum", "nancumprod")],
]

CUMULATIVE = [
    *[
        _case(label, name, (CUBE,), **options)
        for name in ("cumsum", "cumprod")
        for label, options in (("flat", {}), ("axis", {"axis": 1}), ("negative", {"axis": -1}))
    ],
    _case("columns_with_zeros", "cumprod", (WITH_ZEROS,), axis=0),
    _case("rows_with_zeros", "cumprod", (WITH_ZEROS,), axis=1),
    _case("all_with_zeros", "cumprod", (WITH_ZEROS,)),
    _case("long", "cumprod", (uniform((70,), 0.9, 1.1),)),
    *[_case("vector", name, (VECTOR,)) for name in ("cumulative_sum", "cumulative_prod")],
    *[
        _case("initial", name, (MATRIX,), axis=-1, include_initial=True)
        for name in ("cumulative_sum", "cumulative_prod")
    ],
    _case("phases", "unwrap", (uniform((3, 6), -9.0, 9.0),), axis=0, dtypes=REAL),
    _case("period", "unwrap", (uniform((3, 6), -9.0, 9.0),), dtypes=REAL, period=1.5),
]

DIFFERENCES = [
    _case("last", "diff", (MATRIX,)),
    _case("twice", "diff", (MATRIX,), n=2, axis=0),
    _either("diff_ends", lambda n, x, end: n.diff(x, append=end, axis=1), (MATRIX, uniform((3, 2)))),
    _case("prepended", "diff", (MATRIX,), prepend=0.5, axis=0),
    _case("flat", "ediff1d", (MATRIX,)),
    _case("ends", "ediff1d", (VECTOR,), to_begin=[1.0, 2.0], to_end=3.0),
    _case("unit", "trapezoid", (MATRIX,)),
    _case("step", "trapezoid", (MATRIX,), dx=0.3, axis=0),
    _case("grid", "trapezoid", (MATRIX, apart((4,)))),
    _case("grids", "trapezoid", (MATRIX, apart((3, 4))), axis=0),
    _case("all", "gradient", (MATRIX,)),
    _case("steps", "gradient", (MATRIX, uniform((), 0.5, 1.0), uniform((), 0.5, 1.0)), edge_order=2),
    _case("grid", "gradient", (MATRIX, apart((4,))), axis=1),
    _case("grid_edges", "gradient", (VECTOR, apart((5,), 0.0, 2.0)), edge_order=2),
]

STATISTICS = [
    _case("all", "average", (MATRIX,)),
    _either("average_weighted", lambda n, x, w: n.average(x, weights=w, axis=1, keepdims=True), (MATRIX, WEIGHTS)),
    _either("average_by_axis", lambda n, x, w: n.average(x, 0, w, True), (MATRIX, uniform((3,), 0.5, 1.0))),
    _case("rows", "cov", (MATRIX,)),
    _case("columns", "cov", (MATRIX,), rowvar=False, bias=True),
    _case("pair", "cov", (VECTOR, VECTOR)),
    _case("one", "cov", (VECTOR,)),
    _case("weighted", "cov", (MATRIX,), fweights=numpy.array([1, 3, 2, 1]), aweights=numpy.array([0.5, 1.0, 0.7, 0.3])),
    _case("rows", "corrcoef", (MATRIX,)),
    _case("pair", "corrcoef", (VECTOR, VECTOR)),
]

CASES = [*SUMS, *EXTREMES, *NAN, *CUMULATIVE, *DIFFERENCES, *STATISTICS]
