"""Datasets and what prepares arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
from wengert import data


def test_arrays_keep_their_dtypes() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    dataset = data.TensorDataset(wg.tensor(numpy.float32([1, 2]), requires_grad=True), frame, [3, 4])
    x, y, z = dataset[1]
    assert (x.dtype, y.tolist(), z.item()) == ("float32", [2.0, 4.0], 4)
    assert not x.requires_grad
    assert [part.shape for part in dataset.take([1, 0, 1])] == [(3,), (3, 2), (3,)]


def test_parts_are_disjoint_and_repeatable() -> None:
    parts = data.random_split(range(10), [3, 7], seed=1)
    assert sorted(x for part in parts for x in part) == list(range(10))
    again = data.random_split(range(10), [0.3, 0.7], seed=1)
    assert [list(part) for part in again] == [list(part) for part in parts]
    assert [len(part) for part in data.random_split(range(10), [1 / 3] * 3, seed=numpy.random.default_rng(0))] == [
        4,
        3,
        3,
    ]


@pytest.mark.parametrize("make", [numpy.random.default_rng, wg.random.default_rng])
def test_a_generator_gives_a_seed(make: Callable[[int], Any]) -> None:
    first, second = (list(data.RandomSampler(range(20), seed=make(5))) for _ in range(2))
    assert first == second
    assert first != list(data.RandomSampler(range(20), seed=make(6)))


def test_datasets_are_joined() -> None:
    class Three(data.Dataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, number: int) -> int:
            return number

    both = Three() + [7, 8]
    assert [both[i] for i in range(5)] == [0, 1, 2, 7, 8]
    assert both[-1] == 8


def test_statistics_are_those_of_the_training_data() -> None:
    x = numpy.random.default_rng(0).normal(3.0, 2.0, (50, 4)).astype("float32")
    x[:, 3] = 5.0
    standardize = data.Standardizer(x)
    found = standardize(x)
    assert found.dtype == "float32"
    numpy.testing.assert_allclose(found.numpy().mean(axis=0), 0, atol=1e-5)
    numpy.testing.assert_allclose(found.numpy().std(axis=0), [1, 1, 1, 0], atol=1e-5)
    numpy.testing.assert_allclose(standardize.inverse(found), x, rtol=1e-5)


def test_labels_become_rows() -> None:
    assert data.one_hot(numpy.array([[0, 2]]), dtype=int).tolist() == [[[1, 0, 0], [0, 0, 1]]]
    assert data.one_hot(numpy.zeros(0, int), 3).shape == (0, 3)


def test_images_are_mirrored_and_shifted_each_for_itself() -> None:
    images = numpy.arange(32.0).reshape(8, 2, 2)
    flipped = data.random_flip()(images, numpy.random.default_rng(0)).numpy()
    assert {bool((f == i).all()) for f, i in zip(flipped, images, strict=True)} == {True, False}
    numpy.testing.assert_array_equal(numpy.sort(flipped, axis=-1), images)
    image = numpy.zeros((20, 3, 5, 5))
    image[:, :, 2, 2] = 1.0
    shifted = data.random_shift(1)(image, numpy.random.default_rng(0)).numpy()
    numpy.testing.assert_array_equal(shifted.sum(axis=(2, 3)), 1.0)
    assert len({shifted[i].tobytes() for i in range(20)}) > 5


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "lengths": (
        lambda: data.TensorDataset(numpy.ones((3, 2)), numpy.ones(4)),
        "[TensorDataset] arrays of shapes [(3, 2), (4,)] were given, wanted one length along their first axes; write "
        "TensorDataset(inputs, targets) with a target for each input",
    ),
    "sum": (
        lambda: data.random_split(range(10), [3, 8]),
        "[random_split] the lengths [3, 8] sum to 11, wanted 10, the number of samples; write shares that sum to 1, as "
        "[0.8, 0.2]",
    ),
    "seed": (
        lambda: data.random_split(range(10), [5, 5], seed="a"),  # type: ignore[arg-type]
        "[random_split] seed is 'a', wanted a whole number from 0 on, a generator or None; write seed=0",
    ),
    "no such sample": (
        lambda: data.ConcatDataset([[1], [2]])[2],
        "[ConcatDataset] sample 2 of 2 was asked for, wanted one of them",
    ),
    "without samples": (
        lambda: data.Dataset()[0],
        "[Dataset] Dataset has no __getitem__, wanted one; write def __getitem__(self, number)",
    ),
    "without order": (
        lambda: iter(data.IterableDataset()),
        "[IterableDataset] IterableDataset has no __iter__, wanted one; write def __iter__(self)",
    ),
    "not finite": (
        lambda: data.Standardizer([[1.0, 2.0], [numpy.nan, 3.0]]),
        "[Standardizer] the data are nan at (1, 0), wanted finite numbers; write x = x[np.isfinite(x).all(axis=1)] to "
        "leave such rows out",
    ),
    "labels that are no integers": (
        lambda: data.one_hot([0.5]),
        "[one_hot] the labels have dtype float64, wanted whole numbers; write labels.astype(int)",
    ),
    "labels beyond the classes": (
        lambda: data.one_hot([0, 3], 3),
        "[one_hot] the labels go from 0 to 3, wanted 0 to 2 for 3 classes; write num_classes=4, or labels - "
        "labels.min()",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said(name: str) -> None:
    wrong, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError, IndexError, NotImplementedError)) as error:
        wrong()
    assert str(error.value) == message
