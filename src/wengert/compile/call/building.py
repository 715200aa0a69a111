"""Emit what builds the results of a call: tensors, and their nesting."""

from __future__ import annotations

from llvmlite import ir

from ..interpreter.layouts import LIST_ITEMS, TUPLE_ITEMS, Slots
from ..interpreter.process_table import World
from ..native.ir.types import Value
from .finding import of
from .tables import Layout, NodeWords, ResultsWords, TensorWords
from .word_code import WORD_TYPE, Writing


def built_of(module: ir.Module, wrap: Writing) -> Writing:
    """Emit ``built(table)``: what a call returns, of the arrays in its frame; 0 if an exception is set.

    References to what it has made stay in the words of these until they are dropped.
    """
    build = _build(module)
    w = Writing(module, "built", 1)
    (table,) = w.arguments
    with w.each_row(table, ResultsWords.TENSORS, len(TensorWords)) as row:
        _keep(w, w.do(wrap, w.word(of(w, row, TensorWords.ARRAY))), of(w, row, TensorWords.PLACE))
    with w.each_row(table, ResultsWords.NODES, len(NodeWords)) as node:
        _keep(w, w.do(build, node), of(w, node, NodeWords.PLACE))
    result = w.word(of(w, table, ResultsWords.ROOT))
    w.ask(World.Py_IncRef, result)
    w.give(result)
    return w


def _keep(w: Writing, made: Value, place: Value) -> None:
    """Put something made into its word, or give up."""
    w.give_if(w.equal(made, 0), 0)
    w.put(made, place)


def dropped_of(module: ir.Module) -> Writing:
    """Emit ``dropped(table)``: give up the references in all words."""
    w = Writing(module, "dropped", 1)
    (table,) = w.arguments
    for place, length, word_of in (
        (ResultsWords.TENSORS, len(TensorWords), TensorWords.PLACE),
        (ResultsWords.NODES, len(NodeWords), NodeWords.PLACE),
    ):
        with w.each_row(table, place, length) as row:
            word = of(w, row, word_of)
            held = w.word(word)
            w.put(0, word)
            w.ask(World.Py_DecRef, held)
    w.give(0)
    return w


def wrap_of(module: ir.Module, slots: Slots) -> Writing:
    """Emit ``wrap(array)``: a new, untracked tensor."""
    w = Writing(module, "wrap", 1)
    (array,) = w.arguments
    tensor = w.ask(World.PyType_GenericAlloc, w.of_world(World.TENSOR), 0)
    w.give_if(w.equal(tensor, 0), 0)
    nobody = (w.of_world(World.UNTRACKED), slots.node), (w.of_world(World.NONE), slots.kin)
    for held, place in ((array, slots.value), *nobody):
        w.ask(World.Py_IncRef, held)
        w.put(held, tensor, place)
    w.give(tensor)
    return w


def _build(module: ir.Module) -> Writing:
    """``build(node)``: a container of children, or what a function makes of a tuple of them."""
    tuple_of, list_of, dict_of = _sequence(module, Layout.TUPLE), _sequence(module, Layout.LIST), _dict(module)
    w = Writing(module, "build", 1)
    (node,) = w.arguments
    layout = of(w, node, NodeWords.LAYOUT)
    for other, made in ((Layout.LIST, list_of), (Layout.DICT, dict_of)):
        with w.builder.if_then(w.equal(layout, other)):
            w.give(w.do(made, node))
    items = w.do(tuple_of, node)
    w.give_if(w.either(w.equal(layout, Layout.TUPLE), w.equal(items, 0)), items)
    made = w.ask(World.PyObject_CallOneArg, of(w, node, NodeWords.MAKE), items)
    w.ask(World.Py_DecRef, items)
    w.give(made)
    return w


def _sequence(module: ir.Module, layout: Layout) -> Writing:
    """``list_of(node)`` or ``tuple_of(node)``: a list or tuple of the children."""
    is_list = layout is Layout.LIST
    w = Writing(module, f"{layout.name.lower()}_of", 1)
    (node,) = w.arguments
    count = of(w, node, NodeWords.COUNT)
    made = w.ask(World.PyList_New if is_list else World.PyTuple_New, count)
    w.give_if(w.equal(made, 0), 0)
    items = w.word(made, LIST_ITEMS) if is_list else w.at(made, TUPLE_ITEMS)
    with w.each(count) as index:
        child = _child(w, node, index)
        w.ask(World.Py_IncRef, child)
        w.put(child, w.nth(items, index))
    w.give(made)
    return w


def _dict(module: ir.Module) -> Writing:
    """``dict_of(node)``: a dict of the keys and the children."""
    w = Writing(module, "dict_of", 1)
    (node,) = w.arguments
    made = w.ask(World.PyDict_New)
    w.give_if(w.equal(made, 0), 0)
    with w.each(of(w, node, NodeWords.COUNT)) as index:
        key = w.word(w.nth(of(w, node, NodeWords.KEY), index))
        failed = w.ask_half(World.PyDict_SetItem, made, key, _child(w, node, index))
        with w.builder.if_then(w.differ(failed, 0)):
            w.ask(World.Py_DecRef, made)
            w.give(WORD_TYPE(0))
    w.give(made)
    return w


def _child(w: Writing, node: Value, index: Value) -> Value:
    return w.word(w.word(w.nth(of(w, node, NodeWords.CHILD), index)))
