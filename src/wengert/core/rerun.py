"""What a function that is run again is given once more: draws of random numbers, whose state has moved on.

A checkpointed function is run again by each walk, and must compute what it has computed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class _Runs(threading.local):
    """What is under way in a thread.

    Attributes:
        noting: for each run that may be repeated what it was given.
        repeating: what a run is given again.
    """

    def __init__(self) -> None:
        self.noting: list[list[Any]] = []
        self.repeating: Iterator[Any] | None = None


_runs = _Runs()


def once(make: Callable[[], T]) -> T:
    """What is made of state that moves on; in a run that is a repetition, what the first one made."""
    made = make() if _runs.repeating is None else next(_runs.repeating)
    for noted in _runs.noting:
        noted.append(made)
    return made


@contextmanager
def noting() -> Iterator[list[Any]]:
    """Note what is made, for repetitions."""
    noted: list[Any] = []
    _runs.noting.append(noted)
    try:
        yield noted
    finally:
        _runs.noting.pop()


@contextmanager
def repeating(noted: list[Any]) -> Iterator[None]:
    """Give again what was noted."""
    before, _runs.repeating = _runs.repeating, iter(noted)
    try:
        yield
    finally:
        _runs.repeating = before
