"""Rows that are looked up in a table."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..errors import wrong

__all__ = ["embedding", "embedding_bag", "one_hot"]


def embedding(
    input: Any,
    weight: wg.Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
) -> wg.Tensor:
    """The rows of a table with some numbers.

    Args:
        input: integers from 0 on, of any shape.
        weight: the table, of shape (count, features).
        padding_idx: a row that is not learned.
        max_norm: first make rows that are looked up and have a larger norm that long, in the table itself.
        norm_type: the order of the norm.

    Returns:
        Rows, of shape ``(*input.shape, features)``.

    Raises:
        TypeError: the input has no integers.
        IndexError: a number is no row.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.functional.embedding([2, 0], np.array([[1.0], [2.0], [3.0]]))
    tensor([[3.],
           [1.]])
    """
    weight = np.asarray(weight)
    numbers = _row_numbers(input, weight)
    if max_norm is not None:
        _shorten(weight, numbers, max_norm, norm_type)
    rows = weight[numbers]
    if padding_idx is None:
        return rows
    is_padding = np.expand_dims(numbers == padding_idx % len(weight), -1)
    return np.where(is_padding, wg.stop_gradient(rows), rows)


def _row_numbers(input: Any, weight: wg.Tensor) -> wg.Tensor:
    """The numbers of rows; one that is none, negative ones included, is out of the table."""
    numbers = np.asarray(input)
    if numbers.dtype.kind not in "iu":
        raise TypeError(
            f"[embedding] the input has dtype {numbers.dtype}, wanted integers: the numbers of rows; write "
            "x.astype(int)"
        )
    safe = np.where(numbers < 0, len(weight), numbers)
    try:
        if safe.size:
            _ = weight[np.max(safe)]
    except IndexError as error:
        raise IndexError(
            f"[embedding] the input reaches from {np.min(numbers).item()} to {np.max(numbers).item()}, wanted rows "
            f"from 0 to {len(weight) - 1}; write other numbers, or a larger num_embeddings where the table is made"
        ) from error
    return safe


def _shorten(weight: wg.Tensor, numbers: wg.Tensor, max_norm: float, norm_type: float) -> None:
    with wg.no_grad():
        found = wg.stop_gradient(weight)
        norms = np.linalg.norm(found, ord=norm_type, axis=1, keepdims=True)
        used = np.any(numbers.reshape(-1, 1) == numpy.arange(len(weight)), axis=0)
        too_long = np.expand_dims(used, 1) & (norms > max_norm)
        shortened = np.where(too_long, found * (max_norm / (norms + 1e-7)), found)
        weight.copy_(weight + (shortened - found))  # the table is still what is differentiated


def embedding_bag(
    input: Any,
    weight: wg.Tensor,
    offsets: Any = None,
    mode: str = "mean",
    per_sample_weights: Any = None,
    padding_idx: int | None = None,
    include_last_offset: bool = False,
    max_norm: float | None = None,
    norm_type: float = 2.0,
) -> wg.Tensor:
    """The sum, mean or maximum of the rows of each bag of numbers; 0 for an empty bag.

    Args:
        input: bags of one length, of shape (N, length); or all of them one after the other, with `offsets`.
        weight: the table, of shape (count, features).
        offsets: where each bag begins.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        per_sample_weights: factors of the rows, of the shape of `input`, for ``"sum"``.
        padding_idx: a row that does not count.
        include_last_offset: the last offset is where the last bag ends.
        max_norm: as for `embedding`.
        norm_type: as for `embedding`.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.functional.embedding_bag([0, 1, 2], np.array([[1.0], [2.0], [3.0]]), offsets=[0, 2], mode="sum")
    tensor([[3.],
           [3.]])
    """
    if mode not in ("sum", "mean", "max"):
        raise wrong("embedding_bag", f"mode={mode!r}", '"sum", "mean" or "max"', 'write mode="sum"')
    numbers = np.asarray(input)
    if mode != "max" and numbers.ndim == 2:
        return _totals_of_equal_bags(numbers, weight, mode, per_sample_weights, padding_idx, max_norm, norm_type)
    if numbers.ndim == 2:
        offsets, per_bag = numpy.arange(numbers.shape[0]) * numbers.shape[1], numbers.shape[0]
    else:
        offsets = np.asarray(offsets)
        offsets = offsets[:-1] if include_last_offset else offsets
        per_bag = len(offsets)
    numbers = numbers.reshape(-1)
    rows, counts = _rows_that_count(numbers, weight, per_sample_weights, padding_idx, max_norm, norm_type)
    bags = np.searchsorted(offsets, numpy.arange(len(numbers)), side="right") - 1
    if mode == "max":
        return _maximum_of_bags(rows, counts, bags, per_bag)
    return _sum_of_bags(rows, counts, bags, per_bag, mode)


def _rows_that_count(
    numbers: wg.Tensor, weight: Any, per_sample_weights: Any, padding_idx: int | None, max_norm: Any, norm_type: float
) -> tuple[wg.Tensor, wg.Tensor]:
    """The rows of some numbers, with their factors, and which of them are no padding."""
    rows = embedding(numbers, weight, None, max_norm, norm_type)
    if per_sample_weights is not None:
        rows = rows * np.asarray(per_sample_weights, rows.dtype).reshape(*numbers.shape, 1)
    return rows, np.not_equal(numbers, -1 if padding_idx is None else padding_idx % len(weight))


def _totals_of_equal_bags(numbers: wg.Tensor, weight: Any, mode: str, *how: Any) -> wg.Tensor:
    rows, counts = _rows_that_count(numbers, weight, *how)
    totals = np.sum(np.where(np.expand_dims(counts, -1), rows, 0), axis=1)
    if mode == "sum":
        return totals
    return totals / np.maximum(np.sum(counts, axis=1, keepdims=True, dtype=rows.dtype), 1)


def _sum_of_bags(rows: wg.Tensor, counts: wg.Tensor, bags: wg.Tensor, per_bag: int, mode: str) -> wg.Tensor:
    totals = _added(np.where(np.expand_dims(counts, -1), rows, 0), bags, per_bag)
    if mode == "sum":
        return totals
    return totals / np.maximum(_added(np.expand_dims(counts.astype(rows.dtype), -1), bags, per_bag), 1)


def _added(rows: wg.Tensor, bags: wg.Tensor, count: int) -> wg.Tensor:
    totals = np.zeros((count, rows.shape[-1]), rows.dtype)
    numpy.add.at(totals, bags, rows)
    return totals


def _maximum_of_bags(rows: wg.Tensor, counts: wg.Tensor, bags: wg.Tensor, per_bag: int) -> wg.Tensor:
    belongs = np.equal(np.expand_dims(bags, 0), numpy.arange(per_bag)[:, None]) & np.expand_dims(counts, 0)
    found = np.max(np.where(np.expand_dims(belongs, -1), np.expand_dims(rows, 0), -numpy.inf), axis=1)
    return np.where(np.expand_dims(np.any(belongs, axis=1), -1), found, 0)


def one_hot(tensor: Any, num_classes: int = -1) -> wg.Tensor:
    """1 at the number of each class, 0 elsewhere, along a new last axis: integers.

    >>> import wengert as wg
    >>> wg.nn.functional.one_hot([1, 0], 3)
    tensor([[0, 1, 0],
           [1, 0, 0]])
    """
    numbers = np.asarray(tensor)
    if numbers.dtype.kind not in "iub":
        raise TypeError(
            f"[one_hot] the input has dtype {numbers.dtype}, wanted integers: the number of a class each; write "
            "x.astype(int)"
        )
    count = int(np.max(numbers)) + 1 if num_classes == -1 else num_classes
    return np.equal(np.expand_dims(numbers, -1), numpy.arange(count)).astype(int)
