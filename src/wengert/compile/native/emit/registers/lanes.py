"""Turns of a loop side by side: each number in a register is a vector of as many examples.

A loop within goes on until it is over for all of them, and leaves those alone for which it is; a branch is taken by
those that choose it. So each example does exactly what it would do on its own, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy
from llvmlite import ir

from .....control.cond_primitive import COND
from .....control.loop_primitives import PULLBACK, WHILE
from .....control.subgraphs import without_axis
from .....core.abstract import Abstract
from .....core.graph import Graph, GraphNode
from .....core.primitive import Primitive
from ...facts.failures import may_fail
from ...facts.registers import LANES
from ...ir.loops import smaller
from ...ir.scalar import Scalar, load, store
from ...ir.types import INDEX, Array, Builder, LaneBuilder, Value, memory_type, register_type
from ..scalars.elementwise import BOOL
from .control import (
    CONTROL_RULES,
    COUNTER,
    TurnsAndBack,
    begin_straight,
    emit_count,
    emit_pullback,
    emit_turns,
    end_straight,
)
from .speculation import joined, speculated
from .stage_function import StageArguments, new_stage
from .straight_line import Emit, Straight, array_of


class Lanes(Straight):
    """Where code for several examples is being written.

    Attributes:
        mask: of those that the code is meant for; the others are not to fail, and their results are not used.
    """

    mask: Value = None

    @contextmanager
    def only(self, mask: Value) -> Iterator[None]:
        """Write code that is meant for some of the examples."""
        before, self.mask = self.mask, mask
        yield
        self.mask = before

    def chosen(self, bits: Value) -> Value:
        """Of these bits those of examples that the code is meant for."""
        return bits if self.mask is None else self.builder.and_(bits, self.mask)

    def any(self, bit: Value) -> Value:
        return is_any(self.builder, self.chosen(bit)) if isinstance(bit.type, ir.VectorType) else bit


def is_any(builder: Builder, bits: Value) -> Value:
    """Whether a bit of a vector is set."""
    word = ir.IntType(LANES)
    return builder.icmp_unsigned("!=", builder.bitcast(bits, word), word(0))


def _selected(bits: Value, these: Sequence[Array], others: Sequence[Array]) -> list[Array]:
    """These arrays for the examples whose bit is set, the others else."""

    def element(this: Scalar, other: Scalar) -> Scalar:
        return this.cast(other.dtype).where(bits, other)

    pairs = zip(these, others, strict=True)
    return [
        array_of([element(t, o) for t, o in zip(this.reshape(-1), other.reshape(-1), strict=True)], other.shape)
        for this, other in pairs
    ]


# -- loops and branches ----------------------------------------------------------------------------


def _while(straight: Any, node: GraphNode, operands: list[Array]) -> list[Array]:
    """Turns as long as the test holds for any example."""
    builder = straight.builder
    captured, carry = operands[: node.params["captured"]], operands[node.params["captured"] :]
    body, test = node.params["body"], node.params["test"]
    turns_may_fail = any(may_fail(part) for graph in (test, body) for part in graph.nodes)
    going: list[Value] = []

    def is_on(_: Value, arrays: list[Array]) -> Value:
        flag = straight.graph(test, [*captured, *arrays[:-1]])[0].item().cast(BOOL).value
        going.append(straight.chosen(flag))
        goes_on = is_any(builder, going[-1])
        return builder.and_(goes_on, builder.not_(builder.load(straight.failed))) if turns_may_fail else goes_on

    def turn(_: Value, arrays: list[Array]) -> list[Array]:
        *now, turns = arrays
        with straight.only(going[-1]):
            after = speculated(straight, body, [*captured, *now])
        one = Scalar(builder, going[-1], BOOL).cast(COUNTER)
        return [*_selected(going[-1], after, now), array_of([turns.item() + one], ())]

    start = [*carry, straight.constant(0, COUNTER)]
    return emit_turns(builder, start, is_on, turn, straight.pauses(node, test, body))[1]


def _cond(straight: Any, node: GraphNode, operands: list[Array]) -> list[Array]:
    """Each graph that an example chooses."""
    index, *shared = operands
    branches = node.params["branches"]
    results = [straight.constant(numpy.zeros(form.shape), form.dtype) for form in node.result_forms]
    number = index.item().cast(COUNTER)
    for place, branch in enumerate(branches):
        taken = straight.chosen(_is_chosen(number, place, len(branches)))
        results = _where_taken(straight, taken, branch, shared, results)
    return results


def _is_chosen(number: Scalar, place: int, count: int) -> Value:
    """Whether an index, clamped, means one of several."""
    if count == 1:
        return number.compare("==", number)
    if place == 0:
        return number.compare("<=", 0)
    return number.compare(">=" if place == count - 1 else "==", place)


def _where_taken(straight: Any, taken: Value, branch: Graph, shared: Sequence[Array], others: list[Array]) -> Any:
    """The outputs of a graph for the examples that choose it, the others else."""
    builder, before = straight.builder, straight.builder.block
    with builder.if_then(is_any(builder, taken)), straight.only(taken):
        found = _selected(taken, straight.graph(branch, shared), others)
        end = builder.block
    return [joined(a, before, b, end) for a, b in zip(others, found, strict=True)]


class _LanesAndBack(TurnsAndBack):
    """The pullback of loops of which each example has made as many turns as it did.

    Attributes:
        straight: the code of all examples that are done at a time.
        turns: how many each has made.
    """

    straight: Lanes
    turns: Value

    def _most(self, turns: Scalar) -> Value:
        builder = self.builder
        self.turns = turns if self.straight.mask is None else turns.where(self.straight.mask, 0)
        most: Value = INDEX(0)
        for lane in range(LANES):
            one = builder.extract_element(self.turns.value, INDEX(lane))
            most = builder.select(builder.icmp_signed(">", one, most), one, most)
        return most

    def _turn(self, number: Value, arrays: list[Array]) -> list[Array]:
        """An example stays before its last turn."""
        going = self._is_within(self.builder.add(number, INDEX(1)))
        with self.straight.only(going):
            return _selected(going, super()._turn(number, arrays), arrays)

    def _turn_back(self, number: Value, arrays: list[Array]) -> list[Array]:
        going = self._is_within(self.builder.sub(self.last, number))
        with self.straight.only(going):
            return _selected(going, super()._turn_back(number, arrays), arrays)

    def _is_within(self, turn: Value) -> Value:
        """Of which examples this is a turn."""
        return self.straight.chosen(for_all(self.builder, Scalar(self.builder, turn, COUNTER)).compare("<", self.turns))


def for_all(builder: Builder, number: Scalar) -> Scalar:
    """A number that is the same for all examples."""
    found = register_type(builder, number.dtype)(ir.Undefined)
    for lane in range(LANES):
        found = builder.insert_element(found, number.value, INDEX(lane))
    return Scalar(builder, found, number.dtype)


def _pullback(straight: Any, node: GraphNode, operands: list[Array]) -> list[Array]:
    return emit_pullback(straight, node, operands, _LanesAndBack)


LANE_RULES: Mapping[Primitive, Emit] = {**CONTROL_RULES, WHILE: _while, COND: _cond, PULLBACK: _pullback}
"""Of what is within a loop in registers, that which examples do differently."""


# -- a whole stage ---------------------------------------------------------------------------------


class _Slices:
    """An array in memory, of which each example has a slice."""

    def __init__(self, builder: Builder, memory: Value, form: Abstract) -> None:
        self.builder = builder
        self.memory = builder.bitcast(memory, memory_type(form.dtype).as_pointer())
        self.form = form

    def read(self, places: Sequence[Value]) -> Array:
        return array_of([self._gathered(places, i) for i in range(self.form.size)], self.form.shape)

    def write(self, places: Sequence[Value], array: Array) -> None:
        for element, x in enumerate(array.reshape(-1)):
            numbers = x.cast(self.form.dtype)
            for lane, place in enumerate(places):
                one = self.builder.extract_element(numbers.value, INDEX(lane))
                self.store(place, element, Scalar(self.builder, one, self.form.dtype))

    def load(self, place: Value, element: int) -> Scalar:
        """A number of a slice."""
        return load(self.builder, self._at(place, element), self.form.dtype)

    def store(self, place: Value, element: int, number: Scalar) -> None:
        store(self.builder, number, self._at(place, element))

    def _gathered(self, places: Sequence[Value], element: int) -> Scalar:
        found = register_type(self.builder, self.form.dtype)(ir.Undefined)
        for lane, place in enumerate(places):
            found = self.builder.insert_element(found, self.load(place, element).value, INDEX(lane))
        return Scalar(self.builder, found, self.form.dtype)

    def _at(self, place: Value, element: int) -> Value:
        offset = self.builder.add(self.builder.mul(place, INDEX(self.form.size)), INDEX(element))
        return self.builder.gep(self.memory, [offset])


def emit_in_lanes(module: ir.Module, name: str, node: GraphNode, is_used: Sequence[bool]) -> ir.Function:
    """The function of a scan whose turns are apart, some of them at a time."""
    function, arguments = new_stage(module, name, node)
    builder = LaneBuilder(function.append_basic_block())
    straight = begin_straight(builder, arguments.runtime, Lanes, LANE_RULES)
    _Turns(straight, node, arguments, is_used).emit()
    end_straight(straight)
    return function


class _Turns:
    """The turns of a scan in blocks of lanes; the last block does its last turn again, for nothing, where it is short.

    Attributes:
        captured: for all lanes.
        slices: what is read.
        results: of sums, and stacks that are written; ``None`` where nobody uses them.
    """

    def __init__(self, straight: Any, node: GraphNode, arguments: StageArguments, is_used: Sequence[bool]) -> None:
        self.straight, self.builder, self.node = straight, straight.builder, node
        self.begin, self.end = arguments.turns
        self.split, self.carried = node.params["captured"], node.params["carried"]
        given = list(zip(arguments.operands, node.operand_forms, strict=True))
        fixed = self.split + self.carried
        self.captured = [self._for_all(*pair) for pair in given[: self.split]]
        self.first = given[self.split : fixed]
        self.slices = [_Slices(self.builder, memory, without_axis(form)) for memory, form in given[fixed:]]
        made = zip(arguments.results, node.result_forms, is_used, strict=True)
        self.results = [(memory, form) if used else None for memory, form, used in made]

    def emit(self) -> None:
        builder = self.builder
        count = builder.sub(self.end, self.begin)
        blocks = builder.udiv(builder.add(count, INDEX(LANES - 1)), INDEX(LANES))
        zeros = [self.straight.constant(numpy.zeros(form.shape), form.dtype) for _, form in self.first]
        pauses = self.straight.pauses(self.node, self.node.params["body"])
        sums = emit_count(builder, zeros, blocks, self._block, pauses)
        for lanes, first, result in zip(sums, self.first, self.results, strict=False):
            if result is not None:
                self._add_up(lanes, first, result)

    def _block(self, number: Value, sums: list[Array]) -> list[Array]:
        builder = self.builder
        start = builder.add(self.begin, builder.mul(number, INDEX(LANES)))
        turns = [builder.add(start, INDEX(lane)) for lane in range(LANES)]
        last = builder.sub(self.end, INDEX(1))
        places = [smaller(builder, turn, last) for turn in turns]
        given = [*self.captured, *sums, *(stack.read(places) for stack in self.slices)]
        outputs = speculated(self.straight, self.node.params["body"], given)
        for result, output in zip(self.results[self.carried :], outputs[self.carried :], strict=True):
            if result is not None:
                memory, form = result
                _Slices(builder, memory, without_axis(form)).write(places, output)
        return _selected(self._are_there(turns), outputs[: self.carried], sums)

    def _are_there(self, turns: Sequence[Value]) -> Value:
        """Which lanes have a turn of their own."""
        bits = ir.VectorType(ir.IntType(1), LANES)(ir.Undefined)
        for lane, turn in enumerate(turns):
            bits = self.builder.insert_element(bits, self.builder.icmp_unsigned("<", turn, self.end), INDEX(lane))
        return bits

    def _for_all(self, memory: Value, form: Abstract) -> Array:
        """An array that is the same for all lanes."""
        whole = _Slices(self.builder, memory, form)
        return array_of([for_all(self.builder, whole.load(INDEX(0), i)) for i in range(form.size)], form.shape)

    def _add_up(self, sums: Array, first: tuple[Value, Abstract], result: tuple[Value, Abstract]) -> None:
        """What there is before the first turn, and then the sum of each lane."""
        start, into = (_Slices(self.builder, *given) for given in (first, result))
        for element, x in enumerate(sums.reshape(-1)):
            total = start.load(INDEX(0), element)
            for lane in range(LANES):
                one = self.builder.extract_element(x.value, INDEX(lane))
                total = total + Scalar(self.builder, one, x.dtype)
            into.store(INDEX(0), element, total)
