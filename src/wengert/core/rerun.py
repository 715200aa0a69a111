"""What a function that is run again is given once more: draws of random numbers, whose state has moved on.

A checkpointed function is run again by each walk, and must compute what it has computed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from .source import at_line

T = TypeVar("T")


class _Runs(threading.local):
    """What is under way in a thread.

    Attributes:
        noting: for each run that may be repeated what it was given.
        repeating: what a run is given again.
        body: the loop whose body is being recorded, once for all turns; it cannot carry such state.
    """

    def __init__(self) -> None:
        self.noting: list[list[Any]] = []
        self.repeating: Iterator[Any] | None = None
        self.body: str | None = None


_runs = _Runs()


def once(make: Callable[[], T]) -> T:
    """What is made of state that moves on; in a run that is a repetition, what the first one made.

    Raises:
        RuntimeError: it would be the same on every turn of a loop.
    """
    if _runs.body is not None:
        raise RuntimeError(
            f"[{_runs.body}] the body draws random numbers by a generator, and is recorded once for all turns (within "
            "vmap, or with memory=), so that each turn would draw the same ones; wanted draws by a key that the loop "
            f"carries; write key, own = wg.random.split(key) and wg.random.normal(key=own){at_line()}"
        )
    made = make() if _runs.repeating is None else next(_runs.repeating)
    for noted in _runs.noting:
        noted.append(made)
    return made


@contextmanager
def for_all_turns(op: str) -> Iterator[None]:
    """Record the body of a loop that cannot carry what moves on."""
    before, _runs.body = _runs.body, op
    try:
        yield
    finally:
        _runs.body = before


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
