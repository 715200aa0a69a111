"""The function of a Fourier transform: pass by pass, between its result and some room.

A pass with a radix r over n numbers, each beside s others, is for all p below n / r and q below s

    y[q + s (r p + j)] = w^(j p) sum over k of x[q + s (p + k n / r)] exp(-2 pi i j k / r),  w = exp(-2 pi i / n).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from llvmlite import ir

from .....core.graph import GraphNode
from ...facts.fourier import Pass, passes
from ...ir.loops import emit_loop
from ...ir.types import INDEX, TYPES, Builder, Value
from ...machine.module_parts import Module
from ..memory_loops.frames import ControlFunction
from ..products.tiles import lanes_of, load_vector, store_vector
from .lanes import Numbers, Reals, side_by_side, transformed

PairOfPlanes = tuple[Value, Value]
"""Where the real and the imaginary parts are."""


def emit_fourier(module: Module, name: str, node: GraphNode, used: Sequence[bool]) -> tuple[ir.Function, int]:
    """The function of a transform, and the room that it needs; those of one form are one function."""
    form = node.result_forms[0]
    key = form.shape, form.dtype.name, node.params["axis"], tuple(used)
    if key not in module.stages:
        module.stages[key] = _Transform(ControlFunction(module, name, node, used, ())).emit()
    return module.stages[key]


class _Transform:
    def __init__(self, stage: ControlFunction) -> None:
        self.stage = stage
        self.builder: Builder = stage.builder
        form, axis = stage.forms[0], stage.node.params["axis"]
        self.lines = math.prod(form.shape[:axis])
        self.inner = math.prod(form.shape[axis + 1 :])
        self.size = form.shape[axis] * self.inner
        self.passes = passes(form.shape[axis], self.inner)
        self.dtype = form.dtype
        self.pointer = TYPES[self.dtype.name].as_pointer()
        self.table = self._numbers(stage.operands[2])

    def emit(self) -> tuple[ir.Function, int]:
        given = self._planes(self.stage.operands[0], self.stage.operands[1])
        result = self._planes(self.stage.result(0), self.stage.result(1))
        size = self.size * self.dtype.itemsize
        room = self._planes(self.stage.room(size), self.stage.room(size)) if len(self.passes) > 1 else result
        emit_loop(self.builder, INDEX(0), INDEX(self.lines), lambda line: self._line(line, given, result, room))
        return self.stage.finish()

    def _numbers(self, place: Value) -> Value:
        return self.builder.bitcast(place, self.pointer)

    def _planes(self, real: Value, imag: Value) -> PairOfPlanes:
        return self._numbers(real), self._numbers(imag)

    def _line(self, line: Value, given: PairOfPlanes, result: PairOfPlanes, room: PairOfPlanes) -> None:
        """All passes; the last one writes the result."""
        start = self.builder.mul(line, INDEX(self.size))
        source, end = (tuple(self.builder.gep(p, [start]) for p in planes) for planes in (given, result))
        for number, one in enumerate(self.passes):
            target = end if (len(self.passes) - number) % 2 else room
            _PassCode(self.builder, one, self.dtype.name, self.table).emit(source, target)
            source = target


class _PassCode:
    """Writes one pass."""

    def __init__(self, builder: Builder, one: Pass, dtype: str, table: Value) -> None:
        self.builder = builder
        self.one = one
        self.table = table
        self.lanes = _lanes(one, lanes_of(dtype))
        scalar = TYPES[dtype]
        self.kind = ir.VectorType(scalar, self.lanes) if self.lanes > 1 else scalar

    def emit(self, source: PairOfPlanes, target: PairOfPlanes) -> None:
        one, builder = self.one, self.builder
        if self.lanes > one.stride:
            emit_loop(
                builder,
                INDEX(0),
                INDEX(one.count * one.stride),
                lambda t: self._side_by_side(t, source, target),
                self.lanes,
            )
            return

        def neighbours(p: Value) -> None:
            factors = [] if one.is_expanded else self._factors(p, is_same=True)
            begin, into = builder.mul(p, INDEX(one.stride)), builder.mul(p, INDEX(one.stride * one.radix))

            def turn(q: Value) -> None:
                at = builder.add(begin, q)
                made = self._transformed(at, source, factors or self._factors(at, is_same=False))
                place = builder.add(into, q)
                for j, numbers in enumerate(made):
                    self._store(
                        target, builder.add(place, INDEX(j * one.stride)), numbers.real.value, numbers.imag.value
                    )

            emit_loop(builder, INDEX(0), INDEX(one.stride), turn, self.lanes)

        emit_loop(builder, INDEX(0), INDEX(one.count), neighbours)

    def _side_by_side(self, t: Value, source: PairOfPlanes, target: PairOfPlanes) -> None:
        """Transforms of which several are in one vector: their results are brought into order."""
        one, builder = self.one, self.builder
        made = self._transformed(t, source, self._factors(t, is_same=False))
        reals, imags = (
            side_by_side(builder, [part.value for part in parts], one.stride) for parts in zip(*made, strict=True)
        )
        place = builder.mul(t, INDEX(one.radix))
        for i, (real, imag) in enumerate(zip(reals, imags, strict=True)):
            self._store(target, builder.add(place, INDEX(i * self.lanes)), real, imag)

    def _transformed(self, at: Value, source: PairOfPlanes, factors: Sequence[Numbers]) -> list[Numbers]:
        one = self.one
        step = one.stride * one.count
        places = [self.builder.add(at, INDEX(k * step)) for k in range(one.radix)]
        first, *others = transformed([self._load(source, place) for place in places])
        if not factors:
            return [first, *others]
        return [first, *(x.times(w) for x, w in zip(others, factors, strict=True))]

    def _factors(self, at: Value, is_same: bool) -> list[Numbers]:
        """The factors for a place: in each lane its own, or the same in all."""
        one, builder = self.one, self.builder
        if one.count == 1:
            return []
        found = []
        for j in range(one.radix - 1):
            parts = [
                builder.gep(self.table, [builder.add(at, INDEX(one.start + (2 * j + part) * one.width))])
                for part in (0, 1)
            ]
            found.append(Numbers(*(self._spread(p) if is_same else self._vector(p) for p in parts)))
        return found

    def _spread(self, place: Value) -> Reals:
        number = self.builder.load(place)
        if self.lanes == 1:
            return Reals(self.builder, number)
        vector = self.builder.insert_element(ir.Constant(self.kind, ir.Undefined), number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return Reals(self.builder, self.builder.shuffle_vector(vector, ir.Constant(self.kind, ir.Undefined), zeros))

    def _vector(self, place: Value) -> Reals:
        builder = self.builder
        return Reals(builder, builder.load(place) if self.lanes == 1 else load_vector(builder, place, self.lanes))

    def _load(self, planes: PairOfPlanes, place: Value) -> Numbers:
        return Numbers(*(self._vector(self.builder.gep(plane, [place])) for plane in planes))

    def _store(self, planes: PairOfPlanes, place: Value, real: Value, imag: Value) -> None:
        for plane, value in zip(planes, (real, imag), strict=True):
            address = self.builder.gep(plane, [place])
            if self.lanes == 1:
                self.builder.store(value, address)
            else:
                store_vector(self.builder, value, address)


def _lanes(one: Pass, most: int) -> int:
    """The numbers in a vector: neighbours, or several transforms side by side where these fill vectors."""
    lanes = most
    while one.stride % lanes and not _fills(one, lanes):
        lanes //= 2
    return lanes


def _fills(one: Pass, lanes: int) -> bool:
    is_regular = one.radix in (2, 4, 8) and lanes % one.stride == 0 and lanes // one.stride > 1
    return is_regular and one.is_expanded and one.count * one.stride % lanes == 0
