"""Whether derivatives are followed: ``no_grad`` and its like, as context managers and as decorators."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

import wengert as wg

__all__ = ["inference_mode", "set_grad_enabled"]


def _mode(enabled: bool) -> AbstractContextManager[Any]:
    return wg.enable_grad() if enabled else wg.no_grad()


class inference_mode:  # noqa: N801 - as in PyTorch
    """Follow nothing: ``with torch.inference_mode(): ...``, or above a function."""

    def __init__(self, mode: Any = True) -> None:
        self._function = mode if callable(mode) else None
        self._enter = bool(mode)

    def __new__(cls, mode: Any = True) -> Any:
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __enter__(self) -> None:
        self._context = wg.no_grad() if self._enter else nullcontext()
        self._context.__enter__()

    def __exit__(self, *exception: Any) -> None:
        self._context.__exit__(*exception)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with wg.no_grad():
                return function(*args, **kwargs)

        return call


class set_grad_enabled:  # noqa: N801 - as in PyTorch
    """Follow derivatives or not, within a ``with`` block.

    Called as a function it has no end here, as it would reach into others' code: write it as a context manager.
    """

    def __init__(self, mode: bool) -> None:
        self._mode = bool(mode)

    def __enter__(self) -> None:
        self._context = _mode(self._mode)
        self._context.__enter__()

    def __exit__(self, *exception: Any) -> None:
        self._context.__exit__(*exception)
