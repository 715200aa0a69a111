"""What the threads of the pool do, and how they are asked to.

The counter that hands out chunks holds the number of the job in its upper half, so that a worker still busy with
an earlier job cannot take a chunk of a later one.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from llvmlite import ir

from ..ir.types import BYTES, I32, I64, Builder, Value
from .llvm import ModulePart, Source
from .pool_layout import (
    BUSY,
    COUNT_PLACE,
    DONE,
    FINISHED,
    FRAME_PLACE,
    IS_OF_MAIN,
    JOB,
    MUTEX,
    POSTED,
    SLEEPERS,
    STOPPED,
    TASK_PLACE,
    TICKET,
    WAITING,
    WORKER,
)
from .python import SELDOM, emit_enter, emit_look, is_main, time_in
from .rounding import set_usual_mode

SECOND = 1_000_000_000
"""In nanoseconds."""
TASK = ir.FunctionType(ir.VoidType(), [BYTES, I64])
SHARE_TYPE = ir.FunctionType(I32, [BYTES, I64, I64, I64])
SPINS, YIELDS = 2_000, 500
"""How often a thread looks whether there is a job, or whether others are done with one: at first without a rest, then
letting go of the core if another thread could use it, perhaps the one that is waited for. After that it sleeps."""


def written() -> Source:
    """The functions of the pool."""
    module = ir.Module("threads")
    _emit_worker(module)
    emit_enter(module)
    look = emit_look(module, has_threads=True)
    _emit_share(module, "share", None)
    _emit_share(module, "share_long", look)
    return Source([ModulePart(str(module), is_finished=True)], {})


def written_alone() -> Source:
    """The same without threads: whoever asks does all chunks, and nobody looks for signals."""
    module = ir.Module("threads")
    for name in ("share", "share_long"):
        function = ir.Function(module, SHARE_TYPE, name)
        builder = ir.IRBuilder(function.append_basic_block())
        _, task, frame, count = function.args
        _emit_alone(builder, task, frame, count)
        builder.ret(I32(0))
    emit_enter(module)
    emit_look(module, has_threads=False)
    return Source([ModulePart(str(module), is_finished=True)], {})


class _Emit:
    """Reading and writing the pool's words, with the orderings that sharing needs."""

    def __init__(self, builder: Builder, pool: Value) -> None:
        self.builder = builder
        self.pool = pool

    def place(self, word: int) -> Value:
        words = self.builder.bitcast(self.pool, I64.as_pointer())
        return self.builder.gep(words, [ir.Constant(I64, word)])

    def load(self, word: int) -> Value:
        return self.builder.load_atomic(self.place(word), "acquire", 8)

    def store(self, word: int, value: Value) -> None:
        self.builder.store_atomic(value, self.place(word), "release", 8)

    def add(self, word: int, amount: int) -> Value:
        return self.builder.atomic_rmw("add", self.place(word), ir.Constant(I64, amount), "seq_cst")

    @contextmanager
    def locked(self) -> Iterator[None]:
        self._posix("pthread_mutex_lock", MUTEX)
        yield
        self._posix("pthread_mutex_unlock", MUTEX)

    def _posix(self, name: str, *words: int, until: Value | None = None) -> None:
        places = [*map(self.place, words), *([] if until is None else [until])]
        self._call(name, I32, *(self.builder.bitcast(place, BYTES) for place in places))

    def _call(self, name: str, kind: ir.Type, *arguments: Value) -> Value:
        """What a function of the system gives."""
        module = self.builder.module
        function = module.globals.get(name)
        if function is None:
            function = ir.Function(module, ir.FunctionType(kind, [a.type for a in arguments]), name)
        return self.builder.call(function, arguments)

    def wait(self, condition: int) -> None:
        self._posix("pthread_cond_wait", condition, MUTEX)

    def wait_a_little(self, condition: int) -> None:
        """Wait as long as is between two questions for signals, at most."""
        moment = time_in(self.builder, time.CLOCK_REALTIME)
        second, part = (self.builder.gep(moment, [I32(0), I32(i)]) for i in range(2))
        late = self.builder.add(self.builder.load(part), I64(SELDOM))
        is_next = self.builder.icmp_signed(">=", late, I64(SECOND))
        self.builder.store(self.builder.select(is_next, self.builder.sub(late, I64(SECOND)), late), part)
        seconds = self.builder.load(second)
        self.builder.store(self.builder.add(seconds, self.builder.zext(is_next, I64)), second)
        self._posix("pthread_cond_timedwait", condition, MUTEX, until=moment)

    def set_worker(self) -> None:
        """Let this thread find that it works here."""
        self._call("pthread_setspecific", I32, self.builder.load(self.place(WORKER)), self.pool)

    def wake(self, condition: int, sleepers: int) -> None:
        """Wake those who wait for a condition, if there are any."""
        are_any = self.builder.icmp_signed(">", self.add(sleepers, 0), ir.Constant(I64, 0))
        with self.builder.if_then(are_any), self.locked():
            self._posix("pthread_cond_broadcast", condition)

    def spin(self, is_over: Callable[[], Value]) -> Value:
        """Look again and again whether something is over, until it has taken long; whether it is."""
        builder, before = self.builder, self.builder.block
        look, again, after = (builder.append_basic_block(name) for name in ("look", "again", "after"))
        builder.branch(look)
        builder.position_at_end(look)
        left = builder.phi(I64)
        left.add_incoming(ir.Constant(I64, SPINS + YIELDS), before)
        over = is_over()
        builder.cbranch(builder.or_(over, builder.icmp_signed("==", left, ir.Constant(I64, 0))), after, again)
        builder.position_at_end(again)
        self.pause()
        with builder.if_then(builder.icmp_signed("<=", left, ir.Constant(I64, YIELDS))):
            self._posix("sched_yield")
        left.add_incoming(builder.sub(left, ir.Constant(I64, 1)), builder.block)
        builder.branch(look)
        builder.position_at_end(after)
        return over

    def pause(self) -> None:
        """Tell the processor that we spin."""
        assembly = ir.InlineAsm(ir.FunctionType(ir.VoidType(), []), _PAUSE, "", side_effect=True)
        self.builder.call(assembly, [])


_PAUSE = "yield" if platform.machine().lower() in ("arm64", "aarch64") else "pause"


def _emit_chunks(emit: _Emit, job: Value) -> None:
    """Take chunks of the job, one after the other, until there are none."""
    builder = emit.builder
    function = builder.function
    look, take, work, after = (function.append_basic_block(name) for name in ("look", "take", "work", "after"))
    builder.branch(look)
    builder.position_at_end(look)
    ticket = emit.load(TICKET)
    chunk = builder.and_(ticket, ir.Constant(I64, (1 << 32) - 1))
    mine = builder.icmp_unsigned("==", builder.lshr(ticket, ir.Constant(I64, 32)), job)
    left = builder.icmp_unsigned("<", chunk, emit.load(COUNT_PLACE))
    builder.cbranch(builder.and_(mine, left), take, after)
    builder.position_at_end(take)
    following = builder.add(ticket, ir.Constant(I64, 1))
    taken = builder.cmpxchg(emit.place(TICKET), ticket, following, "seq_cst", "seq_cst")
    builder.cbranch(builder.extract_value(taken, 1), work, look)
    builder.position_at_end(work)
    task = builder.inttoptr(emit.load(TASK_PLACE), TASK.as_pointer())
    builder.call(task, [builder.inttoptr(emit.load(FRAME_PLACE), BYTES), chunk])
    count = emit.load(COUNT_PLACE)
    done = builder.add(emit.add(DONE, 1), ir.Constant(I64, 1))
    with builder.if_then(builder.icmp_unsigned("==", done, count)):
        emit.wake(FINISHED, WAITING)
    builder.branch(look)
    builder.position_at_end(after)


def _emit_worker(module: ir.Module) -> None:
    """``worker(pool)``: help with every job, for ever."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [BYTES]), "worker")
    builder = ir.IRBuilder(function.append_basic_block())
    emit = _Emit(builder, function.args[0])
    emit.set_worker()
    set_usual_mode(builder)
    seen = builder.alloca(I64)
    builder.store(ir.Constant(I64, 0), seen)
    begin, sleep, awake = (function.append_basic_block(name) for name in ("begin", "sleep", "awake"))
    builder.branch(begin)
    builder.position_at_end(begin)
    is_new = lambda: builder.icmp_unsigned("!=", emit.load(JOB), builder.load(seen))
    builder.cbranch(emit.spin(is_new), awake, sleep)
    builder.position_at_end(sleep)
    with emit.locked():
        emit.add(SLEEPERS, 1)
        with builder.if_then(builder.not_(is_new())):
            emit.wait(POSTED)
        emit.add(SLEEPERS, -1)
    builder.branch(begin)
    builder.position_at_end(awake)
    job = emit.load(JOB)
    builder.store(job, seen)
    _emit_chunks(emit, job)
    builder.branch(begin)


def _emit_share(module: ir.Module, name: str, look: ir.Function | None) -> None:
    """``share(pool, task, frame, count)``: do all chunks, with whoever helps; whether a signal has ended that.

    With a function `look` the one who asks looks for signals while others are still at work, as they do.
    """
    function = ir.Function(module, SHARE_TYPE, name)
    builder = ir.IRBuilder(function.append_basic_block())
    pool, task, frame, count = function.args
    emit = _Emit(builder, pool)
    alone, together = (function.append_basic_block(name) for name in ("alone", "together"))
    free = builder.cmpxchg(emit.place(BUSY), ir.Constant(I64, 0), ir.Constant(I64, 1), "seq_cst", "seq_cst")
    builder.cbranch(builder.extract_value(free, 1), together, alone)

    builder.position_at_end(alone)
    _emit_alone(builder, task, frame, count)
    builder.ret(I32(0))

    builder.position_at_end(together)
    job = builder.and_(builder.add(emit.load(JOB), ir.Constant(I64, 1)), ir.Constant(I64, (1 << 31) - 1))
    # No chunk can be taken while the description changes: the ticket of no job is in place meanwhile.
    emit.store(TICKET, ir.Constant(I64, -1))
    emit.store(DONE, ir.Constant(I64, 0))
    emit.store(STOPPED, ir.Constant(I64, 0))
    emit.store(IS_OF_MAIN, builder.zext(is_main(builder, pool), I64))
    emit.store(TASK_PLACE, task)
    emit.store(FRAME_PLACE, frame)
    emit.store(COUNT_PLACE, count)
    emit.store(TICKET, builder.shl(job, ir.Constant(I64, 32)))
    builder.atomic_rmw("xchg", emit.place(JOB), job, "seq_cst")
    emit.wake(POSTED, SLEEPERS)
    _emit_chunks(emit, job)
    _emit_wait(emit, count, look)
    stopped = builder.trunc(emit.load(STOPPED), I32)
    emit.store(IS_OF_MAIN, ir.Constant(I64, 0))
    emit.store(BUSY, ir.Constant(I64, 0))
    builder.ret(stopped)


def _emit_wait(emit: _Emit, count: Value, look: ir.Function | None) -> None:
    """Wait until all chunks are done: others may still be at work."""
    builder = emit.builder
    check, sleep, rest = (builder.append_basic_block(name) for name in ("check", "sleep", "rest"))
    is_over = lambda: builder.icmp_unsigned("==", emit.add(DONE, 0), count)
    builder.cbranch(emit.spin(is_over), rest, check)
    builder.position_at_end(check)
    with emit.locked():
        emit.add(WAITING, 1)
        with builder.if_then(builder.not_(is_over())):
            emit.wait_a_little(FINISHED)
        emit.add(WAITING, -1)
    builder.cbranch(is_over(), rest, sleep)
    builder.position_at_end(sleep)
    if look is not None:
        with builder.if_then(builder.icmp_unsigned("==", emit.load(STOPPED), I64(0))):
            builder.call(look, [emit.pool])
    builder.branch(check)
    builder.position_at_end(rest)


def _emit_alone(builder: Builder, task: Value, frame: Value, count: Value) -> None:
    """Do all chunks in order, since the pool is busy."""
    function, start = builder.function, builder.block
    loop, after = function.append_basic_block("chunk"), function.append_basic_block("all")
    builder.branch(loop)
    builder.position_at_end(loop)
    index = builder.phi(I64)
    index.add_incoming(ir.Constant(I64, 0), start)
    builder.call(builder.inttoptr(task, TASK.as_pointer()), [builder.inttoptr(frame, BYTES), index])
    following = builder.add(index, ir.Constant(I64, 1))
    index.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_unsigned("<", following, count), loop, after)
    builder.position_at_end(after)
