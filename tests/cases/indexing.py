"""Taking and placing elements, in every kind of index."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

import wengert.numpy as np
from wengert.ops.indexing.index import index_add

from .case import EVERY, Case, Maker, uniform

MATRIX = uniform((3, 4))
CUBE = uniform((2, 3, 4))
MASK = numpy.array([True, False, True])
CHECKERED = numpy.arange(12).reshape(3, 4) % 2 == 0


def both(name: str, function: Callable[..., Any], *makers: Maker, dtypes: tuple[str, ...] = EVERY) -> Case:
    """A row from a function of the module (ours or NumPy's) and the arrays."""
    return Case(name, partial(function, np), makers or (MATRIX,), partial(function, numpy), dtypes)


def item(name: str, index: Any, maker: Maker = CUBE) -> Case:
    return both(f"getitem_{name}", lambda m, x: m.asarray(x)[index], maker)


def write(name: str, index: Any, *value: int, maker: Maker = CUBE) -> Case:
    """A row that writes, and multiplies before and after, so that both meet a second derivative."""

    def function(m: Any, x: Any, v: Any) -> Any:
        written = m.multiply(x, x)
        written[index] = v * v
        return written * written

    return both(f"setitem_{name}", function, maker, uniform(value))


def add(name: str, index: Any, *value: int, maker: Maker = CUBE) -> Case:
    def reference(x: Any, v: Any) -> Any:
        added = x * x
        numpy.add.at(added, index, v)
        return added

    def function(x: Any, v: Any) -> Any:
        return index_add(np.multiply(x, x), index, v)

    return Case(f"index_add_{name}", function, (maker, uniform(value)), reference, EVERY)


def changed(name: str, change: Callable[..., None], *makers: Maker) -> Case:
    """A row for a function that changes its first argument."""

    def function(m: Any, x: Any, *rest: Any) -> Any:
        target = m.multiply(x, x)
        change(m, target, *rest)
        return target

    return both(name, function, *makers)


ORDER = numpy.argsort(numpy.sin(numpy.arange(12.0)).reshape(3, 4), axis=1)

CASES = [
    item("int", 1),
    item("negative", -1),
    item("element", (1, 2, 3)),
    item("slice", slice(1, None)),
    item("step", (slice(None), slice(None, None, -2))),
    item("new_axis", (None, 0, slice(None), None)),
    item("ellipsis", (..., 1)),
    item("everything", ...),
    item("integers", [1, 0, 1]),
    item("integers_2d", numpy.array([[0, 1], [1, 1]])),
    item("integers_second_axis", (slice(None), [2, -1, 2])),
    item("pairs", ([0, 1, 1], [2, 0, 2])),
    item("mesh", numpy.ix_([1, 0], [0, 2])),
    item("apart", ([0, 1], slice(None), [3, 0])),
    item("apart_by_int", (0, slice(None), [3, 0, 0])),
    item("neighbours_behind", (slice(1, None), [2, 1], [3, 3])),
    item("with_new_axis", (None, [1, 1], slice(0, 2))),
    item("mask", MASK, MATRIX),
    item("mask_full", CHECKERED, MATRIX),
    item("mask_and_slice", (slice(None), MASK, slice(1, 3))),
    item("mask_and_integers", (MASK, [1, -1]), MATRIX),
    item("mask_empty", numpy.zeros(3, bool), MATRIX),
    item("integers_empty", [], MATRIX),
    write("int", 1, 3, 4),
    write("element", (1, 2, 3)),
    write("broadcast", (slice(None), 1), 4),
    write("step", (..., slice(None, None, -2)), 2, 3, 2),
    write("new_axis", (0, None), 1, 3, 4),
    write("integers", [1, 0], 2, 3, 4),
    write("duplicates", (slice(None), [2, 0, 2, 2]), 2, 4, 4),
    write("pairs", ([0, 1, 0], [2, 0, 2]), 3, 4),
    write("apart", ([0, 1, 0], slice(1, None), [3, 0, 3]), 3, 2),
    write("mask", (slice(None), MASK), 2, 4),
    write("mask_full", CHECKERED, 6, maker=MATRIX),
    write("mask_scalar", CHECKERED, maker=MATRIX),
    add("int", 1, 3, 4),
    add("slice", (slice(None), slice(1, None)), 2, 2, 4),
    add("duplicates", (slice(None), [2, 0, 2, 2]), 2, 4, 4),
    add("pairs", ([0, 1, 0], [2, 0, 2]), 3, 4),
    add("apart", ([0, 1, 0], slice(1, None), [3, 0, 3]), 3, 2),
    add("mask", MASK, 2, 4, maker=MATRIX),
    both("take", lambda m, x: m.take(x, [1, 0, 1], axis=1)),
    both("take_flat", lambda m, x: m.take(x, [[1, -1], [0, 0]])),
    both("take_wrap", lambda m, x: m.take(x, [-9, 7], axis=0, mode="wrap")),
    both("take_clip", lambda m, x: m.take(x, [-9, 7], axis=-1, mode="clip")),
    both("take_along_axis", lambda m, x: m.take_along_axis(x, ORDER, axis=1)),
    both("take_along_axis_fewer", lambda m, x: m.take_along_axis(x, ORDER[:1] % 3, axis=0)),
    both("take_along_axis_broadcast", lambda m, x: m.take_along_axis(x, numpy.array([[2], [0]]), axis=0)),
    both("take_along_axis_flat", lambda m, x: m.take_along_axis(x, numpy.array([3, 3, 1]), axis=None)),
    both("compress", lambda m, x: m.compress(MASK, x, axis=0)),
    both("compress_flat", lambda m, x: m.compress([True, False, True], x)),
    both("extract", lambda m, x: m.extract(CHECKERED, x)),
    both("choose", lambda m, x, y: m.choose([[0, 1, 1, 0]], [x, y]), MATRIX, uniform((4,))),
    both("choose_clip", lambda m, x, y: m.choose([-3, 1, 9, 0], [x, y], mode="clip"), MATRIX, MATRIX),
    both("select", lambda m, x, y: m.select([CHECKERED, ORDER > 1], [x, y * y], 2.0), MATRIX, MATRIX),
    both("diagonal", lambda m, x: m.diagonal(x)),
    both("diagonal_offset", lambda m, x: m.diagonal(x, 2)),
    both("diagonal_below", lambda m, x: m.diagonal(x, -1)),
    both("diagonal_outside", lambda m, x: m.diagonal(x, 7)),
    both("diagonal_axes", lambda m, x: m.diagonal(x, 1, 2, 0), CUBE),
    both("diag_of_matrix", lambda m, x: m.diag(x, 1)),
    both("diag_of_vector", lambda m, x: m.diag(x), uniform((3,))),
    both("diag_above", lambda m, x: m.diag(x, 2), uniform((3,))),
    both("diag_below", lambda m, x: m.diag(x, -1), uniform((3,))),
    both("diagflat", lambda m, x: m.diagflat(x, 1)),
    both("tril", lambda m, x: m.tril(x)),
    both("tril_offset", lambda m, x: m.tril(x, -1), CUBE),
    both("tril_vector", lambda m, x: m.tril(x), uniform((3,))),
    both("triu", lambda m, x: m.triu(x, 1)),
    both("triu_stack", lambda m, x: m.triu(x), CUBE),
    changed("fill_diagonal", lambda m, x, v: m.fill_diagonal(x, v), MATRIX, uniform(())),
    changed("fill_diagonal_values", lambda m, x, v: m.fill_diagonal(x, v), uniform((5, 2)), uniform((2,))),
    changed("fill_diagonal_wrap", lambda m, x, v: m.fill_diagonal(x, v, wrap=True), uniform((7, 2)), uniform((2,))),
    changed("fill_diagonal_cube", lambda m, x, v: m.fill_diagonal(x, v), uniform((3, 3, 3)), uniform((3,))),
    changed("put", lambda m, x, v: m.put(x, [0, -1, 0, 5], v), MATRIX, uniform((4,))),
    changed("put_repeated", lambda m, x, v: m.put(x, [0, 3, 5], v), MATRIX, uniform((2,))),
    changed("put_clip", lambda m, x, v: m.put(x, [0, 33], v, mode="clip"), MATRIX, uniform((2,))),
    changed("place", lambda m, x, v: m.place(x, CHECKERED, v), MATRIX, uniform((4,))),
    changed("putmask", lambda m, x, v: m.putmask(x, CHECKERED, v), MATRIX, uniform((5,))),
    changed("copyto", lambda m, x, v: m.copyto(x, v), MATRIX, uniform((4,))),
    changed("copyto_where", lambda m, x, v: m.copyto(x, v, where=CHECKERED), MATRIX, uniform((4,))),
    changed("put_along_axis", lambda m, x, v: m.put_along_axis(x, ORDER[:, :2], v, axis=1), MATRIX, uniform((3, 1))),
    changed(
        "put_along_axis_duplicates",
        lambda m, x, v: m.put_along_axis(x, numpy.array([[1, 1], [0, 2], [3, 3]]), v, axis=1),
        MATRIX,
        uniform((3, 2)),
    ),
]
