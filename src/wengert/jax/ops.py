"""``jax.ops``: sums and other results of segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy

import wengert.numpy as np

from .array import Array, as_tensor, of

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]


def _least(dtype: Any) -> Any:
    return -numpy.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _largest(dtype: Any) -> Any:
    return numpy.inf if dtype.kind == "f" else np.iinfo(dtype).max


def _of_segments(name: str, ufunc: Any, start: Callable[[Any], Any]) -> Callable[..., Array]:
    def results(data: Any, segment_ids: Any, num_segments: int | None = None, *_: Any, **__: Any) -> Array:
        values, segments = as_tensor(data), as_tensor(segment_ids)
        count = int(np.max(segments)) + 1 if num_segments is None else num_segments
        found = np.full((count, *values.shape[1:]), start(values.dtype), values.dtype)
        ufunc.at(found, segments, values)
        return of(found)

    results.__name__, results.__doc__ = name, f"`wengert.numpy.{ufunc.__name__}` of the rows of each segment."
    return results


segment_sum: Final = _of_segments("segment_sum", np.add, lambda _: 0)
segment_prod: Final = _of_segments("segment_prod", np.multiply, lambda _: 1)
segment_max: Final = _of_segments("segment_max", np.maximum, _least)
segment_min: Final = _of_segments("segment_min", np.minimum, _largest)
