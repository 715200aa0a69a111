"""The states that the pullback of a loop goes back through."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from ...ir.types import INDEX, Builder, Value
from ..registers.control import (
    BYTES,
    allocate,
    emit_turns,
    emit_until,
    release,
)
from .frames import (
    BodyFrame,
    ControlFunction,
    Stream,
    bytes_of,
    copy_bytes,
    rounded,
)


class States:
    """The carries before every turn, side by side in memory of their own.

    Attributes:
        count: how many turns there are.
    """

    def __init__(
        self,
        stage: ControlFunction,
        frame: BodyFrame,
        initial: Sequence[Value],
        streams: Sequence[Stream],
        count: Value,
    ) -> None:
        self.stage = stage
        self.builder = stage.builder
        self.frame = frame
        self.streams = streams
        self.count = count
        inputs = frame.body.graph.inputs
        self.first: int = len(inputs) - len(initial) - len(streams)
        self.sizes: list[int] = [bytes_of(inputs[self.first + i].form) for i in range(len(initial))]
        self.offsets: list[int] = list(itertools.accumulate(map(rounded, self.sizes), initial=0))
        self.address: Value = self._allocated(self._number())
        for place, value, size in zip(self.places(INDEX(0)), initial, self.sizes, strict=True):
            copy_bytes(self.builder, place, value, size)
        self._begin()

    def _number(self) -> Value:
        """How many states there is room for: at least 1."""
        is_none = self.builder.icmp_signed("<", self.count, INDEX(1))
        return self.builder.select(is_none, INDEX(1), self.count)

    def _allocated(self, number: Value) -> Value:
        address = allocate(self.builder, self.builder.mul(number, INDEX(max(self.offsets[-1], 1))))
        with self.builder.if_then(self.builder.icmp_unsigned("==", address, BYTES(None)), likely=False):
            self.stage.fail()
        return address

    def _begin(self) -> None:
        """Run all turns but the last, and keep what each begins with."""
        last = self.builder.sub(self.count, INDEX(1))
        self.run(INDEX(0), last, lambda turn: (turn, self.builder.add(turn, INDEX(1))))

    def run(self, first: Value, last: Value, states: Callable[[Value], tuple[Value, Value]]) -> None:
        """Run the turns from the first up to (not with) the last, from a state to a state, by their numbers."""

        def turn(number: Value, _: Any) -> list[Any]:
            at = self.builder.add(first, number)
            source, target = states(at)
            self.frame.set_all(self.places(source), self.first)
            self.frame.set_all(self.places(target), self.frame.results)
            for stream in self.streams:
                stream.turn(self.frame, at)
            self.frame.call(self.leave)
            return []

        count = self.builder.sub(last, first)
        pauses = self.stage.pauses([self.frame.body], self.leave)
        emit_turns(self.builder, [], lambda number, _: self.builder.icmp_signed("<", number, count), turn, pauses)

    def places(self, number: Value) -> list[Value]:
        """Where the values of a state are."""
        start = self.builder.gep(self.address, [self.builder.mul(number, INDEX(self.offsets[-1]))])
        return [self.builder.gep(start, [INDEX(offset)]) for offset in self.offsets[:-1]]

    def before(self, turn: Value) -> list[Value]:
        """Where the state before a turn is."""
        return self.places(turn)

    def leave(self) -> None:
        self.free()
        self.stage.fail()

    def free(self) -> None:
        release(self.builder, self.address)


class FewStates(States):
    """At most `memory` states at a time, and two to run through; the others are computed again, in the optimal order.

    As `wengert.control.revolve` has it, without recursion: a pile of states, and the turns that they are before.
    """

    def __init__(self, *given: Any, memory: int) -> None:
        self.memory = memory
        super().__init__(*given)

    def _number(self) -> Value:
        kept = super()._number()
        most = INDEX(self.memory)
        self.kept = self.builder.select(self.builder.icmp_signed("<", kept, most), kept, most)
        return self.builder.add(self.kept, INDEX(2))

    def _begin(self) -> None:
        """The pile is the first state, before turn 0."""
        with self.builder.goto_entry_block():
            self.top, self.found = self.builder.alloca(INDEX), self.builder.alloca(INDEX)
        self.turns = allocate(self.builder, self.builder.mul(self.kept, INDEX(8)))
        self.turns: Value = self.builder.bitcast(self.turns, INDEX.as_pointer())
        self.builder.store(INDEX(0), self.top)
        self.builder.store(INDEX(0), self.turns)

    def _turn_of(self, state: Value) -> Value:
        """The place for the turn that a state is before."""
        return self.builder.gep(self.turns, [state])

    def before(self, turn: Value) -> list[Value]:
        """Where the state before a turn is: what is kept of later turns goes, what leads to it is run."""
        builder = self.builder
        top = builder.load(self.top)
        is_late = builder.icmp_signed(">", builder.load(self._turn_of(top)), turn)
        builder.store(builder.sub(top, builder.zext(is_late, INDEX)), self.top)
        emit_until(builder, lambda: self._approach(turn))
        return self.places(builder.load(self.found))

    def _approach(self, turn: Value) -> Value:
        """Go on from the top of the pile; whether the state is found."""
        builder = self.builder
        top = builder.load(self.top)
        begin = builder.load(self._turn_of(top))
        left = builder.sub(INDEX(self.memory), top)
        count = builder.sub(builder.add(turn, INDEX(1)), begin)
        is_here = builder.icmp_signed("==", count, INDEX(1))
        is_last = builder.icmp_signed("==", left, INDEX(1))
        builder.store(top, self.found)
        with builder.if_then(builder.not_(is_here)):
            end = builder.add(begin, first_part(builder, count, left))
            following = builder.select(is_last, builder.add(self.kept, INDEX(1)), builder.add(top, INDEX(1)))
            self._advance(begin, end, top, following)
            builder.store(following, self.found)
            with builder.if_then(builder.not_(is_last)):
                builder.store(following, self.top)
                builder.store(end, self._turn_of(following))
        return builder.or_(is_here, is_last)

    def _advance(self, begin: Value, end: Value, source: Value, target: Value) -> None:
        """Run turns from one state to another, to and fro between that and a place beside the pile."""
        builder = self.builder

        def after(turn: Value) -> Value:
            is_aside = builder.trunc(builder.sub(end, turn), ir.IntType(1))
            return builder.select(is_aside, self.kept, target)

        def states(turn: Value) -> tuple[Value, Value]:
            is_first = builder.icmp_signed("==", turn, begin)
            return builder.select(is_first, source, after(turn)), after(builder.add(turn, INDEX(1)))

        self.run(begin, end, states)

    def free(self) -> None:
        super().free()
        release(self.builder, self.builder.bitcast(self.turns, BYTES))


def first_part(builder: Builder, count: Value, memory: Value) -> Value:
    """How many of the turns to run before the next state is kept: `wengert.control.revolve.first_part`."""
    with builder.goto_entry_block():
        low, high, repeats = (builder.alloca(INDEX) for _ in range(3))
    for place, number in ((low, INDEX(1)), (high, builder.add(memory, INDEX(1))), (repeats, INDEX(1))):
        builder.store(number, place)

    def widen() -> Value:
        """From beta(memory, r) to beta(memory, r + 1), as long as that is less than the count."""
        before = builder.load(high)
        is_enough = builder.icmp_signed(">=", before, count)
        with builder.if_then(builder.not_(is_enough)):
            following = builder.add(builder.load(repeats), INDEX(1))
            builder.store(following, repeats)
            builder.store(before, low)
            product = builder.mul(before, builder.add(memory, following))
            builder.store(builder.sdiv(product, following), high)
        return is_enough

    emit_until(builder, widen)
    least = builder.load(low)
    divisor = builder.sub(builder.add(memory, builder.load(repeats)), INDEX(1))
    others = builder.sdiv(builder.mul(least, memory), divisor)
    part = _smaller(builder, least, builder.sub(count, others))
    part = builder.select(builder.icmp_signed("<", part, INDEX(1)), INDEX(1), part)
    part = builder.select(builder.icmp_signed(">=", memory, count), INDEX(1), part)
    return builder.select(builder.icmp_signed("==", memory, INDEX(1)), builder.sub(count, INDEX(1)), part)


def _smaller(builder: Builder, x: Value, y: Value) -> Value:
    return builder.select(builder.icmp_signed("<", x, y), x, y)
