"""Methods that write to a tensor and have no other name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import wengert as wg
from wengert.fronts.face import behind

from ..registry import method
from ..tensor import Tensor

__all__ = ["forget_gradients", "replace"]


def replace(tensor: Tensor, value: Any) -> None:
    """``x.data = value``: let a tensor have other elements, also of another shape, and stay the leaf that it is."""
    with wg.no_grad():
        found = behind(value).detach()
        mine = tensor._tensor
        if found.shape == mine.shape and found.dtype == mine.dtype:
            mine.detach()[...] = found
        else:
            tensor._tensor = found.clone().requires_grad_(tensor.requires_grad)


def forget_gradients(parameters: Iterable[Tensor], set_to_none: bool) -> None:
    """Let ``.grad`` of each be ``None``, or 0 where there is one."""
    for parameter in parameters:
        if set_to_none or parameter.grad is None:
            parameter.grad = None
        else:
            zero_(parameter.grad)


@method
def zero_(self: Tensor) -> Tensor:
    """0 everywhere; the tensor itself."""
    self._tensor[...] = 0
    return self


@method
def fill_(self: Tensor, value: Any) -> Tensor:
    """One value everywhere; the tensor itself."""
    self._tensor[...] = behind(value)
    return self
