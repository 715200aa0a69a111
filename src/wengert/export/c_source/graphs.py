"""From a graph to statements: its operations in order, with loops and branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...compile.native.facts.views import StridedView, dense_strides
from ...compile.passes.rewriting import number_of_uses
from ...control.cond_primitive import COND
from ...control.loop_primitives import PULLBACK, SCAN, WHILE
from ...control.subgraphs import output_forms, parts
from ...core.graph import Graph, GraphNode
from ...core.primitive import Primitive
from ...core.recording import PICK
from ..lines import shown, target_of
from . import operations, systems
from .arrays import Array, Deferred, Elements, Index, Memory, new_memory, of_constant, over, stored, write
from .elementwise import Scalars
from .operations import elementwise, is_elementwise, refused
from .terms import CTYPES, Term

MOST_TURNS = "MOST_TURNS"
"""What C calls the limit of the turns of a loop whose number is not known."""

Result = Array | list[Array]


def outputs_of(c: Scalars, graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Write the operations of a graph; its outputs."""
    known: dict[GraphNode, Result] = dict(zip(graph.inputs, inputs, strict=True))
    uses = number_of_uses(graph)

    def array(operand: Any, node: GraphNode | None) -> Any:
        return known[operand] if isinstance(operand, GraphNode) else of_constant(c.blocks, _typed(operand, node))

    for node in graph.nodes:
        c.blocks.line = shown(node.line)
        found = _result(c, node, [array(o, node) for o in node.operands])
        if isinstance(found, Deferred) and uses[node] > 1:
            found = stored(c.blocks, found)
        _name(found, target_of(node))
        known[node] = found
    return [array(output, None) for output in graph.outputs]


def _typed(constant: Any, node: GraphNode | None) -> Any:
    """A constant; a Python number in the dtype that its partners give it."""
    if hasattr(constant, "dtype") or node is None:
        return constant
    forms = [o.form for o in node.operands if isinstance(o, GraphNode)]
    partners = [form.dtype for form in forms if hasattr(form, "dtype")]
    return numpy.asarray(constant, numpy.result_type(*partners, constant))


def _name(found: Result, target: str | None) -> None:
    """Let the terms of an array be called as the user's variable."""
    if target is None or not isinstance(found, Elements):
        return
    for place, term in enumerate(found.elements.reshape(-1)):
        if not term.is_leaf and not term.wanted:
            term.wanted = target if not found.shape else f"{target}_{place}"


def _result(c: Scalars, node: GraphNode, operands: Sequence[Any]) -> Result:
    if node.primitive is PICK:
        return operands[0][node.params["index"]]
    if node.primitive in CONTROL:
        return CONTROL[node.primitive](c, node, operands)
    if any(form.dtype.name not in CTYPES for form in (*node.result_forms, *node.operand_forms)):
        raise refused(node)
    if is_elementwise(node):
        return elementwise(c, node, operands)
    rule = operations.RULES.get(node.primitive) or systems.RULES.get(node.primitive)
    if rule is None:
        raise refused(node)
    return rule(c, node, operands)


# -- loops and branches ----------------------------------------------------------------------------


class Row(Array):
    """One element along the first axis of what is in memory."""

    def __init__(self, memory: Memory, turn: Term) -> None:
        self.memory = memory
        self.turn = turn
        self.shape: tuple[int, ...] = memory.shape[1:]
        self.dtype: numpy.dtype[Any] = memory.dtype

    def at(self, blocks: Any, index: Index) -> Term:
        return self.memory.at(blocks, [self.turn, *index])


def _carried(c: Scalars, arrays: Sequence[Array]) -> list[Memory]:
    """Variables that begin with these values."""
    found = [new_memory(c.blocks, array.shape, array.dtype) for array in arrays]
    for memory, array in zip(found, arrays, strict=True):
        write(c.blocks, memory, array)
    return found


def _hand_on(c: Scalars, carry: Sequence[Memory], after: Sequence[Array]) -> None:
    """Let the carry be what a turn has made of it, all at once."""
    moved = [(old, new) for old, new in zip(carry, after, strict=True) if old is not new]
    ready = [(old, _finished(c, new)) for old, new in moved]
    for old, new in ready:
        write(c.blocks, old, new)


def _finished(c: Scalars, array: Array) -> Array:
    """The array in variables of its own, so that what it was made of may be written over."""
    if not array.is_small:
        memory = new_memory(c.blocks, array.shape, array.dtype)
        write(c.blocks, memory, array)
        return memory
    found = numpy.empty(array.shape, object)
    for index in numpy.ndindex(*array.shape):
        term = array.at(c.blocks, index)
        if term.number is None:
            name = c.blocks.fresh("next")
            c.blocks.assign(f"const {CTYPES[term.dtype.name]} {name} =", term)
            term = c.blocks.place(name, term.dtype)
        found[index] = term
    return Elements(found, array.dtype)


def _stacks(c: Scalars, forms: Sequence[Any], length: int) -> list[Memory]:
    return [new_memory(c.blocks, (length, *form.shape), form.dtype) for form in forms]


def _write_row(c: Scalars, stack: Memory, turn: Term, value: Array) -> None:
    def element(index: Index) -> None:
        place = stack.offset(c.blocks, [turn, *index])
        c.blocks.assign(f"{stack.name}[{place}] =", value.at(c.blocks, index))

    over(c.blocks, value.shape, element)


def _scan(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> list[Array]:
    params = node.params
    shared, carry, xs = parts(operands, params["captured"], params["carried"])
    carry, sources = _carried(c, carry), [stored(c.blocks, x) for x in xs]
    stacks = _stacks(c, output_forms(params["body"])[params["carried"] :], params["length"])
    with c.blocks.loop(params["length"], params["reverse"]) as turn:
        found = outputs_of(c, params["body"], [*shared, *carry, *(Row(x, turn) for x in sources)])
        after, ys = parts(found, params["carried"])
        for stack, y in zip(stacks, ys, strict=True):
            _write_row(c, stack, turn, y)
        _hand_on(c, carry, after)
    return [*carry, *stacks]


def _while(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> list[Array]:
    shared, carry = parts(operands, node.params["captured"])
    carry = _carried(c, carry)
    count, status = c.blocks.fresh("turns"), c.blocks.need_status()
    c.blocks.declare(f"int64_t {count};")
    with c.blocks.within(f"for ({count} = 0;; {count}++) {{"):
        (test,) = outputs_of(c, node.params["test"], [*shared, *carry])
        goes_on = c.blocks.fresh("goes_on")
        c.blocks.assign(f"const bool {goes_on} =", c.cast(test.at(c.blocks, ()), bool))
        c.blocks.write(f"if (!{goes_on}) break;")
        with c.blocks.within(f"if ({count} == {MOST_TURNS}) {{"):
            c.blocks.write(f"{status} = false;")
            c.blocks.write("break;")
        _hand_on(c, carry, outputs_of(c, node.params["body"], [*shared, *carry]))
    turns = numpy.empty((), object)
    turns[()] = c.blocks.place(count, "int64")
    return [*carry, Elements(turns, numpy.dtype("int64"))]


def _cond(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> list[Array]:
    index, *given = operands
    branches = node.params["branches"]
    results = [new_memory(c.blocks, form.shape, form.dtype) for form in node.result_forms]
    chosen_branch = c.blocks.fresh("branch")
    c.blocks.assign(f"const int64_t {chosen_branch} =", c.cast(index.at(c.blocks, ()), "int64"))
    for place, branch in enumerate(branches):
        test = "else {" if place == len(branches) - 1 else f"if ({chosen_branch} <= {place}) {{"
        with c.blocks.within(test if place in (0, len(branches) - 1) else f"else {test}"):
            for result, value in zip(results, outputs_of(c, branch, given), strict=True):
                write(c.blocks, result, value)
    return [*results]


def _pullback(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> list[Array]:
    """Forward, keeping the carry of each turn, and then back."""
    params = node.params
    body, back, captured, carried, moving = (params[k] for k in ("body", "back", "captured", "carried", "moving"))
    length = params["length"]
    if length is None:
        raise TypeError(
            "[c] the derivative of a loop of an unknown number of turns keeps a value for each, wanted a number that "
            "is known; write wg.fori_loop or wg.scan with turns enough, and np.where for those that change nothing"
        )
    shared, carry, rest = parts(operands[1:], captured, carried)
    xs, rest = parts(rest, len(body.inputs) - captured - carried)
    cotangents, ys = parts(rest, sum(params["ends"][:carried]))
    carry, sources = _carried(c, carry), [stored(c.blocks, x) for x in xs]
    kept = _stacks(c, carry, length)
    with c.blocks.loop(length, params["reverse"]) as turn:
        for stack, value in zip(kept, carry, strict=True):
            _write_row(c, stack, turn, value)
        found = outputs_of(c, body, [*shared, *carry, *(Row(x, turn) for x in sources)])
        _hand_on(c, carry, found[:carried])
    sizes = sum(moving[:captured]), sum(moving[captured : captured + carried])
    of_sums, _, of_slices = parts(output_forms(back), *sizes)
    zeros = [Deferred(f.shape, f.dtype, lambda index, f=f: c.blocks.literal(0, f.dtype)) for f in of_sums]
    sums, backs, ends = _carried(c, zeros), _carried(c, cotangents), [stored(c.blocks, y) for y in ys]
    stacks = _stacks(c, of_slices, length)
    with c.blocks.loop(length, not params["reverse"]) as turn:
        inputs = [*shared, *(Row(k, turn) for k in kept), *(Row(x, turn) for x in sources), *backs]
        found = outputs_of(c, back, [*inputs, *(Row(y, turn) for y in ends)])
        added, handed, rows = parts(found, *sizes)
        for stack, row in zip(stacks, rows, strict=True):
            _write_row(c, stack, turn, row)
        totals = [_sum(c, total, value) for total, value in zip(sums, added, strict=True)]
        _hand_on(c, [*sums, *backs], [*totals, *handed])
    return [*sums, *backs, *stacks]


def _sum(c: Scalars, x: Array, y: Array) -> Array:
    return Deferred(x.shape, x.dtype, lambda index: c.add(x.at(c.blocks, index), y.at(c.blocks, index)))


CONTROL: dict[Primitive, Callable[[Scalars, GraphNode, Sequence[Any]], list[Array]]] = {
    SCAN: _scan,
    WHILE: _while,
    COND: _cond,
    PULLBACK: _pullback,
}
"""Operations that run graphs."""


def argument(name: str, shape: tuple[int, ...], dtype: numpy.dtype) -> Memory:
    """What a function is given: a number, or a pointer to numbers in order."""
    return Memory(name, StridedView(None, 0, shape, dense_strides(shape)), dtype)
