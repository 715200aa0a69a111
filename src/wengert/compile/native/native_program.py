"""A graph as machine code: one native call where everything is lowered, NumPy steps between calls where not."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy
from numpy import empty

from ...control.loop_primitives import PULLBACK
from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.replay import Interpreted
from ...core.search import first
from ...ops.facts import facts_of
from ..passes.lifting import with_constants_as_inputs
from .facts.duration import is_long
from .facts.fourier import FOURIER
from .facts.lapack_routines import ROUTINES
from .facts.lowered import dtype_of
from .facts.ordering import ORDERING
from .facts.views import StridedView
from .legalize.complex_parts.split import described_step, in_parts
from .legalize.complex_parts.steps import NumPyStep
from .legalize.expansions import as_recorded, expanded
from .legalize.softmax import with_running_maxima
from .machine.addresses import ARENA, RUNTIME, runtime_table
from .machine.disk_cache import key_of
from .machine.host import host
from .machine.llvm import NativeModule, Source
from .machine.pool import pool, prepare_pool
from .reasons import reasons
from .schedule.arena import ALIGNMENT, ArenaPlan, keep_in_outputs, reuse_buffers
from .schedule.build import ScheduleBuilder, arranged
from .schedule.cache_text import NamelessError, text_of_graph, text_of_places
from .schedule.inner_graphs import graphs_of
from .schedule.integer_ranges import Ranges
from .schedule.late import converting_for_themselves
from .schedule.long_groups import split_long_groups
from .schedule.row_blocks import in_rows
from .schedule.sink import sink
from .schedule.stages import (
    Control,
    Factorization,
    Group,
    RowBlocks,
    Scan,
    Schedule,
    SingleOperation,
    Stage,
    is_foreign,
)
from .stage_facts import StageFacts, stage_facts

_NOTHING: Mapping[GraphNode, Any] = {}


class NativeProgram:
    """Runs a graph: ``program(inputs)`` gives the outputs, raw arrays.

    Attributes:
        graph: the graph.
        schedule: its stages.
        native: the compiled module; ``None`` if nothing was lowered.
        moved: the bytes that kernels read and write in a call.
        arena_size: the bytes of memory that a call needs.
        checks: the nodes that may fail, by their number less one.
        seconds: how long it took to make.
    """

    def __init__(self, graph: Graph, donors: Mapping[int, int] | None = None) -> None:
        start = time.perf_counter()
        real = in_parts(graph)
        lifted, constants = with_constants_as_inputs(expanded(real))
        self.graph = graph
        self.inputs = real.inputs
        self.given = frozenset(real.inputs)
        self.constants = lifted.inputs[len(real.inputs) :]
        self.schedule = self._scheduled(converting_for_themselves(with_running_maxima(lifted)), donors or {})
        self.places: dict[Any, int] = {}
        self.arenas: list[Any] = []
        self._number()
        self.plan = ArenaPlan(self.schedule, set(self.places))
        self._compile()
        calls_lapack = any(s.node.primitive in ROUTINES for s in self.factorizations)
        self.fixed = (runtime_table(calls_lapack), *constants)
        ends = zip(self.schedule.outputs, graph.outputs, strict=True)
        outside = {made: form_of_operand(output) for made, output in ends if isinstance(made, GraphNode)}
        self.made_forms = [(self._first_place(n), outside[n].shape, outside[n].dtype) for n in self.made]
        self.output_places = self._places_of_outputs()
        self.returns_made = len(self.made) == len(self.schedule.outputs)
        only = self.calls[0] if len(self.calls) == 1 else None
        self.only_call = None if isinstance(only, SingleOperation) else only
        self.seconds = time.perf_counter() - start

    def _scheduled(self, graph: Graph, donors: Mapping[int, int]) -> Schedule:
        """The schedule, in which outputs take the memory of inputs, by their positions."""
        builder = ScheduleBuilder(graph)
        sink(builder)
        in_rows(builder)
        split_long_groups(builder)
        pairs = [(builder.outputs[o], self.inputs[i]) for o, i in donors.items()]
        builder.donate((output, given) for output, given in pairs if isinstance(output, GraphNode))
        taken = set(builder.donated.values())
        self.overwritten = [i for i, node in enumerate(self.inputs) if node in taken]
        made = [o for o in builder.outputs if _is_made(o, builder) and o not in builder.donated]
        self.made = list(dict.fromkeys(made))
        keep_in_outputs(builder, self.made)
        reuse_buffers(builder, {*self.made, *self.inputs, *builder.donated.values()})
        return builder.finished()

    def _first_place(self, node: GraphNode) -> int:
        """The number of an output that may be given memory; -1 if something may still fail when it is written."""
        if not self.schedule.is_settled(node):
            return -1
        return first(i for i, output in enumerate(self.schedule.outputs) if output is node)

    # -- the frame: one tuple of arrays ------------------------------------------------------------

    def _number(self) -> None:
        """Give every array of a call its place: inputs, made outputs, the arena, the runtime table, constants."""
        for node in (*self.inputs, *self.made):
            self.places[node] = len(self.places)
        self.places[ARENA] = len(self.places)
        for output, given in self.schedule.donated.items():
            if given in self.places:
                self.places[output] = self.places[given]
        self.places[RUNTIME] = self.places[ARENA] + 1
        for index, node in enumerate(self.constants):
            self.places[node] = self.places[RUNTIME] + 1 + index

    # -- compiling ---------------------------------------------------------------------------------

    def _compile(self) -> None:
        self.segments = segments_of(self.schedule)
        self.runs = {f"segment{i}": segment for i, segment in enumerate(self.segments) if isinstance(segment, list)}
        self.native = NativeModule(self._source, self._key()) if self.runs else None
        facts = self.native.facts if self.native else {}
        self.arena_size, self.moved = facts.get("room", self.plan.size), facts.get("moved", 0)
        self.checks = self.schedule.checks
        self.calls: list[Any] = [
            self._call(self.native.address(f"segment{i}"), segment)
            if isinstance(segment, list) and self.native
            else segment
            for i, segment in enumerate(self.segments)
        ]

    def _call(self, address: int, segment: Sequence[Stage]) -> Any:
        """``status(frame)``, while which other threads run; in a long loop it may raise what the user wants."""
        if any(isinstance(stage, Control) and is_long(stage.node) for stage in segment):
            return partial(pool().enter, address)
        return ctypes.CFUNCTYPE(ctypes.c_int if self.checks else None, ctypes.c_void_p)(address)

    def _source(self) -> Source:
        from .emit.segments import written

        prepare_pool()
        return written(self.schedule, self.plan, self.places, self.runs)

    def _key(self) -> str | None:
        """The name of the code on disk; ``None`` where the graph does not tell all that it depends on."""
        try:
            return key_of(text_of_graph(self.schedule.graph), text_of_places(self.schedule, self.plan, self.places))
        except NamelessError:
            return None

    @property
    def factorizations(self) -> list[Factorization]:
        return [stage for stage in self.schedule.every_stage() if isinstance(stage, Factorization)]

    def facts(self) -> list[str]:
        """What a report says of it."""
        return report_of(self)

    def stages(self) -> list[StageFacts]:
        """What a call does, stage by stage."""
        return stage_facts(self.schedule.every_stage())

    # -- running -----------------------------------------------------------------------------------

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        """The outputs; `spare` has arrays that nobody needs, by the position of the output that may use them.

        The inputs at `overwritten` are written to.
        """
        made = []  # loops, since a comprehension is a call of its own before Python 3.12
        for place, shape, dtype in self.made_forms:
            made.append(spare[place] if spare and place in spare else empty(shape, dtype))
        try:
            arena = self.arenas.pop()
        except IndexError:
            arena = aligned(self.arena_size)
        for x in inputs:
            if not x.flags.c_contiguous:
                inputs = [_dense_array(x) for x in inputs]
                break
        frame = (*inputs, *made, arena, *self.fixed)
        if self.only_call is not None:
            failed, results = self.only_call(id(frame)), _NOTHING
        else:
            failed, results = self._run_segments(frame)
        if failed:
            return self._by_numpy(failed, frame, results, inputs)
        self.arenas.append(arena)
        if self.returns_made:
            return made
        if self.output_places is not None:
            return [frame[place] for place in self.output_places]
        return [self._output(o, frame) for o in self.schedule.outputs]

    def _places_of_outputs(self) -> list[int] | None:
        """Where in the frame the outputs are, if all of them are written by the program."""
        outputs = self.schedule.outputs
        if any(not isinstance(output, GraphNode) or output in self.given for output in outputs):
            return None
        return [self.places[output] for output in outputs]

    def _output(self, output: Any, frame: tuple[Any, ...]) -> Any:
        """An array of its own, also where the output is an input or a constant."""
        if not isinstance(output, GraphNode):
            return None if output is None else numpy.array(output)
        array = frame[self.places[output]]
        return array.copy() if output in self.given else array

    def _run_segments(self, frame: tuple[Any, ...]) -> tuple[int, dict[GraphNode, Any]]:
        """The number of the check that has failed, or 0; and the results that Python has."""
        results: dict[GraphNode, Any] = {}
        for call in self.calls:
            if isinstance(call, SingleOperation):
                self._step(call.node, frame, results)
            elif failed := call(id(frame)):
                return failed, results
        return 0, results

    def _by_numpy(
        self, failed: int, frame: tuple[Any, ...], results: Mapping[GraphNode, Any], inputs: Sequence[Any]
    ) -> list[Any]:
        """Do a call again that has failed: that raises what it raises, unless it was for the last bit of a pivot."""
        node = self.checks[failed - 1]
        if node.primitive is PULLBACK:
            _ask_for_memory(node, *(self._value(o, frame, results) for o in self.schedule.operands[node]))
        return Interpreted(self.graph)(inputs)

    def _step(self, node: GraphNode, frame: tuple[Any, ...], results: dict[GraphNode, Any]) -> None:
        """Do one operation by NumPy."""
        operands = [self._value(o, frame, results) for o in self.schedule.operands[node]]
        with numpy.errstate(all="ignore"):
            result = node.primitive.evaluate(*operands, **as_recorded(node.params))
        if type(result) is tuple:
            results[node] = tuple(map(_owned, result))
        else:
            self._array(self.schedule.views[node], frame)[...] = result

    def _value(self, operand: Any, frame: tuple[Any, ...], results: Mapping[GraphNode, Any]) -> Any:
        if not isinstance(operand, GraphNode):
            return operand
        return results[operand] if operand in results else self._array(self.schedule.views[operand], frame)

    def _array(self, view: StridedView, frame: tuple[Any, ...]) -> Any:
        """The elements of a view as a NumPy array on the same memory."""
        dtype = dtype_of(view.base)
        start, memory = self.plan.offsets.get(view.base, 0), frame[self.places.get(view.base, self.places[ARENA])]
        strides = [s * dtype.itemsize for s in view.strides]
        return numpy.ndarray(view.shape, dtype, memory, start + view.offset * dtype.itemsize, strides)


def segments_of(schedule: Schedule) -> list[list[Stage] | SingleOperation]:
    """Runs of native stages, and the steps in NumPy between them."""
    segments: list[list[Stage] | SingleOperation] = []
    for stage in schedule.stages:
        if is_foreign(stage):
            segments.append(stage)
        elif segments and isinstance(segments[-1], list):
            segments[-1].append(stage)
        else:
            segments.append([stage])
    return segments


def aligned(size: int) -> Any:
    """Bytes that begin with a cache line."""
    memory = empty(size + ALIGNMENT, numpy.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]


def _owned(result: Any) -> Any:
    """A result in memory of its own: what it may be a view of is written to again."""
    return result if result.flags.owndata else result.copy()


def _is_made(output: Any, schedule: Schedule) -> bool:
    """Whether an output is computed (and not an input or a constant)."""
    return isinstance(output, GraphNode) and output in schedule.stage_of


def _dense_array(x: Any) -> Any:
    """The array itself, if it is one, and no view of it: its memory may be that of a state, which nobody else has."""
    return x if x.flags.c_contiguous else numpy.ascontiguousarray(x)


def _ask_for_memory(node: GraphNode, turns: Any, *operands: Any) -> None:
    """Ask for what the turns of a loop keep; if there is not so much, that is why it has failed."""
    captured, carried = node.params["captured"], node.params["carried"]
    size = int(turns) * sum(numpy.asarray(carry).nbytes for carry in operands[captured : captured + carried])
    try:
        numpy.empty(size if node.params["memory"] is None else 0, numpy.uint8)
    except MemoryError:
        raise MemoryError(
            f"[loop] {int(turns)} turns keep {size} bytes for the way back, wanted as many as there are; write memory="
            "COUNT, for so many to be kept at a time"
        ) from None


def report_of(program: NativeProgram) -> list[str]:
    """What a report says of a program."""
    stages = list(program.schedule.every_stage())
    steps = [
        _described(segment.node, program.schedule.ranges)
        for segment in program.segments
        if isinstance(segment, SingleOperation)
    ]
    kernels = sum(isinstance(stage, Group | RowBlocks | Scan) for stage in stages)
    products = sum(isinstance(stage, SingleOperation) and stage.is_product for stage in stages)
    controls = [stage for stage in stages if isinstance(stage, Control)]
    facts = [
        f"{kernels} kernels, {products} matrix products, {len(program.segments) - len(steps)} native calls",
        f"{program.plan.size} bytes of arena, {program.moved} bytes moved by kernels in a call",
        f"compiled in {1e3 * program.seconds:.0f} ms for {host().processor}, {pool().size} threads",
    ]
    transforms = sum(stage.node.primitive is FOURIER for stage in program.factorizations)
    if transforms:
        facts.append(f"{transforms} Fourier transforms")
    ordered = sum(stage.node.primitive in ORDERING for stage in program.factorizations)
    if ordered:
        facts.append(f"{ordered} sorts and searches")
    if systems := len(program.factorizations) - transforms - ordered:
        calls = sum(stage.node.primitive in ROUTINES for stage in program.factorizations)
        facts.append(f"{systems} steps of linear algebra, {calls} of them by LAPACK")
    if controls:
        alone = sum(not control.inner for control in controls)
        facts.append(f"{len(controls)} loops and branches, {alone} of them in registers")
    if steps:
        facts.append(f"{len(steps)} NumPy steps, which have no native form: {', '.join(sorted(set(steps)))}")
        facts += [f"  {line}" for line in reasons(program.schedule)]
    return facts


def _described(node: GraphNode, ranges: Ranges) -> str:
    """The name of a step in NumPy; of a loop or a branch also what in it has no native form."""
    if isinstance(node.primitive, NumPyStep):
        return described_step(node)
    if not facts_of(node.primitive).has_graphs:
        return node.primitive.name
    schedules = [inner.schedule for inner in map(arranged, graphs_of(node, ranges)) if inner.schedule]
    steps = {_described(s.node, schedule.ranges) for schedule in schedules for s in schedule.stages if is_foreign(s)}
    return f"{node.primitive.name} with {' and '.join(sorted(steps)) or 'empty arrays'}"
