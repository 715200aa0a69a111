"""The functions of sorting and searching.

Elements are compared as whole numbers without sign, the keys, whose order is that of NumPy: NaN comes last, and where
places are asked for, 0.0 and -0.0 are the same. Short lines are sorted by insertion, long ones digit by digit from the
last: each pass deals the keys to the places that a count of digits gives them, and skips a digit that all have.

Source: D. E. Knuth, "The Art of Computer Programming", volume 3 (second edition, 1998), sections 5.2 (algorithm D,
distribution counting, which is due to H. H. Seward), 5.2.1 (algorithm S), 5.2.5 (sorting by digits, the last one first)
and 6.2.1 (algorithm B).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from ....core.graph import GraphNode
from ..ir.loops import emit_fold, emit_loop
from ..ir.types import I32, INDEX, Builder, Value, memory_type
from ..machine.module_parts import Module
from .memory_loops.frames import ControlFunction, clear_bytes

INSERTED = 64
"""The longest lines that are sorted by insertion."""

DIGIT, WIDE_DIGIT = 8, 11
"""The bits by which keys are dealt in a pass, of few keys and of many: as many counts as are soon made places."""

MANY_KEYS = 4096
"""So many keys are dealt by wide digits."""


# -- keys ------------------------------------------------------------------------------------------


class Keys:
    """Writes what turns numbers of a dtype into keys, and back.

    Args:
        joins: whether numbers that are equal have the same key; if not, each has one of its own, but for NaN.
    """

    def __init__(self, builder: Builder, dtype: numpy.dtype, joins: bool) -> None:
        self.builder = builder
        self.dtype = dtype
        self.joins = joins
        self.memory: Any = memory_type(dtype)
        self.kind = ir.IntType(8 * dtype.itemsize)
        self.sign = self.kind(1 << 8 * dtype.itemsize - 1)

    def of(self, number: Value) -> Value:
        """The key of a number."""
        if self.dtype.kind in "bu":
            return number
        if self.dtype.kind == "i":
            return self.builder.xor(number, self.sign)
        return self._of_float(self.builder.bitcast(number, self.kind))

    def _of_float(self, bits: Value) -> Value:
        """Those with a sign count downwards, below the others; of NaN the largest."""
        builder = self.builder
        magnitude = builder.and_(bits, builder.not_(self.sign))
        is_negative = builder.icmp_signed("<", bits, self.kind(0))
        if self.joins:
            is_negative = builder.and_(is_negative, builder.icmp_unsigned("!=", magnitude, self.kind(0)))
        key = builder.select(is_negative, builder.not_(bits), builder.or_(magnitude, self.sign))
        return builder.select(builder.icmp_unsigned(">", magnitude, self._infinity()), self.kind(-1), key)

    def _infinity(self) -> ir.Constant:
        return self.kind(int(numpy.array(numpy.inf, self.dtype).view(f"u{self.dtype.itemsize}")))

    def number(self, key: Value) -> Value:
        """The number with a key; one NaN stands for all."""
        if self.dtype.kind in "bu":
            return key
        if self.dtype.kind == "i":
            return self.builder.xor(key, self.sign)
        builder = self.builder
        is_negative = builder.icmp_signed(">=", key, self.kind(0))
        bits = builder.select(is_negative, builder.not_(key), builder.xor(key, self.sign))
        return builder.bitcast(bits, self.memory)


# -- sorting ---------------------------------------------------------------------------------------


class KeyLine(NamedTuple):
    """The keys of a line, with their places if these are asked for."""

    keys: Value
    places: Value | None

    def columns(self) -> list[Value]:
        return [self.keys] if self.places is None else [self.keys, self.places]


def emit_order(module: Module, name: str, node: GraphNode, used: Sequence[bool]) -> tuple[ir.Function, int]:
    """The function of an order, and the room that it needs; those of one form are one function."""
    form = node.result_forms[0]
    key = "order", form.shape, form.dtype.name, tuple(node.params.values()), tuple(used)
    if key not in module.stages:
        module.stages[key] = _Order(ControlFunction(module, name, node, used, ())).emit()
    return module.stages[key]


class _Order:
    def __init__(self, stage: ControlFunction) -> None:
        self.stage = stage
        self.builder: Builder = stage.builder
        form, axis = stage.forms[0], stage.node.params["axis"]
        self.dtype = form.dtype
        self.lines = math.prod(form.shape[:axis])
        self.inner = math.prod(form.shape[axis + 1 :])
        self.length = form.shape[axis]
        self.has_places = stage.results[1] is not None
        self.keys = Keys(self.builder, self.dtype, joins=self.has_places)
        self.given = self.builder.bitcast(stage.operands[0], self.keys.memory.as_pointer())

    def emit(self) -> tuple[ir.Function, int]:
        is_short = self.length <= INSERTED
        lines = [self._line() for _ in range(1 if is_short else 2)]
        sort = _Insertion(self) if is_short else _Passes(self, lines[1])

        def sort_line(number: Value) -> None:
            block, place = (getattr(self.builder, part)(number, INDEX(self.inner)) for part in ("udiv", "urem"))
            start = self.builder.add(self.builder.mul(block, INDEX(self.length * self.inner)), place)
            sort.begin()
            self.each(lambda i: self._read(start, i, lines[0], sort.note))
            self._write(start, sort.sorted(lines[0]))

        emit_loop(self.builder, INDEX(0), INDEX(self.lines * self.inner), sort_line)
        return self.stage.finish()

    def each(self, body: Callable[[Value], None]) -> None:
        emit_loop(self.builder, INDEX(0), INDEX(self.length), body)

    def _line(self) -> KeyLine:
        """Room for a line."""
        keys = self.builder.bitcast(self.stage.room(self.length * self.dtype.itemsize), self.keys.kind.as_pointer())
        if not self.has_places:
            return KeyLine(keys, None)
        return KeyLine(keys, self.builder.bitcast(self.stage.room(4 * self.length), I32.as_pointer()))

    def _at(self, start: Value, index: Value) -> list[Value]:
        """Where in the array an element of a line is."""
        return [self.builder.add(start, self.builder.mul(index, INDEX(self.inner)))]

    def _read(self, start: Value, index: Value, line: KeyLine, note: Callable[[Value], None]) -> None:
        key = self.keys.of(self.builder.load(self.builder.gep(self.given, self._at(start, index))))
        key = self.builder.not_(key) if self.stage.node.params["descending"] else key
        self.builder.store(key, self.builder.gep(line.keys, [index]))
        if line.places is not None:
            self.builder.store(self.builder.trunc(index, I32), self.builder.gep(line.places, [index]))
        note(key)

    def _write(self, start: Value, line: KeyLine) -> None:
        """The results of a line: numbers are taken from where they were, if that is known."""
        values, places = (self.stage.results[0], self.stage.results[1])

        def write(index: Value) -> None:
            target = self._at(start, index)
            if line.places is not None:
                place = self.builder.zext(self.builder.load(self.builder.gep(line.places, [index])), INDEX)
                self._put(places, INDEX, target, place)
                number = self.builder.load(self.builder.gep(self.given, self._at(start, place)))
            else:
                number = self._number(self.builder.load(self.builder.gep(line.keys, [index])))
            if values is not None:
                self._put(values, self.keys.memory, target, number)

        self.each(write)

    def _put(self, result: Value, kind: ir.Type, target: list[Value], value: Value) -> None:
        self.builder.store(value, self.builder.gep(self.builder.bitcast(result, kind.as_pointer()), target))

    def _number(self, key: Value) -> Value:
        return self.keys.number(self.builder.not_(key) if self.stage.node.params["descending"] else key)


class _Insertion:
    """Each key goes down to where no larger one is before it."""

    def __init__(self, order: _Order) -> None:
        self.order = order
        self.builder = order.builder

    def begin(self) -> None:
        pass

    def note(self, key: Value) -> None:
        pass

    def sorted(self, line: KeyLine) -> KeyLine:
        if self.order.length > 1:
            emit_loop(self.builder, INDEX(1), INDEX(self.order.length), lambda index: self._insert(line, index))
        return line

    def _insert(self, line: KeyLine, index: Value) -> None:
        builder = self.builder
        held = [builder.load(builder.gep(column, [index])) for column in line.columns()]
        start, look, move, after = builder.block, *(builder.append_basic_block() for _ in range(3))
        builder.branch(look)
        builder.position_at_end(look)
        place = builder.phi(INDEX)
        place.add_incoming(index, start)
        before = builder.sub(place, INDEX(1))
        at_start = builder.icmp_unsigned("==", place, INDEX(0))
        other = builder.load(builder.gep(line.keys, [builder.select(at_start, INDEX(0), before)]))
        stays = builder.or_(at_start, builder.icmp_unsigned("<=", other, held[0]))
        builder.cbranch(stays, after, move)
        builder.position_at_end(move)
        for column in line.columns():
            builder.store(builder.load(builder.gep(column, [before])), builder.gep(column, [place]))
        place.add_incoming(before, move)
        builder.branch(look)
        builder.position_at_end(after)
        for column, value in zip(line.columns(), held, strict=True):
            builder.store(value, builder.gep(column, [place]))


class _Passes:
    """Keys are dealt to places by a digit at a time, to and fro between two lines."""

    def __init__(self, order: _Order, other: KeyLine) -> None:
        self.order = order
        self.builder = order.builder
        self.other = other
        self.bits = DIGIT if order.length < MANY_KEYS else WIDE_DIGIT
        self.count = -(-8 * order.dtype.itemsize // self.bits)
        self.size = 4 * self.count << self.bits
        self.memory = order.stage.room(self.size)
        self.counts = self.builder.bitcast(self.memory, I32.as_pointer())

    def begin(self) -> None:
        clear_bytes(self.builder, self.memory, self.size)

    def note(self, key: Value) -> None:
        """Count the digits of a key."""
        for number in range(self.count):
            place = self._count_of(key, number)
            self.builder.store(self.builder.add(self.builder.load(place), I32(1)), place)

    def _count_of(self, key: Value, number: int) -> Value:
        wide = key if key.type == INDEX else self.builder.zext(key, INDEX)
        digit = self.builder.and_(self.builder.lshr(wide, INDEX(self.bits * number)), INDEX((1 << self.bits) - 1))
        return self._place_of(digit, number)

    def _place_of(self, digit: Value, number: int) -> Value:
        return self.builder.gep(self.counts, [self.builder.add(digit, INDEX(number << self.bits))])

    def sorted(self, line: KeyLine) -> KeyLine:
        """After each pass, the line that the keys are in."""
        source, target = line, self.other
        for number in range(self.count):
            source, target = self._passed(number, source, target)
        return source

    def _passed(self, number: int, source: KeyLine, target: KeyLine) -> tuple[KeyLine, KeyLine]:
        """One pass, unless all keys have the same digit: where they are then, and the other line."""
        builder = self.builder
        first = builder.load(self._count_of(builder.load(source.keys), number))
        is_needed = builder.icmp_unsigned("!=", first, I32(self.order.length))
        deal, after = builder.append_basic_block(), builder.append_basic_block()
        start = builder.block
        builder.cbranch(is_needed, deal, after)
        builder.position_at_end(deal)
        self._begin_places(number)
        self.order.each(lambda index: self._deal(number, source, target, index))
        dealt = builder.block
        builder.branch(after)
        builder.position_at_end(after)

        def chosen(there: KeyLine, here: KeyLine) -> KeyLine:
            pairs = zip(there.columns(), here.columns(), strict=True)
            columns = [_phi(builder, (moved, dealt), (kept, start)) for moved, kept in pairs]
            return KeyLine(columns[0], columns[1] if len(columns) > 1 else None)

        return chosen(target, source), chosen(source, target)

    def _begin_places(self, number: int) -> None:
        """From the counts of digits the places at which keys with them begin."""

        def begin(digit: Value, before: Value) -> Value:
            place = self._place_of(digit, number)
            count = self.builder.load(place)
            self.builder.store(before, place)
            return self.builder.add(before, count)

        emit_fold(self.builder, INDEX(1 << self.bits), I32(0), begin)

    def _deal(self, number: int, source: KeyLine, target: KeyLine, index: Value) -> None:
        builder = self.builder
        key = builder.load(builder.gep(source.keys, [index]))
        count = self._count_of(key, number)
        place = builder.load(count)
        builder.store(builder.add(place, I32(1)), count)
        place = builder.zext(place, INDEX)
        for column, other in zip(source.columns(), target.columns(), strict=True):
            builder.store(builder.load(builder.gep(column, [index])), builder.gep(other, [place]))


def _phi(builder: Builder, *incoming: tuple[Value, Any]) -> Value:
    merged = builder.phi(incoming[0][0].type)
    for value, block in incoming:
        merged.add_incoming(value, block)
    return merged


# -- searching -------------------------------------------------------------------------------------


def emit_search(module: Module, name: str, node: GraphNode, used: Sequence[bool]) -> tuple[ir.Function, int]:
    """The function of a search of many numbers in a sorted line, by halving."""
    stage = ControlFunction(module, name, node, used, ())
    builder = stage.builder
    line, sought = node.operand_forms
    keys = Keys(builder, line.dtype, joins=True)
    numbers, wanted = (builder.bitcast(o, keys.memory.as_pointer()) for o in stage.operands)
    found = builder.bitcast(stage.result(0), INDEX.as_pointer())

    def search(index: Value) -> None:
        key = keys.of(builder.load(builder.gep(wanted, [index])))
        place = _place_of(keys, numbers, line.size, key, node.params["side"])
        builder.store(place, builder.gep(found, [index]))

    emit_loop(builder, INDEX(0), INDEX(sought.size), search)
    return stage.finish()


def _place_of(keys: Keys, numbers: Value, length: int, key: Value, side: str) -> Value:
    """The number of elements that are smaller than a key, or not larger."""
    builder = keys.builder
    comparison = "<" if side == "left" else "<="
    start, look, halve, after = builder.block, *(builder.append_basic_block() for _ in range(3))
    builder.branch(look)
    builder.position_at_end(look)
    low, high = _phi(builder, (INDEX(0), start)), _phi(builder, (INDEX(length), start))
    builder.cbranch(builder.icmp_unsigned("<", low, high), halve, after)
    builder.position_at_end(halve)
    middle = builder.lshr(builder.add(low, high), INDEX(1))
    other = keys.of(builder.load(builder.gep(numbers, [middle])))
    is_before = builder.icmp_unsigned(comparison, other, key)
    low.add_incoming(builder.select(is_before, builder.add(middle, INDEX(1)), low), halve)
    high.add_incoming(builder.select(is_before, high, middle), halve)
    builder.branch(look)
    builder.position_at_end(after)
    return low
