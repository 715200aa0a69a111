"""How a graph becomes machine code: legalised, scheduled, its memory planned, its functions written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.python.once import once
from ...core.python.search import first
from ..passes.lifting import with_constants_as_inputs
from .facts.cost import cost
from .facts.duration import is_long
from .facts.graph_text import NamelessError
from .facts.lapack_routines import ROUTINES
from .facts.layout import FrameLayout, MadeOutput
from .legalize.complex_parts.split import in_parts
from .legalize.complex_parts.steps import whole_constant
from .legalize.expansions import expanded
from .legalize.softmax import with_running_maxima
from .machine.addresses import ARENA, RUNTIME
from .machine.disk_cache import key_of
from .machine.llvm import Source
from .machine.pool import prepare_pool
from .schedule.arena import ArenaPlan, keep_in_outputs, reuse_buffers
from .schedule.build import ScheduleBuilder
from .schedule.cache_text import text_of_schedule
from .schedule.late import converting_for_themselves
from .schedule.long_groups import split_long_groups
from .schedule.row_blocks import in_rows
from .schedule.sink import sink
from .schedule.stages import Control, Factorization, Schedule, SingleOperation, Stage, is_foreign


class Construction:
    """A graph as stages of native code, and steps in NumPy between them.

    Attributes:
        graph: the graph.
        constants: the arrays that are further inputs of the code.
        schedule: the stages.
        places: where in the frame of a call each array is.
        plan: where in the arena values are.
        segments: runs of native stages, and the steps in NumPy between them; `runs` are the former, by the names of
            their functions.
        literals: the outputs that are constants, by position.
    """

    def __init__(self, graph: Graph, donors: Mapping[int, int]) -> None:
        """Outputs take the memory of inputs as `donors` says, by their positions."""
        real = in_parts(graph)
        lifted, self.constants = with_constants_as_inputs(expanded(real))
        self.graph = graph
        self.inputs = real.inputs
        self.schedule = self._scheduled(converting_for_themselves(with_running_maxima(lifted)), donors)
        self.places = self._numbered(lifted.inputs[len(real.inputs) :])
        self.plan = ArenaPlan(self.schedule, set(self.places))
        self.segments = segments_of(self.schedule)
        self.runs = {f"segment{i}": segment for i, segment in enumerate(self.segments) if isinstance(segment, list)}
        ends = enumerate(self.schedule.outputs)
        self.literals = {
            i: whole_constant(end, form_of_operand(graph.outputs[i]).dtype)
            for i, end in ends
            if end is not None and not isinstance(end, GraphNode)
        }

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
        self._made = list(dict.fromkeys(made))
        keep_in_outputs(builder, self._made)
        reuse_buffers(builder, {*self._made, *self.inputs, *builder.donated.values()})
        return builder.finished()

    # -- the frame: one tuple of arrays ------------------------------------------------------------

    def _numbered(self, constants: Sequence[GraphNode]) -> dict[Any, int]:
        """The place of every array of a call: inputs, made outputs, the arena, the runtime table, constants."""
        places: dict[Any, int] = {}
        for node in (*self.inputs, *self._made):
            places[node] = len(places)
        places[ARENA] = len(places)
        for output, given in self.schedule.donated.items():
            if given in places:
                places[output] = places[given]
        places[RUNTIME] = places[ARENA] + 1
        for index, node in enumerate(constants):
            places[node] = places[RUNTIME] + 1 + index
        return places

    def layout(self) -> FrameLayout:
        """Where a call finds its arrays."""
        stages = list(self.schedule.every_stage())
        outputs = self.schedule.outputs
        return FrameLayout(
            inputs=len(self.inputs),
            overwritten=self.overwritten,
            made=self._made_outputs(),
            outputs=[self.places[output] if isinstance(output, GraphNode) else None for output in outputs],
            checks=len(self.schedule.checks),
            calls_lapack=any(stage.node.primitive in ROUTINES for stage in self.factorizations),
            is_long=self.is_long(self.schedule.stages),
            has_calls=any(isinstance(stage, Control | Factorization) for stage in stages),
            cost=cost(self.graph.nodes),
        )

    def _made_outputs(self) -> list[MadeOutput]:
        ends = zip(self.schedule.outputs, self.graph.outputs, strict=True)
        forms = {made: form_of_operand(output) for made, output in ends if isinstance(made, GraphNode)}
        return [MadeOutput(self._first_position(n), forms[n].shape, forms[n].dtype) for n in self._made]

    def _first_position(self, node: GraphNode) -> int:
        """The first output that is a node; -1 if something may still fail when it is written."""
        if not self.schedule.is_settled(node):
            return -1
        return first(i for i, output in enumerate(self.schedule.outputs) if output is node)

    def is_long(self, run: Sequence[Stage]) -> bool:
        """Whether a loop in a run may take so long that it looks for signals."""
        return any(isinstance(stage, Control) and is_long(stage.node) for stage in run)

    @property
    def is_one_call(self) -> bool:
        """Whether there is one native run, and nothing else."""
        return len(self.runs) == len(self.segments) == 1

    # -- code --------------------------------------------------------------------------------------

    def source(self) -> Source:
        """The functions of the native runs."""
        from .emit.segments import written

        prepare_pool()
        return written(self.schedule, self.plan, self.places, self.runs)

    @once
    def key(self) -> str | None:
        """The name of the code on disk; ``None`` where the graph does not tell all that it depends on."""
        try:
            return key_of(text_of_schedule(self.schedule, self.plan, self.places))
        except NamelessError:
            return None

    @property
    def factorizations(self) -> list[Factorization]:
        return [stage for stage in self.schedule.every_stage() if isinstance(stage, Factorization)]


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


def _is_made(output: Any, schedule: Schedule) -> bool:
    """Whether an output is computed (and not an input or a constant)."""
    return isinstance(output, GraphNode) and output in schedule.stage_of
