"""Threads that compile at once take turns: a recording binds names and tensors of all threads to what has no value."""

from __future__ import annotations

from typing import Any

from ...core.python.locks import Line

TURN_PATIENCE = 10.0
"""Seconds to wait for a turn; after that a deadlock is assumed, and the thread goes on without."""


class Turn:
    """Hold a lock: ``with Turn(line) as has_waited`` tells whether another thread held it just before."""

    __slots__ = ("is_ours", "lock")

    def __init__(self, line: Line) -> None:
        self.lock = line.lock

    def __enter__(self) -> bool:
        self.is_ours = False
        if self.lock._is_owned():  # type: ignore[attr-defined]
            return False
        try:
            has_waited = not self.lock.acquire(blocking=False)
            self.is_ours: bool = not has_waited or self.lock.acquire(timeout=TURN_PATIENCE)
        except BaseException:  # an interrupt, just after the lock was taken or before
            if self.lock._is_owned():  # type: ignore[attr-defined]
                self.lock.release()
            raise
        return has_waited

    def __exit__(self, *exception: Any) -> None:
        if self.is_ours:
            self.lock.release()


_recordings = Line(holds_up_forks=True)


def recording_turn() -> Turn:
    """The turn of recording, which one thread of the process has at a time."""
    return Turn(_recordings)
