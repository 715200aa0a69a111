"""Routines in machine code for operations on raw arrays: the compiler offers them, and operations ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .primitive import Primitive

ArrayRoutine = Callable[..., Any]

_OFFERED: dict[Primitive, Callable[[], ArrayRoutine | None]] = {}
_LOADED: dict[Primitive, ArrayRoutine | None] = {}


def offer(primitive: Primitive, load: Callable[[], ArrayRoutine | None]) -> None:
    """Offer a routine, which takes what `primitive.evaluate` takes; `load` gives it when it is first asked for."""
    _OFFERED[primitive] = load


def routine_of(primitive: Primitive) -> ArrayRoutine | None:
    """The routine of an operation; ``None`` if there is none."""
    if primitive not in _LOADED:
        _LOADED[primitive] = _OFFERED[primitive]() if primitive in _OFFERED else None
    return _LOADED[primitive]
