"""``torch.utils.data``: the engine's loader, with PyTorch's order of samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import wengert as wg
from wengert.fronts.addresses import also_at
from wengert.fronts.face import behind, faced

from ..creation import as_tensor
from ..dtypes import DTYPES
from ..random.drawing import multinomial
from ..random.mersenne import Generator, source
from ..tensor import Tensor

__all__ = [
    "BatchSampler", "ConcatDataset", "DataLoader", "Dataset", "DistributedSampler", "IterableDataset", "RandomSampler",
    "Sampler", "SequentialSampler", "Subset", "SubsetRandomSampler", "TensorDataset", "WeightedRandomSampler",
    "default_collate", "get_worker_info", "random_split",
]  # fmt: skip

Dataset = wg.data.Dataset
IterableDataset = wg.data.IterableDataset
ConcatDataset = wg.data.ConcatDataset
Subset = wg.data.Subset
SequentialSampler = wg.data.SequentialSampler
BatchSampler = wg.data.BatchSampler


class TensorDataset(Dataset):
    """Tensors whose first axes are of one length: sample i is what they have there."""

    def __init__(self, *tensors: Tensor) -> None:
        lengths = {len(each) for each in tensors}
        if len(lengths) != 1:
            raise AssertionError(
                f"[TensorDataset] the tensors have {sorted(lengths)} samples, wanted the same number in each; write "
                "TensorDataset(x[:n], y[:n])"
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(each[index] for each in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])


class Sampler:
    """What users derive orders of samples from: ``__iter__`` gives their numbers."""

    def __init__(self, data_source: Any = None) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        raise NotImplementedError(
            f"[{type(self).__name__}] the class has no __iter__, wanted the numbers of samples; write "
            "def __iter__(self): ..."
        )


def get_worker_info() -> None:
    """``None``: who asks is in the process that trains, since workers are threads."""
    return


def _drawn_seed(generator: Generator | None) -> int:
    """A seed, drawn as PyTorch draws one."""
    return int(source(generator).integers(0, 1 << 63, 1)[0])


class RandomSampler(Sampler):
    """The numbers of all samples in random order."""

    def __init__(
        self, data_source: Any, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        super().__init__(data_source)
        self.replacement = replacement
        self.generator = generator
        self._count = num_samples

    def __len__(self) -> int:
        return len(self.data_source) if self._count is None else self._count

    def __iter__(self) -> Iterator[int]:
        generator = self.generator
        if generator is None:
            generator = Generator().manual_seed(_drawn_seed(None))
        length, count = len(self.data_source), len(self)
        if self.replacement:
            for start in range(0, count, 32):
                yield from generator.integers(0, length, 32).tolist()[: count - start]
            return
        for start in range(0, count, length):
            yield from generator.permutation(length).tolist()[: count - start]


class DistributedSampler(Sampler):
    """The samples of one of several processes, in random order, or in order: every so manyth.

    Args:
        dataset: the samples.
        num_replicas: the number of processes; 1 by default, since this is the only one.
        rank: which of them this is.
        shuffle: in random order, which is another one for each `set_epoch`.
        seed: of the order.
        drop_last: leave out what is too much for all to have the same number, instead of giving some twice.
    """

    def __init__(
        self, dataset: Any, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
        seed: int = 0, drop_last: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(dataset)
        self.num_replicas: int = num_replicas or 1
        self.rank: int = rank or 0
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        self.epoch: int = 0

    def __len__(self) -> int:
        length = len(self.data_source)
        return length // self.num_replicas if self.drop_last else -(-length // self.num_replicas)

    def __iter__(self) -> Iterator[int]:
        length, total = len(self.data_source), len(self) * self.num_replicas
        generator = Generator().manual_seed(self.seed + self.epoch)
        order = generator.permutation(length).tolist() if self.shuffle else list(range(length))
        repeated = order * -(-total // length)
        return iter(repeated[:total][self.rank :: self.num_replicas])

    def set_epoch(self, epoch: int) -> None:
        """Let the random order be that of an epoch."""
        self.epoch = epoch


class SubsetRandomSampler(Sampler):
    """Some numbers in random order."""

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        super().__init__(indices)
        self.indices = indices
        self.generator = generator

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[int]:
        return (self.indices[place] for place in source(self.generator).permutation(len(self.indices)).tolist())


class WeightedRandomSampler(Sampler):
    """Numbers drawn by weights."""

    def __init__(
        self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator: Any = None
    ) -> None:
        super().__init__(weights)
        self.weights = weights
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> Iterator[int]:
        weights = as_tensor(self.weights, dtype=DTYPES["float64"])
        return iter(multinomial(weights, self.num_samples, self.replacement, generator=self.generator).tolist())


class DataLoader(wg.data.DataLoader):
    """The batches of a dataset (see `wengert.data.DataLoader`), in the order that PyTorch gives them."""

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler: Any = None,
        batch_sampler: Any = None, num_workers: int = 0, collate_fn: Any = None, pin_memory: bool = False,
        drop_last: bool = False, timeout: float = 0, worker_init_fn: Any = None, multiprocessing_context: Any = None,
        generator: Any = None, *, prefetch_factor: int | None = None, persistent_workers: bool = False,
        pin_memory_device: str = "",
    ) -> None:  # fmt: skip
        self.generator = generator
        if shuffle and sampler is None and batch_sampler is None and not isinstance(dataset, IterableDataset):
            sampler = RandomSampler(dataset, generator=generator)
        super().__init__(
            dataset, batch_size, False, sampler, batch_sampler, num_workers, collate_fn or default_collate, drop_last,
            prefetch_factor or 2,
        )  # fmt: skip

    def __iter__(self) -> Iterator[Any]:
        _drawn_seed(self.generator)  # that of the workers, which PyTorch draws first
        return super().__iter__()


def default_collate(batch: Sequence[Any]) -> Any:
    """The batch of samples that are nested alike: numbers and tensors stacked, texts together.

    >>> from wengert import torch
    >>> torch.utils.data.default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
    {'x': tensor([1, 2]), 'name': ['a', 'b']}
    """
    first = batch[0]
    if isinstance(first, Mapping):
        return {name: default_collate([sample[name] for sample in batch]) for name in first}
    if isinstance(first, (tuple, list)):
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return type(first)(*columns) if hasattr(first, "_fields") else columns
    return batch if isinstance(first, (str, bytes)) else faced(wg.data.default_collate(behind(list(batch))), Tensor)


def random_split(dataset: Any, lengths: Sequence[Any], generator: Any = None) -> list[Any]:
    """Parts of a dataset, by numbers of samples or by shares that sum to 1, drawn without replacement."""
    return wg.data.random_split(dataset, lengths, source(generator))


also_at(__name__, ("dataloader", "dataset", "distributed", "sampler"))
