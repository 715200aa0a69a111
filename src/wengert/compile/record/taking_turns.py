"""Threads that compile at once take turns: a recording binds names and tensors of all threads to what has no value."""

from __future__ import annotations

from typing import Any

from ...core.locks import Line

TURN_PATIENCE = 10.0
"""So many seconds a thread waits for its turn; then the other may be waiting for it, and goes on meanwhile."""


class Turn:
    """Within it no other thread has a lock; ``with Turn(line) as has_waited`` tells whether one had it just before."""

    __slots__ = ("is_ours", "lock")

    def __init__(self, line: Line) -> None:
        self.lock = line.lock

    def __enter__(self) -> bool:
        self.is_ours = False
        if self.lock._is_owned():  # type: ignore[attr-defined]
            return False
        try:
            has_waited = not self.lock.acquire(blocking=False)
            self.is_ours = not has_waited or self.lock.acquire(timeout=TURN_PATIENCE)
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
    """The turn of a thread that records, among all."""
    return Turn(_recordings)
