"""Sequences of different lengths, padded to one length or packed without padding, in PyTorch's habits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ..errors import wrong

__all__ = [
    "PackedSequence", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence", "unpack_sequence",
    "unpad_sequence",
]  # fmt: skip


class PackedSequence(NamedTuple):
    """Sequences without padding: the first step of all, then the second of all that have one, and so on.

    Attributes:
        data: the steps, of shape ``(sum of the lengths, *features)``.
        batch_sizes: how many sequences have each step.
        sorted_indices: the order from the longest to the shortest in which they are here, or ``None``: that they had.
        unsorted_indices: the order that leads back, or ``None``.
    """

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack padded sequences.

    Args:
        input: of shape ``(T, N, *features)``, or ``(N, T, *features)`` if `batch_first`.
        lengths: how many steps of each sequence count, at least 1.
        batch_first: see `input`.
        enforce_sorted: the sequences go from the longest to the shortest already.

    Raises:
        ValueError: a length is below 1 or above T, there are too many or too few, or they are not sorted.

    >>> import wengert as wg, wengert.numpy as np
    >>> packed = wg.nn.utils.rnn.pack_padded_sequence(np.arange(6.0).reshape(3, 2), [3, 1])
    >>> packed.data, packed.batch_sizes.tolist()
    (tensor([0., 1., 2., 4.]), [2, 1, 1])
    """
    x = np.asarray(input)
    x = np.swapaxes(x, 0, 1) if batch_first else x
    counts = numpy.asarray(lengths)
    _check_lengths(counts, x.shape, enforce_sorted)
    order = numpy.argsort(-counts, kind="stable")
    sizes = batch_sizes_of(counts)
    steps, rows = places(sizes)
    data = x[steps, rows if enforce_sorted else order[rows]]
    return PackedSequence(data, sizes, *(() if enforce_sorted else (order, numpy.argsort(order))))


def _check_lengths(counts: Any, shape: tuple[int, ...], enforce_sorted: bool) -> None:
    op = "pack_padded_sequence"
    if counts.shape != shape[1:2] or counts.size == 0 or counts.min() < 1 or counts.max() > shape[0]:
        raise wrong(
            op,
            f"lengths {counts.tolist()} for {shape[1]} sequences of {shape[0]} steps",
            f"{shape[1]} lengths from 1 to {shape[0]}",
            "write one for each sequence, and batch_first=True where the sequences are the first axis",
        )
    if enforce_sorted and numpy.any(numpy.diff(counts) > 0):
        raise wrong(op, f"lengths {counts.tolist()}", "the longest first", "write enforce_sorted=False")


def batch_sizes_of(counts: Any) -> Any:
    """How many sequences have each step."""
    return (counts[None, :] > numpy.arange(counts.max())[:, None]).sum(1)


def places(batch_sizes: Any) -> tuple[Any, Any]:
    """For each row of packed data its step, and its sequence among the sorted ones."""
    sizes = numpy.asarray(batch_sizes)
    steps = numpy.repeat(numpy.arange(len(sizes)), sizes)
    return steps, numpy.arange(len(steps)) - (numpy.cumsum(sizes) - sizes)[steps]


def lengths_of(sequence: PackedSequence) -> Any:
    """The lengths of the sequences, as they are sorted."""
    sizes = numpy.asarray(sequence.batch_sizes)
    return (sizes[:, None] > numpy.arange(sizes[0])[None, :]).sum(0)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[wg.Tensor, Any]:
    """The padded sequences, and their lengths: the reverse of `pack_padded_sequence`.

    >>> import wengert as wg, wengert.numpy as np
    >>> packed = wg.nn.utils.rnn.pack_sequence([np.array([1.0, 2.0]), np.array([3.0])])
    >>> wg.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)[0]
    tensor([[1., 2.],
           [3., 0.]])
    """
    counts = lengths_of(sequence)
    steps, rows = places(sequence.batch_sizes)
    length = total_length or len(sequence.batch_sizes)
    data = np.asarray(sequence.data)
    index = numpy.full((length, len(counts)), len(data))  # a row of padding
    index[steps, rows] = numpy.arange(len(data))
    padding = np.full((1, *data.shape[1:]), padding_value, data.dtype)
    padded = np.concatenate([data, padding])[index]
    if sequence.unsorted_indices is not None:
        padded, counts = padded[:, sequence.unsorted_indices], counts[sequence.unsorted_indices]
    return np.swapaxes(padded, 0, 1) if batch_first else padded, counts


def pad_sequence(sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0) -> wg.Tensor:
    """Sequences of shapes ``(length, *features)`` in one array, padded at the end.

    >>> import wengert as wg
    >>> wg.nn.utils.rnn.pad_sequence([[1.0, 2.0], [3.0]], batch_first=True)
    tensor([[1., 2.],
           [3., 0.]])
    """
    arrays = [np.asarray(sequence) for sequence in sequences]
    shapes = list(dict.fromkeys(array.shape[1:] for array in arrays))
    if len(shapes) != 1:
        given = f"sequences whose elements have the shapes {', '.join(map(str, shapes))}" if shapes else "no sequence"
        raise wrong("pad_sequence", given, "elements of one shape", "write a list of arrays (length, *features)")
    length = max(len(array) for array in arrays)
    rows = [
        np.pad(array, [(0, length - len(array)), *[(0, 0)] * (array.ndim - 1)], constant_values=padding_value)
        for array in arrays
    ]
    return np.stack(rows, axis=0 if batch_first else 1)


def unpad_sequence(padded: Any, lengths: Any, batch_first: bool = False) -> list[wg.Tensor]:
    """The sequences of an array that is padded at the end."""
    rows = np.asarray(padded) if batch_first else np.swapaxes(np.asarray(padded), 0, 1)
    return [rows[i, : int(length)] for i, length in enumerate(lengths)]


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of shapes ``(length, *features)``."""
    return pack_padded_sequence(pad_sequence(sequences), [len(s) for s in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(sequence: PackedSequence) -> list[wg.Tensor]:
    """The sequences that were packed."""
    return unpad_sequence(*pad_packed_sequence(sequence))
