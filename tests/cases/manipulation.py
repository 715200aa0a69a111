"""Changing shape, joining, splitting, repeating, padding."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, REAL, Case, Maker, apart, uniform

MATRIX = uniform((2, 3))
VECTOR = uniform((4,))
CUBE = uniform((2, 3, 4))


def both(
    name: str, function: Callable[..., Any], *makers: Maker, dtypes: tuple[str, ...] = EVERY, batched: bool = True
) -> Case:
    """A row from a function of the module (ours or NumPy's) and the arrays."""
    return Case(name, partial(function, np), makers or (MATRIX,), partial(function, numpy), dtypes, batched=batched)


def one(name: str, *args: Any, shape: tuple[int, ...] = (2, 3), **options: Any) -> Case:
    """A row for a function of one array with static arguments behind it."""
    described = "_".join([name, *map(str, args), *[f"{k}_{v}" for k, v in options.items()]])
    return both(described, lambda m, x: getattr(m, name)(x, *args, **options), uniform(shape))


def several(name: str, *makers: Maker, **options: Any) -> Case:
    """A row for a function of a sequence of arrays."""
    described = "_".join([name, str(len(makers)), *[f"{k}_{v}" for k, v in options.items()]])
    return both(described, lambda m, *x: getattr(m, name)(x, **options), *makers)


def pad(mode: str, width: Any, shape: tuple[int, ...] = (3, 4), **options: Any) -> Case:
    described = "_".join(["pad", mode, str(width), *[f"{k}_{v}" for k, v in options.items()]])
    # Extremes and medians are taken of distinct numbers: at ties a difference has no meaning.
    maker, dtypes = (apart(shape), REAL) if mode in ("maximum", "minimum", "median") else (uniform(shape), EVERY)
    return both(described, lambda m, x: m.pad(x, width, mode, **options), maker, dtypes=dtypes)


CASES = [
    one("reshape", (3, 2)),
    one("reshape", -1),
    one("reshape", (4, -1, 3), shape=(2, 3, 4)),
    one("reshape", (3, 2), order="F"),
    one("ravel"),
    one("ravel", order="F"),
    one("transpose"),
    one("transpose", (2, 0, 1), shape=(2, 3, 4)),
    one("transpose", (-1, 0, 1), shape=(2, 3, 4)),
    one("permute_dims", (1, 0)),
    one("matrix_transpose", shape=(2, 3, 4)),
    one("swapaxes", 0, -1, shape=(2, 3, 4)),
    one("moveaxis", 0, -1, shape=(2, 3, 4)),
    one("moveaxis", (0, 2), (1, 0), shape=(2, 3, 4)),
    one("rollaxis", 2, shape=(2, 3, 4)),
    one("rollaxis", 0, 3, shape=(2, 3, 4)),
    one("expand_dims", 1),
    one("expand_dims", (0, -1)),
    one("squeeze", shape=(1, 3, 1)),
    one("squeeze", 0, shape=(1, 3, 1)),
    one("squeeze", (-1,), shape=(1, 3, 1)),
    one("broadcast_to", (4, 2, 3)),
    one("broadcast_to", (2, 3), shape=(2, 1)),
    one("broadcast_to", 3, shape=()),
    one("atleast_1d", shape=()),
    one("atleast_2d", shape=(3,)),
    one("atleast_3d", shape=(3,)),
    one("atleast_3d"),
    one("copy"),
    one("tile", 2),
    one("tile", (2, 1, 3)),
    one("tile", (2, 2), shape=(3,)),
    one("repeat", 2),
    one("repeat", 2, axis=1),
    one("repeat", [1, 0, 2], axis=-1),
    one("resize", (3, 4)),
    one("resize", (2,)),
    one("roll", 1),
    one("roll", -2, axis=1),
    one("roll", (1, 2), axis=(0, 1)),
    one("roll", 3, axis=(0, -1)),
    one("flip"),
    one("flip", axis=-1),
    one("flip", (0, 2), shape=(2, 3, 4)),
    one("flipud"),
    one("fliplr"),
    one("rot90"),
    one("rot90", 2),
    one("rot90", -1, axes=(1, 2), shape=(2, 3, 4)),
    one("delete", 1, axis=1),
    one("delete", [0, 2], axis=-1),
    one("delete", slice(0, 3, 2)),
    one("split", 3, axis=1),
    one("split", [1, 3], axis=0, shape=(5, 2)),
    one("array_split", 3, shape=(5,)),
    one("hsplit", 3),
    one("vsplit", 2),
    one("dsplit", [1], shape=(2, 3, 4)),
    one("unstack"),
    one("unstack", axis=-1),
    both("broadcast_arrays", lambda m, x, y: m.broadcast_arrays(x, y), MATRIX, uniform((3,))),
    both("astype_complex", lambda m, x: m.astype(x, "complex128")),
    both("astype_real", lambda m, x: m.astype(x, "float64"), dtypes=REAL),
    several("concatenate", MATRIX, uniform((1, 3))),
    several("concatenate", MATRIX, uniform((2, 1)), uniform((2, 2)), axis=1),
    several("concatenate", MATRIX, VECTOR, axis=None),
    several("concat", MATRIX, MATRIX, axis=-1),
    several("stack", MATRIX, MATRIX, MATRIX),
    several("stack", MATRIX, MATRIX, axis=1),
    several("stack", MATRIX, MATRIX, axis=-1),
    several("vstack", VECTOR, uniform((2, 4))),
    several("hstack", VECTOR, uniform((2,))),
    several("hstack", MATRIX, uniform((2, 1))),
    several("dstack", MATRIX, MATRIX),
    several("column_stack", uniform((2,)), MATRIX),
    both("concatenate_with_itself", lambda m, x: m.concatenate([x, x * x, x])),
    both("concatenate_constant", lambda m, x: m.concatenate([x, numpy.ones((1, 3), x.dtype)])),
    both("block", lambda m, a, b, c: m.block([[a, b], [c]]), MATRIX, uniform((2, 1)), VECTOR),
    both("block_vector", lambda m, a, b: m.block([a, 2.0, b]), VECTOR, VECTOR),
    both("append", lambda m, x, v: m.append(x, v), MATRIX, VECTOR),
    both("append_axis", lambda m, x, v: m.append(x, v, axis=1), MATRIX, uniform((2, 2))),
    both("insert_scalar_place", lambda m, x, v: m.insert(x, 1, v, axis=1), MATRIX, uniform((2,))),
    both("insert_flat", lambda m, x, v: m.insert(x, [1, 4], v), MATRIX, uniform((2,))),
    both("insert_list", lambda m, x, v: m.insert(x, [0, 2, 2], v, axis=1), MATRIX, uniform((2, 3))),
    both("insert_one", lambda m, x, v: m.insert(x, [1], v, axis=0), MATRIX, uniform((2, 3))),
    both("insert_slice", lambda m, x, v: m.insert(x, slice(0, 2), v, axis=0), MATRIX, uniform((3,))),
    pad("constant", 2),
    pad("constant", ((1, 2), (0, 1)), constant_values=3.0),
    pad("empty", 0),
    pad("edge", ((1, 2), (2, 0))),
    pad("reflect", 2),
    pad("reflect", ((1, 5), (2, 7))),
    pad("reflect", 2, reflect_type="odd"),
    pad("symmetric", ((1, 5), (2, 0))),
    pad("symmetric", 2, reflect_type="odd"),
    pad("wrap", ((1, 5), (2, 9))),
    pad("linear_ramp", ((1, 3), (2, 0))),
    pad("linear_ramp", 2, end_values=((1.0, 2.0),)),
    pad("mean", 2),
    pad("mean", 1, stat_length=2),
    pad("maximum", 1),
    pad("maximum", 1, stat_length=((1, 2), (2, 9))),
    pad("minimum", (2, 1)),
    pad("median", 1),
    Case("pad_constant_values", lambda x, v: np.pad(x, 1, constant_values=v), (MATRIX, uniform(())), None, EVERY),
    Case("pad_end_values", lambda x, v: np.pad(x, 2, "linear_ramp", end_values=v), (MATRIX, uniform(())), None, EVERY),
    both("linspace", lambda m, a, b: m.linspace(a, b, 4), uniform(()), uniform(())),
    both("linspace_open", lambda m, a, b: m.linspace(a, b, 4, endpoint=False, axis=-1), MATRIX, uniform((3,))),
    both("logspace", lambda m, a, b: m.logspace(a, b, 4, base=2.0), uniform(()), uniform(())),
    both("geomspace", lambda m, a, b: m.geomspace(a, b, 4), uniform((), 1, 2), uniform((), 3, 4)),
    both("full", lambda m, v: m.full((2, 3), v), uniform(())),
    both("full_like", lambda m, x, v: m.full_like(x, v), MATRIX, uniform((3,))),
    both("array_of_lists", lambda m, a, b: m.array([[a, 1.0], [b, a * b]]), uniform(()), uniform(())),
    both("array_of_rows", lambda m, a, b: m.array([a, b, a]), VECTOR, VECTOR),
    both("vander", lambda m, x: m.vander(x), uniform((4,), 0.5, 2.0)),
    both("vander_increasing", lambda m, x: m.vander(x, 3, increasing=True), uniform((4,), 0.5, 2.0)),
    both("meshgrid", lambda m, x, y: m.meshgrid(x, y), VECTOR, uniform((3,))),
    both("meshgrid_ij", lambda m, x, y: m.meshgrid(x, y, indexing="ij"), VECTOR, uniform((3,))),
    both("meshgrid_sparse", lambda m, x, y: m.meshgrid(x, y, sparse=True), VECTOR, uniform((3,))),
]
