"""Who is watching: the open derivatives, one bit each, and the mask of those that record.

A tensor carries (through its node) the set of *watches* that depend on it, as a bit mask:

* bit 0, `DEFINE_BY_RUN`, is the dynamic graph: tensors with ``requires_grad``;
* the bits below `RECORDING` are open functional derivatives (`grad`, `jvp`, ...);
* the bits from `RECORDING` up are open recordings without values (`vmap`, transposition).

Bits are handed out from one pool for all threads, so a tensor may cross threads while it is watched. Which of them
record is a context variable, so that tasks that take turns on one thread do not change it for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar, Token
from types import MappingProxyType
from typing import Any, Final, Protocol

from .compilation import Compilation
from .python.locks import Line
from .python.stepwise import within

DEFINE_BY_RUN = 1
LENDING = 2
"""No watch; set in `ON` where raw arrays may be anybody's, and not where a walk computes with its own."""
USUAL = 4
"""No watch; not set in `ON` in blocks of `CONTEXTS`, where Python asks what holds there before compiled code runs."""
RECORDING = 1 << 301
RECORDINGS = -RECORDING
"""The bits of all recordings."""

ON: ContextVar[int] = ContextVar("wengert_on", default=-1)
"""Has a bit set for every watch that records in this thread or task (and `LENDING`, and `USUAL`)."""

CONTEXTS: list[ContextVar[Any]] = []
"""Context variables on which what is called here may depend: compiled functions look whether they have changed."""

records: Final = ON.get
"""The value of `ON`: what operations ask, since it takes less time than an attribute of a thread."""


def put_back(token: Token[Any], default: Any) -> None:
    """Undo a setting of a context variable: if there was none before, there is none again.

    (NumPy looks for a context variable of its own at each operation, and an empty context is searched in no time.)
    """
    try:
        token.var.reset(token)
    except (ValueError, RuntimeError):  # it was set in a context of which this one is a copy
        token.var.set(default if token.old_value is Token.MISSING else token.old_value)


class State(threading.local):
    """What each thread has for itself.

    Attributes:
        depth: how many functional derivatives are open.
        recordings: how many recordings without values are open.
        kept: the operations of nested walks (see `wengert.core.repeats`), from `DEEP` open derivatives on, and of
            all walks in a compilation.
        repeats: the same, while a walk is under way.
        batches: how many functions of one example `vmap` is recording.
        examples: for each of them, by its watch bit, what gives the number of the example, for those who ask.
        axes: the batches of those whose axis was given a name, by that name (see `wengert.transforms.vectorize`).
        sizes: tangents of sizes, while derivatives are open (see `wengert.ops.sizes`).
        limits: how many limits of products with these are being looked for, one within another.
        followers: how many blocks follow each operation; within them compiled functions run operation by operation.
        openers: how many blocks want the operations within checkpointed functions as well.
        recorder: the compilation in progress, which admits every tensor that an operation reads, and is told of
            every write.
        lookout: who looks at users' code while it is recorded (see `wengert.core.lookout`).
    """

    depth = 0
    recordings = 0
    batches = 0
    examples: Mapping[int, Callable[[], Any]] = MappingProxyType({})
    axes: Mapping[Any, Any] = MappingProxyType({})
    followers = 0
    openers = 0
    kept: dict[Any, Any] | None = None
    repeats: dict[Any, Any] | None = None
    sizes: dict[Any, Any] | None = None
    limits: int = 0
    recorder: Compilation | None = None
    lookout: Callable[..., None] | None = None

    @property
    def on(self) -> int:
        """The value of `ON`."""
        return records()

    @on.setter
    def on(self, bits: int) -> None:
        ON.set(bits)


DEEP = 6
"""So many open derivatives are nested deep, so that their walks repeat themselves."""


state: Final = State()


def compilation() -> Compilation:
    """The compilation in progress, for those who run in one."""
    recorder = state.recorder
    assert recorder is not None
    return recorder


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
        self.line: Line = Line()

    def take(self, watch: Watch) -> None:
        """Give a watch its bit, all at once for interrupts."""
        with self.line.lock:
            bit = self.lowest
            while bit & self.used:
                bit <<= 1
            if bit == self.limit:
                raise RecursionError(
                    "[grad] 298 derivatives are open at once in all threads, wanted fewer, which is the most there is "
                    "room for; look for a transformation that calls itself without end"
                )
            watch.bit = bit
            self.used |= bit

    def give_back(self, watch: Watch) -> None:
        """The inverse; a watch without a bit gives nothing."""
        with self.line.lock:
            self.used &= ~watch.bit
            watch.bit = 0


_derivatives = _Pool(lowest=2 * USUAL, limit=RECORDING)
_recordings = _Pool(lowest=RECORDING, limit=None)


def recording_watches() -> int:
    """The watches that are open and record here."""
    return records() & (DEFINE_BY_RUN | _derivatives.used | _recordings.used)


def derivative_watches() -> int:
    """The same, but for a compilation in progress, which gives values to those who ask."""
    return recording_watches() if state.recorder is None else recording_watches() & ~state.recorder.bit


class Watch:
    """An open watch: ``with Watch() as bit`` for a derivative, ``Watch(abstract=True)`` for a recording.

    Python raises interrupts after calls (and where a function begins): what is undone here and below is what was done
    before such a moment, and between two of them all is done or nothing.
    """

    __slots__ = ("bit", "pool")

    def __init__(self, abstract: bool = False) -> None:
        self.pool: _Pool = _recordings if abstract else _derivatives
        self.bit: int = 0

    def __enter__(self) -> int:
        try:
            self.pool.take(self)
            if not records() & self.bit:  # since an earlier watch was silenced when the context was copied
                ON.set(records() | self.bit)
        except BaseException:
            self.pool.give_back(self)
            raise
        if self.pool is _derivatives:
            state.depth += 1
        else:
            state.recordings += 1
        if state.kept is None and (state.depth == DEEP or (state.depth and state.recorder is not None)):
            state.kept = {}
        return self.bit

    def __exit__(self, *exception: Any) -> None:
        if self.pool is _derivatives:
            state.depth -= 1
        else:
            state.recordings -= 1
        if state.depth == 0:
            state.kept = state.sizes = None
        try:
            self.pool.give_back(self)
        except BaseException:
            self.pool.give_back(self)
            raise


class Unwatched:
    """Within it, the watches in `bits` do not record."""

    __slots__ = ("bits", "token")

    def __init__(self, bits: int) -> None:
        self.bits: int = bits

    def __enter__(self) -> int:
        before = records()
        try:
            self.token: Token[int] = ON.set(before & ~self.bits)
        except BaseException:
            ON.set(before)
            raise
        return before & ~self.bits

    def __exit__(self, *exception: Any) -> None:
        ON.reset(self.token)


class InUsersHands:
    """Within it a function of the user runs, perhaps called by a walk."""

    __slots__ = ("token",)

    def __enter__(self) -> None:
        on = records()
        self.token: Token[int] | None = None if on & LENDING else ON.set(on | LENDING)

    def __exit__(self, *exception: Any) -> None:
        if self.token is not None:
            ON.reset(self.token)


_innermost: ContextVar[Sequence[Token[Any]]] = ContextVar("wengert_innermost", default=())
"""What undoes the innermost of the blocks below: how `ON` was set, and then how this variable was.

It is kept by context and not by block: blocks in generators that take turns end in any order, and when all have ended,
the mode is what it was before the first.
"""


def _undo(tokens: Sequence[Token[Any]]) -> None:
    """Undo the innermost block, also where that has been done in part."""
    if tokens:  # of a block that began in another context there is nothing to undo
        put_back(tokens[0], -1)
        put_back(tokens[1], ())


class _GradMode:
    """Sets the define-by-run watch for a block or, as a decorator, for each run of a function."""

    records: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A context manager and decorator; or, written without parentheses, the function decorated."""
        return super().__new__(cls) if function is None else cls()(function)

    def __enter__(self) -> None:
        before, outer = records(), _innermost.get()
        try:
            tokens: list[Token[Any]] = [ON.set(before | DEFINE_BY_RUN if self.records else before & ~DEFINE_BY_RUN)]
            tokens.append(_innermost.set(tokens))
        except BaseException:
            ON.set(before)
            _innermost.set(outer)
            raise

    def __exit__(self, *exception: Any) -> None:
        tokens: Sequence[Token[Any]] = ()
        try:
            tokens = _innermost.get()
            _undo(tokens)
        except BaseException:
            _undo(tokens or _innermost.get())
            raise

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return within(type(self), function)


class no_grad(_GradMode):  # noqa: N801 - lower case, as in PyTorch
    """Stop the define-by-run watch: nothing computed in the block can be walked by ``backward()``.

    Functional derivatives (`grad`, `jvp`, ...) are not affected. Each thread and each task of `asyncio` has a mode of
    its own. As a decorator it is for each run of a function: of a coroutine, and of each step of a generator, between
    which the mode is that of whoever asks for the steps (as in PyTorch's ``torch.no_grad``).

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
    """Whether the define-by-run watch records in this thread or task."""
    return bool(records() & DEFINE_BY_RUN)
