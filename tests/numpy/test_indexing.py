"""Indices of every kind, against NumPy; index arrays that are tensors; what is written."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.ops.indexing.index import index_add, index_set

X = numpy.arange(24.0).reshape(2, 3, 4)
ENTRIES = [
    0,
    -1,
    numpy.int8(1),
    numpy.array(1),
    slice(None),
    slice(0, 2),
    slice(None, None, -1),
    None,
    ...,
    [0, 1],
    [1, 0, 1],
    [],
    numpy.array([[0, 1], [1, 0]]),
    numpy.array([0, -1], numpy.int8),
    True,
    False,
    numpy.array([True, False]),
    numpy.array([True, False, True]),
    numpy.arange(6).reshape(2, 3) % 2 == 0,
    5,
    [0, 7],
    [1.0],
]


def indices(count: int) -> list[tuple[Any, ...]]:
    rng = numpy.random.default_rng(count)
    if count < 3:
        return list(itertools.product(ENTRIES, repeat=count))
    return [tuple(ENTRIES[i] for i in rng.integers(0, len(ENTRIES), count)) for _ in range(1500)]


def outcome(function: Any, *args: Any) -> Any:
    """The result as an array, or the type of the error."""
    try:
        return numpy.asarray(function(*args))
    except (IndexError, ValueError) as error:
        return type(error)


def same(given: Any, wanted: Any) -> bool:
    if isinstance(wanted, type) or isinstance(given, type):
        return given is wanted
    return given.dtype == wanted.dtype and given.shape == wanted.shape and numpy.array_equal(given, wanted)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_any_index_means_what_numpy_means(count: int) -> None:
    x = wg.tensor(X)
    for index in indices(count):
        assert same(outcome(lambda i: x[i], index), outcome(lambda i: X[i], index)), index


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("value", [7.0, numpy.arange(4.0), numpy.arange(3.0)[:, None], numpy.ones((1, 1, 2))])
@pytest.mark.parametrize("functional", [True, False])
def test_any_index_is_written_as_numpy_writes(count: int, value: Any, functional: bool) -> None:
    def theirs(index: Any) -> Any:
        written = X.copy()
        written[index] = value
        return written

    def ours(index: Any) -> Any:
        x = wg.tensor(X)
        if functional:
            return index_set(x, index, value)
        x[index] = value
        return x

    for index in indices(count)[:: 1 if count < 3 else 5]:
        given, wanted = outcome(ours, index), outcome(theirs, index)
        both_refuse = isinstance(given, type) and isinstance(wanted, type)  # of two errors, either may come first
        assert both_refuse or same(given, wanted), index


def test_duplicates_add_up_and_the_last_write_wins() -> None:
    index = ([0, 1, 0], [2, 0, 2])
    values = numpy.array([1.0, 2.0, 4.0])
    added = index_add(np.zeros((2, 3)), index, values)
    numpy.testing.assert_array_equal(added, [[0, 0, 5], [2, 0, 0]])
    gradient = wg.grad(lambda v: index_set(np.zeros((2, 3)), index, v).sum())(values)
    numpy.testing.assert_array_equal(gradient, [0, 1, 1])
    gradient = wg.grad(lambda x: index_set(x, index, values).sum())(numpy.zeros((2, 3)))
    numpy.testing.assert_array_equal(gradient, [[1, 1, 0], [0, 1, 1]])


# -- index arrays that are tensors -----------------------------------------------------------------

TABLE = numpy.arange(12.0).reshape(3, 4) ** 2


@pytest.mark.part(2)
@pytest.mark.parametrize(
    "f",
    [
        lambda x, i: x[i],
        lambda x, i: x[-i],
        lambda x, i: x[:, i],
        lambda x, i: x[i, 1:],
        lambda x, i: x[i, i + 1],
        lambda x, i: x[1, i],
        lambda x, i: np.take(x, i),
        lambda x, i: np.take_along_axis(x, i.reshape(-1, 1), 0),
        lambda x, i: np.choose(i, [x[0, 0], x[1, 1], x[0, 0] * x[1, 1]]),
        lambda x, i: np.take(x, 5 * i, axis=1, mode="clip"),
        lambda x, i: index_add(x, i, 2.0),
        lambda x, i: index_set(x, (slice(None), i), x[0, 0]),
    ],
)
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("places", [numpy.array([1, 0, 2]), numpy.array([[1, 1], [0, 2], [2, 0]])])
def test_an_index_may_differ_between_examples(f: Any, shared: bool, places: numpy.ndarray) -> None:
    examples = numpy.stack([TABLE, TABLE + 1, -TABLE])
    axes = (None, 0) if shared else (0, 0)

    def total(x: wg.Tensor, i: wg.Tensor) -> wg.Tensor:
        return (f(x, i) ** 2).sum()

    for function in (f, wg.grad(total), wg.grad(lambda x, i: (wg.grad(total)(x, i) ** 2).sum())):
        batched = wg.vmap(function, in_axes=axes)(TABLE if shared else examples, places)
        looped = [function(TABLE if shared else e, i) for e, i in zip(examples, places, strict=True)]
        numpy.testing.assert_array_equal(batched, numpy.stack(looped))


def test_a_shift_may_differ_between_examples() -> None:
    shifts = numpy.array([1, 0, -2])
    rolled = wg.vmap(lambda x, shift: np.roll(x, shift, axis=-1))(TABLE, shifts)
    numpy.testing.assert_array_equal(rolled, [numpy.roll(row, shift) for row, shift in zip(TABLE, shifts, strict=True)])


def test_unravelled_indices_differ_between_examples() -> None:
    places = numpy.array([0, 5, 11])
    rows, columns = wg.vmap(lambda i: np.unravel_index(i, (3, 4)))(places)
    numpy.testing.assert_array_equal(rows, [0, 1, 2])
    numpy.testing.assert_array_equal(columns, [0, 1, 3])
    back = wg.vmap(lambda i, j: np.ravel_multi_index((i, j), (3, 4)))(rows, columns)
    numpy.testing.assert_array_equal(back, places)


def test_a_mask_without_values_says_what_to_write() -> None:
    with pytest.raises(TypeError) as error:
        wg.vmap(lambda x: x[x > 0].sum())(TABLE)
    assert str(error.value) == (
        "[getitem] the boolean index of shape (4,) has no value yet, as inside vmap, so the number of elements it "
        "selects is not known; wanted an operation whose result has a known shape; write np.where(mask, x, 0), or call "
        "the function without vmap in a Python loop"
    )


def test_a_scalar_is_written_through_a_mask_without_values() -> None:
    def clipped(x: wg.Tensor) -> wg.Tensor:
        y = x * x
        y[y > 20.0] = 20.0
        return y

    numpy.testing.assert_array_equal(wg.vmap(clipped)(TABLE), numpy.minimum(TABLE * TABLE, 20.0))
    gradient = wg.vmap(wg.grad(lambda x: clipped(x).sum()))(TABLE)
    numpy.testing.assert_array_equal(gradient, numpy.where(TABLE * TABLE > 20, 0, 2 * TABLE))
    with pytest.raises(TypeError, match=r"\[setitem\] a value of shape \(4,\) was written through a boolean index"):
        wg.vmap(lambda x: index_set(x, x > 0, x))(TABLE)


def test_a_list_with_tensors_is_an_index() -> None:
    i = wg.tensor(1)
    numpy.testing.assert_array_equal(np.arange(4)[[i, 2]], [1, 2])
    numpy.testing.assert_array_equal(wg.vmap(lambda k: np.arange(4)[[k, 3]])(numpy.array([0, 2])), [[0, 3], [2, 3]])


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [7, (0, 3), [0, 9], (slice(None), [4, 0]), (0, 0, 0, 0), (..., ...), 1.5, "a"])
def test_errors_are_numpys(index: Any) -> None:
    with pytest.raises(IndexError) as wanted:
        X[index]
    with pytest.raises(IndexError) as given:
        wg.tensor(X)[index]
    assert str(given.value) == str(wanted.value)


def test_a_value_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    x = wg.tensor(X)
    with pytest.raises(ValueError, match=r"could not broadcast input array from shape \(3,\) into shape \(4,\)"):
        x[0, 0] = numpy.ones(3)
    y = wg.tensor(1.0, requires_grad=True)
    whole = (
        "[setitem] could not broadcast input array from shape (3,) into shape (4,); wanted a value that fits the place "
        "it is written to; write x[index].shape to see that shape"
    )
    with pytest.raises(ValueError, match=re.escape(whole)):
        x[0, 0] = np.ones(3) * y
    numpy.testing.assert_array_equal(x, X)


def test_indices_of_take_are_integers() -> None:
    with pytest.raises(TypeError, match=r"\[take\] the indices have dtype float64, wanted integers"):
        np.take(X, [0.5])
    with pytest.raises(IndexError, match="must be an integer array"):
        np.take_along_axis(X, X, 0)
    with pytest.raises(ValueError, match="same number of dimensions"):
        np.take_along_axis(X, [0], 0)
    with pytest.raises(ValueError, match="clipmode"):
        np.take(X, [0], mode="bounce")


def test_only_tensors_are_written_to() -> None:
    with pytest.raises(TypeError) as error:
        np.fill_diagonal(numpy.zeros((2, 2)), 1.0)
    assert str(error.value) == (
        "[fill_diagonal] the first argument is a ndarray, wanted a tensor to write to, since an array cannot carry a "
        "derivative; write x = np.asarray(x) first"
    )
    leaf = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"\[put\] a leaf that requires grad was written in place"):
        np.put(leaf, 0, 1.0)


# -- constants -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("tril_indices", (3, 1)),
        ("triu_indices", (3, -1, 4)),
        ("tril_indices_from", (numpy.zeros((3, 4)),)),
        ("triu_indices_from", (numpy.zeros((3, 4)), 1)),
        ("diag_indices", (3,)),
        ("diag_indices_from", (numpy.zeros((3, 3)),)),
        ("mask_indices", (3, numpy.triu, 1)),
        ("ix_", ([0, 2], [True, False, True])),
        ("unravel_index", ([5, 0], (2, 3))),
        ("unravel_index", (5, (2, 3), "F")),
    ],
)
def test_index_makers_agree_with_numpy(name: str, args: tuple[Any, ...]) -> None:
    given, wanted = getattr(np, name)(*args), getattr(numpy, name)(*args)
    assert len(given) == len(wanted)
    for ours, theirs in zip(given, wanted, strict=True):
        numpy.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("args", [(([1, 0], [2, 2]), (2, 3)), (([3, -1], [2, 9]), (2, 3), ("wrap", "clip"), "F")])
def test_ravel_multi_index_agrees_with_numpy(args: tuple[Any, ...]) -> None:
    numpy.testing.assert_array_equal(np.ravel_multi_index(*args), numpy.ravel_multi_index(*args))


def test_a_choice_not_taken_leaves_no_trace() -> None:
    x = numpy.array([4.0, 0.0, -1.0])
    with numpy.errstate(all="ignore"):
        gradient = wg.grad(lambda x: np.select([x > 0], [np.sqrt(x)], 0.0).sum())(x)
    numpy.testing.assert_array_equal(gradient, [0.25, 0, 0])


def test_numbers_among_choices_are_weak() -> None:
    for choices in ([numpy.array([1, 2], "i4"), 2], [numpy.array([1, 2], "f4"), 0.5], [1, 2.5]):
        ours, numpys = np.choose([0, 1], choices), numpy.choose([0, 1], choices)
        numpy.testing.assert_array_equal(ours, numpys, strict=True)
