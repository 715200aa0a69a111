"""What machine code asks of Python: to let others run, to be let in again, and whether a signal has come."""

from __future__ import annotations

import ctypes
import threading
import time
from typing import Any

from llvmlite import ir

from ..ir.types import BYTES, I32, I64, Builder, Value
from .pool_layout import IS_OF_MAIN, STOPPED, WORKER

# Places in the pool's memory (in words of 8 bytes), behind those that its threads use.
MAIN, LOOKED, IDENT, ENSURE, SIGNALS, RELEASE, SAVE, RESTORE = range(72, 80)

INTERPRETER_FUNCTIONS = {
    IDENT: "PyThread_get_thread_ident",
    ENSURE: "PyGILState_Ensure",
    SIGNALS: "PyErr_CheckSignals",
    RELEASE: "PyGILState_Release",
    SAVE: "PyEval_SaveThread",
    RESTORE: "PyEval_RestoreThread",
}

SELDOM = 40_000_000
"""Nanoseconds between two questions for signals: others who hold Python's lock are waited for each time."""

ENTER = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
"""``enter(pool, segment, frame)``, after which what Python has raised meanwhile is raised here."""


def set_functions(memory: Any) -> None:
    """Write where the functions are, and which thread is the main one, into the memory of a pool."""
    memory[MAIN] = threading.main_thread().ident
    for place, name in INTERPRETER_FUNCTIONS.items():
        memory[place] = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value


def emit_enter(module: ir.Module) -> None:
    """``enter(pool, segment, frame)``: the status of a segment, while which other threads of Python run."""
    function = ir.Function(module, ir.FunctionType(I32, [BYTES] * 3), "enter")
    builder = ir.IRBuilder(function.append_basic_block())
    pool, segment, frame = function.args
    thread = _ask(builder, pool, SAVE, BYTES)
    kind = ir.FunctionType(I32, [BYTES]).as_pointer()
    status = builder.call(builder.bitcast(segment, kind), [frame])
    _ask(builder, pool, RESTORE, ir.VoidType(), thread)
    builder.ret(status)


def emit_look(module: ir.Module, has_threads: bool) -> ir.Function:
    """``look(pool)``: whether a handler of a signal has raised something, which stays with the thread.

    Only the main thread calls handlers; who works on its job is told.
    """
    function = ir.Function(module, ir.FunctionType(I32, [BYTES]), "look")
    builder = ir.IRBuilder(function.append_basic_block())
    (pool,) = function.args
    if has_threads:
        with builder.if_else(is_main(builder, pool)) as (in_main, in_others):
            with in_main:
                _look_in_main(builder, pool)
            with in_others:
                is_worker = builder.icmp_unsigned("!=", _own(builder, pool), BYTES(None))
                stopped = builder.trunc(builder.load(_place(builder, pool, STOPPED)), I32)
                builder.ret(builder.select(is_worker, stopped, I32(0)))
    builder.ret(I32(0))
    return function


def _look_in_main(builder: Builder, pool: Value) -> None:
    now, looked = _now(builder), _place(builder, pool, LOOKED)
    is_late = builder.icmp_signed(">", builder.sub(now, builder.load(looked)), I64(SELDOM))
    with builder.if_then(is_late):
        builder.store(now, looked)
        held = _ask(builder, pool, ENSURE, I32)
        raised = _ask(builder, pool, SIGNALS, I32)
        _ask(builder, pool, RELEASE, ir.VoidType(), held)
        is_own = builder.icmp_unsigned("!=", builder.load(_place(builder, pool, IS_OF_MAIN)), I64(0))
        with builder.if_then(builder.and_(is_own, builder.icmp_unsigned("!=", raised, I32(0)))):
            builder.store(I64(1), _place(builder, pool, STOPPED))
        builder.ret(raised)


def is_main(builder: Builder, pool: Value) -> Value:
    """Whether this is Python's main thread."""
    main = builder.load(_place(builder, pool, MAIN))
    return builder.icmp_unsigned("==", _ask(builder, pool, IDENT, I64), main)


def _own(builder: Builder, pool: Value) -> Value:
    """What this thread has noted under the key of the pool; no address if it does not work there."""
    kind = ir.FunctionType(BYTES, [I64])
    noted = ir.Function(builder.module, kind, "pthread_getspecific")
    return builder.call(noted, [builder.load(_place(builder, pool, WORKER))])


def _place(builder: Builder, pool: Value, word: int) -> Value:
    return builder.gep(builder.bitcast(pool, I64.as_pointer()), [I64(word)])


def _ask(builder: Builder, pool: Value, word: int, kind: ir.Type, *arguments: Value) -> Value:
    """The answer of one of the functions."""
    pointer = ir.FunctionType(kind, [a.type for a in arguments]).as_pointer()
    return builder.call(builder.inttoptr(builder.load(_place(builder, pool, word)), pointer), arguments)


def _now(builder: Builder) -> Value:
    """Nanoseconds of a clock that goes on steadily."""
    moment = time_in(builder, time.CLOCK_MONOTONIC)
    seconds, rest = (builder.load(builder.gep(moment, [I32(0), I32(i)])) for i in range(2))
    return builder.add(builder.mul(seconds, I64(1_000_000_000)), rest)


def time_in(builder: Builder, clock: int) -> Value:
    """Where the time of a clock is, as seconds and nanoseconds."""
    kind = ir.LiteralStructType([I64, I64])
    with builder.goto_entry_block():
        moment = builder.alloca(kind)
    signature = ir.FunctionType(I32, [I32, kind.as_pointer()])
    read = builder.module.globals.get("clock_gettime") or ir.Function(builder.module, signature, "clock_gettime")
    builder.call(read, [I32(clock), moment])
    return moment
