"""`Size`: the lengths of the axes of a tensor."""

from __future__ import annotations

from math import prod
from typing import Any

__all__ = ["Size"]


class Size(tuple[int, ...]):
    """A tuple of lengths, which prints as PyTorch's.

    >>> from wengert import torch
    >>> torch.zeros(2, 3).shape
    torch.Size([2, 3])
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this size."""
        return prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(super().__add__(tuple(other)))
