"""Who is watching: the open derivatives, one bit each, and the per-thread mask of those that record.

A tensor carries (through its node) the set of *watches* that depend on it, as a bit mask:

* bit 0, `DEFINE_BY_RUN`, is the dynamic graph: tensors with ``requires_grad``;
* the bits below `RECORDING` are open functional derivatives (`grad`, `jvp`, ...);
* the bits from `RECORDING` up are open recordings without values (`vmap`, transposition).

Bits are handed out from one pool for all threads, so a tensor may cross threads while it is watched.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any, Protocol

DEFINE_BY_RUN = 1
RECORDING = 1 << 299
RECORDINGS = -RECORDING
"""The bits of all recordings."""


class State(threading.local):
    """What each thread has for itself.

    Attributes:
        on: has a bit set for every watch that records in this thread.
        depth: how many functional derivatives are open.
        recordings: how many recordings without values are open.
        kept: the operations of nested walks (see `wengert.core.repeats`), from `DEEP` open derivatives on, and of
            all walks in a compilation.
        repeats: the same, while a walk is under way.
        recorder: the compilation in progress, which admits every tensor that an operation reads, and is told of
            every write.
    """

    on = -1
    depth = 0
    recordings = 0
    kept: dict[Any, Any] | None = None
    repeats: dict[Any, Any] | None = None
    recorder: Any = None


DEEP = 6
"""So many open derivatives are nested deep, so that their walks repeat themselves."""


state = State()

observers: list[Callable[..., None]] = []
"""Functions called after each operation with (primitive, operands, params, result); empty almost always."""


class WalkObserver(Protocol):
    """Follows the walks, node by node (see `wengert.walks.point.observed`)."""

    def enter(self, node: Any) -> None: ...

    def leave(self, node: Any) -> None: ...

    def passed(self, walk: str, node: Any, arrived: Any, left: Any) -> None:
        """A walk (``"forward"``, ``"backward"``, ``"batch"``) met `arrived` at a node, and made `left` of it."""


walk_observers: list[WalkObserver] = []
"""Told of every node that a walk passes; empty almost always."""


class _Pool:
    """Hands out the lowest free bit, counting from `lowest`."""

    def __init__(self, lowest: int, limit: int | None) -> None:
        self.lowest = lowest
        self.limit = limit
        self.used = 0
        self.lock = threading.Lock()

    def take(self) -> int:
        with self.lock:
            bit = self.lowest
            while bit & self.used:
                bit <<= 1
            if bit == self.limit:
                raise RecursionError(
                    "[grad] 298 derivatives are open at once in all threads, wanted fewer, which is the most there is "
                    "room for; look for a transformation that calls itself without end"
                )
            self.used |= bit
            return bit

    def give_back(self, bit: int) -> None:
        with self.lock:
            self.used &= ~bit


_derivatives = _Pool(lowest=2, limit=RECORDING)
_recordings = _Pool(lowest=RECORDING, limit=None)


def recording_watches() -> int:
    """The watches that are open and record in this thread."""
    return state.on & (DEFINE_BY_RUN | _derivatives.used | _recordings.used)


def derivative_watches() -> int:
    """The same, but for a compilation in progress, which gives values to those who ask."""
    return recording_watches() if state.recorder is None else recording_watches() & ~state.recorder.bit


class Watch:
    """An open watch: ``with Watch() as bit`` for a derivative, ``Watch(abstract=True)`` for a recording."""

    __slots__ = ("bit", "pool")

    def __init__(self, abstract: bool = False) -> None:
        self.pool = _recordings if abstract else _derivatives

    def __enter__(self) -> int:
        self.bit = self.pool.take()
        state.depth += self.pool is _derivatives
        state.recordings += self.pool is _recordings
        if state.kept is None and (state.depth == DEEP or (state.depth and state.recorder is not None)):
            state.kept = {}
        return self.bit

    def __exit__(self, *exception: Any) -> None:
        self.pool.give_back(self.bit)
        state.depth -= self.pool is _derivatives
        state.recordings -= self.pool is _recordings
        if state.depth == 0:
            state.kept = None


class Unwatched:
    """Within it, the watches in `bits` do not record (in this thread)."""

    __slots__ = ("before", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> int:
        self.before = state.on
        state.on = self.before & ~self.bits
        return state.on

    def __exit__(self, *exception: Any) -> None:
        state.on = self.before


class _GradMode(ContextDecorator):
    """Sets the define-by-run watch for a block or, as a decorator, for each call of a function."""

    records: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A context manager and decorator; or, written without parentheses, the function decorated."""
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        self._before: list[int] = []

    def __enter__(self) -> None:
        self._before.append(state.on)
        state.on = state.on | DEFINE_BY_RUN if self.records else state.on & ~DEFINE_BY_RUN

    def __exit__(self, *exception: Any) -> None:
        state.on = self._before.pop()

    def _recreate_cm(self) -> _GradMode:
        return type(self)()


class no_grad(_GradMode):  # noqa: N801 - lower case, as in PyTorch
    """Stop the define-by-run watch: nothing computed in the block can be walked by ``backward()``.

    Functional derivatives (`grad`, `jvp`, ...) are not affected.

    >>> import wengert as wg
    >>> x = wg.tensor(3.0, requires_grad=True)
    >>> with wg.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    records = False


class enable_grad(_GradMode):  # noqa: N801
    """Resume the define-by-run watch within a `no_grad` block.

    >>> import wengert as wg
    >>> x = wg.tensor(3.0, requires_grad=True)
    >>> with wg.no_grad(), wg.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    records = True


def is_grad_enabled() -> bool:
    """Whether the define-by-run watch records in this thread."""
    return bool(state.on & DEFINE_BY_RUN)
