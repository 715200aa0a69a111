"""One group as one loop nest in machine code."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy
from llvmlite import ir

from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive, primitives
from ....core.python.search import first
from ....ops import elementwise as e
from ....ops.axes import reduce as r
from ....ops.facts import facts_of
from ....ops.indexing.gather import ravel_index
from ....ops.threefry import random_words
from ..facts.lowered import COPY, dtype_of, work_of_element
from ..facts.views import StridedView
from ..ir.loops import emit_loop, smaller
from ..ir.scalar import Scalar, literal, load, store
from ..ir.types import INDEX, TYPES, Builder, Value, memory_type
from ..machine.module_parts import Module
from ..schedule.accesses import accesses_of, bytes_touched
from ..schedule.group_key import key_of_group
from ..schedule.stages import Group, Schedule
from .indexing import INT64, distance, raveled
from .scalars.elementwise import lower, maximum, minimum
from .scalars.random_bits import random_word
from .staging import LEAST_SCATTERED, Staging

SUMMED_TOGETHER = 1024
"""Long sums are made of sums of blocks: more accurate, and the order does not depend on the machine."""
CHUNK_WORK = 1 << 16
"""Operations in a chunk, at least: less would not be worth waking a thread for."""
MOST_CHUNKS = 64
MOST_INLINED = 32
"""Operations of a kernel without a loop, up to which it may be a part of the function that calls it."""
WITH_GIVEN_BOUNDS = 256
"""A loop of more turns gets its bounds as arguments: loops that differ in nothing else are one function."""
UNROLLED = 32
"""The turns of a reduction that are written out, at most."""
SHORT = primitives(e.add, e.subtract, e.multiply, e.square, e.negative, COPY, r.sum, r.prod, r.max, r.min)
"""Operations of so few instructions that they may be."""
NUMBER_BESIDE_NAN = by_primitive({r.max: "llvm.maxnum", r.min: "llvm.minnum"})
"""The extreme of two numbers."""


class Register:
    """A register of a dtype that is written to; of an extreme perhaps with a flag, whether there was a NaN.

    Apart, both are one instruction that vectorises, and neither waits for what the other was.
    """

    def __init__(self, pointer: Value, dtype: numpy.dtype, has_nan: Value | None = None) -> None:
        self.pointer = pointer
        self.dtype = dtype
        self.has_nan = has_nan


class Axis:
    """One loop: its length, how far each access moves in a turn, and whether it is reduced over, or along the rows."""

    def __init__(self, length: int, strides: Sequence[int], reduced: bool, along: bool) -> None:
        self.length = length
        self.strides: tuple[int, ...] = tuple(strides)
        self.reduced = reduced
        self.along = along

    def merged(self, inner: Axis) -> Axis | None:
        """This axis and the next inner one as a single loop, if every access allows it."""
        if self.reduced != inner.reduced or self.along != inner.along:
            return None
        if any(s != i * inner.length for s, i in zip(self.strides, inner.strides, strict=True)):
            return None
        return Axis(self.length * inner.length, inner.strides, self.reduced, self.along)


class Kernel:
    """The function of a group: one pointer for each value that it reads or stores, then the bounds of a loop.

    Attributes:
        bases: the nodes behind the pointers, in order.
        numbers: the place of each access among all, and of its offset among the offsets.
        shared: the loop whose bounds are given, if any: that which is shared among threads, or a long one.
        chunks: the number of chunks for the threads, each of `chunk_length` turns of that loop.
    """

    def __init__(self, module: Module, name: str, schedule: Schedule, group: Group) -> None:
        self.schedule = schedule
        self.group = group
        self.accesses: dict[Any, tuple[int, StridedView]] = {}
        self.bases: list[Any] = []
        self._collect()
        self.axes: list[Axis] = self._axes()
        self.reductions: list[GraphNode] = [n for n in self.group.nodes if facts_of(n.primitive).is_reduction]
        self.shared: Axis | None = self._shared()
        self.chunk_length, self.chunks = self._chunks()
        key = type(self), key_of_group(schedule, group, self.accesses)
        self.function = module.kernels.get(key) or self._written(module, name)
        if key[1] is not None:
            module.kernels[key] = self.function

    def _written(self, module: Module, name: str) -> ir.Function:
        """A new function."""
        pointers = [memory_type(dtype_of(base)).as_pointer() for base in self.bases]
        bounds = [INDEX, INDEX] if self.shared else []
        function = self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), [*pointers, *bounds]), name)
        function.linkage = "internal"
        if self.axes or len(self.group.nodes) > MOST_INLINED:
            function.attributes.add("noinline")
        for argument in function.args[: len(pointers)]:
            argument.add_attribute("noalias")
        self.builder = ir.IRBuilder(function.append_basic_block())
        self.staging: Staging | None = None
        self._emit()
        self.builder.ret_void()
        return function

    def _collect(self) -> None:
        """The views by which values are read and stored, and the pointers to them."""
        for key, view in accesses_of(self.schedule, self.group).items():
            base = self.schedule.donated.get(view.base, view.base)
            if base not in self.bases:
                self.bases.append(base)
            self.accesses[key] = (self.bases.index(base), view)
        self.numbers: dict[Any, int] = {key: number for number, key in enumerate(self.accesses)}

    # -- loops -------------------------------------------------------------------------------------

    def _axes(self) -> list[Axis]:
        """The loops, outermost first, merged where they can be."""
        reduced = self.group.axes or ()
        views = [view for _, view in self.accesses.values()]
        axes: list[Axis] = []
        for i in self._loop_order(views):
            length = self.group.domain[i]
            axis = Axis(length, [view.strides[i] for view in views], i in reduced, i in self.group.rows)
            if length == 1:
                continue
            together = axes[-1].merged(axis) if axes else None
            if together is None:
                axes.append(axis)
            else:
                axes[-1] = together
        return axes

    def _loop_order(self, views: Sequence[StridedView]) -> list[int]:
        """The axes, outermost first: those that make the longest steps, if they may be in another order."""
        axes = list(range(len(self.group.domain)))
        if self.group.axes is not None or self.group.is_serial or self.group.rows:
            return axes
        return sorted(axes, key=lambda i: -sum(abs(view.strides[i]) for view in views))

    @property
    def has_work_for_threads(self) -> bool:
        """Whether it takes long enough to wake a thread."""
        return self._work >= 2 * CHUNK_WORK and not self.group.is_serial

    @property
    def _work(self) -> int:
        """Operations, of which an elementary function is several."""
        return math.prod(self.group.domain) * sum(work_of_element(node.primitive) for node in self.group.nodes)

    def _shared(self) -> Axis | None:
        """The loop along the rows; else the outermost of results, or the only one, if it is long or has much work."""
        if self.group.rows:
            return first(axis for axis in self.axes if axis.along)
        kept = [axis for axis in self.axes if not axis.reduced]
        axis = kept[0] if kept else (self.axes[0] if len(self.axes) == 1 else None)
        return axis if axis is not None and (axis.length > WITH_GIVEN_BOUNDS or self.has_work_for_threads) else None

    def _chunks(self) -> tuple[int, int]:
        """The turns of the shared loop in a chunk, and the number of chunks."""
        if self.shared is None or self.group.rows or not self.has_work_for_threads:
            return 0, 1
        count = min(self._work // CHUNK_WORK, MOST_CHUNKS, self.shared.length)
        length = -(-self.shared.length // count)
        if self.shared is self.axes[-1]:
            length = -(-length // SUMMED_TOGETHER) * SUMMED_TOGETHER
        return length, -(-self.shared.length // length)

    @property
    def whole(self) -> list[Value]:
        """The bounds for all turns at once."""
        return [ir.Constant(INDEX, 0), ir.Constant(INDEX, self.shared.length)] if self.shared else []

    @property
    def bytes_moved(self) -> int:
        """What the kernel reads and writes, if each access goes to memory once."""
        return sum(bytes_touched(self.schedule, key, view) for key, (_, view) in self.accesses.items())

    @property
    def can_be_repeated(self) -> bool:
        """Whether the same turns may be done again: nothing is written where something is read, or at an index."""
        written = {index for (kind, _), (index, _) in self.accesses.items() if kind == "store"}
        read = {index for (kind, _), (index, _) in self.accesses.items() if kind != "store"}
        scattered = any(n in self.schedule.indexed and n in self.schedule.placed for n in self.group.nodes)
        return written.isdisjoint(read) and not scattered

    @property
    def reduces_chunks(self) -> bool:
        """Whether the chunks are parts of a reduction, to be combined."""
        return self.chunks > 1 and self.shared is not None and self.shared.reduced

    def _emit(self) -> None:
        axes = self.axes
        starts = {view.offset: ir.Constant(INDEX, view.offset) for _, view in self.accesses.values()}
        offsets: list[Value] = [starts[view.offset] for _, view in self.accesses.values()]
        if self.outer_reduced:
            self._initialise_memory([axis for axis in axes if not axis.reduced], offsets)
        self._nest(axes, 0, self._trailing, offsets)

    @property
    def _trailing(self) -> int:
        """The number of axes up to the last one that is not reduced over."""
        return max((place for place, axis in enumerate(self.axes, 1) if not axis.reduced), default=0)

    @property
    def outer_reduced(self) -> bool:
        """Whether it reduces over an axis outside of one that it keeps."""
        return any(axis.reduced for axis in self.axes[: self._trailing])

    def _initialise_memory(self, kept: list[Axis], offsets: list[Value]) -> None:
        """Fill the results of reductions with the neutral element."""

        def fill(depth: int, at: list[Value]) -> None:
            if depth == len(kept):
                for node in self.reductions:
                    self._store(("store", node), neutral(self.builder, node, dtype_of(node)), at)
                return
            self._along(kept[depth], lambda i: fill(depth + 1, self._moved(at, kept[depth], i)))

        fill(0, offsets)

    def _nest(self, axes: list[Axis], depth: int, trailing: int, offsets: list[Value]) -> None:
        if depth == trailing and self.reductions:
            self._reduce(axes[depth:], offsets)
        elif depth == len(axes):
            self._body(offsets, None)
        elif depth == len(axes) - 1 and (scattered := self._scattered(axes[depth])):
            self._staged(axes[depth], offsets, scattered)
        else:
            axis = axes[depth]
            self._along(axis, lambda i: self._nest(axes, depth + 1, trailing, self._moved(offsets, axis, i)))

    def _scattered(self, axis: Axis) -> list[Any]:
        """The accesses that make long steps along an axis, if they are many: those that read first."""
        if self.group.is_serial or self.reductions or any(n in self.schedule.indexed for n in self.group.nodes):
            return []
        steps = zip(self.accesses, axis.strides, strict=True)
        found = [key for key, stride in steps if stride not in (0, 1) and key[0] != "count"]
        return found if len(found) >= LEAST_SCATTERED else []

    def _staged(self, axis: Axis, offsets: list[Value], scattered: Sequence[Any]) -> None:
        self.staging = Staging(self.builder, {key: dtype_of(self.accesses[key][1].base) for key in scattered})

        def place(key: Any, index: Value) -> Value:
            number = self.numbers[key]
            step = self._times(index, axis.strides[number])
            return self._address(key, self._sum(offsets[number], step))

        self.staging.loop(self._bounds(axis), place, lambda i: self._body(self._moved(offsets, axis, i), None))

    def _moved(self, offsets: list[Value], axis: Axis, index: Value) -> list[Value]:
        """The offset of each access, further along an axis; equal ones are computed once."""
        moves = dict.fromkeys(zip(offsets, axis.strides, strict=True))
        steps = {stride: self._times(index, stride) for stride in dict.fromkeys(axis.strides) if stride}
        moved = {(o, stride): self._sum(o, steps[stride]) if stride else o for o, stride in moves}
        return [moved[move] for move in zip(offsets, axis.strides, strict=True)]

    def _sum(self, offset: Value, step: Value) -> Value:
        is_zero = isinstance(offset, ir.Constant) and offset.constant == 0
        return step if is_zero else self.builder.add(offset, step)

    def _times(self, index: Value, stride: int) -> Value:
        return index if stride == 1 else self.builder.mul(index, ir.Constant(INDEX, stride))

    def _bounds(self, axis: Axis) -> tuple[Value, Value]:
        """The turns of a loop: all, or those that are given."""
        if axis is self.shared:
            return self.function.args[-2], self.function.args[-1]
        return ir.Constant(INDEX, 0), ir.Constant(INDEX, axis.length)

    def _along(self, axis: Axis, body: Callable[[Value], None]) -> None:
        """A loop along an axis."""
        emit_loop(self.builder, *self._bounds(axis), body)

    # -- reductions --------------------------------------------------------------------------------

    def _reduce(self, axes: list[Axis], offsets: list[Value]) -> None:
        """Reduce over the innermost axes in registers, then bring the results to memory."""
        totals = self._accumulators()
        self._reduce_axes(axes, offsets, totals)
        for node, total in zip(self.reductions, totals, strict=True):
            value = self._read(total)
            if self.outer_reduced:
                value = combine(node, self._load(("store", node), offsets), value)
            self._store(("store", node), value, offsets)

    def _reduce_axes(self, axes: list[Axis], offsets: list[Value], totals: list[Register]) -> None:
        if not axes:
            self._body(offsets, totals)
            return
        axis, *inner = axes
        if self._is_unrolled(axis):
            for i in range(axis.length):
                self._body(self._moved(offsets, axis, ir.Constant(INDEX, i)), totals)
            return
        begin, end = self._bounds(axis)
        if inner or axis.length <= 4 * SUMMED_TOGETHER:
            self._along(axis, lambda i: self._reduce_axes(inner, self._moved(offsets, axis, i), totals))
            return
        sums = self._accumulators(wide=True)

        def add_block(start: Value) -> None:
            stop = smaller(self.builder, self.builder.add(start, ir.Constant(INDEX, SUMMED_TOGETHER)), end)
            parts = self._accumulators()
            emit_loop(self.builder, start, stop, lambda i: self._body(self._moved(offsets, axis, i), parts))
            self._add_all(sums, parts)

        emit_loop(self.builder, begin, end, add_block, step=SUMMED_TOGETHER)
        self._add_all(totals, sums)

    def _is_unrolled(self, axis: Axis) -> bool:
        """Whether each turn of a reduction is written out, so that the loop around it, along memory, vectorises."""
        around = self.axes[-2] if axis is self.axes[-1] and len(self.axes) > 1 else None
        return (
            around is not None
            and not around.reduced
            and axis.length <= UNROLLED
            and all(stride in (0, 1) for stride in around.strides)
            and all(node.primitive in SHORT for node in self.group.nodes)
        )

    def _add_all(self, totals: list[Register], parts: list[Register]) -> None:
        for node, total, part in zip(self.reductions, totals, parts, strict=True):
            value = self._read(part).cast(total.dtype)
            self._write(total, combine(node, self._read(total), value))

    def _accumulators(self, wide: bool = False) -> list[Register]:
        """A register for each reduction; sums of blocks of float32 are `wide`: float64."""
        places = []
        in_turn = any(axis.reduced for axis in self.axes[-1:])
        for node in self.reductions:
            dtype = dtype_of(node)
            if wide and dtype.name == "float32":
                dtype = numpy.dtype("float64")
            is_apart = in_turn and dtype.kind == "f" and node.primitive in NUMBER_BESIDE_NAN
            with self.builder.goto_entry_block():
                flag = self.builder.alloca(ir.IntType(1)) if is_apart else None
                place = Register(self.builder.alloca(TYPES[dtype.name]), dtype, flag)
            self._write(place, neutral(self.builder, node, dtype))
            places.append(place)
        return places

    def _read(self, place: Register) -> Scalar:
        value = Scalar(self.builder, self.builder.load(place.pointer), place.dtype)
        return (
            value if place.has_nan is None else value.constant(math.nan).where(self.builder.load(place.has_nan), value)
        )

    def _write(self, place: Register, value: Scalar) -> None:
        self.builder.store(value.value, place.pointer)
        if place.has_nan is not None:
            self.builder.store(ir.Constant(ir.IntType(1), 0), place.has_nan)

    def _accumulate(self, node: GraphNode, total: Register, value: Scalar) -> None:
        if total.has_nan is None:
            self._write(total, combine(node, self._read(total), value))
            return
        builder, flag = self.builder, total.has_nan
        builder.store(number_of(node, builder.load(total.pointer), value), total.pointer)
        builder.store(builder.or_(builder.load(flag), value.is_nan()), flag)

    # -- the innermost turn ------------------------------------------------------------------------

    def _body(self, offsets: list[Value], totals: list[Register] | None) -> None:
        """Every operation of the group at one index; results are stored when all is read, for one may be where another
        operation reads.
        """
        made: dict[Any, Scalar] = {}
        for node in self.group.nodes:
            gathered = self.schedule.gathered_by(node)
            given = self.schedule.operands[node][gathered is not None :]
            operands = [self._operand(operand, node, offsets, made) for operand in given]
            if node in self.schedule.placed and node in self.schedule.indexed:
                self._scatter(node, operands, offsets)
                continue
            if facts_of(node.primitive).is_reduction:
                assert totals is not None
                total = totals[self.reductions.index(node)]
                value = operands[0].cast(dtype_of(node))
                self._accumulate(node, total, value)
                continue
            made[node] = self._result(node, operands, offsets)
        for node in self.group.nodes:
            if ("store", node) in self.accesses and node in made:
                self._store(("store", node), made[node], offsets)

    def _result(self, node: GraphNode, operands: list[Scalar], offsets: list[Value]) -> Scalar:
        """What one operation makes of its operands, of a gather: of the index."""
        if node in self.schedule.indexed:
            return self._load(("gather", node), offsets, distance(self.schedule.indexed[node], *operands))
        if node.primitive is random_words.primitive:
            count = Scalar(self.builder, offsets[list(self.accesses).index(("count", node))], INT64)
            return random_word(operands, count, node.params["shape"], dtype_of(node))
        if node.primitive is ravel_index.primitive:
            known = [self.schedule.ranges.of(operand) for operand in self.schedule.operands[node]]
            return raveled(operands, node.params["lengths"], known)
        return self._lower(node.primitive, operands, dtype_of(node))

    def _lower(self, primitive: Primitive, operands: list[Scalar], result: numpy.dtype) -> Scalar:
        return lower(primitive, operands, result)

    def _scatter(self, node: GraphNode, operands: list[Scalar], offsets: list[Value]) -> None:
        """Write a value at an index, or add it to what is there."""
        place, (value, index) = self.schedule.indexed[node], operands
        further, value = distance(place, index), value.cast(dtype_of(node))
        if place.adds:
            value = self._load(("store", node), offsets, further) + value
        self._store(("store", node), value, offsets, further)

    def _operand(self, operand: Any, node: GraphNode, offsets: list[Value], made: dict[Any, Scalar]) -> Scalar:
        if isinstance(operand, GraphNode):
            if operand not in made:
                made[operand] = self._load(("load", operand), offsets)
            return made[operand]
        return self._scalar_constant(operand, node)

    def _scalar_constant(self, constant: Any, node: GraphNode) -> Scalar:
        """A constant number; a Python number takes the dtype that its partners give it."""
        if hasattr(constant, "dtype"):
            number = numpy.asarray(constant).reshape(()).item()
            return Scalar(self.builder, literal(number, constant.dtype), constant.dtype)
        partners = [o for o in self.schedule.operands[node] if hasattr(o, "dtype") or isinstance(o, GraphNode)]
        dtype = numpy.result_type(*map(dtype_of, partners), constant)
        return Scalar(self.builder, literal(constant, dtype), dtype)

    def _place(self, key: Any, offsets: list[Value], distance: Value | None) -> tuple[Value, numpy.dtype]:
        """The address of an access, or of what is at a distance from there."""
        offset = offsets[self.numbers[key]]
        offset = offset if distance is None else self.builder.add(offset, distance)
        return self._address(key, offset), dtype_of(self.accesses[key][1].base)

    def _address(self, key: Any, offset: Value) -> Value:
        """Where an access goes that has moved so far."""
        return self.builder.gep(self.function.args[self.accesses[key][0]], [offset])

    def _load(self, key: Any, offsets: list[Value], distance: Value | None = None) -> Scalar:
        place, dtype = self._place(key, offsets, distance)
        return load(self.builder, self._on_stage(key) or place, dtype)

    def _on_stage(self, key: Any) -> Value | None:
        return None if self.staging is None else self.staging.place(key)

    def _store(self, key: Any, value: Scalar, offsets: list[Value], distance: Value | None = None) -> None:
        place = self._on_stage(key) or self._place(key, offsets, distance)[0]
        store(self.builder, value, place)


# -- building blocks -------------------------------------------------------------------------------


def neutral(builder: Builder, node: GraphNode, dtype: numpy.dtype) -> Scalar:
    """What a reduction starts from."""
    return Scalar(builder, literal(_NEUTRAL[node.primitive](dtype), dtype), dtype)


def _lowest(dtype: numpy.dtype) -> Any:
    return numpy.iinfo(dtype).min if dtype.kind in "iu" else -math.inf


def _highest(dtype: numpy.dtype) -> Any:
    return numpy.iinfo(dtype).max if dtype.kind in "iu" else math.inf


_NEUTRAL: dict[Primitive, Callable[[numpy.dtype], Any]] = by_primitive(
    {r.sum: lambda dtype: 0, r.prod: lambda dtype: 1, r.max: _lowest, r.min: _highest}
)


def number_of(node: GraphNode, total: Value, value: Scalar) -> Value:
    """The larger or smaller of two numbers; anything if one is NaN."""
    kind = value.value.type
    signature = ir.FunctionType(kind, [kind, kind])
    function = value.builder.module.declare_intrinsic(NUMBER_BESIDE_NAN[node.primitive], [kind], signature)
    return value.builder.call(function, [total, value.value], fastmath=("nnan", "nsz"))


def combine(node: GraphNode, total: Scalar, value: Scalar) -> Scalar:
    """One step of a reduction."""
    return _COMBINED[node.primitive](total, value)


def _added(total: Scalar, value: Scalar) -> Scalar:
    """Sums may be taken in any order, so that they vectorise.

    A product in another order would overflow where NumPy's does not, as of 1e200, 1e-200, 1e200, 1e-200.
    """
    if not total.is_float:
        return total + value
    return total.like(total.builder.fadd(total.value, value.value, flags=("reassoc",)))


_COMBINED: dict[Primitive, Callable[[Scalar, Scalar], Scalar]] = by_primitive(
    {r.sum: _added, r.prod: lambda x, y: x * y, r.max: maximum, r.min: minimum}
)
