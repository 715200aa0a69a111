"""Functions made of other functions, which can be pickled and copied: as their name, or as what they were made of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial, reduce, update_wrapper
from types import FunctionType, MethodType
from typing import Any


class Made(partial[Any]):
    """A function that was made of another: ``run(f, *options, *args, **kwargs)`` for each call.

    It has the name of `f`, and is bound to objects as a method is, as far as it stands in a class.
    """

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        return found_as(self) or (made, (self.func, *self.args))

    def __repr__(self) -> str:
        return f"<{self.func.__name__.strip('_')} of {self.args[0]!r}>"


def made(run: Callable[..., Any], f: Callable[..., Any], *options: Any) -> Made:
    """The function that calls ``run(f, *options, *args, **kwargs)``, where `run` is found by its name in its module."""
    function = Made(run, f, *options)
    update_wrapper(function, f)
    return function


def found_as(function: Any) -> str | None:
    """The name under which its module has a function, as if it were defined there: what a decorator gives."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    found = reduce(lambda held, part: getattr(held, part, None), name.split("."), sys.modules.get(module or ""))
    return name if found is function else None


def published(module: str, names: dict[str, Any]) -> None:
    """Let the functions among the names of a module that were made elsewhere be found there, as pickling does."""
    for name, f in list(names.items()):
        if type(f) is FunctionType and not name.startswith("_") and found_as(f) is None:
            own = f.__name__ if names.get(f.__name__) is f else name
            f.__module__, f.__qualname__ = module, own
