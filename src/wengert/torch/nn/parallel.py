"""``DataParallel``: on one device it is the module itself."""

from __future__ import annotations

from typing import Any

from .module import Module

__all__ = ["DataParallel", "DistributedDataParallel"]


class DataParallel(Module):
    """A module that would be run on several devices, and is run on the only one.

    Attributes:
        module: the module.
    """

    def __init__(self, module: Module, *_: Any, **__: Any) -> None:
        super().__init__()
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)


DistributedDataParallel = DataParallel
