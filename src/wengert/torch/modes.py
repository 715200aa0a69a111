"""Whether derivatives are followed: ``inference_mode`` and ``set_grad_enabled``."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import wengert as wg

__all__ = ["inference_mode", "set_grad_enabled"]


def inference_mode(mode: Any = True) -> Any:
    """Follow nothing: ``with torch.inference_mode(): ...``, or above a function."""
    if callable(mode):
        return wg.no_grad()(mode)
    return wg.no_grad() if mode else nullcontext()


class set_grad_enabled:  # noqa: N801 - as in PyTorch
    """Follow derivatives or not, from now on, or until the end of the ``with`` block that it begins.

    >>> from wengert import torch
    >>> with torch.set_grad_enabled(False):
    ...     (torch.ones(1, requires_grad=True) * 2).requires_grad
    False
    """

    def __init__(self, mode: bool) -> None:
        self._context = wg.enable_grad() if mode else wg.no_grad()
        self._context.__enter__()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: Any) -> None:
        self._context.__exit__(*exception)
