"""What stages on memory are made of: frames of addresses, room, and stacks that turns go through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from .....core.abstract import Abstract
from .....core.graph import GraphNode
from ...facts.duration import is_long
from ...facts.layout import ALIGNMENT
from ...ir.types import BYTES, INDEX, Builder, Value
from ...machine.interrupts import Pauses
from ..registers.stage_function import STATUS, StageArguments, stage_type

AddressOf = Callable[[Value], Value]
"""From the number of a turn to a place in a stack."""


def bytes_of(form: Abstract) -> int:
    return form.size * form.dtype.itemsize


def rounded(size: int) -> int:
    """Up to whole cache lines."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def copy_bytes(builder: Builder, target: Value, source: Value, size: int | Value) -> None:
    kinds = [BYTES, BYTES, INDEX]
    copy = builder.module.declare_intrinsic("llvm.memcpy", kinds)
    builder.call(copy, [target, source, INDEX(size) if isinstance(size, int) else size, ir.IntType(1)(0)])


def clear_bytes(builder: Builder, target: Value, size: int) -> None:
    fill = builder.module.declare_intrinsic("llvm.memset", [BYTES, INDEX])
    builder.call(fill, [target, ir.IntType(8)(0), INDEX(size), ir.IntType(1)(0)])


class BodyFrame:
    """The frame of a body: its addresses, set before each call."""

    def __init__(self, stage: ControlFunction, body: Any) -> None:
        self.builder = stage.builder
        self.stage = stage
        self.body = body
        with self.builder.goto_entry_block():
            self.words = self.builder.alloca(BYTES, INDEX(body.words))
        self.set(body.words - 2, stage.work)
        self.set(body.words - 1, stage.runtime)

    def set(self, place: int, address: Value) -> None:
        self.builder.store(address, self.builder.gep(self.words, [INDEX(place)]))

    def set_all(self, addresses: Sequence[Value], begin: int = 0) -> None:
        for place, address in enumerate(addresses, begin):
            self.set(place, address)

    @property
    def results(self) -> int:
        """The place of the first output."""
        return len(self.body.graph.inputs)

    def call(self, leave: Callable[[], None]) -> None:
        """Run the body; `leave` if it fails."""
        status = self.builder.call(self.body.function, [self.words])
        if self.body.may_fail:
            with self.builder.if_then(self.builder.icmp_unsigned("!=", status, STATUS(0)), likely=False):
                leave()


class ControlFunction:
    """The function of a loop or a branch, being written; see `stage_type`."""

    def __init__(
        self, module: ir.Module, name: str, node: GraphNode, used: Sequence[bool], bodies: Sequence[Any]
    ) -> None:
        self.node = node
        self.bodies = bodies
        self.function = ir.Function(module, stage_type(node), name)
        self.function.linkage = "internal"
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self.arguments: StageArguments = StageArguments.of(self.function, node)
        self.operands: Sequence[Value] = self.arguments.operands
        self.memory: Value = self.arguments.room
        self.runtime: Value = self.arguments.runtime
        self.size = 0
        self.work: Value = self.room(max((body.room for body in bodies), default=0))
        self.forms: tuple[Abstract, ...] = node.result_forms
        given = zip(self.arguments.results, used, strict=True)
        self.results: list[Value | None] = [argument if is_used else None for argument, is_used in given]

    def room(self, size: int) -> Value:
        """Memory for the time of the stage."""
        place = self.builder.gep(self.memory, [INDEX(self.size)])
        self.size += rounded(size)
        return place

    def result(self, index: int) -> Value:
        """Where a result goes; if nobody uses it, somewhere."""
        found = self.results[index]
        return self.room(bytes_of(self.forms[index])) if found is None else found

    def fail(self) -> None:
        self.builder.ret(STATUS(1))

    def pauses(self, bodies: Sequence[Any], leave: Callable[[], None]) -> Pauses | None:
        """What a loop of these bodies does now and then; nothing if it is short."""

        def leave_if(stop: Value, after: Any) -> None:
            with self.builder.if_then(stop, likely=False):
                leave()

        return Pauses(self.runtime, sum(body.work for body in bodies), leave_if) if is_long(self.node) else None

    def finish(self) -> tuple[ir.Function, int]:
        self.builder.ret(STATUS(0))
        return self.function, self.size


class Stream:
    """A stack that turns go through: the slice of a turn is at a place of the frame."""

    def __init__(self, place: int, start: Value, step: int, at: AddressOf) -> None:
        self.place = place
        self.start = start
        self.step = step
        self.at = at

    @classmethod
    def of(cls, frame: BodyFrame, place: int, start: Value, at: AddressOf) -> Stream:
        """One that turns read."""
        return cls(place, start, bytes_of(frame.body.graph.inputs[place].form), at)

    def turn(self, frame: BodyFrame, number: Value) -> None:
        builder = frame.builder
        frame.set(self.place, builder.gep(self.start, [builder.mul(self.at(number), INDEX(self.step))]))
