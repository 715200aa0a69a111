"""``jax.debug``: printing and calling back, also from compiled functions."""

from __future__ import annotations

from typing import Any

import wengert as wg
from wengert.fronts.face import behind

from ..names import missing_name as _missing_name

__all__ = ["print"]


def print(fmt: str, *args: Any, ordered: bool = False, **kwargs: Any) -> None:
    """Print a line at each call, also in a compiled function (see `wengert.debug.print`)."""
    wg.debug.print(fmt, *behind(args), **behind(kwargs))


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.debug")
