"""Threads that compile at once take turns: a recording binds names and tensors of all threads to what has no value."""

from __future__ import annotations

import os
from threading import RLock
from typing import Any

PATIENCE = 10.0
"""So many seconds a thread waits for its turn; then the other may be waiting for it, and goes on meanwhile."""


class _Line:
    """What threads wait in; a forked child has nobody to wait for."""

    def __init__(self) -> None:
        self.stand()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.stand)

    def stand(self) -> None:
        self.lock = RLock()


_line = _Line()


class Turn:
    """Within it no other thread records; ``with Turn() as has_waited`` tells whether one did just before."""

    __slots__ = ("lock",)

    def __enter__(self) -> bool:
        lock = _line.lock
        has_waited = not lock.acquire(blocking=False)
        self.lock = lock if not has_waited or lock.acquire(timeout=PATIENCE) else None
        return has_waited

    def __exit__(self, *exception: Any) -> None:
        if self.lock is not None:
            self.lock.release()
