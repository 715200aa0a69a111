"""The primitives under every index."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
from wengert.ops.indexing import gather as g

RNG = numpy.random.default_rng(7)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("index", [numpy.array(-1), numpy.array([1, 1, 0]), numpy.array([[0, -1], [1, 1]])])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_scatter_add_is_numpys_add_at(axis: int, index: numpy.ndarray, dtype: str) -> None:
    shape = (2, 3, 4)
    v = RNG.standard_normal((*shape[:axis], *index.shape, *shape[axis + 1 :])).astype(dtype)
    wanted = numpy.zeros(shape, dtype)
    numpy.add.at(wanted, (*(slice(None),) * axis, index), v)
    given = g.scatter_add(v, index, axis=axis, length=shape[axis])
    assert given.dtype == wanted.dtype
    numpy.testing.assert_allclose(given, wanted, rtol=1e-6)


def test_gather_and_scatter_are_transposes() -> None:
    index = numpy.array([[2, 0], [2, -2]])
    x, v = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 2, 2))
    left = numpy.vdot(g.gather(x, index, axis=1), v)
    right = numpy.vdot(x, g.scatter_add(v, index, axis=1, length=3))
    assert left == pytest.approx(right)


def test_last_writes_are_those_that_numpy_keeps() -> None:
    index = RNG.integers(0, 5, (4, 6))
    written = numpy.zeros(5)
    written[index] = numpy.arange(24.0).reshape(4, 6)
    won = g.last_writes(index, length=5)
    assert sorted(numpy.arange(24.0).reshape(4, 6)[won]) == sorted(written[numpy.unique(index)])


def test_ravel_index_knows_negative_numbers_and_bounds() -> None:
    rows, columns = numpy.array([[0], [-1]]), numpy.array([1, -3], numpy.int8)
    numpy.testing.assert_array_equal(g.ravel_index(rows, columns, lengths=(2, 3)), [[1, 0], [4, 3]])
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 1 with size 3"):
        g.ravel_index(rows, numpy.array([0, 3]), lengths=(2, 3))
    with pytest.raises(IndexError, match="index -4 is out of bounds for axis 0 with size 3"):
        g.scatter_add(numpy.ones(1), numpy.array([-4]), axis=0, length=3)


def test_an_index_out_of_bounds_in_one_example_raises() -> None:
    examples, places = numpy.ones((3, 2)), numpy.array([0, 2, 1])
    with pytest.raises(IndexError, match="index 2 is out of bounds for axis 1 with size 2"):
        wg.vmap(lambda x, i: x[i])(examples, places)


def test_small_blocks_do_not_keep_the_whole_array_alive() -> None:
    x = wg.tensor(numpy.ones((100, 10)))
    assert g.block(x, (3,))._value.base is None
    assert g.block(x, (slice(3, 90),))._value.base is x._value


@pytest.mark.parametrize("batched", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (1, 0, 1), (0, 1, 1)])
@pytest.mark.parametrize("axis", [0, 1])
def test_scatter_set_with_any_operand_batched(batched: tuple[int, ...], axis: int) -> None:
    index = RNG.integers(-2, 2, (3, 4))
    x, v = RNG.standard_normal((3, 2, 2)), RNG.standard_normal((3, *((4, 2) if axis == 0 else (2, 4))))
    operands = [o if b else o[0] for o, b in zip((x, v, index), batched, strict=True)]
    axes = tuple(0 if b else None for b in batched)

    def f(x: wg.Tensor, v: wg.Tensor, index: wg.Tensor) -> wg.Tensor:
        return g.scatter_set(x, v, index, axis=axis)

    looped = [f(*[wg.tensor(o[i] if b else o) for o, b in zip(operands, batched, strict=True)]) for i in range(3)]
    numpy.testing.assert_array_equal(wg.vmap(f, in_axes=axes)(*operands), numpy.stack(looped))
