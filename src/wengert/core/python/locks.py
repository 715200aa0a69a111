"""Locks that a fork does not leave taken: in the child there is nobody who would release them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

PATIENCE = 30.0
"""So many seconds a fork waits for what it would interrupt."""


class Line:
    """What threads wait in, one after the other: ``with line.lock``; a forked child finds it empty.

    Args:
        holds_up_forks: whether a fork waits for its turn as well, since the child could not do with what is half done.
    """

    __slots__ = ("__weakref__", "lock")

    def __init__(self, holds_up_forks: bool = False) -> None:
        self.lock: threading.RLock = threading.RLock()
        _lines.add(self)
        if holds_up_forks:
            _before_forks.append(self)


_lines: WeakSet[Line] = WeakSet()
_before_forks: list[Line] = []
_waits: list[Callable[[], Any]] = []


def wait_before_forks(wait: Callable[[], Any]) -> None:
    """Have a function called before each fork, when the lines that hold it up are taken."""
    _waits.append(wait)


class _Fork(threading.local):
    """What the thread that forks does."""

    taken: list[Any]

    def begin(self) -> None:
        self.taken = [line.lock for line in _before_forks if line.lock.acquire(timeout=PATIENCE)]
        for wait in _waits:
            wait()

    def end(self) -> None:
        for lock in self.taken:
            lock.release()

    def begin_child(self) -> None:
        for line in list(_lines):
            line.lock = threading.RLock()


_fork = _Fork()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_fork.begin, after_in_parent=_fork.end, after_in_child=_fork.begin_child)
