"""What the laws do not cover: errors, constants, tuples of ints, results that are lists."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.reshape(X, (4, 2)),
        lambda m: m.reshape(X, (-1, -1)),
        lambda m: m.transpose(X, (0, 0)),
        lambda m: m.transpose(X, (0,)),
        lambda m: m.swapaxes(X, 0, 2),
        lambda m: m.moveaxis(X, (0, 1), (0,)),
        lambda m: m.moveaxis(X, 3, 0),
        lambda m: m.expand_dims(X, 4),
        lambda m: m.expand_dims(X, (0, 0)),
        lambda m: m.squeeze(X, 0),
        lambda m: m.broadcast_to(X, (2, 4)),
        lambda m: m.broadcast_to(X, (3,)),
        lambda m: m.broadcast_arrays(X, numpy.ones(2)),
        lambda m: m.concatenate([]),
        lambda m: m.concatenate([1.0, 2.0]),
        lambda m: m.concatenate([X, numpy.ones(3)]),
        lambda m: m.concatenate([X, X.T]),
        lambda m: m.concatenate([X, X], axis=2),
        lambda m: m.stack([]),
        lambda m: m.stack([X, X.T]),
        lambda m: m.stack([X], axis=4),
        lambda m: m.block([[X], X]),
        lambda m: m.block([]),
        lambda m: m.block((X, X)),
        lambda m: m.split(X, 2, axis=1),
        lambda m: m.array_split(X, 0),
        lambda m: m.vsplit(numpy.ones(3), 1),
        lambda m: m.dsplit(X, 1),
        lambda m: m.unstack(numpy.float64(1)),
        lambda m: m.matrix_transpose(numpy.ones(3)),
        lambda m: m.fliplr(numpy.ones(3)),
        lambda m: m.rot90(X, axes=(0, 0)),
        lambda m: m.rot90(X, axes=(0,)),
        lambda m: m.roll(X, (1, 2, 3), (0, 1)),
        lambda m: m.pad(X, -1),
        lambda m: m.pad(X, 1, "nonsense"),
        lambda m: m.pad(X, 1, "edge", constant_values=2),
        lambda m: m.pad(X, 1.5),
        lambda m: m.pad(X, ((1, 2), (3, 4), (5, 6))),
        lambda m: m.pad(numpy.ones((0, 2)), 1, "edge"),
        lambda m: m.insert(X, 7, 1.0),
        lambda m: m.delete(X, 9, axis=1),
        lambda m: m.concatenate([X, X], dtype=int),
    ],
)
def test_what_numpy_refuses_is_refused(call: Any) -> None:
    with pytest.raises((ValueError, TypeError, IndexError)) as wanted:
        call(numpy)
    with pytest.raises((ValueError, TypeError, IndexError)) as given:
        call(np)
    assert isinstance(given.value, type(wanted.value)) or isinstance(wanted.value, type(given.value))


def test_messages_say_what_to_write() -> None:
    message = "[concatenate] the arrays have 2, 1 axes, wanted the same number; write np.expand_dims for one more, or "
    with pytest.raises(ValueError, match=re.escape(message + "np.vstack")):
        np.concatenate([X, X[0]])
    message = (
        "[pad] mode is a function, wanted the name of a mode, since a function writes into an array and leaves no "
        "derivative; write np.concatenate((before, x, after), axis)"
    )
    with pytest.raises(TypeError, match=re.escape(message)):
        np.pad(X, 1, lambda *args: None)
    message = (
        "[block] the lists at arrays are nested to the depths 1, 0, wanted one depth; write a list of lists for a "
        "matrix of blocks"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        np.block([[X], X])


def test_shapes_are_plain_ints() -> None:
    assert np.shape([[1, 2]]) == (1, 2)
    assert np.ndim(wg.tensor(X)) == 2
    assert np.size(X) == 6
    assert np.size(X, 1) == 3
    assert np.broadcast_shapes((2, 1), (3,)) == (2, 3)


def test_lists_and_tuples_as_in_numpy() -> None:
    assert type(np.split(X, 3, 1)) is list
    assert type(np.array_split(X, 2, 1)) is list
    assert type(np.unstack(X)) is tuple
    assert type(np.broadcast_arrays(X, 1.0)) is list
    first, second = np.atleast_1d(1.0, X)
    assert (first.shape, second.shape) == ((1,), (2, 3))


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.pad(numpy.arange(6).reshape(2, 3), 2, "mean"),
        lambda m: m.pad(numpy.arange(6).reshape(2, 3), (1, 3), "linear_ramp", end_values=-7),
        lambda m: m.pad(numpy.array([1, 2, 4, 8]), 1, "median"),
        lambda m: m.pad(numpy.array([3, -1]), 3, "reflect", reflect_type="odd"),
        lambda m: m.pad(numpy.array([True, False]), 1),
        lambda m: m.pad(numpy.ones((2, 3, 2)), {-1: (1, 2), 0: 3}),
        lambda m: m.pad(numpy.ones((0, 2)), 1),
        lambda m: m.pad(X, ((1, 2),), constant_values=((1, 2), (3, 4))),
        lambda m: m.pad(X, (2,), "edge"),
        lambda m: m.trim_zeros(numpy.array([0, 0, 1, 0, 2, 0])),
        lambda m: m.trim_zeros(numpy.array([0, 0, 1, 0, 2, 0]), "f"),
        lambda m: m.trim_zeros(numpy.array([0, 0])),
        lambda m: m.trim_zeros(numpy.diag([0.0, 2.0, 0.0])),
        lambda m: m.tile(numpy.arange(3), ()),
        lambda m: m.tile(numpy.arange(3), 0),
        lambda m: m.repeat(3, 4),
        lambda m: m.resize(numpy.ones((0,)), (2, 2)),
        lambda m: m.roll(numpy.ones((0, 3)), 1, 0),
        lambda m: m.concatenate([numpy.arange(2), X[0]]),
        lambda m: m.concatenate([X.astype("float32"), X], dtype="float32"),
        lambda m: m.stack([1, 2.5]),
        lambda m: m.hstack([1.0, [2.0, 3.0]]),
        lambda m: m.astype(X, bool),
        lambda m: m.squeeze(numpy.ones((1, 1))),
        lambda m: m.insert(numpy.arange(3), 1, 2.7),
        lambda m: m.insert(X, [], numpy.ones((2, 0)), axis=1),
        lambda m: m.delete(numpy.arange(3), [True, False, False]),
        lambda m: m.block([numpy.arange(2), 3]),
        lambda m: m.block(5.0),
    ],
)
def test_values_and_dtypes_are_numpys(call: Any) -> None:
    given, wanted = call(np), call(numpy)
    assert given.dtype == wanted.dtype
    assert given.shape == wanted.shape
    numpy.testing.assert_array_equal(given, wanted)


def test_out_receives_what_was_joined() -> None:
    out = np.zeros((4, 3))
    assert np.concatenate([X, X], out=out) is out
    numpy.testing.assert_array_equal(out, numpy.concatenate([X, X]))

    def f(x: wg.Tensor) -> wg.Tensor:
        out = np.zeros((2, 2, 3))
        np.stack([x, x * x], out=out)
        return out.sum()

    numpy.testing.assert_array_equal(wg.grad(f)(X), 1 + 2 * X)


def test_a_complex_number_made_real_warns() -> None:
    with pytest.warns(numpy.exceptions.ComplexWarning):
        assert np.astype(numpy.array([1 + 2j]), float).tolist() == [1.0]
    assert np.astype(numpy.array([1j, 0]), bool).tolist() == [True, False]


def test_copies_have_memory_of_their_own() -> None:
    x = wg.tensor(X)
    for made in (np.copy(x), np.array(x), np.astype(x, float), np.reshape(x, (3, 2), copy=True)):
        assert not numpy.shares_memory(made.numpy(), x.numpy())
    assert np.astype(x, float, copy=False) is x


def test_many_small_parts_are_differentiated_in_one_step_each() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        rows = np.split(x, x.shape[0])
        return np.concatenate([r * i for i, r in enumerate(rows)]).sum()

    x = numpy.ones((300, 2))
    numpy.testing.assert_array_equal(wg.grad(f)(x), numpy.arange(300.0)[:, None] * x)
    assert wg.grad(lambda x: np.unstack(x)[3].sum() ** 2)(X[:, :1].repeat(4, 0)).tolist()[3] == [0.0]


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_rollaxis_is_numpys(rank: int) -> None:
    """A negative start counts from the number of axes, not from one more."""
    x = numpy.arange(math.prod(range(1, rank + 1))).reshape(range(1, rank + 1))
    for axis in range(-rank, rank):
        for start in range(-rank, rank + 1):
            assert np.rollaxis(x, axis, start).shape == numpy.rollaxis(x, axis, start).shape
    for start in (-rank - 1, rank + 1):
        with pytest.raises(numpy.exceptions.AxisError) as error:
            np.rollaxis(x, 0, start)
        assert str(error.value) == (
            f"[rollaxis] start={start} was given for an array of dimension {rank}, wanted one from {-rank} to {rank}; "
            "write np.moveaxis(x, axis, place)"
        )


def test_shifts_of_any_size_and_type() -> None:
    x = numpy.arange(6.0).reshape(2, 3)
    for shift in (numpy.uint64(2), numpy.int8(-1), 2**65, -(2**65), True):
        numpy.testing.assert_array_equal(np.roll(x, shift), numpy.roll(x, shift))
    both = numpy.array([1, 2], numpy.uint64)
    numpy.testing.assert_array_equal(np.roll(x, both, axis=(0, 1)), numpy.roll(x, both, axis=(0, 1)))
    numpy.testing.assert_array_equal(np.moveaxis(x, range(2), [1, 0]), x.T)


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="resize") as error:
        np.resize(numpy.ones(4), (-1, 2))
    assert str(error.value) == (
        "[resize] the shape (-1, 2) was given, wanted lengths that are not negative; write np.reshape(x, shape) for a "
        "length -1 that is found from the others"
    )
