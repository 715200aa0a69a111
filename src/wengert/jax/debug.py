"""``jax.debug``: printing and calling back, also from compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
from wengert.fronts.face import behind

from ..names import missing_name as _missing_name
from .array import arrays

__all__ = ["callback", "print"]


def print(fmt: str, *args: Any, ordered: bool = False, **kwargs: Any) -> None:
    """Print a line at each call, also in a compiled function (see `wengert.debug.print`)."""
    wg.debug.print(fmt, *behind(args), **behind(kwargs))


def callback(callback: Callable[..., Any], *args: Any, ordered: bool = False, **kwargs: Any) -> None:
    """Call a function at each call, also of a compiled function (see `wengert.debug.callback`)."""
    wg.debug.callback(lambda *given, **named: callback(*arrays(given), **arrays(named)), *args, **kwargs)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.debug")
