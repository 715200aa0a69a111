"""``torch.FloatTensor`` and its like: constructors of one dtype."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np

from .conversion import LEGACY_TYPES
from .creation import sizes, tensor
from .dtypes import dtype
from .tensor import Tensor, of

__all__ = ["LEGACY"]


def _constructor(name: str, of_dtype: dtype) -> Any:
    def make(*data: Any) -> Tensor:
        if not data or all(isinstance(length, int) for length in data):
            return of(np.zeros(sizes(data or (0,)), of_dtype.numpy))
        return tensor(data[0], dtype=of_dtype)

    make.__name__, make.__doc__ = name, f"A tensor of {of_dtype!r}: of a shape, or from numbers."
    return make


LEGACY = {
    name.removeprefix("torch."): _constructor(name.removeprefix("torch."), of_dtype)
    for name, of_dtype in LEGACY_TYPES.items()
}
"""The constructors, by name."""
