"""Datasets: what has samples, by number or one after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .seeds import generator_of


class Dataset:
    """Samples by number: a subclass has ``__getitem__`` and ``__len__``.

    Anything that has them is a dataset for a `DataLoader`. One that has ``take(numbers)`` too gives a whole batch at
    once, which is faster.

    >>> import wengert as wg
    >>> class Squares(wg.data.Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, number):
    ...         return number, number**2
    >>> [batch for batch in wg.data.DataLoader(Squares(), batch_size=2)]
    [(tensor([0, 1]), tensor([0, 1])), (tensor([2, 3]), tensor([4, 9]))]
    """

    def __getitem__(self, number: int) -> Any:
        """One sample."""
        raise NotImplementedError(
            f"[Dataset] {type(self).__name__} has no __getitem__, wanted one; write def __getitem__(self, number)"
        )

    def __add__(self, other: Any) -> ConcatDataset:
        """The samples of this one, and then those of another."""
        return ConcatDataset([self, other])


class IterableDataset:
    """Samples one after another: a subclass has ``__iter__``, which begins anew at each epoch.

    >>> import wengert as wg
    >>> class Stream(wg.data.IterableDataset):
    ...     def __iter__(self):
    ...         return iter([1.0, 2.0, 3.0])
    >>> list(wg.data.DataLoader(Stream(), batch_size=2))
    [tensor([1., 2.]), tensor([3.])]
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(
            f"[IterableDataset] {type(self).__name__} has no __iter__, wanted one; write def __iter__(self)"
        )


class TensorDataset(Dataset):
    """Arrays of one length; a sample is a tuple with one row of each.

    Args:
        arrays: tensors, arrays or data frames, whose first axes have one length.

    >>> import wengert as wg, wengert.numpy as np
    >>> dataset = wg.data.TensorDataset(np.arange(6.0).reshape(3, 2), np.array([0, 1, 0]))
    >>> len(dataset), dataset[1]
    (3, (tensor([2., 3.]), tensor(1)))
    """

    def __init__(self, *arrays: Any) -> None:
        self.arrays: list[Any] = [_as_array(array) for array in arrays]
        lengths = [len(array) if array.ndim else None for array in self.arrays]
        if not lengths or None in lengths or len(set(lengths)) > 1:
            raise ValueError(
                f"[TensorDataset] arrays of shapes {[array.shape for array in self.arrays]} were given, wanted one "
                "length along their first axes; write TensorDataset(inputs, targets) with a target for each input"
            )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, number: Any) -> tuple[Any, ...]:
        """One sample; or, of a slice or numbers, a batch."""
        return tuple([np.asarray(array[number]) for array in self.arrays])

    def take(self, numbers: Sequence[int]) -> tuple[Any, ...]:
        """The batch of the samples with these numbers."""
        return self[numpy.asarray(numbers, numpy.intp)]


def _as_array(values: Any) -> Any:
    return values.detach().numpy() if isinstance(values, wg.Tensor) else numpy.asarray(values)


class Subset(Dataset):
    """Some samples of a dataset.

    >>> import wengert as wg
    >>> subset = wg.data.Subset([10, 20, 30], [2, 0])
    >>> len(subset), subset[0]
    (2, 30)
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices: list[int] = [int(number) for number in indices]

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, number: int) -> Any:
        """One sample."""
        return self.dataset[self.indices[number]]

    @property
    def take(self) -> Any:
        """The batch of the samples with some numbers, if the dataset gives batches."""
        take = self.dataset.take
        return lambda numbers: take([self.indices[number] for number in numbers])


class ConcatDataset(Dataset):
    """The samples of several datasets, one dataset after another.

    >>> import wengert as wg
    >>> both = wg.data.ConcatDataset([[1, 2], [3]])
    >>> len(both), both[2], both[-3]
    (3, 3, 1)
    """

    def __init__(self, datasets: Sequence[Any]) -> None:
        self.datasets: list[Any] = list(datasets)
        self.ends: list[int] = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, number: int) -> Any:
        """One sample."""
        place = number + len(self) if number < 0 else number
        if not 0 <= place < len(self):
            raise IndexError(f"[ConcatDataset] sample {number} of {len(self)} was asked for, wanted one of them")
        which = bisect_right(self.ends, place)
        return self.datasets[which][place - (self.ends[which - 1] if which else 0)]


def random_split(dataset: Any, lengths: Sequence[float], seed: Any = None) -> list[Subset]:
    """Split a dataset at random into parts of given lengths, or of given shares.

    Args:
        dataset: what has a length.
        lengths: of each part; or shares, which sum to 1, where what rounding leaves goes to the first parts.
        seed: of the permutation; or a generator, of NumPy or any other with a method ``permutation``.

    >>> import wengert as wg
    >>> train, test = wg.data.random_split(range(10), [0.8, 0.2], seed=0)
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    counts = _counts(len(dataset), lengths)
    order = generator_of(seed, "random_split").permutation(len(dataset))
    ends = list(accumulate(counts))
    return [Subset(dataset, order[end - count : end].tolist()) for count, end in zip(counts, ends, strict=True)]


def _counts(total: int, lengths: Sequence[float]) -> list[int]:
    if abs(sum(lengths) - 1) < 1e-6 and any(length != int(length) for length in lengths):
        counts = [int(total * share) for share in lengths]
        for place in range(total - sum(counts)):
            counts[place % len(counts)] += 1
        return counts
    if sum(lengths) != total:
        raise ValueError(
            f"[random_split] the lengths {list(lengths)} sum to {sum(lengths)}, wanted {total}, the number of samples; "
            "write shares that sum to 1, as [0.8, 0.2]"
        )
    return [int(length) for length in lengths]
