"""Bypass memoising caches, such as `functools.lru_cache`, while a function is recorded.

While a function is recorded, its cached helpers are called as if they had no cache: what they would keep has no value
when the recording has ended, and what they have kept is of another call.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..state.bindings import Binding

CACHED = type(functools.lru_cache(lambda: None))


@contextmanager
def without_caches(bindings: Iterable[Binding]) -> Iterator[None]:
    """A context in which names of memoised functions are bound to the functions without their caches."""
    cached = [(binding, uncached(binding.value)) for binding in bindings]
    cached = [(binding, function) for binding, function in cached if function is not None]
    try:
        for binding, function in cached:
            binding.write(function)
        yield
    finally:
        for binding, _ in cached:
            binding.write(binding.value)


def uncached(value: Any) -> Any:
    """The function behind a memoising wrapper; ``None`` if it is none."""
    if type(value) is CACHED:
        return value.__wrapped__
    if type(value) in (staticmethod, classmethod) and type(value.__func__) is CACHED:
        return type(value)(value.__func__.__wrapped__)
    return None
