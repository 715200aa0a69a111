"""Emit what takes the arguments of a call apart, and notices whether they are nested as they were."""

from __future__ import annotations

from llvmlite import ir

from ..interpreter.layouts import LENGTH, LIST_ITEMS, TUPLE_ITEMS, TYPE
from ..interpreter.process_table import World
from .finding import of
from .tables import ArgumentsWords, ConstantWords, ContainerWords, Layout
from .word_code import Writing

EQUAL = 2
"""``Py_EQ``."""


def unpack_of(module: ir.Module) -> Writing:
    """Emit ``unpack(table, given, count, names)``: fill the slots of a call; whether it is nested as expected."""
    is_same = _is_same(module)
    are_named, open_container, is_constant = _are_named(module), _open(module, is_same), _is_constant(module, is_same)
    w = Writing(module, "unpack", 4)
    table, given, count, names = w.arguments
    w.give_if(w.differ(count, of(w, table, ArgumentsWords.GIVEN)), 0)
    w.give_if(w.equal(w.do(are_named, table, names), 0), 0)
    with w.each(of(w, table, ArgumentsWords.OUTER)) as index:
        w.put(w.word(w.nth(given, index)), w.nth(of(w, table, ArgumentsWords.OUTER_SLOT), index))
    for place, words, holds in (
        (ArgumentsWords.CONTAINERS, ContainerWords, open_container),
        (ArgumentsWords.CONSTANTS, ConstantWords, is_constant),
    ):
        with w.each_row(table, place, len(words)) as row:
            w.give_if(w.equal(w.do(holds, row), 0), 0)
    w.give(1)
    return w


def let_go_of(module: ir.Module) -> Writing:
    """Emit ``let_go(first, count)``: give up the references in slots, some of which may hold nothing."""
    w = Writing(module, "let_go", 2)
    first, count = w.arguments
    with w.each(count) as index:
        slot = w.nth(first, index)
        held = w.word(slot)
        w.put(0, slot)
        w.ask(World.Py_DecRef, held)
    w.give(0)
    return w


def _are_named(module: ir.Module) -> Writing:
    """``are_named(table, names)``: whether the keyword arguments are these, in this order."""
    w = Writing(module, "are_named", 2)
    table, names = w.arguments
    count = of(w, table, ArgumentsWords.NAMES)
    with w.builder.if_then(w.equal(names, 0)):
        w.give(w.builder.zext(w.equal(count, 0), count.type))
    w.give_if(w.differ(w.word(names, LENGTH), count), 0)
    with w.each(count) as index:
        expected = w.word(w.nth(of(w, table, ArgumentsWords.NAME), index))
        w.give_if(w.differ(w.word(w.nth(names, index), TUPLE_ITEMS), expected), 0)
    w.give(1)
    return w


def _is_same(module: ir.Module) -> Writing:
    """``is_same(found, expected)``: whether something is this object, or an equal text or integer."""
    w = Writing(module, "is_same", 2)
    found, expected = w.arguments
    w.give_if(w.equal(found, expected), 1)
    kind = w.word(expected, TYPE)
    w.give_if(w.differ(w.word(found, TYPE), kind), 0)
    is_asked = w.either(*(w.equal(kind, w.of_world(place)) for place in (World.TEXT, World.INTEGER)))
    w.give_if(w.builder.not_(is_asked), 0)
    equal = w.ask_half(World.PyObject_RichCompareBool, found, expected, EQUAL)
    w.give(w.builder.zext(w.equal(equal, 1), equal.type))
    return w


def _is_constant(module: ir.Module, is_same: Writing) -> Writing:
    """``is_constant(constant)``: whether the slot of a constant holds it."""
    w = Writing(module, "is_constant", 1)
    (constant,) = w.arguments
    held = w.word(of(w, constant, ConstantWords.PLACE))
    w.give(w.do(is_same, held, of(w, constant, ConstantWords.VALUE)))
    return w


def _open(module: ir.Module, is_same: Writing) -> Writing:
    """``open(container)``: put references to the children of a container into their slots, if it has these."""
    of_dict, of_fields = _open_dict(module, is_same), _open_fields(module)
    w = Writing(module, "open", 1)
    (container,) = w.arguments
    held, layout = w.word(of(w, container, ContainerWords.PLACE)), of(w, container, ContainerWords.LAYOUT)
    w.give_if(w.differ(w.word(held, TYPE), of(w, container, ContainerWords.TYPE)), 0)
    with w.builder.if_then(w.equal(layout, Layout.FIELDS)):
        w.give(w.do(of_fields, container, held))
    w.give_if(w.differ(w.word(held, LENGTH), of(w, container, ContainerWords.COUNT)), 0)
    with w.builder.if_then(w.equal(layout, Layout.DICT)):
        w.give(w.do(of_dict, container, held))
    inside, aside = w.at(held, TUPLE_ITEMS), w.word(held, LIST_ITEMS)
    items = w.builder.select(w.equal(layout, Layout.LIST), aside, inside)
    with w.each(of(w, container, ContainerWords.COUNT)) as index:
        _put(w, container, index, w.word(w.nth(items, index)))
    w.give(1)
    return w


def _open_dict(module: ir.Module, is_same: Writing) -> Writing:
    """``open_dict(container, held)``: the same for a dict with so many items, whose keys come in this order."""
    w = Writing(module, "open_dict", 2)
    container, held = w.arguments
    position, key, item = (w.local() for _ in range(3))
    w.put(0, position)
    with w.each(of(w, container, ContainerWords.COUNT)) as index:
        w.give_if(w.equal(w.ask_half(World.PyDict_Next, held, position, key, item), 0), 0)
        expected = w.word(w.nth(of(w, container, ContainerWords.KEY), index))
        w.give_if(w.equal(w.do(is_same, w.word(key), expected), 0), 0)
        _put(w, container, index, w.word(item))
    w.give(1)
    return w


def _open_fields(module: ir.Module) -> Writing:
    """``open_fields(container, held)``: the same for an object with attributes."""
    w = Writing(module, "open_fields", 2)
    container, held = w.arguments
    with w.each(of(w, container, ContainerWords.COUNT)) as index:
        name = w.word(w.nth(of(w, container, ContainerWords.KEY), index))
        found = w.ask(World.PyObject_GetAttr, held, name)
        with w.builder.if_then(w.equal(found, 0)):
            w.ask(World.PyErr_Clear)
            w.give(0)
        w.put(found, w.nth(of(w, container, ContainerWords.FIRST), index))
    w.give(1)
    return w


def _put(w: Writing, container: ir.Value, index: ir.Value, child: ir.Value) -> None:
    """Put a reference to a child into its slot."""
    w.ask(World.Py_IncRef, child)
    w.put(child, w.nth(of(w, container, ContainerWords.FIRST), index))
