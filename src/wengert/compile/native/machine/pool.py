"""All cores: a pool of native threads that share the chunks of a loop.

A job is a function ``task(frame, chunk)`` and a number of chunks. Whoever asks works too, and is done when
every chunk is; a worker that comes late finds nothing. What a chunk is does not depend on the number of
threads, so neither do results. A worker spins for a while after a job, then sleeps until it is woken; so does whoever
asks, if others are still at work. Where the system has no POSIX threads (on Windows), whoever asks is alone.
"""

from __future__ import annotations

import ctypes
import os
import threading
from contextlib import suppress
from functools import cache, partial
from typing import Any, NamedTuple

import numpy

from ....core.python.locks import Line
from ...interpreter.layouts import address_of
from .apart import apart
from .disk_cache import key_of
from .host import cores
from .llvm import NativeModule, Source
from .pool_code import written, written_alone
from .pool_layout import FINISHED, MUTEX, POSTED, WORDS, WORKER
from .python import ENTER, set_functions

POSIX = (
    *("pthread_mutex_init", "pthread_cond_init", "pthread_mutex_lock", "pthread_mutex_unlock"),
    *("pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_broadcast", "sched_yield", "clock_gettime"),
    *("pthread_key_create", "pthread_getspecific", "pthread_setspecific"),
)
"""The functions of the system that the threads need."""


class Pool:
    """The threads of this process.

    Attributes:
        address: of the pool's memory.
        share: address of the native function that shares a job.
        share_long: address of the one for a job whose tasks look whether a signal has come.
        look: address of the one that looks whether a signal has come; see `python`.
        enter: the function that runs a segment which looks.
        size: the number of threads that work on a job, the one that asks included.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._memory: Any = numpy.zeros(WORDS + 8, numpy.int64)
        self.address: Any = -(-self._memory.ctypes.data // 64) * 64
        is_alone = not has_posix_threads()
        self._native = NativeModule(lambda: _source(is_alone), key_of("pool", str(is_alone)))
        self.share: int = self._native.address("share")
        self.share_long: int = self._native.address("share_long")
        self.look: int = self._native.address("look")
        self.enter: partial[Any] = partial(ENTER(self._native.address("enter")), self.address)
        self._set_functions()
        if not is_alone:
            self._prepare()
            os.register_at_fork(after_in_child=self._start_again)

    def _set_functions(self) -> None:
        first = (self.address - self._memory.ctypes.data) // 8
        set_functions(self._memory[first:])

    def _prepare(self) -> None:
        """Make the lock and the key, and start the threads."""
        posix = ctypes.CDLL(None)
        posix.pthread_key_create(ctypes.c_void_p(self.address + 8 * WORKER), None)
        posix.pthread_mutex_init(ctypes.c_void_p(self.address + 8 * MUTEX), None)
        for condition in (POSTED, FINISHED):
            posix.pthread_cond_init(ctypes.c_void_p(self.address + 8 * condition), None)
        for _ in range(self.size - 1):
            with suppress(RuntimeError):  # where there may be no more threads, those that there are do everything
                threading.Thread(target=self._work, daemon=True, name="wengert").start()

    def _work(self) -> None:
        """Help with every job, for ever; the memory is there as long."""
        ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self._native.address("worker"))(self.address)

    def _start_again(self) -> None:
        """In a forked child there are no other threads: begin anew."""
        self._memory[:] = 0
        self._set_functions()
        self._prepare()


def _source(is_alone: bool) -> Source:
    return written_alone() if is_alone else written()


def has_posix_threads() -> bool:
    """Whether the system has what the threads of a pool wait with."""
    if not hasattr(os, "register_at_fork"):
        return False
    return all(hasattr(ctypes.CDLL(None), name) for name in POSIX)


def pool() -> Pool:
    """The pool, with a thread for each core that this process may use."""
    return _pool() if _pool.cache_info().currsize else apart(_made)[0]


def _made() -> Pool:
    with _making.lock:
        return _pool()


_making = Line()


@cache
def _pool() -> Pool:
    return Pool(cores() if has_posix_threads() else 1)


def prepare_pool() -> None:
    """Make the pool if there is none, in a thread of its own: LLVM has time for it while Python writes a program."""
    if not _pool.cache_info().currsize:
        with suppress(RuntimeError):  # there may be no more threads: it is made when it is needed
            threading.Thread(target=pool).start()


class Task(NamedTuple):
    """A task that the threads share, in memory: ``task(frame, chunk)``.

    Attributes:
        module: its code, which must live as long as it is run.
        address: where it is.
    """

    module: NativeModule
    address: int

    def run(self, frame: Any, chunks: int) -> None:
        """Let the threads do all chunks; the task is told the words of a frame."""
        words = numpy.array(frame, numpy.int64)
        _share()(pool().address, self.address, address_of(words), chunks)


@cache
def _share() -> Any:
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4)(pool().share)
