"""Emit what asks Python for state before a call, and tells it what to write after it."""

from __future__ import annotations

from llvmlite import ir

from ..interpreter.layouts import TUPLE_ITEMS, WORD as BYTES
from ..interpreter.process_table import World
from .finding import of
from .tables import PythonWords
from .word_code import Writing


def ask_of(module: ir.Module) -> Writing:
    """Emit ``ask(table)``: put what Python finds into its slots; 0 if the call misses."""
    w = Writing(module, "ask", 1)
    (table,) = w.arguments
    read = of(w, table, PythonWords.READ)
    w.give_if(w.equal(read, 0), 1)
    found = w.ask(World.PyObject_CallNoArgs, read)
    with w.builder.if_then(w.equal(found, 0)):
        w.ask(World.PyErr_Clear)
        w.give(0)
    w.put(found, table, PythonWords.FOUND * BYTES)
    w.give_if(w.equal(found, w.of_world(World.NONE)), 0)
    with w.each(of(w, table, PythonWords.SLOTS)) as index:
        w.put(w.word(w.nth(found, index), TUPLE_ITEMS), w.nth(of(w, table, PythonWords.SLOT), index))
    w.give(1)
    return w


def forget_of(module: ir.Module) -> Writing:
    """Emit ``forget(table)``: give up what was found."""
    w = Writing(module, "forget", 1)
    (table,) = w.arguments
    found = of(w, table, PythonWords.FOUND)
    w.put(0, table, PythonWords.FOUND * BYTES)
    w.ask(World.Py_DecRef, found)
    w.give(0)
    return w


def tell_of(module: ir.Module) -> Writing:
    """Emit ``tell(table)``: let Python write what it has to; 0 if an exception is set."""
    w = Writing(module, "tell", 1)
    (table,) = w.arguments
    write, words = of(w, table, PythonWords.WRITE), w.local(2)
    w.give_if(w.equal(write, 0), 1)
    w.put(w.word(of(w, table, PythonWords.OUTPUTS)), words)
    w.put(of(w, table, PythonWords.FOUND), words, BYTES)
    told = w.ask(World.PyObject_Vectorcall, write, words, 2, 0)
    w.ask(World.Py_DecRef, told)
    w.give(told)
    return w
