"""``torch.amp``: mixed precision, which on a CPU is that of `wengert.nn.autocast`."""

from __future__ import annotations

from typing import Any

import wengert as wg
from wengert.fronts.face import behind

from .tensor import Tensor, of

__all__ = ["GradScaler", "autocast"]


def autocast(device_type: Any = "cpu", dtype: Any = None, enabled: bool = True, cache_enabled: Any = None) -> Any:
    """A block in which products are of short numbers (see `wengert.nn.autocast`): bfloat16 if nothing else is said."""
    name = "bfloat16" if dtype is None or device_type == "cuda" else dtype.name
    return wg.nn.autocast(name, enabled=bool(enabled) and device_type != "cuda")


class GradScaler:
    """Multiplies a loss against underflow (see `wengert.nn.GradScaler`); as in PyTorch it does nothing without a GPU
    unless it is made for ``"cpu"``."""

    def __init__(self, device: str = "cuda", *args: Any, enabled: bool = True, **kwargs: Any) -> None:
        self._below = wg.nn.GradScaler(*args, **kwargs) if enabled and device == "cpu" else None

    def is_enabled(self) -> bool:
        """Whether it does anything."""
        return self._below is not None

    def get_scale(self) -> float:
        """The factor."""
        return 1.0 if self._below is None else self._below.get_scale()

    def scale(self, outputs: Tensor) -> Tensor:
        """The loss times the factor."""
        return outputs if self._below is None else of(self._below.scale(outputs._tensor))

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer by the factor, before they are clipped, say."""
        if self._below is not None:
            self._below.unscale_(_Engines(optimizer))

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """A step of the optimizer with gradients divided by the factor, if all are finite."""
        return optimizer.step(*args, **kwargs) if self._below is None else self._below.step(_Engines(optimizer))

    def update(self, new_scale: Any = None) -> None:
        """Set the factor for the next step."""
        if self._below is not None:
            self._below.update()


class _Engines:
    """An optimizer as the engine looks at it."""

    def __init__(self, optimizer: Any) -> None:
        self.step = optimizer.step
        self.param_groups = [{"params": behind(list(group["params"]))} for group in optimizer.param_groups]
