"""Threads that compile at once take turns: a recording binds names and tensors of all threads to what has no value."""

from __future__ import annotations

import os
from threading import RLock
from typing import Any

PATIENCE = 10.0
"""So many seconds a thread waits for its turn; then the other may be waiting for it, and goes on meanwhile."""


class Turn:
    """Within it no other thread has a lock; ``with Turn(lock) as has_waited`` tells whether one had it just before."""

    __slots__ = ("is_ours", "lock")

    def __init__(self, lock: Any) -> None:
        self.lock = lock

    def __enter__(self) -> bool:
        has_waited = not self.lock.acquire(blocking=False)
        self.is_ours = not has_waited or self.lock.acquire(timeout=PATIENCE)
        return has_waited

    def __exit__(self, *exception: Any) -> None:
        if self.is_ours:
            self.lock.release()


class _Line:
    """What threads wait in; a forked child has nobody to wait for."""

    def __init__(self) -> None:
        self.stand()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.stand)

    def stand(self) -> None:
        self.lock = RLock()


_line = _Line()


def recording_turn() -> Turn:
    """The turn of a thread that records, among all."""
    return Turn(_line.lock)
