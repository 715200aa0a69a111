"""What the names of running code lead to."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from ...core.kin import root_of
from ...core.python.source import PACKAGE
from ...core.tensor import Tensor

MOST_OBJECTS = 200_000
"""So many objects are looked at; a tensor that was not found among them counts as found."""

ENDS = (ModuleType, type, CodeType, FrameType, str, bytes, int, float, complex)
"""Kinds of objects that lead to no tensor that was made lately."""


def is_reached(tensor: Tensor, begin: CodeType) -> bool:
    """Whether a name leads to a tensor or a view of it: one in the user's functions that run since `begin` was called,
    or a global one that they, or functions that they know, mention.
    """
    stack, seen = list(_named(begin)), set()
    while stack and len(seen) < MOST_OBJECTS:
        found = stack.pop()
        if id(found) in seen or isinstance(found, ENDS):
            continue
        if isinstance(found, Tensor):
            if root_of(found) is tensor:
                return True
            continue
        seen.add(id(found))
        stack += _led_to(found)
    return bool(stack)


def _named(begin: CodeType) -> Iterator[Any]:
    """What the variables of running functions, and the global names that they mention, lead to."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code is not begin:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            yield from _locals(frame)
            yield from _globals(frame.f_code, frame.f_globals)
        frame = frame.f_back


def _globals(code: CodeType, names: dict[str, Any]) -> Iterator[Any]:
    """What the global names lead to that code mentions, with the functions in it."""
    yield from (names[name] for name in code.co_names if name in names)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _globals(inner, names)


def _locals(frame: FrameType) -> list[Any]:
    """What the variables of a frame hold, of which it keeps no copy."""
    found = frame.f_locals
    values = list(found.values())
    if type(found) is dict and frame.f_code.co_flags & CO_OPTIMIZED:
        found.clear()
    return values


def _led_to(found: Any) -> list[Any]:
    if isinstance(found, FunctionType):
        held = [found.__closure__, found.__defaults__, found.__kwdefaults__, found.__dict__]
        is_of_user = not found.__code__.co_filename.startswith(PACKAGE)
        return [*held, *_globals(found.__code__, found.__globals__)] if is_of_user else held
    return gc.get_referents(found)
