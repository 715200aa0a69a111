"""Stages as code that works on a frame: the addresses of arrays, each at a place of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy
from llvmlite import ir

from ....core.abstract import Abstract
from ....core.graph import GraphNode, form_of_operand
from ..facts.duration import work
from ..facts.failures import may_fail
from ..facts.fourier import FOURIER
from ..facts.lagged import LAGGED
from ..facts.lowered import dtype_of
from ..facts.minimal import MINIMAL
from ..facts.ordering import SEARCH_LINE, SORT_LINES
from ..facts.sparse_rows import SPARSE_ROWS
from ..facts.turns import are_apart, chunks_of, goes_in_lanes
from ..ir.loops import smaller
from ..ir.scalar import Scalar
from ..ir.types import INDEX, Builder, Value, memory_type
from ..machine.addresses import (
    ARENA,
    POOL,
    RUNTIME,
    SHARE,
)
from ..machine.module_parts import Module
from ..machine.pool_code import SHARE_TYPE, TASK
from ..schedule.arena import ArenaPlan
from ..schedule.stages import Control, Factorization, FlagCheck, Group, Inner, RowBlocks, Scan, Schedule
from .fourier.transform import emit_fourier
from .kernel import MOST_CHUNKS, Kernel, combine, neutral
from .kernel_unguarded import kernel_of
from .lapack_calls import emit_factorization
from .memory_loops.frames import bytes_of, copy_bytes
from .memory_loops.loops import emit_on_memory
from .ordering import emit_order, emit_search
from .products.lagged import lagged_cells
from .products.minimal import minimal_cells
from .products.product import Cells, Product, product_views
from .products.small import SmallProduct, is_small
from .registers.control import (
    BYTES,
    Stack,
    begin_straight,
    constant_memory,
    emit_in_registers,
    end_straight,
)
from .registers.lanes import emit_in_lanes
from .registers.stage_function import STATUS
from .registers.straight_line import Straight
from .row_function import RowsFunction
from .scan import ScanFunction
from .shared_turns import SharedTurns
from .sparse_rows import SparseRows

_EMITTED = {FOURIER: emit_fourier, SORT_LINES: emit_order, SEARCH_LINE: emit_search}
"""What writes the functions of called operations that are no factorisations."""


class Emission:
    """Writes the stages of a schedule, into functions without branches: what is read of a frame is read once.

    Attributes:
        data: ``data(builder, frame, place)`` is the address of the array at a place.
        places: where in a frame the values are that are not in the arena.
        constants: values that are a part of the program.
        room: the bytes of arena that are needed.
        moved: the bytes that kernels read and write.
    """

    def __init__(
        self,
        module: Module,
        schedule: Schedule,
        plan: ArenaPlan,
        places: Mapping[Any, int],
        data: Callable[[Builder, Value, int], Value],
        constants: Mapping[GraphNode, Any] | None = None,
    ) -> None:
        self.module = module
        self.schedule = schedule
        self.plan = plan
        self.places = places
        self.data = data
        self.constants: Mapping[GraphNode, Any] | dict[GraphNode, Any] = constants or {}
        self.room: int = plan.size
        self.moved = 0
        self._known: dict[tuple[Value, Any], Value] = {}

    def stage(self, builder: Builder, frame: Value, stage: Any) -> None:
        """Write the code of a stage."""
        if isinstance(stage, Group):
            self._group(builder, frame, stage)
        elif isinstance(stage, RowBlocks):
            self._rows(builder, frame, stage)
        elif isinstance(stage, FlagCheck):
            self._check(builder, frame, stage.node)
        elif isinstance(stage, Control):
            self._control(builder, frame, stage)
        elif isinstance(stage, Factorization):
            name = self._name(stage.node.primitive.name)
            emit = _EMITTED.get(stage.node.primitive, emit_factorization)
            made = emit(self.module, name, stage.node, self._used(stage.node))
            self._call(builder, frame, stage.node, *made)
        elif isinstance(stage, Scan):
            self._scan(builder, frame, stage.node)
        elif stage.node.primitive in SPARSE_ROWS:
            rows = SparseRows(self.module, self._name("sparse_rows"), self.schedule, stage.node)
            self._pieces(builder, frame, rows, self._call_sparse_rows)
        else:
            self._product(builder, frame, stage.node)

    def _name(self, prefix: str) -> str:
        """One that no function of the module has."""
        return self.module.get_unique_name(prefix)

    # -- what may fail -----------------------------------------------------------------------------

    def _check(self, builder: Builder, frame: Value, node: GraphNode) -> None:
        view = self.schedule.views[self.schedule.operands[node][0]]
        memory = self.pointer(builder, frame, view.base, dtype_of(view.base))
        flag = builder.load(builder.gep(memory, [ir.Constant(INDEX, view.offset)]))
        self._leave_if(builder, builder.icmp_unsigned("==", flag, flag.type(0)), node)

    def _leave_if(self, builder: Builder, failed: Value, node: GraphNode) -> None:
        """Leave with the number of a check if it has failed."""
        with builder.if_then(failed, likely=False):
            builder.ret(STATUS(self.schedule.checks.index(node) + 1))

    # -- loops and branches ------------------------------------------------------------------------

    def _used(self, node: GraphNode) -> list[bool]:
        """Which results of a loop, a branch or a factorisation somebody uses."""
        return [index in self.schedule.results[node] for index in range(len(node.result_forms))]

    def _control(self, builder: Builder, frame: Value, control: Control) -> None:
        """Call the function of a loop or a branch, or let the threads share its turns."""
        node, chunks = control.node, chunks_of(control.node)
        function, size = self._control_function(control)
        if chunks is None:
            bounds = [INDEX(0), INDEX(node.params["length"])] if are_apart(node) else []
            self._call(builder, frame, node, function, size, bounds)
        else:
            self._leave_if(builder, SharedTurns(self, node, function, size, chunks).emit(builder, frame), node)

    def _call(
        self, builder: Builder, frame: Value, node: GraphNode, function: Any, size: int, more: Sequence[Value] = ()
    ) -> None:
        """Call the function of a loop, a branch or a factorisation; its room is behind the arena's values."""
        operands, results = self.operand_addresses(builder, frame, node), self.result_addresses(builder, frame, node)
        given = [BYTES(None) if address is None else address for address in results]
        room = self.behind(builder, frame, 0, size)
        status = builder.call(function, [*operands, *given, room, self.runtime(builder, frame), *more])
        if may_fail(node):
            self._leave_if(builder, builder.icmp_unsigned("!=", status, STATUS(0)), node)

    def operand_addresses(self, builder: Builder, frame: Value, node: GraphNode) -> list[Value]:
        """Where the operands of a stage are."""
        return [self.address(builder, frame, operand) for operand in self.schedule.operands[node]]

    def result_addresses(self, builder: Builder, frame: Value, node: GraphNode) -> list[Value | None]:
        """Where the results of a stage are; nothing for one that nobody uses."""
        picks = [self.schedule.results[node].get(index) for index in range(len(node.result_forms))]
        return [None if pick is None else self.address(builder, frame, pick) for pick in picks]

    def runtime(self, builder: Builder, frame: Value) -> Value:
        """The address of the runtime table."""
        return self._data(builder, frame, RUNTIME)

    def _control_function(self, control: Control) -> tuple[ir.Function, int]:
        """The function of a loop or a branch, and the room that it needs."""
        used = self._used(control.node)
        bodies = [Body(self.module, inner) for inner in control.inner]
        name = self._name(control.node.primitive.name)
        if bodies:
            return emit_on_memory(self.module, name, control.node, used, bodies)
        emit = emit_in_lanes if goes_in_lanes(control.node) else emit_in_registers
        return emit(self.module, name, control.node, used), 0

    def address(self, builder: Builder, frame: Value, value: Any) -> Value:
        """Where a value is, or the constant that it is."""
        if isinstance(value, GraphNode):
            base = self.schedule.views[value].base
            return builder.bitcast(self.pointer(builder, frame, base, dtype_of(base)), BYTES)
        return builder.bitcast(constant_memory(self.module, numpy.asarray(value)), BYTES)

    def behind(self, builder: Builder, frame: Value, offset: int, size: int) -> Value:
        """Room behind the arena's values, for the time of one stage."""
        self.room = max(self.room, self.plan.size + offset + size)
        return builder.gep(self._data(builder, frame, ARENA), [ir.Constant(INDEX, self.plan.size + offset)])

    # -- kernels -----------------------------------------------------------------------------------

    def _group(self, builder: Builder, frame: Value, group: Group) -> None:
        if all(map(self.schedule.is_where_it_was, group.nodes)):
            return
        kernel = kernel_of(self.module, self._name("kernel"), self.schedule, group)
        self.moved += kernel.bytes_moved
        if kernel.chunks > 1:
            self._chunked(builder, frame, kernel)
        else:
            pointers = [self.pointer(builder, frame, base, dtype_of(base)) for base in kernel.bases]
            builder.call(kernel.function, [*pointers, *kernel.whole])

    def _chunked(self, builder: Builder, frame: Value, kernel: Kernel) -> None:
        """Share the chunks of a kernel among the threads; combine what they have reduced."""
        task = ir.Function(self.module, TASK, self._name(kernel.function.name + "_chunk"))
        inner = ir.IRBuilder(task.append_basic_block())
        of_task, chunk = task.args
        pointers = [self._chunk_pointer(inner, of_task, chunk, base, kernel) for base in kernel.bases]
        assert kernel.shared is not None
        bounds = _chunk_bounds(inner, chunk, kernel.chunk_length, kernel.shared.length)
        inner.call(kernel.function, [*pointers, *bounds])
        inner.ret_void()
        self.share(builder, frame, task, kernel.chunks)
        if kernel.reduces_chunks:
            for node in kernel.reductions:
                self._combine_chunks(builder, frame, node, kernel)

    def share(self, builder: Builder, frame: Value, task: ir.Function, chunks: int, entry: int = SHARE) -> Value:
        """Do all chunks of a task, with the threads of the pool; whether a signal has ended it.

        By `entry` one of the functions of the pool is chosen: that which looks for signals, or the other.
        """
        share = builder.inttoptr(self._runtime(builder, frame, entry), SHARE_TYPE.as_pointer())
        pool = builder.inttoptr(self._runtime(builder, frame, POOL), BYTES)
        address, of_frame = builder.ptrtoint(task, INDEX), builder.ptrtoint(frame, INDEX)
        return builder.call(share, [pool, address, of_frame, ir.Constant(INDEX, chunks)])

    def _scan(self, builder: Builder, frame: Value, node: GraphNode) -> None:
        scan = ScanFunction(self.module, self._name("scan"), self.schedule, node)
        self.moved += scan.bytes_moved
        self._pieces(builder, frame, scan, self._call_with_pointers)

    def _rows(self, builder: Builder, frame: Value, rows: RowBlocks) -> None:
        function = RowsFunction(self.module, self._name("rows"), self.schedule, rows)
        self.moved += function.bytes_moved
        self._pieces(builder, frame, function, self._call_with_pointers)

    def _call_with_pointers(self, builder: Builder, frame: Value, work: Any, begin: Value, end: Value) -> None:
        pointers = [self.pointer(builder, frame, base, dtype_of(base)) for base in work.bases]
        builder.call(work.function, [*pointers, begin, end])

    def _call_sparse_rows(self, builder: Builder, frame: Value, rows: SparseRows, begin: Value, end: Value) -> None:
        pointers = [self.pointer(builder, frame, base, dtype_of(base)) for base in rows.bases]
        builder.call(rows.function, [*pointers, INDEX(rows.width), begin, end])

    def _product(self, builder: Builder, frame: Value, node: GraphNode) -> None:
        product = self._cells_of(node)
        self._pieces(builder, frame, product, self._call_product)
        if product.parts > 1:
            result = self.pointer(builder, frame, node, product.dtype)
            builder.call(product.emit_sum_of_parts(), [self._product_parts(builder, frame, product), result])

    def _cells_of(self, node: GraphNode) -> Cells:
        if node.primitive in LAGGED:
            return lagged_cells(self.module, self._name("lagged"), self.schedule, node)
        if node.primitive in MINIMAL:
            return minimal_cells(self.module, self._name("minimal"), self.schedule, node)
        kind = SmallProduct if is_small(*product_views(self.schedule, node)) else Product
        return kind(self.module, self._name("product"), self.schedule, node)

    def _pieces(self, builder: Builder, frame: Value, work: Any, call: Callable[..., None]) -> None:
        """Call the function of a product, a scan or rows on all of it, or let the threads share its chunks."""
        if work.chunks == 1:
            call(builder, frame, work, ir.Constant(INDEX, 0), ir.Constant(INDEX, work.length))
            return
        task = ir.Function(self.module, TASK, self._name(work.function.name + "_chunk"))
        inner = ir.IRBuilder(task.append_basic_block())
        call(inner, task.args[0], work, *_chunk_bounds(inner, task.args[1], work.chunk_length, work.length))
        inner.ret_void()
        self.share(builder, frame, task, work.chunks)

    def _call_product(self, builder: Builder, frame: Value, product: Cells, begin: Value, end: Value) -> None:
        *operands, result = (self.pointer(builder, frame, base, product.dtype) for base in product.bases)
        result = self._product_parts(builder, frame, product) if product.parts > 1 else result
        builder.call(product.function, [*operands, result, begin, end])

    def _product_parts(self, builder: Builder, frame: Value, product: Cells) -> Value:
        """Where the results are whose sum the product is."""
        place = self.behind(builder, frame, 0, product.parts * product.size * product.dtype.itemsize)
        return builder.bitcast(place, memory_type(product.dtype).as_pointer())

    def _chunk_pointer(self, builder: Builder, frame: Value, chunk: Value, base: Any, kernel: Kernel) -> Value:
        """The memory of a value for a chunk; of a reduction, the place of the chunk's part."""
        if kernel.reduces_chunks and base in kernel.reductions:
            return builder.gep(self._parts(builder, frame, base, kernel), [chunk])
        return self.pointer(builder, frame, base, dtype_of(base))

    def _parts(self, builder: Builder, frame: Value, node: GraphNode, kernel: Kernel) -> Value:
        """Where the parts of a reduction are: behind the arena's values."""
        place = self.behind(builder, frame, 8 * MOST_CHUNKS * kernel.reductions.index(node), 8 * MOST_CHUNKS)
        return builder.bitcast(place, memory_type(dtype_of(node)).as_pointer())

    def _combine_chunks(self, builder: Builder, frame: Value, node: GraphNode, kernel: Kernel) -> None:
        dtype = dtype_of(node)
        parts = self._parts(builder, frame, node, kernel)
        total = neutral(builder, node, dtype)
        for index in range(kernel.chunks):
            part = builder.load(builder.gep(parts, [ir.Constant(INDEX, index)]))
            total = combine(node, total, Scalar(builder, part, dtype))
        builder.store(total.value, self.pointer(builder, frame, node, dtype))

    # -- what is read of a frame -------------------------------------------------------------------

    def _once(self, frame: Value, key: Any, read: Callable[[], Value]) -> Value:
        if (frame, key) not in self._known:
            self._known[frame, key] = read()
        return self._known[frame, key]

    def _runtime(self, builder: Builder, frame: Value, entry: int) -> Value:
        """An address of this process (a word of the frame's table), so that the code itself has none."""
        return self._once(frame, (RUNTIME, entry), lambda: word(builder, self._table(builder, frame), entry))

    def _table(self, builder: Builder, frame: Value) -> Value:
        return builder.bitcast(self._data(builder, frame, RUNTIME), INDEX.as_pointer())

    def pointer(self, builder: Builder, frame: Value, base: Any, dtype: numpy.dtype) -> Value:
        """The address of a value's memory."""
        kind = memory_type(dtype).as_pointer()
        return self._once(frame, (base, kind), lambda: builder.bitcast(self._bytes_of(builder, frame, base), kind))

    def _bytes_of(self, builder: Builder, frame: Value, base: Any) -> Value:
        if base in self.constants:
            return self.constants[base]
        if base in self.places:
            return self._data(builder, frame, base)
        return builder.gep(self._data(builder, frame, ARENA), [ir.Constant(INDEX, self.plan.offsets[base])])

    def _data(self, builder: Builder, frame: Value, key: Any) -> Value:
        """The address of an array that has a place."""
        place = self.places[key]
        return self._once(frame, place, lambda: self.data(builder, frame, place))


class Body:
    """A graph as a function of a frame of addresses: those of its inputs, its outputs, its room and the runtime table.

    Attributes:
        function: ``status(frame)``.
        room: the bytes of arena that it needs.
        in_place: outputs that are where the input is from which turns make them.
        may_fail: whether the status may be other than 0.
    """

    def __init__(self, module: Module, inner: Inner) -> None:
        self.module = module
        self.inner = inner
        self.graph = inner.graph
        self.room: int = 0
        self.in_place: set[int] = set()
        self.may_fail: bool = False
        signature = ir.FunctionType(STATUS, [BYTES.as_pointer()])
        self.function = ir.Function(module, signature, module.get_unique_name("turn"))
        self.function.linkage = "internal"
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        if inner.schedule is None:
            self._in_registers()
        else:
            self._on_memory(inner.schedule)

    @property
    def words(self) -> int:
        """The places of a frame."""
        return len(self.graph.inputs) + len(self.graph.outputs) + 2

    @property
    def work(self) -> float:
        """About how many operations it is; of what is written into an array in place the array is no part."""
        whole, schedule = work([self.graph]), self.inner.schedule
        if schedule is None:
            return whole
        groups = [stage for stage in schedule.stages if isinstance(stage, Group)]
        return whole - sum(n.form.size for group in groups for n in group.nodes if schedule.is_where_it_was(n))

    def _in_registers(self) -> None:
        straight = begin_straight(self.builder, address_at(self.builder, self.function.args[0], self.words - 1))
        forms = [node.form for node in self.graph.inputs]
        inputs = [self._stack(straight, place, form).read(INDEX(0)) for place, form in enumerate(forms)]
        for place, array in enumerate(straight.graph(self.graph, inputs), len(inputs)):
            form = Abstract(array.shape, array.flat[0].dtype)
            self._stack(straight, place, form).write(INDEX(0), array)
        end_straight(straight)
        self.may_fail = any(map(may_fail, self.graph.nodes))

    def _stack(self, straight: Straight, place: int, form: Abstract) -> Stack:
        return Stack(straight, address_at(self.builder, self.function.args[0], place), form)

    def _on_memory(self, schedule: Schedule) -> None:
        count = len(self.graph.inputs)
        places: dict[Any, int] = {node: place for place, node in enumerate(self.graph.inputs)}
        for place, output in enumerate(schedule.outputs, count):
            if isinstance(output, GraphNode) and output in schedule.stage_of:
                places.setdefault(output, place)
        for output, given in schedule.donated.items():
            if given in places:
                places[output] = places[given]
        self.in_place = self._turned_in_place(schedule)
        plan = ArenaPlan(schedule, set(places))
        constants = {node: constant_memory(self.module, array) for node, array in self.inner.constants.items()}
        places |= {ARENA: self.words - 2, RUNTIME: self.words - 1}
        emission = Emission(self.module, schedule, plan, places, address_at, constants)
        for stage in schedule.stages:
            emission.stage(self.builder, self.function.args[0], stage)
        for index, output in enumerate(schedule.outputs):
            is_there = isinstance(output, GraphNode) and places.get(output) == count + index
            if not is_there and index not in self.in_place:
                self._deliver(emission, output, count + index)
        self.builder.ret(STATUS(0))
        self.room = emission.room
        self.may_fail = bool(schedule.checks)

    def _turned_in_place(self, schedule: Schedule) -> set[int]:
        inputs, outputs = self.graph.inputs, schedule.outputs
        return {
            turned
            for turned, given in self.inner.pairs
            if isinstance(outputs[turned], GraphNode)
            and inputs[given] in (outputs[turned], schedule.donated.get(outputs[turned]))
        }

    def _deliver(self, emission: Emission, output: Any, place: int) -> None:
        """Copy an output that is not yet where it belongs."""
        frame = self.function.args[0]
        source = emission.address(self.builder, frame, output)
        copy_bytes(self.builder, address_at(self.builder, frame, place), source, bytes_of(form_of_operand(output)))


def word(builder: Builder, words: Value, place: int) -> Value:
    """One of several words in memory."""
    return builder.load(builder.gep(words, [ir.Constant(INDEX, place)]))


def address_at(builder: Builder, frame: Value, place: int) -> Value:
    """The address at a place of a frame."""
    return word(builder, builder.bitcast(frame, BYTES.as_pointer()), place)


def _chunk_bounds(builder: Builder, chunk: Value, length: int, whole: int) -> tuple[Value, Value]:
    """Where a chunk of this length begins and ends, in a whole of which the last may have less left."""
    begin = builder.mul(chunk, ir.Constant(INDEX, length))
    end = builder.add(begin, ir.Constant(INDEX, length))
    return begin, smaller(builder, end, ir.Constant(INDEX, whole))
