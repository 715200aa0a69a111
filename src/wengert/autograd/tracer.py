"""``autograd.tracer``: whether something is being differentiated."""

from __future__ import annotations

from typing import Any

import wengert as wg

from .plain import plain

__all__ = ["getval", "isbox"]


def getval(x: Any) -> Any:
    """The value, which nothing is differentiated through."""
    return plain(x)


def isbox(x: Any) -> bool:
    """Whether a value is one that derivatives go through."""
    return isinstance(x, wg.Tensor)
