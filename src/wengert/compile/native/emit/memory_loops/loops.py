"""Loops and branches on memory: each graph is a function of a frame of addresses, called from one native loop.

What is carried has two places and moves from one to the other in every turn, unless a turn may write it where it
is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from .....control.cond_primitive import COND
from .....control.loop_primitives import PULLBACK, SCAN, WHILE
from .....core.abstract import Abstract
from .....core.graph import GraphNode, form_of_operand
from .....core.primitive import Primitive
from ...ir.types import INDEX, Builder, Value
from ..registers.control import clamped, cut_pullback, emit_turns
from .frames import (
    AddressOf,
    BodyFrame,
    ControlFunction,
    Stream,
    bytes_of,
    clear_bytes,
    copy_bytes,
)
from .states import FewStates, States


class CarriedValue:
    """A value that turns carry.

    Attributes:
        first: where it is in the end, and in every turn if the turns write it in place.
    """

    def __init__(self, stage: ControlFunction, form: Abstract, result: Value | None, is_in_place: bool) -> None:
        self.builder = stage.builder
        self.size: int = bytes_of(form)
        self.first: Value = stage.room(self.size) if result is None else result
        self.second: Value = self.first if is_in_place else stage.room(self.size)

    def begin(self, value: Value | None, in_second: Value) -> None:
        """Bring the value of the first turn to where that looks; zeros if there is none."""
        target = self.at(in_second)
        if value is None:
            clear_bytes(self.builder, target, self.size)
        else:
            copy_bytes(self.builder, target, value, self.size)

    def at(self, in_second: Value) -> Value:
        if self.second is self.first:
            return self.first
        return self.builder.select(in_second, self.second, self.first)


def emit_on_memory(
    module: ir.Module, name: str, node: GraphNode, used: Sequence[bool], bodies: Sequence[Any]
) -> tuple[ir.Function, int]:
    """The function of a loop or a branch whose graphs are functions of frames, and the room that it needs."""
    stage = ControlFunction(module, name, node, used, bodies)
    _EMIT[node.primitive](stage, **node.params)
    return stage.finish()


# -- branches --------------------------------------------------------------------------------------


def _branches(stage: ControlFunction, branches: Sequence[Any]) -> None:
    builder = stage.builder
    index = _number(stage, stage.operands[0], form_of_operand(stage.node.operands[0]))
    results = [stage.result(i) for i in range(len(stage.forms))]
    after, blocks = builder.append_basic_block("joined"), [builder.append_basic_block("branch") for _ in branches]
    switch = builder.switch(clamped(builder, index, len(branches)), blocks[-1])
    for number, (block, body) in enumerate(zip(blocks, stage.bodies, strict=True)):
        if block is not blocks[-1]:
            switch.add_case(INDEX(number), block)
        builder.position_at_end(block)
        frame = BodyFrame(stage, body)
        frame.set_all([*stage.operands[1:], *results])
        frame.call(stage.fail)
        builder.branch(after)
    builder.position_at_end(after)


def _number(stage: ControlFunction, address: Value, form: Abstract) -> Value:
    """An integer or a bool in memory, as an integer."""
    builder = stage.builder
    kind = ir.IntType(8 * form.dtype.itemsize)
    value = builder.load(builder.bitcast(address, kind.as_pointer()))
    return (
        value if kind == INDEX else builder.sext(value, INDEX) if form.dtype.kind == "i" else builder.zext(value, INDEX)
    )


# -- loops -----------------------------------------------------------------------------------------


def _scan(stage: ControlFunction, *, captured: int, carried: int, length: int, reverse: bool, **params: Any) -> None:
    frame = BodyFrame(stage, stage.bodies[0])
    fixed = captured + carried
    begin, end = stage.arguments.bounds(length)
    frame.set_all(stage.operands[:captured])
    at = _down_from(stage.builder, end) if reverse else _up_from(stage.builder, begin)
    streams = [Stream.of(frame, i, stage.operands[i], at) for i in range(fixed, len(stage.operands))]
    streams += [_written(stage, frame, i, at) for i in range(carried, len(stage.forms))]
    values = [Turning(captured + i, i, stage.operands[captured + i]) for i in range(carried)]
    _run(stage, frame, values, streams, stage.builder.sub(end, begin), stage.fail)


def _up_from(builder: Builder, begin: Value) -> AddressOf:
    return lambda number: builder.add(begin, number)


def _down_from(builder: Builder, end: Value) -> AddressOf:
    return lambda number: builder.sub(builder.sub(end, INDEX(1)), number)


def _written(stage: ControlFunction, frame: BodyFrame, index: int, at: AddressOf) -> Stream:
    """A stack of results; one that nobody uses is as long as a slice."""
    size, start = bytes_of(form_of_operand(frame.body.graph.outputs[index])), stage.results[index]
    place = frame.results + index
    return Stream(place, stage.room(size), 0, at) if start is None else Stream(place, start, size, at)


class Turning(NamedTuple):
    """A carried value: the place of what a turn reads, the number of what it makes, and where it is at first."""

    place: int
    output: int
    initial: Value | None


def _run(
    stage: ControlFunction,
    frame: BodyFrame,
    values: Sequence[Turning],
    streams: Sequence[Any],
    count: Value,
    leave: Callable[[], None],
) -> None:
    """So many turns; the values end where the results are."""
    builder = stage.builder
    carried = [_carried(stage, frame, value) for value in values]
    for value, places in zip(values, carried, strict=True):
        places.begin(value.initial, _is_odd(builder, count))

    def turn(number: Value, _: Any) -> list[Any]:
        is_odd = _is_odd(builder, builder.sub(count, number))
        for value, places in zip(values, carried, strict=True):
            frame.set(value.place, places.at(is_odd))
            frame.set(frame.results + value.output, places.at(builder.not_(is_odd)))
        for stream in streams:
            stream.turn(frame, number)
        frame.call(leave)
        return []

    pauses = stage.pauses([frame.body], leave)
    emit_turns(builder, [], lambda number, _: builder.icmp_signed("<", number, count), turn, pauses)


def _carried(stage: ControlFunction, frame: BodyFrame, value: Turning) -> CarriedValue:
    form = frame.body.graph.inputs[value.place].form
    return CarriedValue(stage, form, stage.results[value.output], value.output in frame.body.in_place)


def _is_odd(builder: Builder, number: Value) -> Value:
    return builder.trunc(number, ir.IntType(1))


def _while(stage: ControlFunction, *, captured: int, **params: Any) -> None:
    builder = stage.builder
    test, body = (BodyFrame(stage, b) for b in stage.bodies)
    count = len(stage.forms) - 1
    flag = stage.room(1)
    in_place = body.body.in_place
    carried = [CarriedValue(stage, stage.forms[i], stage.results[i], i in in_place) for i in range(count)]
    for i, places in enumerate(carried):
        places.begin(stage.operands[captured + i], ir.IntType(1)(0))
    test.set_all([*stage.operands[:captured]])
    body.set_all(stage.operands[:captured])
    test.set(test.results, flag)

    def is_on(number: Value, _: Any) -> Value:
        for i, places in enumerate(carried):
            test.set(captured + i, places.at(_is_odd(builder, number)))
        test.call(stage.fail)
        return builder.icmp_unsigned("!=", builder.load(flag), ir.IntType(8)(0))

    def turn(number: Value, _: Any) -> list[Any]:
        is_odd = _is_odd(builder, number)
        for i, places in enumerate(carried):
            body.set(captured + i, places.at(is_odd))
            body.set(body.results + i, places.at(builder.not_(is_odd)))
        body.call(stage.fail)
        return []

    pauses = stage.pauses([test.body, body.body], stage.fail)
    turns, _ = emit_turns(builder, [], is_on, turn, pauses)
    with builder.if_then(_is_odd(builder, turns)):
        for places in carried:
            if places.second is not places.first:
                copy_bytes(builder, places.first, places.second, places.size)
    if stage.results[count] is not None:
        builder.store(turns, builder.bitcast(stage.results[count], INDEX.as_pointer()))


# -- the pullback of a loop ------------------------------------------------------------------------


def _pullback(
    stage: ControlFunction, *, captured: int, carried: int, reverse: bool, memory: int | None, **params: Any
) -> None:
    """Run the turns, keeping carries, then go back through them."""
    builder, cut = stage.builder, cut_pullback(stage.node)
    ahead, back = (BodyFrame(stage, body) for body in stage.bodies)
    count = builder.load(builder.bitcast(stage.operands[0], INDEX.as_pointer()))
    shared, carry = stage.operands[1 : 1 + captured], stage.operands[1 + captured : cut.xs]
    xs, cotangents = stage.operands[cut.xs : cut.cotangents], stage.operands[cut.cotangents :]
    ahead.set_all(shared)
    back.set_all(shared, cut.sums)
    up, down = _up_from(builder, INDEX(0)), _down_from(builder, count)
    at, after = (down, up) if reverse else (up, down)
    inputs = [Stream.of(ahead, captured + carried + i, x, at) for i, x in enumerate(xs)]
    states = (
        States(stage, ahead, carry, inputs, count)
        if memory is None
        else FewStates(stage, ahead, carry, inputs, count, memory=memory)
    )
    given = cut.sums + cut.cotangents - 1
    streams: list[Any] = [Backwards(states, back, cut.sums + captured, down)]
    streams += [Stream.of(back, cut.sums + captured + carried + i, x, after) for i, x in enumerate(xs)]
    streams += [Stream.of(back, given + i, ct, after) for i, ct in enumerate(cotangents) if i >= cut.turning]
    streams += [_written(stage, back, i, after) for i in range(cut.sums + cut.turning, len(stage.forms))]
    values = [Turning(i, i, None) for i in range(cut.sums)]
    values += [Turning(given + i, cut.sums + i, cotangents[i]) for i in range(cut.turning)]
    _run(stage, back, values, streams, count, states.leave)
    states.free()


class Backwards(NamedTuple):
    """States, from the last on, as a stream."""

    states: Any
    frame: BodyFrame
    begin: int
    down: AddressOf

    def turn(self, frame: BodyFrame, number: Value) -> None:
        frame.set_all(self.states.before(self.down(number)), self.begin)


_EMIT: dict[Primitive, Callable[..., None]] = {
    COND: _branches,
    SCAN: _scan,
    WHILE: _while,
    PULLBACK: _pullback,
}
