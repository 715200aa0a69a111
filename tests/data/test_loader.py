"""Loaders: the same batches with and without workers, errors of workers, loops that are left, and resumption."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
from wengert import data

COUNT = 11


class Squares(data.Dataset):
    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, number: int) -> Any:
        return {"x": float(number), "y": numpy.array([number, number**2])}


class Stream(data.IterableDataset):
    def __iter__(self) -> Iterator[float]:
        return iter([float(number) for number in range(COUNT)])


DATASETS: dict[str, Callable[[], Any]] = {
    "samples": Squares,
    "arrays": lambda: data.TensorDataset(numpy.arange(COUNT), numpy.arange(2.0 * COUNT).reshape(COUNT, 2)),
    "list": lambda: list(range(COUNT)),
    "part": lambda: data.Subset(data.TensorDataset(numpy.arange(3 * COUNT)), range(0, 3 * COUNT, 3)),
    "both": lambda: data.ConcatDataset([range(4), range(4, COUNT)]),
}


def rows(loader: Any) -> list[Any]:
    return [wg.trees.map(lambda x: numpy.asarray(x).tolist(), batch) for batch in loader]


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("drop_last", [False, True])
def test_workers_make_the_same_batches(name: str, workers: int, drop_last: bool) -> None:
    options: dict[str, Any] = {"batch_size": 4, "shuffle": True, "seed": 3, "drop_last": drop_last}
    alone = data.DataLoader(DATASETS[name](), **options)
    helped = data.DataLoader(DATASETS[name](), num_workers=workers, **options)
    epochs = [rows(alone) for _ in range(2)]
    assert [rows(helped) for _ in range(2)] == epochs
    assert epochs[0] != epochs[1]
    assert [len(epoch) for epoch in epochs] == [len(alone)] * 2 == [2 if drop_last else 3] * 2


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("drop_last", [False, True])
def test_a_stream_is_taken_in_order(workers: int, drop_last: bool) -> None:
    loader = data.DataLoader(Stream(), batch_size=4, num_workers=workers, drop_last=drop_last)
    expected = [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0]]
    for _ in range(2):
        assert rows(loader) == expected[: 2 if drop_last else 3]


def test_samples_come_as_they_are_without_a_batch_size() -> None:
    assert list(data.DataLoader(range(3), batch_size=None)) == [0, 1, 2]
    assert list(data.DataLoader(Stream(), batch_size=None))[:2] == [0.0, 1.0]


def test_every_sample_comes_once_an_epoch() -> None:
    loader = data.DataLoader(range(COUNT), batch_size=4, shuffle=True)
    assert sorted(x for batch in rows(loader) for x in batch) == list(range(COUNT))


def test_samplers_and_collation_are_the_users() -> None:
    loader = data.DataLoader(range(COUNT), batch_size=2, sampler=[5, 3, 1], collate_fn=lambda samples: samples)
    assert list(loader) == [[5, 3], [1]]
    loader = data.DataLoader(range(COUNT), batch_sampler=[[1], [2, 3]], collate_fn=sum)
    assert list(loader) == [1, 5]
    weighted = data.WeightedRandomSampler([0.0, 1.0], 6, seed=0)
    assert rows(data.DataLoader([10, 20], batch_size=3, sampler=weighted)) == [[20] * 3] * 2


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("stop", [0, 1, 3])
@pytest.mark.parametrize("name", [*DATASETS, "stream"])
def test_a_loaded_loader_goes_on_within_an_epoch(name: str, stop: int, workers: int) -> None:
    def augment(batch: Any, generator: numpy.random.Generator) -> Any:
        return batch, generator.random()

    def loader(seed: int) -> Any:
        made = Stream() if name == "stream" else DATASETS[name]()
        options = {} if name == "stream" else {"shuffle": True}
        return data.DataLoader(made, batch_size=4, seed=seed, num_workers=workers, transform=augment, **options)

    whole = loader(7)
    expected = [rows(whole) for _ in range(3)]
    first, second = loader(7), loader(8)
    rows(first)
    iterator = iter(first)
    given = [next(iterator) for _ in range(stop)]
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.state_dict() == first.state_dict()
    rest = rows(second)
    assert len(given) + len(rest) == 3
    assert rest == expected[1][stop:]
    assert rows(second) == expected[2]


class Broken(Squares):
    def __getitem__(self, number: int) -> Any:
        if number == 5:
            raise KeyError("the sample is missing")
        return super().__getitem__(number)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_what_a_worker_raises_is_raised_where_its_batch_was_asked_for(workers: int) -> None:
    loader, given = data.DataLoader(Broken(), batch_size=2, num_workers=workers), []
    with pytest.raises(KeyError, match="the sample is missing") as error:
        given.extend(loader)
    lines = "".join(traceback.format_exception(error.value))
    assert 'raise KeyError("the sample is missing")' in lines
    assert threads() == 0


def test_batches_before_the_wrong_one_are_given() -> None:
    iterator = iter(data.DataLoader(Broken(), batch_size=2, num_workers=3))
    assert [next(iterator)["x"].tolist() for _ in range(2)] == [[0.0, 1.0], [2.0, 3.0]]
    with pytest.raises(KeyError):
        next(iterator)


def threads() -> int:
    return sum(thread.name.startswith("wengert-data") for thread in threading.enumerate())


def test_a_loop_that_is_left_ends_the_workers() -> None:
    for _ in data.DataLoader(range(1000), num_workers=3):
        assert threads() > 0
        break
    assert threads() == 0


def test_workers_make_batches_ahead_and_no_more() -> None:
    made = []

    class Noted(data.Dataset):
        def __len__(self) -> int:
            return 100

        def __getitem__(self, number: int) -> int:
            made.append(number)
            return number

    iterator = iter(data.DataLoader(Noted(), num_workers=2, prefetch_factor=3))
    next(iterator)
    for _ in range(200):
        if len(made) == 7:
            break
        time.sleep(0.005)
    assert sorted(made) == list(range(7))


def test_making_a_batch_overlaps_with_computing() -> None:
    class Slow(data.Dataset):
        def __len__(self) -> int:
            return 6

        def __getitem__(self, number: int) -> int:
            time.sleep(0.03)
            return number

    start = time.perf_counter()
    for _ in data.DataLoader(Slow(), num_workers=6, prefetch_factor=1):
        time.sleep(0.005)
    assert time.perf_counter() - start < 6 * 0.03


def test_transforms_draw_by_epoch_and_batch() -> None:
    def transform(batch: Any, generator: numpy.random.Generator) -> float:
        return generator.random()

    def drawn(workers: int) -> list[list[float]]:
        loader = data.DataLoader(range(4), seed=1, num_workers=workers, transform=transform)
        return [list(loader) for _ in range(2)]

    assert drawn(0) == drawn(3)
    assert len({x for epoch in drawn(0) for x in epoch}) == 8


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "batch size": (
        lambda: data.DataLoader([1], batch_size=0),
        "[DataLoader] batch_size=0, num_workers=0, prefetch_factor=2 were given, wanted whole numbers from 1 on, and "
        "from 0 on for num_workers; write batch_size=32",
    ),
    "seed": (
        lambda: data.DataLoader([1], seed=0.5),  # type: ignore[arg-type]
        "[DataLoader] seed is 0.5, wanted a whole number from 0 on, a generator or None; write seed=0",
    ),
    "order of a stream": (
        lambda: data.DataLoader(Stream(), shuffle=True),
        "[DataLoader] an order was asked for of an IterableDataset, wanted none, since it has its own; shuffle in its "
        "__iter__, or give a dataset with __getitem__ and __len__",
    ),
    "length of a stream": (
        lambda: len(data.DataLoader(Stream())),
        "[DataLoader] the dataset is an IterableDataset, whose length nobody knows, wanted one with __len__; count the "
        "batches in a loop",
    ),
    "shapes": (
        lambda: list(data.DataLoader([numpy.ones(2), numpy.ones(3)], batch_size=2)),
        "[default_collate] the samples have the shapes (2,), (3,), wanted one shape; write collate_fn=... that pads "
        "them",
    ),
    "nesting": (
        lambda: list(data.DataLoader([{"a": 1}, {"b": 1}], batch_size=2)),
        "[default_collate] sample 1 of the batch is nested otherwise than sample 0, wanted all alike; write "
        "collate_fn=... for samples that differ",
    ),
    "more than there are": (
        lambda: data.RandomSampler([1, 2], num_samples=3),
        "[RandomSampler] 3 samples of 2 were asked for, wanted no more than there are; write replacement=True",
    ),
    "weights": (
        lambda: data.WeightedRandomSampler([-1.0, 2.0], 3),
        "[WeightedRandomSampler] the weights have a negative, infinite or no sum, wanted finite ones from 0 on, some "
        "above; write 1 / counts[labels] for classes alike",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said(name: str) -> None:
    wrong, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError)) as error:
        wrong()
    assert str(error.value) == message
