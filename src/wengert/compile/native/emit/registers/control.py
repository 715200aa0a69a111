"""Loops and branches in registers: what they carry lives in values of its own, and one native loop is all there is.

Cited by the names of their primitives: `cond`, `scan`, `while_loop`, `loop_pullback`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from .....control.cond_primitive import COND
from .....control.loop_primitives import PULLBACK, SCAN, WHILE
from .....control.subgraphs import without_axis
from .....core.abstract import Abstract
from .....core.graph import Graph, GraphNode
from .....core.primitive import Primitive
from ...facts.failures import may_fail
from ...facts.layout import ALIGNMENT
from ...facts.registers import LANES
from ...ir.scalar import Scalar, load, store
from ...ir.types import BYTES, INDEX, Array, Builder, LaneBuilder, Value, memory_type, wide
from ...machine.interrupts import Pauses
from .speculation import speculated
from .stage_function import StageArguments, new_stage
from .straight_line import RULES, Emit, Straight, added, array_of, cast

COUNTER = numpy.dtype("int64")

Read = Callable[[Value], Array]
"""From a turn to the slice that belongs to it."""


# -- memory ----------------------------------------------------------------------------------------


class Stack:
    """Arrays of one form, one after the other in memory: read and written by their number.

    Where several examples are done at a time, each element is that of all of them.
    """

    def __init__(self, straight: Straight, memory: Value, form: Abstract) -> None:
        self.builder: Builder = straight.builder
        self.memory: Builder = self.builder.bitcast(memory, wide(self.builder, memory_type(form.dtype)).as_pointer())
        self.form = form

    def read(self, turn: Value) -> Array:
        elements = [load(self.builder, place, self.form.dtype) for place in self._places(turn)]
        return array_of(elements, self.form.shape)

    def write(self, turn: Value, array: Array) -> None:
        for place, element in zip(self._places(turn), array.reshape(-1), strict=True):
            store(self.builder, element.cast(self.form.dtype), place)

    def _places(self, turn: Value) -> list[Value]:
        start = self.builder.mul(turn, INDEX(self.form.size))
        first = self.builder.gep(self.memory, [start])
        return [self.builder.gep(first, [INDEX(i)]) for i in range(self.form.size)]


def on_stack(straight: Straight, length: int, form: Abstract) -> Stack:
    """Room for so many arrays."""
    with straight.builder.goto_entry_block():
        kind = wide(straight.builder, memory_type(form.dtype))
        room = straight.builder.alloca(kind, INDEX(max(length * form.size, 1)))
    return Stack(straight, room, form)


def allocate(builder: Builder, size: Value) -> Value:
    """Memory until it is released; no address if there is none."""
    return builder.call(_of_process(builder, "malloc", ir.FunctionType(BYTES, [INDEX])), [size])


def aligned(builder: Builder, memory: Value) -> Value:
    """The first cache line within."""
    place = builder.add(builder.ptrtoint(memory, INDEX), INDEX(ALIGNMENT - 1))
    return builder.inttoptr(builder.and_(place, INDEX(-ALIGNMENT)), BYTES)


def release(builder: Builder, memory: Value) -> None:
    builder.call(_of_process(builder, "free", ir.FunctionType(ir.VoidType(), [BYTES])), [memory])


def _of_process(builder: Builder, name: str, kind: ir.FunctionType) -> Any:
    """A function of the C library."""
    return builder.module.globals.get(name) or ir.Function(builder.module, kind, name)


def constant_memory(module: ir.Module, value: Any) -> ir.GlobalVariable:
    """A constant array as a part of the program: its bytes."""
    contents = bytearray(value.tobytes())
    kind = ir.ArrayType(ir.IntType(8), len(contents))
    variable: Any = ir.GlobalVariable(module, kind, module.get_unique_name("constant"))
    variable.linkage = "internal"
    variable.global_constant = True
    variable.align = 64
    variable.initializer = ir.Constant(kind, contents if any(contents) else None)
    return variable


# -- loops and branches of values ------------------------------------------------------------------


def emit_turns(
    builder: Builder,
    arrays: Sequence[Array],
    is_on: Callable[[Value, list[Array]], Value],
    turn: Callable[[Value, list[Array]], list[Array]],
    pauses: Pauses | None = None,
) -> tuple[Value, list[Array]]:
    """A loop that carries arrays: as long as `is_on(turns, arrays)`, they become ``turn(turns, arrays)``."""
    start = builder.block
    look, work, after = (builder.append_basic_block(name) for name in ("look", "work", "after"))
    builder.branch(look)
    builder.position_at_end(look)
    count = builder.phi(INDEX)
    count.add_incoming(INDEX(0), start)
    phis, carried = _phis(builder, arrays)
    _add_incoming(phis, arrays, start)
    builder.cbranch(is_on(count, carried), work, after)
    builder.position_at_end(work)
    following = turn(count, carried)
    if pauses is not None:
        pauses.emit(builder, count, after)
    count.add_incoming(builder.add(count, INDEX(1), flags=("nsw", "nuw")), builder.block)
    _add_incoming(phis, [_as(new, old) for new, old in zip(following, arrays, strict=True)], builder.block)
    builder.branch(look)
    builder.position_at_end(after)
    return count, carried


def emit_count(
    builder: Builder,
    arrays: Sequence[Array],
    bound: Value,
    turn: Callable[[Value, list[Array]], list[Array]],
    pauses: Pauses | None,
) -> list[Array]:
    """So many turns; with pauses they are between runs of turns, which are loops like those without any."""
    if pauses is None:
        return emit_turns(builder, arrays, lambda count, _: builder.icmp_signed("<", count, bound), turn)[1]
    length = INDEX(pauses.turns)

    def run(number: Value, carried: list[Array]) -> list[Array]:
        first = builder.mul(number, length)
        left = builder.sub(bound, first)
        end = builder.select(builder.icmp_signed("<", left, length), left, length)
        return emit_count(builder, carried, end, lambda count, a: turn(builder.add(first, count), a), None)

    def is_on(number: Value, _: Any) -> Value:
        return builder.icmp_signed("<", builder.mul(number, length), bound)

    return emit_turns(builder, arrays, is_on, run, pauses.each())[1]


def emit_until(builder: Builder, turn: Callable[[], Value]) -> None:
    """Turns until one says that it was the last."""
    again, after = builder.append_basic_block("again"), builder.append_basic_block("after")
    builder.branch(again)
    builder.position_at_end(again)
    builder.cbranch(turn(), after, again)
    builder.position_at_end(after)


def _phis(builder: Builder, arrays: Sequence[Array]) -> tuple[list[Any], list[Array]]:
    phis, merged = [], []
    for array in arrays:
        own = [builder.phi(x.value.type) for x in array.reshape(-1)]
        phis.append(own)
        elements = [Scalar(builder, phi, x.dtype) for phi, x in zip(own, array.reshape(-1), strict=True)]
        merged.append(array_of(elements, array.shape))
    return phis, merged


def _add_incoming(phis: Sequence[Any], arrays: Sequence[Array], block: Any) -> None:
    for own, array in zip(phis, arrays, strict=True):
        for phi, x in zip(own, array.reshape(-1), strict=True):
            phi.add_incoming(x.value, block)


def _as(array: Array, like: Array) -> Array:
    return cast(array, like.flat[0].dtype)


def emit_branches(builder: Builder, index: Value, branches: Sequence[Callable[[], list[Array]]]) -> list[Array]:
    """The results of one of the branches."""
    after = builder.append_basic_block("joined")
    blocks = [builder.append_basic_block("branch") for _ in branches]
    switch = builder.switch(index, blocks[-1])
    for number, block in enumerate(blocks[:-1]):
        switch.add_case(INDEX(number), block)
    ends = []
    for block, branch in zip(blocks, branches, strict=True):
        builder.position_at_end(block)
        results = branch()
        ends.append((results, builder.block))
    for _, block in ends:
        builder.position_at_end(block)
        builder.branch(after)
    builder.position_at_end(after)
    phis, merged = _phis(builder, ends[0][0])
    for results, block in ends:
        _add_incoming(phis, results, block)
    return merged


# -- the primitives --------------------------------------------------------------------------------


def emit_cond(straight: Straight, node: GraphNode, operands: list[Array]) -> list[Array]:
    """One of several graphs."""
    builder = straight.builder
    index, *shared = operands
    branches = node.params["branches"]
    forms = node.form

    def outputs_of(branch: Graph) -> list[Array]:
        return [cast(o, f.dtype) for o, f in zip(straight.graph(branch, shared), forms, strict=True)]

    chosen = clamped(builder, index.item().cast(COUNTER).value, len(branches))
    return emit_branches(builder, chosen, [lambda branch=branch: outputs_of(branch) for branch in branches])


def clamped(builder: Builder, index: Value, count: int) -> Value:
    """An index within 0..count-1."""
    index = builder.select(builder.icmp_signed("<", index, INDEX(0)), INDEX(0), index)
    return builder.select(builder.icmp_signed(">=", index, INDEX(count)), INDEX(count - 1), index)


def emit_while(straight: Straight, node: GraphNode, operands: list[Array]) -> list[Array]:
    """Turns as long as a graph says so."""
    builder = straight.builder
    captured, carry = operands[: node.params["captured"]], operands[node.params["captured"] :]
    body, test = node.params["body"], node.params["test"]
    turns_may_fail = any(may_fail(part) for graph in (test, body) for part in graph.nodes)

    def is_on(count: Value, arrays: list[Array]) -> Value:
        flag = straight.graph(test, [*captured, *arrays])[0].item().cast(numpy.dtype(bool)).value
        return builder.and_(flag, builder.not_(builder.load(straight.failed))) if turns_may_fail else flag

    count, carry = emit_turns(
        builder,
        carry,
        is_on,
        lambda _, arrays: speculated(straight, body, [*captured, *arrays]),
        straight.pauses(node, test, body),
    )
    return [*carry, array_of([Scalar(builder, count, COUNTER)], ())]


def emit_scan(straight: Straight, node: GraphNode, operands: list[Array]) -> list[Array]:
    """A scan over arrays in registers: they go through memory, to be read by number."""
    fixed = node.params["captured"] + node.params["carried"]
    readers = [spilled(straight, x) for x in operands[fixed:]]
    forms = node.form[node.params["carried"] :]
    stacks = [on_stack(straight, node.params["length"], without_axis(form)) for form in forms]
    bounds = INDEX(0), INDEX(node.params["length"])
    carry = scan(straight, node, operands[:fixed], [r.read for r in readers], stacks, bounds)
    return [*carry, *(whole(stack, form) for stack, form in zip(stacks, forms, strict=True))]


def scan(
    straight: Straight,
    node: GraphNode,
    fixed: Sequence[Array],
    readers: Sequence[Read],
    writers: Sequence[Stack | None],
    bounds: Sequence[Value],
) -> list[Array]:
    """The loop of a scan, from a turn to another: the last carry."""
    builder, (begin, end) = straight.builder, bounds
    captured, carry = fixed[: node.params["captured"]], fixed[node.params["captured"] :]
    body, reverse = node.params["body"], node.params["reverse"]

    def turn(count: Value, arrays: list[Array]) -> list[Array]:
        place = builder.sub(builder.sub(end, INDEX(1)), count) if reverse else builder.add(begin, count)
        outputs = speculated(straight, body, [*captured, *arrays, *(read(place) for read in readers)])
        for stack, y in zip(writers, outputs[len(carry) :], strict=True):
            if stack is not None:
                stack.write(place, y)
        return outputs[: len(carry)]

    return emit_count(builder, carry, builder.sub(end, begin), turn, straight.pauses(node, body))


def spilled(straight: Straight, array: Array) -> Stack:
    """An array spilled to memory, to be read along its first axis."""
    dtype = array.flat[0].dtype
    stack = on_stack(straight, len(array), Abstract(array.shape[1:], dtype))
    for index, row in enumerate(array):
        stack.write(INDEX(index), numpy.asarray(row, object))
    return stack


def whole(stack: Stack, form: Abstract) -> Array:
    """All that is in a stack."""
    rows = [stack.read(INDEX(i)) for i in range(form.shape[0])]
    return array_of([x for row in rows for x in row.reshape(-1)], form.shape)


def emit_pullback(
    straight: Straight, node: GraphNode, operands: list[Array], kind: type[TurnsAndBack] | None = None
) -> list[Array]:
    """A pullback of stacks in registers: they go through memory, to be read by number."""
    cut = cut_pullback(node)
    fixed = operands[: cut.xs]
    xs, ends = operands[cut.xs : cut.cotangents], operands[cut.cotangents :]
    forms = node.form[cut.sums + cut.turning :]
    stacks = [on_stack(straight, form.shape[0], without_axis(form)) for form in forms]
    slices = [spilled(straight, stack).read for stack in (*xs, *ends[cut.turning :])]
    turns = (kind or TurnsAndBack)(straight, node, [*fixed, *ends[: cut.turning]], slices, stacks)
    found = turns.found()
    return [*found, *(whole(stack, form) for stack, form in zip(stacks, forms, strict=True))]


class CutPullback(NamedTuple):
    """Where among the operands of a pullback slices and cotangents begin, and how many sums and carries move."""

    xs: int
    cotangents: int
    sums: int
    turning: int


def cut_pullback(node: GraphNode) -> CutPullback:
    body, captured, carried, moving = (node.params[name] for name in ("body", "captured", "carried", "moving"))
    fixed = captured + carried
    return CutPullback(1 + fixed, 1 + len(body.inputs), sum(moving[:captured]), sum(moving[captured:fixed]))


class TurnsAndBack:
    """The turns of a loop once more, whose carries are kept in memory, and its pullback from the last to the first.

    Attributes:
        captured, carry: what the body captures, and the first carry.
        start: the first sums and cotangents that are carried back.
        xs, ends: what reads the slices of a turn, and the cotangents of what it gives.
        writers: what keeps the cotangents of the slices.
        states: the carries, in memory that is `allocated`.
        last: the number of the last turn, of `count`.
    """

    def __init__(
        self,
        straight: Straight,
        node: GraphNode,
        fixed: Sequence[Array],
        readers: Sequence[Read],
        writers: Sequence[Stack | None],
    ) -> None:
        self.straight = straight
        self.builder: Builder = straight.builder
        self.node = node
        self.writers = writers
        self.cut = cut = cut_pullback(node)
        turns, *given = fixed
        split = node.params["captured"]
        self.captured: list[Array] = given[:split]
        self.carry: list[Array] = given[split : cut.xs - 1]
        self.start: Sequence[Array] = fixed[cut.xs :]
        self.xs: Sequence[Read] = readers[: cut.cotangents - cut.xs]
        self.ends: Sequence[Read] = readers[cut.cotangents - cut.xs :]
        self.allocated, memory, self.count = _room_for(straight, self.carry, self._most(turns.item().cast(COUNTER)))
        self.states: list[Stack] = _side_by_side(straight, memory, self.carry, self.count)
        self.last: Builder = self.builder.sub(self.count, INDEX(1))

    def _most(self, turns: Scalar) -> Value:
        """How many turns there are."""
        return turns.value

    def found(self) -> list[Array]:
        """The sums, and the cotangents of the first carry."""
        self.run()
        return self.go_back()

    def run(self) -> None:
        """Run the turns, and keep the carries."""
        body = self.node.params["body"]
        final = emit_count(self.builder, self.carry, self.last, self._turn, self.straight.pauses(self.node, body))
        with self.builder.if_then(self.builder.icmp_signed(">=", self.last, INDEX(0))):
            self._keep(self.last, final)

    def go_back(self) -> list[Array]:
        """Run the pullback of each turn, and free the carries."""
        forms = self.node.form[: self.cut.sums]
        zeros = [self.straight.constant(numpy.zeros(form.shape), form.dtype) for form in forms]
        pauses = self.straight.pauses(self.node, self.node.params["back"])
        found = emit_count(self.builder, [*zeros, *self.start], self.count, self._turn_back, pauses)
        release(self.builder, self.allocated)
        return found

    def _turn(self, number: Value, arrays: list[Array]) -> list[Array]:
        self._keep(number, arrays)
        slices = self._slices(self.xs, number)
        given = [*self.captured, *arrays, *slices]
        return speculated(self.straight, self.node.params["body"], given)[: len(self.carry)]

    def _turn_back(self, number: Value, arrays: list[Array]) -> list[Array]:
        turn, sums = self.builder.sub(self.last, number), self.cut.sums
        xs, ends = self._slices(self.xs, turn), self._slices(self.ends, turn)
        state = [stack.read(turn) for stack in self.states]
        given = [*self.captured, *state, *xs, *arrays[sums:], *ends]
        outputs = speculated(self.straight, self.node.params["back"], given)
        for stack, value in zip(self.writers, outputs[len(arrays) :], strict=True):
            if stack is not None:
                stack.write(self._place(turn), value)
        return [*map(added, arrays[:sums], outputs), *outputs[sums : len(arrays)]]

    def _keep(self, number: Value, arrays: Sequence[Array]) -> None:
        for stack, array in zip(self.states, arrays, strict=True):
            stack.write(number, array)

    def _slices(self, readers: Sequence[Read], number: Value) -> list[Array]:
        return [read(self._place(number)) for read in readers]

    def _place(self, number: Value) -> Value:
        """Where the slices of a turn are."""
        return self.builder.sub(self.last, number) if self.node.params["reverse"] else number


def _room_for(straight: Straight, carry: Sequence[Array], count: Value) -> tuple[Value, Value, Value]:
    """Memory for so many states, where they begin in it, and their number; none if there is no memory."""
    builder = straight.builder
    states = builder.select(builder.icmp_signed("<", count, INDEX(1)), INDEX(1), count)
    size = sum(_slot(builder, array) for array in carry)
    memory = allocate(builder, builder.add(builder.mul(states, INDEX(size)), INDEX(ALIGNMENT)))
    is_missing = builder.icmp_unsigned("==", memory, BYTES(None))
    straight.fail_if(is_missing)
    return memory, aligned(builder, memory), builder.select(is_missing, INDEX(0), count)


def _slot(builder: Builder, array: Array) -> int:
    """The bytes of an array, a multiple of as many as vectors want."""
    lanes = LANES if isinstance(builder, LaneBuilder) else 1
    return -(-array.size * array.flat[0].dtype.itemsize // 8) * 8 * lanes


def _side_by_side(straight: Straight, memory: Value, carry: Sequence[Array], count: Value) -> list[Stack]:
    """A stack for each carried array, one behind the other."""
    builder, stacks, offset = straight.builder, [], 0
    for array in carry:
        start = builder.gep(memory, [builder.mul(count, INDEX(offset))])
        stacks.append(Stack(straight, start, Abstract(array.shape, array.flat[0].dtype)))
        offset += _slot(builder, array)
    return stacks


CONTROL_RULES: dict[Primitive, Emit] = {
    **RULES,
    COND: emit_cond,
    WHILE: emit_while,
    SCAN: emit_scan,
    PULLBACK: emit_pullback,
}
"""Everything that can be within a loop that lives in registers."""


# -- a whole stage ---------------------------------------------------------------------------------


def emit_in_registers(module: ir.Module, name: str, node: GraphNode, is_used: Sequence[bool]) -> ir.Function:
    """The function of a stage whose carried values live in registers."""
    function, arguments = new_stage(module, name, node)
    straight = begin_straight(ir.IRBuilder(function.append_basic_block()), arguments.runtime)
    operands = [Stack(straight, *pair) for pair in zip(arguments.operands, node.operand_forms, strict=True)]
    given = zip(arguments.results, node.result_forms, is_used, strict=True)
    results = [Stack(straight, address, form) if used else None for address, form, used in given]
    _FROM_MEMORY.get(node.primitive, _all_small)(straight, node, operands, results, arguments)
    end_straight(straight)
    return function


def begin_straight(
    builder: Builder, runtime: Value, kind: type[Straight] = Straight, rules: Mapping[Primitive, Emit] | None = None
) -> Straight:
    """Begin a function of straight-line code, which knows where the runtime table is."""
    with builder.goto_entry_block():
        failed = builder.alloca(ir.IntType(1))
    builder.store(ir.IntType(1)(0), failed)
    return kind(builder, failed, CONTROL_RULES if rules is None else rules, runtime)


def end_straight(straight: Straight) -> None:
    """Leave it, with 1 if something has failed."""
    builder = straight.builder
    builder.ret(builder.zext(builder.load(straight.failed), ir.IntType(32)))


def _all_small(
    straight: Straight, node: GraphNode, operands: Sequence[Stack], results: Sequence[Stack | None], _: Any
) -> None:
    """A stage whose arrays are all small."""
    found = CONTROL_RULES[node.primitive](straight, node, [o.read(INDEX(0)) for o in operands])
    _write(found, results)


def _scan_in_memory(
    straight: Straight,
    node: GraphNode,
    operands: Sequence[Stack],
    results: Sequence[Stack | None],
    arguments: StageArguments,
) -> None:
    """A scan reads its stacks of slices in memory, and writes them there."""
    fixed, carried = node.params["captured"] + node.params["carried"], node.params["carried"]
    readers = [by_slices(straight, stack).read for stack in operands[fixed:]]
    writers = [s and by_slices(straight, s) for s in results[carried:]]
    bounds = arguments.bounds(node.params["length"])
    carry = scan(straight, node, [o.read(INDEX(0)) for o in operands[:fixed]], readers, writers, bounds)
    _write(carry, results[:carried])


def _write(arrays: Sequence[Array], results: Sequence[Stack | None]) -> None:
    for array, result in zip(arrays, results, strict=True):
        if result is not None:
            result.write(INDEX(0), array)


def _pullback_in_memory(
    straight: Straight, node: GraphNode, operands: Sequence[Stack], results: Sequence[Stack | None], _: Any
) -> None:
    """A pullback reads and writes stacks of slices where they are."""
    cut = cut_pullback(node)
    first = cut.cotangents + cut.turning
    fixed = [*operands[: cut.xs], *operands[cut.cotangents : first]]
    readers = [by_slices(straight, s).read for s in (*operands[cut.xs : cut.cotangents], *operands[first:])]
    count = cut.sums + cut.turning
    writers = [s and by_slices(straight, s) for s in results[count:]]
    found = TurnsAndBack(straight, node, [o.read(INDEX(0)) for o in fixed], readers, writers).found()
    _write(found, results[:count])


def by_slices(straight: Straight, stack: Stack) -> Stack:
    """A single array as the stack of its slices."""
    return Stack(straight, stack.memory, without_axis(stack.form))


_FROM_MEMORY = {SCAN: _scan_in_memory, PULLBACK: _pullback_in_memory}
"""Operations with stacks of slices, which stay where they are."""
