"""Samplers: in which order the samples of a dataset are taken, and how they come in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy

import wengert as wg

from .seeds import Seed, generator_at, whole_seed


class SequentialSampler:
    """The numbers of all samples in order.

    >>> import wengert as wg
    >>> list(wg.data.SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __len__(self) -> int:
        return len(self.data_source)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))


class _Random:
    """Numbers in an order that depends on the seed and the epoch alone; each turn is another epoch."""

    def __init__(self, seed: Seed) -> None:
        self.seed: int = whole_seed(seed, type(self).__name__)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Let the next turn be that of an epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        generator = generator_at(self.seed, self.epoch)
        self.epoch += 1
        return iter(self._drawn(generator).tolist())

    def _drawn(self, generator: numpy.random.Generator) -> Any:
        raise NotImplementedError


class RandomSampler(_Random):
    """The numbers of all samples in random order, another at each turn; or so many draws with replacement.

    >>> import wengert as wg
    >>> sampler = wg.data.RandomSampler(range(4), seed=0)
    >>> sorted(sampler) == sorted(sampler) == [0, 1, 2, 3]
    True
    """

    def __init__(
        self, data_source: Any, replacement: bool = False, num_samples: int | None = None, seed: Seed = None
    ) -> None:
        super().__init__(seed)
        self.data_source = data_source
        self.replacement = replacement
        self.num_samples: int = len(data_source) if num_samples is None else num_samples
        if not replacement and self.num_samples > len(data_source):
            raise ValueError(
                f"[RandomSampler] {self.num_samples} samples of {len(data_source)} were asked for, wanted no more than "
                "there are; write replacement=True"
            )

    def __len__(self) -> int:
        return self.num_samples

    def _drawn(self, generator: numpy.random.Generator) -> Any:
        count = len(self.data_source)
        if self.replacement:
            return generator.integers(count, size=self.num_samples)
        return generator.permutation(count)[: self.num_samples]


class DistributedSampler(_Random):
    """The numbers of the samples that one of several processes takes: each takes as many, and together they take all.

    Args:
        dataset: what has ``__len__``.
        num_replicas: how many processes there are; by default those of `wengert.distributed`.
        rank: the number of this one.
        shuffle: take them in random order, another at each turn; the same in all processes.
        seed: of the order.
        drop_last: leave out what does not go round; else the first ones are taken again.

    Raises:
        ValueError: there is no such process.

    >>> import wengert as wg
    >>> [list(wg.data.DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: Seed = 0,
        drop_last: bool = False,
    ) -> None:
        super().__init__(seed)
        self.dataset, self.shuffle, self.drop_last = dataset, shuffle, drop_last
        self.num_replicas = wg.distributed.process_count() if num_replicas is None else num_replicas
        self.rank = wg.distributed.process_index() if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(
                f"[DistributedSampler] rank={self.rank} of num_replicas={self.num_replicas} was given, wanted a number "
                f"from 0 to {self.num_replicas - 1}; leave both out for those of wengert.distributed"
            )

    def __len__(self) -> int:
        count = len(self.dataset)
        return count // self.num_replicas if self.drop_last else -(-count // self.num_replicas)

    def _drawn(self, generator: numpy.random.Generator) -> Any:
        count = len(self.dataset)
        order = generator.permutation(count) if self.shuffle else numpy.arange(count)
        return numpy.resize(order, len(self) * self.num_replicas)[self.rank :: self.num_replicas]


class WeightedRandomSampler(_Random):
    """Draws of numbers, each as likely as its weight.

    >>> import wengert as wg
    >>> sampler = wg.data.WeightedRandomSampler([0.0, 3.0, 1.0], num_samples=100, seed=0)
    >>> sorted(set(sampler))
    [1, 2]
    """

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True, seed: Seed = None) -> None:
        super().__init__(seed)
        self.weights: numpy.ndarray = numpy.asarray(weights, float)
        self.num_samples = num_samples
        self.replacement = replacement
        if not (self.weights >= 0).all() or not 0 < self.weights.sum() < numpy.inf:
            raise ValueError(
                "[WeightedRandomSampler] the weights have a negative, infinite or no sum, wanted finite ones from 0 "
                "on, some above; write 1 / counts[labels] for classes alike"
            )

    def __len__(self) -> int:
        return self.num_samples

    def _drawn(self, generator: numpy.random.Generator) -> Any:
        p = self.weights / self.weights.sum()
        return generator.choice(len(p), self.num_samples, self.replacement, p)


class BatchSampler:
    """The numbers of a sampler in lists of one length; the last one may be shorter.

    >>> import wengert as wg
    >>> list(wg.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        return batched(self.sampler, self.batch_size, self.drop_last)


def batched(items: Iterable[Any], size: int, drop_last: bool) -> Iterator[list[Any]]:
    """Items in lists of one length."""
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch and not drop_last:
        yield batch
