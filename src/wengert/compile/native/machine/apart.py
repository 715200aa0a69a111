"""Work that interrupts do not reach, in threads of its own.

Python raises `KeyboardInterrupt` in its main thread only, between any two steps there. LLVM does not bear that: what an
interrupt leaves half done is freed in any order, and a lock that it came upon while it was taken is held for ever. So
the main thread asks others to deal with LLVM, and waits.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from ....core.python.locks import PATIENCE, wait_before_forks


class _Owner(weakref.ref[Any]):
    """A reference to an object that something has to be freed with."""

    __slots__ = ("free",)


_owners: set[_Owner] = set()
_gone: deque[_Owner] = deque()
"""Those whose objects are no more. That one is appended takes no step of Python, so that no interrupt is lost there."""


def free_with(owner: Any, free: Callable[[], object]) -> None:
    """Have a function called when an object is no more, by the next thread that works apart."""
    reference = _Owner(owner, _gone.append)
    reference.free = free
    _owners.add(reference)


def _free_what_is_gone() -> None:
    while _gone:
        reference = _gone.popleft()
        _owners.discard(reference)
        reference.free()


def apart(work: Callable[[], Any], threads: int = 1) -> list[Any]:
    """What a function gives, called by so many threads at once, none of which is the main one.

    If the caller is interrupted, the threads go on to their ends.

    Raises:
        BaseException: the first that the function raised.
    """
    calls = [_Call(work) for _ in range(threads)]
    here = calls[:0] if threading.current_thread() is threading.main_thread() else calls[:1]
    for call in calls[len(here) :]:
        call.start()
    for call in here:
        call.run()
    for call in calls:
        call.done.acquire()
    for call in calls:
        if call.error is not None:
            raise call.error
    return [call.result for call in calls]


class _UnderWay:
    """The work that is under way: a fork waits for its end, since a child could not go on with it.

    Attributes:
        ended: tells of ends of works, and is the lock of the count.
        count: how many there are.
    """

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        self.ended = threading.Condition()
        self.count = 0

    def __enter__(self) -> None:
        with self.ended:
            self.count += 1

    def __exit__(self, *exception: Any) -> None:
        with self.ended:
            self.count -= 1
            self.ended.notify_all()

    def wait(self) -> None:
        with self.ended:
            self.ended.wait_for(lambda: not self.count, PATIENCE)


_under_way = _UnderWay()
wait_before_forks(_under_way.wait)

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_under_way.begin_anew)


class _Call:
    """One call of a function.

    Attributes:
        done: a lock that is free when it has ended.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def start(self) -> None:
        """Begin it in a thread of its own; where there can be no other (at the end of a process), in this one."""
        try:
            threading.Thread(target=self.run, name="wengert").start()
        except RuntimeError:
            self.run()

    def run(self) -> None:
        try:
            with _under_way:
                _free_what_is_gone()
                self.result = self.work()
        except BaseException as error:
            self.error = error
        finally:
            self.done.release()
