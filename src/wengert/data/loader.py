"""The loader: batches of a dataset, epoch after epoch, made ahead by threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from ..names import check_keywords
from .collating import default_collate
from .datasets import IterableDataset
from .samplers import BatchSampler, RandomSampler, SequentialSampler, batched
from .seeds import Seed, generator_at, whole_seed


class DataLoader:
    """The batches of a dataset, in PyTorch's habits.

    The order of an epoch depends on the seed and the number of the epoch alone, whatever the number of workers is, so
    a run can be repeated, and resumed in the middle of an epoch. Workers are threads, which make batches ahead while
    the batch before is computed on; what a worker raises is raised where its batch was asked for, and a loop that is
    left ends them.

    Args:
        dataset: what has ``__getitem__`` and ``__len__``, or an `IterableDataset`.
        batch_size: samples in a batch; ``None`` for samples as they are.
        shuffle: take the samples in random order, another at each epoch.
        sampler: the numbers of samples in another order.
        batch_sampler: lists of numbers, in place of the four arguments around it.
        num_workers: how many threads make batches; 0 for none.
        collate_fn: from a list of samples to a batch.
        drop_last: leave out a last batch that is shorter.
        prefetch_factor: how many batches ahead there are for each worker.
        seed: of the order, and of `transform`.
        transform: a function of a batch and a NumPy generator to a batch, such as augmentation; what it draws depends
            on the seed, the epoch and the number of the batch.

    >>> import wengert as wg, wengert.numpy as np
    >>> dataset = wg.data.TensorDataset(np.arange(5.0), np.arange(5))
    >>> loader = wg.data.DataLoader(dataset, batch_size=2, shuffle=True, seed=0, num_workers=1)
    >>> len(loader), [y.shape for x, y in loader]
    (3, [(2,), (2,), (1,)])
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        check_keywords(cls.__name__, cls.__init__, kwargs)
        return super().__new__(cls)

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[list[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        drop_last: bool = False,
        prefetch_factor: int = 2,
        seed: Seed = None,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        _check_numbers(batch_size, num_workers, prefetch_factor)
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.collate_fn = collate_fn
        self.transform = transform
        self.seed = whole_seed(seed, "DataLoader")
        self.is_stream: bool = isinstance(dataset, IterableDataset)
        if self.is_stream:
            _refuse_order(shuffle, sampler, batch_sampler)
        else:
            _check_samples(dataset)
            _check_one_order(shuffle, sampler, batch_sampler)
            self.sampler: Iterable[int] = sampler if sampler is not None else self._sampler(shuffle)
            self.batch_sampler: Iterable[list[int]] = (
                batch_sampler if batch_sampler is not None else self._batch_sampler()
            )
        self.epoch = 0
        self._place = (0, 0)
        self._skipped = 0

    def _sampler(self, shuffle: bool) -> Any:
        return RandomSampler(self.dataset, seed=self.seed) if shuffle else SequentialSampler(self.dataset)

    def _batch_sampler(self) -> Any:
        return self.sampler if self.batch_size is None else BatchSampler(self.sampler, self.batch_size, self.drop_last)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        if self.is_stream:
            raise TypeError(
                "[DataLoader] the dataset is an IterableDataset, whose length nobody knows, wanted one with __len__; "
                "count the batches in a loop"
            )
        return len(self.batch_sampler)  # type: ignore[arg-type]

    def set_epoch(self, epoch: int) -> None:
        """Let the next loop be that of an epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[Any]:
        epoch, first = self.epoch, self._skipped
        self.epoch, self._skipped = epoch + 1, 0
        self._place = (epoch, first)
        tasks = self._tasks(epoch, first)
        made = self._ahead(tasks) if self.num_workers else (task() for task in tasks)
        for number, batch in enumerate(made, start=first):
            if batch is AT_END:
                break
            self._place = (epoch, number + 1)
            yield batch
        self._place = (epoch + 1, 0)

    def _ahead(self, tasks: Iterator[Callable[[], Any]]) -> Iterator[Any]:
        """What tasks make, by the workers; a stream has one thread that asks it."""
        return _ahead(tasks, 1 if self.is_stream else self.num_workers, self.num_workers * self.prefetch_factor)

    def _tasks(self, epoch: int, first: int) -> Iterator[Callable[[], Any]]:
        """What makes each batch of an epoch from one on."""
        if self.is_stream:
            return self._tasks_of_stream(epoch, first)
        for sampler in (self.sampler, self.batch_sampler):
            if hasattr(sampler, "set_epoch"):
                sampler.set_epoch(epoch)  # type: ignore[union-attr]
        chosen = enumerate(islice(self.batch_sampler, first, None), start=first)
        return ((lambda numbers=numbers, place=place: self._made(numbers, epoch, place)) for place, numbers in chosen)

    def _tasks_of_stream(self, epoch: int, first: int) -> Iterator[Callable[[], Any]]:
        size = self.batch_size
        groups: Iterator[Any] = iter(self.dataset) if size is None else batched(self.dataset, size, self.drop_last)
        groups = islice(groups, first, None)
        place = first

        def make() -> Any:
            nonlocal place
            samples = next(groups, AT_END)
            if samples is AT_END:
                return AT_END
            place += 1
            return self._finished(samples if size is None else self._collated(samples), epoch, place - 1)

        while True:
            yield make

    def _made(self, numbers: Any, epoch: int, place: int) -> Any:
        """The batch of some samples."""
        if self.batch_size is None and not isinstance(numbers, list):
            return self._finished(self.dataset[numbers], epoch, place)
        if self.collate_fn is None and hasattr(self.dataset, "take"):
            return self._finished(self.dataset.take(numbers), epoch, place)
        return self._finished(self._collated([self.dataset[number] for number in numbers]), epoch, place)

    def _collated(self, samples: list[Any]) -> Any:
        return (self.collate_fn or default_collate)(samples)

    def _finished(self, batch: Any, epoch: int, place: int) -> Any:
        return batch if self.transform is None else self.transform(batch, generator_at(self.seed, epoch, place))

    def state_dict(self) -> dict[str, int]:
        """Where the loop is: the seed, the epoch, and how many of its batches were given."""
        epoch, batches = self._place
        return {"seed": self.seed, "epoch": epoch, "batches": batches}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Let the next loop go on where another loader of this dataset gave its `state_dict`."""
        self.seed, self.epoch, self._skipped = (state_dict[name] for name in ("seed", "epoch", "batches"))
        self._place = (self.epoch, self._skipped)
        if isinstance(getattr(self, "sampler", None), RandomSampler):
            self.sampler.seed = self.seed  # type: ignore[union-attr]


AT_END: Any = object()
"""What a stream gives when it has no more."""


def _ahead(tasks: Iterator[Callable[[], Any]], workers: int, depth: int) -> Iterator[Any]:
    """The results of tasks in their order, some of which are being made ahead."""
    executor = ThreadPoolExecutor(workers, thread_name_prefix="wengert-data")
    waiting: deque[Future[Any]] = deque()
    try:
        waiting.extend(executor.submit(task) for task in islice(tasks, depth))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(executor.submit(task) for task in islice(tasks, 1))
            yield result
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _check_numbers(batch_size: int | None, num_workers: int, prefetch_factor: int) -> None:
    if (batch_size is not None and batch_size < 1) or num_workers < 0 or prefetch_factor < 1:
        raise ValueError(
            f"[DataLoader] batch_size={batch_size}, num_workers={num_workers}, prefetch_factor={prefetch_factor} were "
            "given, wanted whole numbers from 1 on, and from 0 on for num_workers; write batch_size=32"
        )


def _check_samples(dataset: Any) -> None:
    """Refuse what has no samples.

    Raises:
        TypeError: it has no length, or no items.
        ValueError: it is empty.
    """
    name = type(dataset).__name__
    if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
        raise TypeError(
            f"[DataLoader] a {name} was given, wanted a dataset with __len__ and __getitem__; write both, or derive it "
            "from wg.data.IterableDataset"
        )
    if len(dataset) == 0:
        raise ValueError(
            f"[DataLoader] the {name} is empty, wanted at least one sample; write if len(dataset): ... where it may be"
        )


def _check_one_order(shuffle: bool, sampler: Any, batch_sampler: Any) -> None:
    """Refuse two orders of which one would be without effect.

    Raises:
        ValueError: there are two.
    """
    if shuffle + (sampler is not None) + (batch_sampler is not None) > 1:
        raise ValueError(
            "[DataLoader] more than one of shuffle, sampler and batch_sampler was given, wanted one order; leave the "
            "others out"
        )


def _refuse_order(shuffle: bool, sampler: Any, batch_sampler: Any) -> None:
    if shuffle or sampler is not None or batch_sampler is not None:
        raise ValueError(
            "[DataLoader] an order was asked for of an IterableDataset, wanted none, since it has its own; shuffle in "
            "its __iter__, or give a dataset with __getitem__ and __len__"
        )
