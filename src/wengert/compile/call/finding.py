"""Emit the check of guards on state outside, as part of the routine and as a method for Python."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from llvmlite import ir

from ..interpreter.layouts import (
    ARRAY_DATA,
    ARRAY_DTYPE,
    ARRAY_FLAGS,
    ARRAY_NDIM,
    ARRAY_SHAPE,
    DENSE,
    LENGTH,
    LIST_ITEMS,
    WORD as BYTES,
)
from ..interpreter.process_table import World
from ..native.ir.types import Value
from ..native.machine.llvm import ModulePart, Source
from .tables import (
    ElementsWords,
    ExpectedWords,
    FactsWords,
    FormWords,
    ItemsWords,
    NameWords,
)
from .word_code import WORD_TYPE, Writing


def written(slot: int) -> Source:
    """Emit ``are_found(facts, nothing)``, a method without arguments in CPython's convention; a slot has its table."""
    module = ir.Module("facts")
    world: Any = ir.GlobalVariable(module, WORD_TYPE, "world")
    world.initializer = WORD_TYPE(0)
    is_found = is_found_of(module, fits_of(module))
    w = Writing(module, "are_found", 2, linkage="external")
    facts, _ = w.arguments
    found = w.do(is_found, w.word(w.word(facts, slot), ARRAY_DATA))
    with w.builder.if_then(w.equal(found, 0)):
        w.ask(World.PyErr_Clear)
    answer = w.builder.select(w.equal(found, 0), w.of_world(World.FALSE), w.of_world(World.TRUE))
    w.ask(World.Py_IncRef, answer)
    w.give(answer)
    return Source([ModulePart(str(module))], {})


def of(w: Writing, address: Value, place: IntEnum) -> Value:
    """Load a word of a table."""
    return w.word(address, place * BYTES)


def fits_of(module: ir.Module) -> Writing:
    """Emit ``fits(array, form)``: whether an array has this dtype and shape, and is contiguous."""
    w = Writing(module, "fits", 2)
    array, form = w.arguments
    flags = w.builder.and_(w.half(array, ARRAY_FLAGS), WORD_TYPE(DENSE))
    ndim = of(w, form, FormWords.NDIM)
    w.give_if(w.differ(w.word(array, ARRAY_DTYPE), of(w, form, FormWords.DTYPE)), 0)
    w.give_if(w.either(w.differ(flags, DENSE), w.differ(w.half(array, ARRAY_NDIM), ndim)), 0)
    found, wanted = w.word(array, ARRAY_SHAPE), of(w, form, FormWords.SHAPE)
    with w.each(ndim) as axis:
        w.give_if(w.differ(w.word(w.nth(found, axis)), w.word(w.nth(wanted, axis))), 0)
    w.give(1)
    return w


def _list_holds(module: ir.Module) -> Writing:
    """Emit ``list_holds(items)``: whether a list holds exactly these items."""
    w = Writing(module, "list_holds", 1)
    (wanted,) = w.arguments
    holder, first = of(w, wanted, ItemsWords.HOLDER), of(w, wanted, ItemsWords.FIRST)
    w.give_if(w.differ(w.word(holder, LENGTH), of(w, wanted, ItemsWords.COUNT)), 0)
    with w.each(of(w, wanted, ItemsWords.COUNT)) as index:
        item = w.word(w.nth(first, index))
        found = w.word(w.nth(w.word(holder, LIST_ITEMS), index))
        w.give_if(w.builder.and_(w.differ(item, 0), w.differ(found, item)), 0)
    w.give(1)
    return w


def _dict_holds(module: ir.Module) -> Writing:
    """Emit ``dict_holds(items)``: whether a dict holds exactly these keys and items, in this order."""
    w = Writing(module, "dict_holds", 1)
    (wanted,) = w.arguments
    holder, first = of(w, wanted, ItemsWords.HOLDER), of(w, wanted, ItemsWords.FIRST)
    position, key, item = (w.local() for _ in range(3))
    w.put(0, position)
    w.give_if(w.differ(w.word(holder, LENGTH), of(w, wanted, ItemsWords.COUNT)), 0)
    with w.each(of(w, wanted, ItemsWords.COUNT)) as index:
        w.give_if(w.equal(w.ask_half(World.PyDict_Next, holder, position, key, item), 0), 0)
        pair = w.nth(first, index, 2 * BYTES)
        w.give_if(w.differ(w.word(key), w.word(pair)), 0)
        w.give_if(w.builder.and_(w.differ(w.word(pair, BYTES), 0), w.differ(w.word(item), w.word(pair, BYTES))), 0)
    w.give(1)
    return w


def _array_holds(module: ir.Module, fits: Writing) -> Writing:
    """Emit ``array_holds(elements)``: whether an array has its form and these elements."""
    w = Writing(module, "array_holds", 1)
    (wanted,) = w.arguments
    holder, copy, size = (
        of(w, wanted, place) for place in (ElementsWords.HOLDER, ElementsWords.COPY, ElementsWords.BYTES)
    )
    w.give_if(w.equal(w.do(fits, holder, wanted), 0), 0)
    differ = w.ask_half(World.memcmp, w.word(holder, ARRAY_DATA), copy, size)
    w.give(w.builder.select(w.equal(differ, 0), WORD_TYPE(1), WORD_TYPE(0)))
    return w


def is_found_of(module: ir.Module, fits: Writing) -> Writing:
    """Emit ``is_found(facts)``: whether all guards on state outside hold."""
    list_holds, dict_holds, array_holds = _list_holds(module), _dict_holds(module), _array_holds(module, fits)
    w = Writing(module, "is_found", 1)
    (facts,) = w.arguments
    with w.each(of(w, facts, FactsWords.WORDS)) as index:
        expected = w.nth(of(w, facts, FactsWords.EXPECTED), index, len(ExpectedWords) * BYTES)
        w.give_if(w.differ(w.word(of(w, expected, ExpectedWords.ADDRESS)), of(w, expected, ExpectedWords.VALUE)), 0)
    for place, first, row, holds in (
        (FactsWords.LISTS, FactsWords.LIST, len(ItemsWords), list_holds),
        (FactsWords.DICTS, FactsWords.DICT, len(ItemsWords), dict_holds),
        (FactsWords.ARRAYS, FactsWords.ARRAY, len(FormWords) + len(ElementsWords), array_holds),
    ):
        with w.each(of(w, facts, place)) as index:
            wanted = w.nth(of(w, facts, first), index, row * BYTES)
            w.give_if(w.equal(w.do(holds, wanted), 0), 0)
    with w.each(of(w, facts, FactsWords.NAMES)) as index:
        name = w.nth(of(w, facts, FactsWords.NAME), index, len(NameWords) * BYTES)
        found = w.ask(World.PyDict_GetItemWithError, of(w, name, NameWords.HOLDER), of(w, name, NameWords.KEY))
        w.give_if(w.differ(found, of(w, name, NameWords.VALUE)), 0)
    w.give(1)
    return w
