"""Views: where NumPy finds the elements, a view does, too."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from hypothesis import given, settings, strategies as st
from numpy.lib.stride_tricks import as_strided

pytest.importorskip("llvmlite")

from wengert.compile.native.facts.views import (
    StridedView,
    dense,
    is_basic,
    moved,
    taken,
)
from wengert.ops.broadcast import broadcast_to
from wengert.ops.indexing.gather import block
from wengert.ops.shape import reshape, transpose


def elements(view: StridedView, memory: Any) -> Any:
    """What a view shows of memory (of integers in order, it shows where each element is)."""
    strides = [s * memory.itemsize for s in view.strides]
    return as_strided(memory[view.offset :], view.shape, strides)


shapes = st.lists(st.integers(1, 4), min_size=0, max_size=4).map(tuple)
entries = st.one_of(
    st.none(),
    st.just(slice(None)),
    st.builds(slice, st.sampled_from([None, 0, 1, -1]), st.none(), st.sampled_from([None, 1, 2, -1, -2])),
    st.integers(-1, 0),
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(shapes, st.data())
def test_a_chain_of_shape_operations(shape: tuple[int, ...], data: st.DataObject) -> None:
    memory = numpy.arange(max(1, int(numpy.prod(shape))))
    array, view = memory.reshape(shape), dense("base", shape)
    for _ in range(4):
        kind = data.draw(st.sampled_from([transpose, block, broadcast_to, reshape]))
        if kind is transpose:
            axes = tuple(data.draw(st.permutations(range(array.ndim))))
            array, params = array.transpose(axes), {"axes": axes}
        elif kind is block:
            index = tuple(data.draw(st.lists(entries, max_size=3)))
            if sum(entry is not None for entry in index) > array.ndim:
                continue
            if array[(*index, ...)].size == 0:
                continue
            array, params = array[(*index, ...)], {"index": index}
        elif kind is broadcast_to:
            wanted = (2, *(5 if n == 1 else n for n in array.shape))[-5:]
            if len(wanted) < array.ndim or array.size > 500:
                continue
            array, params = numpy.broadcast_to(array, wanted), {"shape": wanted}
        else:
            wanted = (array.size,)
            params = {"shape": wanted}
            found = moved(kind.primitive, view, params)
            if found is None:
                continue
            array, view = array.reshape(wanted), found
            numpy.testing.assert_array_equal(elements(view, memory), array)
            continue
        following = moved(kind.primitive, view, params)
        assert following is not None
        view = following
        numpy.testing.assert_array_equal(elements(view, memory), array)


@pytest.mark.parametrize("index", [(slice(None, None, -1),), (1,), (None, slice(1, 3)), (slice(3, None, -2), 0)])
def test_taken_is_numpys_basic_index(index: tuple[Any, ...]) -> None:
    memory = numpy.arange(12)
    numpy.testing.assert_array_equal(elements(taken(dense("b", (4, 3)), index), memory), memory.reshape(4, 3)[index])


def test_what_is_dense() -> None:
    whole = dense("base", (2, 3))
    assert whole.is_dense
    turned = moved(transpose.primitive, whole, {"axes": (1, 0)})
    assert turned is not None
    assert not turned.is_dense
    assert not taken(whole, (1,)).is_dense
    assert dense("base", (1, 3)).over((1, 3)).is_dense
    assert not dense("base", (1, 3)).over((2, 3)).is_dense


def test_basic_indices() -> None:
    assert is_basic((0, slice(None), None))
    assert not is_basic((numpy.array([0]),))
