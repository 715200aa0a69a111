"""What a function that is run again is given once more: draws of random numbers, whose state has moved on.

A checkpointed function is run again by each walk, and must compute what it has computed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from .node import next_sequence
from .python.source import at_line
from .tensor import Tensor

T = TypeVar("T")


class _Runs(threading.local):
    """What is under way in a thread.

    Attributes:
        noting: for each run that may be repeated what it was given.
        repeating: what a run is given again.
        body: the loop whose body is being recorded, once for all turns, which cannot carry state from outside; and
            where in the list its body begins.
    """

    def __init__(self) -> None:
        self.noting: list[list[Any]] = []
        self.repeating: Iterator[Any] | None = None
        self.body: tuple[str, int] | None = None


_runs = _Runs()


def once(make: Callable[[], T], of: Tensor) -> T:
    """What is made of state that moves on; in a run that is a repetition, what the first one made.

    State that belongs to the body of a loop, such as a part of its carry, is another one on each turn.

    Raises:
        RuntimeError: it would be the same on every turn of a loop.
    """
    if _runs.body is not None:
        op, begin = _runs.body
        if of._node.sequence < begin:
            return make()
        raise RuntimeError(
            f"[{op}] the body draws random numbers by a generator, and is recorded once for all turns (within "
            "vmap, or with memory=), so that each turn would draw the same ones; wanted a generator, or a key, that "
            "the loop carries; write while_loop(test, body, (x, rng)), or key, own = wg.random.split(key) and "
            f"wg.random.normal(key=own){at_line()}"
        )
    made = make() if _runs.repeating is None else next(_runs.repeating)
    for noted in _runs.noting:
        noted.append(made)
    return made


@contextmanager
def for_all_turns(op: str) -> Iterator[None]:
    """Record the body of a loop that cannot carry what moves on."""
    before, _runs.body = _runs.body, (op, next_sequence())
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
