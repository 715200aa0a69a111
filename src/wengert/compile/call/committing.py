"""Emit what writes the state when a program has run: all of it, or nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager

from llvmlite import ir

from ..interpreter.layouts import LENGTH, TYPE, WORD as BYTES, Slots
from ..interpreter.process_table import World
from ..native.ir.types import Value
from .finding import of
from .tables import WritesWords, WriteWords
from .word_code import WORD_TYPE, Writing


def are_unshared_of(module: ir.Module, slots: Slots) -> Writing:
    """Emit ``are_unshared(table)``: whether no tensor that is written has views, or is one."""
    is_shared = _is_shared(module, slots)
    w = Writing(module, "are_unshared", 1)
    (table,) = w.arguments
    with _each_write(w, table) as write:
        w.give_if(w.differ(w.do(is_shared, of(w, write, WriteWords.PLACE)), 0), 0)
    w.give(1)
    return w


def _is_shared(module: ir.Module, slots: Slots) -> Writing:
    """``is_shared(place)``: whether a tensor is in this place that has views, or is one."""
    has_views = _has_views(module)
    w = Writing(module, "is_shared", 1)
    (place,) = w.arguments
    w.give_if(w.equal(place, 0), 0)
    held = w.word(place)
    w.give_if(w.differ(w.word(held, TYPE), w.of_world(World.TENSOR)), 0)
    w.give(w.do(has_views, w.word(held, slots.kin)))
    return w


def _has_views(module: ir.Module) -> Writing:
    """``has_views(kin)``: whether what a tensor shares its elements with may be anything; an empty dict is nothing."""
    w = Writing(module, "has_views", 1)
    (kin,) = w.arguments
    w.give_if(w.equal(kin, w.of_world(World.NONE)), 0)
    is_dict = w.either(*(w.equal(w.word(kin, TYPE), w.of_world(kind)) for kind in (World.DICT, World.LENT)))
    w.give_if(w.builder.not_(is_dict), 1)
    w.give(w.word(kin, LENGTH))
    return w


def commit_of(module: ir.Module, slots: Slots, wrap: Writing) -> Writing:
    """Emit ``commit(table)``: write everything; 0 if an exception is set, and nothing is written."""
    prepare, give, take_back = _prepare(module, slots, wrap), _give(module, slots), _take_back(module)
    w = Writing(module, "commit", 1)
    (table,) = w.arguments
    with _each_write(w, table) as write, w.builder.if_then(w.equal(w.do(prepare, write), 0)):
        w.do(take_back, table)
        w.give(0)
    with _each_write(w, table) as write:
        w.do(give, write)
    w.give(1)
    return w


def _each_write(w: Writing, table: Value) -> AbstractContextManager[Value]:
    return w.each_row(table, WritesWords.WRITES, len(WriteWords))


def _prepare(module: ir.Module, slots: Slots, wrap: Writing) -> Writing:
    """``prepare(write)``: make the tensor of a gradient, if it is another than before."""
    w = Writing(module, "prepare", 1)
    (write,) = w.arguments
    gradient, array = of(w, write, WriteWords.GRADIENT), of(w, write, WriteWords.ARRAY)
    w.give_if(w.equal(gradient, 0), 1)
    new = w.at(write, WriteWords.NEW * BYTES)
    with w.builder.if_then(w.equal(array, 0)):
        nothing = w.of_world(World.NONE)
        w.ask(World.Py_IncRef, nothing)
        w.put(nothing, new)
        w.give(1)
    held = w.word(gradient)
    with w.builder.if_then(w.equal(w.word(held, TYPE), w.of_world(World.TENSOR))):
        w.give_if(w.equal(w.word(held, slots.value), w.word(array)), 1)
    tensor = w.do(wrap, w.word(array))
    w.put(tensor, new)
    w.give(tensor)
    return w


def _take_back(module: ir.Module) -> Writing:
    """``take_back(table)``: give up what was prepared."""
    w = Writing(module, "take_back", 1)
    (table,) = w.arguments
    with _each_write(w, table) as write:
        new = w.at(write, WriteWords.NEW * BYTES)
        _replace(w, WORD_TYPE(0), new)
    w.give(0)
    return w


def _give(module: ir.Module, slots: Slots) -> Writing:
    """``give(write)``: let a place hold what was prepared; a leaf stays the leaf that it is, and an array as it is."""
    w = Writing(module, "give", 1)
    (write,) = w.arguments
    place, new = of(w, write, WriteWords.PLACE), of(w, write, WriteWords.NEW)
    with w.builder.if_then(w.equal(place, 0)):
        w.give_if(w.equal(new, 0), 0)
        w.put(0, write, WriteWords.NEW * BYTES)
        _replace(w, new, of(w, write, WriteWords.GRADIENT))
        w.give(0)
    tensor = w.word(place)
    w.give_if(w.differ(w.word(tensor, TYPE), w.of_world(World.TENSOR)), 0)
    array, node, nobody = (
        w.word(of(w, write, WriteWords.ARRAY)),
        w.word(tensor, slots.node),
        w.of_world(World.UNTRACKED),
    )
    with w.builder.if_then(w.differ(w.word(tensor, slots.value), array)):
        w.ask(World.Py_IncRef, array)
        _replace(w, array, w.at(tensor, slots.value))
    is_other = w.builder.and_(w.differ(node, nobody), w.differ(w.word(node, TYPE), w.of_world(World.LEAF)))
    with w.builder.if_then(is_other):
        w.ask(World.Py_IncRef, nobody)
        _replace(w, nobody, w.at(tensor, slots.node))
    w.give(0)
    return w


def _replace(w: Writing, new: Value, word: Value) -> None:
    """Let a word hold another reference, and give up the one before."""
    before = w.word(word)
    w.put(new, word)
    w.ask(World.Py_DecRef, before)
