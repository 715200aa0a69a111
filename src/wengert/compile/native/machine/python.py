"""What machine code asks of Python: to let others run, to be let in again, and whether a signal has come."""

from __future__ import annotations

import ctypes
import threading
import time
from typing import Any

from llvmlite import ir

from ..ir.types import BYTES, I32, I64, Builder, Value

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


def emit_look(module: ir.Module, has_clock: bool) -> None:
    """``look(pool)``: whether a handler of a signal has raised something, which stays with the thread.

    Only the main thread calls handlers.
    """
    function = ir.Function(module, ir.FunctionType(I32, [BYTES]), "look")
    builder = ir.IRBuilder(function.append_basic_block())
    (pool,) = function.args
    if has_clock:
        main = builder.load(_place(builder, pool, MAIN))
        is_main = builder.icmp_unsigned("==", _ask(builder, pool, IDENT, I64), main)
        with builder.if_then(is_main):
            now, looked = _now(builder), _place(builder, pool, LOOKED)
            is_late = builder.icmp_signed(">", builder.sub(now, builder.load(looked)), I64(SELDOM))
            with builder.if_then(is_late):
                builder.store(now, looked)
                held = _ask(builder, pool, ENSURE, I32)
                raised = _ask(builder, pool, SIGNALS, I32)
                _ask(builder, pool, RELEASE, ir.VoidType(), held)
                builder.ret(raised)
    builder.ret(I32(0))


def _place(builder: Builder, pool: Value, word: int) -> Value:
    return builder.gep(builder.bitcast(pool, I64.as_pointer()), [I64(word)])


def _ask(builder: Builder, pool: Value, word: int, kind: ir.Type, *arguments: Value) -> Value:
    """The answer of one of the functions."""
    pointer = ir.FunctionType(kind, [a.type for a in arguments]).as_pointer()
    return builder.call(builder.inttoptr(builder.load(_place(builder, pool, word)), pointer), arguments)


def _now(builder: Builder) -> Value:
    """Nanoseconds of a clock that goes on steadily."""
    kind = ir.LiteralStructType([I64, I64])
    time_of = builder.alloca(kind)
    clock = ir.Function(builder.module, ir.FunctionType(I32, [I32, kind.as_pointer()]), "clock_gettime")
    builder.call(clock, [I32(time.CLOCK_MONOTONIC), time_of])
    seconds, rest = (builder.load(builder.gep(time_of, [I32(0), I32(i)])) for i in range(2))
    return builder.add(builder.mul(seconds, I64(1_000_000_000)), rest)
