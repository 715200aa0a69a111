"""Trace through ``float(x)`` and ``int(x)``, by rewriting the code that calls them while it is recorded.

The types themselves can only give a number of today. So while a function is recorded, these two names lead to functions
where they are called, and nowhere else: its code, and that of the functions that it calls, has other names there.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from ...core.number import Number
from ...core.tensor import Tensor
from ...numpy.methods.numbers import python_number
from ..interpreter.instructions import calling_others
from ..state.survey import is_of_user


def _following(kind: type) -> Callable[..., Any]:
    def convert(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            if type(args[0]) is Number:
                return args[0].followed(kind)
            if type(args[0]) is Tensor:
                return python_number(args[0], kind.__name__, kind)
        return kind(*args, **kwargs)

    return convert


FOLLOWED_NAMES = {kind.__name__: f"{kind.__name__} (followed)" for kind in (float, int)}
"""The names that rewritten code calls instead; they are no identifiers, so that no source can refer to them."""

for _kind in (float, int):
    setattr(builtins, FOLLOWED_NAMES[_kind.__name__], _following(_kind))

_written: dict[CodeType, CodeType] = {}
"""The original of each rewritten code object."""


@contextmanager
def following_conversions(objects: Iterable[Any]) -> Iterator[None]:
    """A context in which the user's functions among some objects have code that traces ``float`` and ``int``."""
    functions = [f for f in objects if type(f) is FunctionType and is_of_user(f)]
    changed = [
        f for f in functions if FOLLOWED_NAMES.keys().isdisjoint(f.__globals__) and _changed(f.__code__) != f.__code__
    ]
    try:
        for f in changed:
            f.__code__ = _changed(f.__code__)
        yield
    finally:
        for f in changed:
            f.__code__ = _written.get(f.__code__, f.__code__)


@cache
def _changed(code: CodeType) -> CodeType:
    """The code object, and those nested in it, with the names of the two types replaced."""
    if code in _written:
        return code
    changed = calling_others(code, FOLLOWED_NAMES)
    if changed != code:
        _written[changed] = code
    return changed
