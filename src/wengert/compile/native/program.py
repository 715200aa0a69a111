"""A graph as machine code: one native call where everything is lowered, NumPy steps between calls where not."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
from llvmlite import ir
from numpy import empty

from ...core.graph import Graph, form_of_node
from ...core.node import Node
from ..passes.lifting import with_constants_as_inputs
from .blas import kernels_in_use, one_thread
from .kernel import INDEX, MOST_CHUNKS, Kernel, combine, memory_type, neutral, smaller
from .loops import BYTES, constant_memory, emit_in_registers
from .memory import Plan
from .product import Product
from .runtime import DGEMM, POOL, SGEMM, SHARE, runtime_table
from .scalar import Builder, Scalar, Value
from .schedule import Check, Control, Group, Schedule, Step, dtype_of
from .straight import may_fail
from .target import NativeModule, processor
from .threads import SHARE_TYPE, TASK, pool
from .views import View

_STATUS = ir.IntType(32)
# CPython: a tuple's items follow its head; an array's head is followed by the pointer to its data.
_TUPLE_ITEMS = tuple.__basicsize__
_ARRAY_DATA = object.__basicsize__


class NativeProgram:
    """Runs a graph: ``program(inputs)`` gives the outputs, raw arrays.

    Attributes:
        schedule: its stages.
        native: the compiled module; ``None`` if nothing was lowered.
        moved: the bytes that kernels read and write in a call.
        seconds: how long it took to make.
    """

    def __init__(self, graph: Graph, donors: Mapping[int, int] | None = None) -> None:
        start = time.perf_counter()
        self.moved = 0
        lifted, constants = with_constants_as_inputs(graph)
        self.schedule = Schedule(lifted)
        self.inputs = graph.inputs
        self.given = frozenset(graph.inputs)
        self.constants = lifted.inputs[len(graph.inputs) :]
        self._donate(donors or {})
        made = [o for o in self.schedule.outputs if _is_made(o, self.schedule) and o not in self.schedule.donated]
        self.made = list(dict.fromkeys(made))
        self.plan = Plan(self.schedule, {*self.made, *self.schedule.donated})
        self.places: dict[Any, int] = {}
        self.arenas: list[Any] = []
        self.scratch = 0
        self._number()
        self._compile()
        self.arena_size = max(self.plan.size, self.scratch)
        self.has_products = any(isinstance(s, Step) and s.is_product for s in self.schedule.stages)
        self.runtime = runtime_table(self.has_products)
        self.constant_arrays = tuple(constants)
        self.made_forms = [(form_of_node(n).shape, form_of_node(n).dtype) for n in self.made]
        self.made_at = [self._first_place(n) if self.schedule.is_settled(n) else -1 for n in self.made]
        self.returns_made = len(self.made) == len(self.schedule.outputs)
        only = self.calls[0] if len(self.calls) == 1 else None
        self.only_call = None if isinstance(only, Step) else only
        self.seconds = time.perf_counter() - start

    def _donate(self, donors: Mapping[int, int]) -> None:
        """Let outputs take the memory of inputs, by their positions."""
        outputs = self.schedule.outputs
        pairs = [(outputs[o], self.inputs[i]) for o, i in donors.items()]
        self.schedule.donate((output, given) for output, given in pairs if isinstance(output, Node))
        taken = set(self.schedule.donated.values())
        self.overwritten = [i for i, node in enumerate(self.inputs) if node in taken]

    def _first_place(self, node: Node) -> int:
        return next(i for i, output in enumerate(self.schedule.outputs) if output is node)

    # -- the frame: one tuple of arrays ------------------------------------------------------------

    def _number(self) -> None:
        """Give every array of a call its place: inputs, made outputs, the arena, the runtime table, constants."""
        for node in (*self.inputs, *self.made):
            self.places[node] = len(self.places)
        self.arena_place = len(self.places)
        for output, given in self.schedule.donated.items():
            self.places[output] = self.places[given]
        self.runtime_place = self.arena_place + 1
        for index, node in enumerate(self.constants):
            self.places[node] = self.runtime_place + 1 + index

    # -- compiling ---------------------------------------------------------------------------------

    def _compile(self) -> None:
        self.module = ir.Module("wengert")
        self.segments: list[str | Step] = []
        self.checks: list[Node] = []
        run: list[tuple[int, Any]] = []
        for index, stage in enumerate(self.schedule.stages):
            if isinstance(stage, Step) and not stage.is_product:
                self._close_segment(run)
                self.segments.append(stage)
                run = []
            else:
                run.append((index, stage))
        self._close_segment(run)
        names = [segment for segment in self.segments if isinstance(segment, str)]
        self.native = NativeModule(self.module) if names else None
        call = ctypes.CFUNCTYPE(ctypes.c_int if self.checks else None, ctypes.c_void_p)
        self.calls: list[Any] = [
            call(self.native.address(s)) if isinstance(s, str) and self.native else s for s in self.segments
        ]

    def _close_segment(self, run: Sequence[tuple[int, Any]]) -> None:
        """One native function that does the stages of a run; it gives the number of the check that failed, or 0."""
        if not run:
            return
        name = f"segment{len(self.segments)}"
        function = ir.Function(self.module, ir.FunctionType(_STATUS, [BYTES]), name)
        builder = ir.IRBuilder(function.append_basic_block())
        for index, stage in run:
            if isinstance(stage, Group):
                self._emit_group(builder, function.args[0], f"kernel{index}", stage)
            elif isinstance(stage, Check):
                self._emit_check(builder, function.args[0], stage.node)
            elif isinstance(stage, Control):
                self._emit_control(builder, function.args[0], f"loop{index}", stage.node)
            else:
                self._emit_product(builder, function.args[0], f"product{index}", stage.node)
        builder.ret(_STATUS(0))
        self.segments.append(name)

    def _emit_check(self, builder: Builder, frame: Value, node: Node) -> None:
        """Leave with the number of the check if its flag is not set."""
        self.checks.append(node)
        view = self.schedule.views[self.schedule.operands[node][0]]
        memory = self._pointer(builder, frame, view.base, dtype_of(view.base))
        flag = builder.load(builder.gep(memory, [ir.Constant(INDEX, view.offset)]))
        with builder.if_then(builder.icmp_unsigned("==", flag, flag.type(0)), likely=False):
            builder.ret(_STATUS(len(self.checks)))

    def _emit_control(self, builder: Builder, frame: Value, name: str, node: Node) -> None:
        """Call the function of a loop or a branch; leave if it fails."""
        picks, count = self.schedule.results[node], len(form_of_node(node))
        used = [picks.get(index) for index in range(count)]
        function = emit_in_registers(self.module, name, node, [pick is not None for pick in used])
        operands = [self._address(builder, frame, operand) for operand in self.schedule.operands[node]]
        results = [BYTES(None) if pick is None else self._address(builder, frame, pick) for pick in used]
        room = builder.gep(self._data(builder, frame, self.arena_place), [ir.Constant(INDEX, self.plan.size)])
        table = self._data(builder, frame, self.runtime_place)
        failed = builder.call(function, [*operands, *results, room, table])
        if not may_fail(node):
            return
        self.checks.append(node)
        with builder.if_then(builder.icmp_unsigned("!=", failed, failed.type(0)), likely=False):
            builder.ret(_STATUS(len(self.checks)))

    def _address(self, builder: Builder, frame: Value, value: Any) -> Value:
        """Where a value is, or the constant that it is."""
        if isinstance(value, Node):
            base = self.schedule.views[value].base
            return builder.bitcast(self._pointer(builder, frame, base, dtype_of(base)), BYTES)
        return builder.bitcast(constant_memory(self.module, numpy.asarray(value)), BYTES)

    def _emit_group(self, builder: Builder, frame: Value, name: str, group: Group) -> None:
        kernel = Kernel(self.module, name, self.schedule, group)
        self.moved += kernel.bytes_moved
        if kernel.chunks > 1:
            self._emit_chunked(builder, frame, kernel)
        else:
            builder.call(kernel.function, [self._pointer(builder, frame, b, dtype_of(b)) for b in kernel.bases])

    def _emit_chunked(self, builder: Builder, frame: Value, kernel: Kernel) -> None:
        """Share the chunks of a kernel among the threads; combine what they have reduced."""
        task = ir.Function(self.module, TASK, kernel.function.name + "_chunk")
        inner = ir.IRBuilder(task.append_basic_block())
        of_task, chunk = task.args
        pointers = [self._chunk_pointer(inner, of_task, chunk, base, kernel) for base in kernel.bases]
        assert kernel.chunked is not None
        begin = inner.mul(chunk, ir.Constant(INDEX, kernel.chunk_length))
        end = inner.add(begin, ir.Constant(INDEX, kernel.chunk_length))
        end = smaller(inner, end, ir.Constant(INDEX, kernel.chunked.length))
        inner.call(kernel.function, [*pointers, begin, end])
        inner.ret_void()
        self._share(builder, frame, task, kernel.chunks)
        if kernel.reduces_chunks:
            for node in kernel.reductions:
                self._combine_chunks(builder, frame, node, kernel)

    def _share(self, builder: Builder, frame: Value, task: ir.Function, chunks: int) -> None:
        """Do all chunks of a task, with the threads of the pool."""
        share = builder.inttoptr(self._runtime(builder, frame, SHARE), SHARE_TYPE.as_pointer())
        pool = builder.inttoptr(self._runtime(builder, frame, POOL), BYTES)
        address, of_frame = builder.ptrtoint(task, INDEX), builder.ptrtoint(frame, INDEX)
        builder.call(share, [pool, address, of_frame, ir.Constant(INDEX, chunks)])

    def _emit_product(self, builder: Builder, frame: Value, name: str, node: Node) -> None:
        product = Product(self.module, name, self.schedule, node)
        if product.chunks == 1:
            whole = ir.Constant(INDEX, 0), ir.Constant(INDEX, product.length)
            self._call_product(builder, frame, product, *whole)
            return
        task = ir.Function(self.module, TASK, name + "_chunk")
        inner = ir.IRBuilder(task.append_basic_block())
        begin = inner.mul(task.args[1], ir.Constant(INDEX, product.chunk_length))
        self._call_product(inner, task.args[0], product, begin, product.chunk_end(inner, begin))
        inner.ret_void()
        self._share(builder, frame, task, product.chunks)

    def _call_product(self, builder: Builder, frame: Value, product: Product, begin: Value, end: Value) -> None:
        gemm = self._runtime(builder, frame, DGEMM if product.dtype.name == "float64" else SGEMM)
        pointers = [self._pointer(builder, frame, base, product.dtype) for base in product.bases]
        builder.call(product.function, [*pointers, gemm, begin, end])

    def _chunk_pointer(self, builder: Builder, frame: Value, chunk: Value, base: Any, kernel: Kernel) -> Value:
        """The memory of a value for a chunk; of a reduction, the place of the chunk's part."""
        if kernel.reduces_chunks and base in kernel.reductions:
            return builder.gep(self._parts(builder, frame, base, kernel), [chunk])
        return self._pointer(builder, frame, base, dtype_of(base))

    def _parts(self, builder: Builder, frame: Value, node: Node, kernel: Kernel) -> Value:
        """Where the parts of a reduction are: behind the arena's values."""
        offset = self.plan.size + 8 * MOST_CHUNKS * kernel.reductions.index(node)
        self.scratch = max(self.scratch, offset + 8 * MOST_CHUNKS)
        arena = self._data(builder, frame, self.arena_place)
        return builder.bitcast(
            builder.gep(arena, [ir.Constant(INDEX, offset)]), memory_type(dtype_of(node)).as_pointer()
        )

    def _combine_chunks(self, builder: Builder, frame: Value, node: Node, kernel: Kernel) -> None:
        dtype = dtype_of(node)
        parts = self._parts(builder, frame, node, kernel)
        total = neutral(builder, node, dtype)
        for index in range(kernel.chunks):
            part = builder.load(builder.gep(parts, [ir.Constant(INDEX, index)]))
            total = combine(node, total, Scalar(builder, part, dtype))
        builder.store(total.value, self._pointer(builder, frame, node, dtype))

    def _runtime(self, builder: Builder, frame: Value, entry: int) -> Value:
        """An address of this process (a word of the frame's table), so that the code itself has none."""
        table = builder.bitcast(self._data(builder, frame, self.runtime_place), INDEX.as_pointer())
        return builder.load(builder.gep(table, [ir.Constant(INDEX, entry)]))

    def _pointer(self, builder: Builder, frame: Value, base: Any, dtype: numpy.dtype) -> Value:
        """The address of a value's memory."""
        kind = memory_type(dtype).as_pointer()
        if base in self.places:
            return builder.bitcast(self._data(builder, frame, self.places[base]), kind)
        arena = self._data(builder, frame, self.arena_place)
        return builder.bitcast(builder.gep(arena, [ir.Constant(INDEX, self.plan.offsets[base])]), kind)

    def _data(self, builder: Builder, frame: Value, place: int) -> Value:
        """The data pointer of the array at a place of the frame, read from the Python objects."""
        item = builder.gep(frame, [ir.Constant(INDEX, _TUPLE_ITEMS + 8 * place)])
        array = builder.load(builder.bitcast(item, BYTES.as_pointer()))
        data = builder.gep(array, [ir.Constant(INDEX, _ARRAY_DATA)])
        return builder.load(builder.bitcast(data, BYTES.as_pointer()))

    def facts(self) -> list[str]:
        """What a report says of it."""
        return facts_of(self)

    # -- running -----------------------------------------------------------------------------------

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        """The outputs; `spare` has arrays that nobody needs, by the position of the output that may use them.

        The inputs at `overwritten` are written to.
        """
        if spare:
            forms = zip(self.made_at, self.made_forms, strict=True)
            made = [spare[i] if i in spare else empty(*form) for i, form in forms]
        else:
            made = [empty(shape, dtype) for shape, dtype in self.made_forms]
        try:
            arena = self.arenas.pop()
        except IndexError:
            arena = numpy.empty(self.arena_size, numpy.uint8)
        given = [x if x.flags.c_contiguous else _dense_array(x) for x in inputs]
        frame = (*given, *made, arena, self.runtime, *self.constant_arrays)
        if self.has_products:
            with one_thread:
                self._run_segments(frame)
        elif self.only_call is not None:
            failed = self.only_call(id(frame))
            if failed:
                self._fail(failed, frame, {})
        else:
            self._run_segments(frame)
        self.arenas.append(arena)
        return made if self.returns_made else [self._output(o, frame) for o in self.schedule.outputs]

    def _output(self, output: Any, frame: tuple[Any, ...]) -> Any:
        """An array of its own, also where the output is an input or a constant."""
        if not isinstance(output, Node):
            return None if output is None else numpy.array(output)
        array = frame[self.places[output]]
        return array.copy() if output in self.given else array

    def _run_segments(self, frame: tuple[Any, ...]) -> None:
        results: dict[Node, Any] = {}
        for call in self.calls:
            if isinstance(call, Step):
                self._step(call.node, frame, results)
            elif failed := call(id(frame)):
                self._fail(failed, frame, results)

    def _fail(self, number: int, frame: tuple[Any, ...], results: dict[Node, Any]) -> None:
        """Raise what the check of this number raises."""
        node = self.checks[number - 1]
        operands = [self._value(o, frame, results) for o in self.schedule.operands[node]]
        node.primitive.evaluate(*operands, **node.params)
        raise MemoryError(
            f"[{node.primitive.name}] what the turns keep does not fit in memory, wanted less; write memory=COUNT"
        )

    def _step(self, node: Node, frame: tuple[Any, ...], results: dict[Node, Any]) -> None:
        """Do one operation by NumPy."""
        operands = [self._value(o, frame, results) for o in self.schedule.operands[node]]
        with numpy.errstate(all="ignore"):
            result = node.primitive.evaluate(*operands, **node.params)
        if type(result) is tuple:
            results[node] = result
        else:
            self._array(self.schedule.views[node], frame)[...] = result

    def _value(self, operand: Any, frame: tuple[Any, ...], results: dict[Node, Any]) -> Any:
        if not isinstance(operand, Node):
            return operand
        return results[operand] if operand in results else self._array(self.schedule.views[operand], frame)

    def _array(self, view: View, frame: tuple[Any, ...]) -> Any:
        """The elements of a view as a NumPy array on the same memory."""
        dtype = dtype_of(view.base)
        start, memory = self.plan.offsets.get(view.base, 0), frame[self.places.get(view.base, self.arena_place)]
        strides = [s * dtype.itemsize for s in view.strides]
        return numpy.ndarray(view.shape, dtype, memory, start + view.offset * dtype.itemsize, strides)


def _is_made(output: Any, schedule: Schedule) -> bool:
    """Whether an output is computed (and not an input or a constant)."""
    return isinstance(output, Node) and output in schedule.stage_of


def _dense_array(x: Any) -> Any:
    return numpy.ascontiguousarray(x).reshape(numpy.shape(x))


def facts_of(program: NativeProgram) -> list[str]:
    """What a report says of a program."""
    stages = program.schedule.stages
    groups = [stage for stage in stages if isinstance(stage, Group)]
    steps = [segment.node.primitive.name for segment in program.segments if isinstance(segment, Step)]
    products = sum(isinstance(stage, Step) and stage.is_product for stage in stages)
    facts = [
        f"{len(groups)} kernels, {products} matrix products, {len(program.segments) - len(steps)} native calls",
        f"{program.plan.size} bytes of arena, {program.moved} bytes moved by kernels in a call",
        f"compiled in {1e3 * program.seconds:.0f} ms for {processor()}, {pool().size} threads",
    ]
    if products:
        facts.append(f"matrix products with the {kernels_in_use()} kernels of OpenBLAS")
    if steps:
        facts.append(f"{len(steps)} NumPy steps, which have no native form: {', '.join(sorted(set(steps)))}")
    return facts
