"""A schedule: the stages of a graph in order, and where each value is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeGuard

import numpy

from ....core.graph import Graph, GraphNode, form_of_operand
from ....ops.facts import facts_of
from ....ops.indexing import gather as g
from ..facts.failures import may_fail
from ..facts.lowered import COPY, STORED_DTYPES
from ..facts.views import StridedView
from .indexed import Indexed
from .integer_ranges import Ranges


@dataclass(eq=False)
class Group:
    """Operations over one index space, done in one loop nest.

    Attributes:
        domain: the shape of the index space.
        axes: the axes that its reductions (if any) sum over; the same for all.
        is_serial: its turns are done one after the other, and nothing joins it.
        rows: the axes of which it is told which part to do, if it is one of several in rows.
    """

    domain: tuple[int, ...]
    nodes: Sequence[GraphNode] = ()
    axes: tuple[int, ...] | None = None
    is_serial: bool = False
    rows: tuple[int, ...] = ()

    def admits(self, domain: tuple[int, ...], axes: tuple[int, ...] | None) -> bool:
        """Whether an operation over these indices, or a reduction over these axes, can join."""
        return not self.is_serial and self.domain == domain and (axes is None or self.axes in (None, axes))


@dataclass(eq=False)
class RowBlocks:
    """Groups that are done together, for some rows at a time, so that what they share stays near the processor.

    Attributes:
        length: the number of rows.
        block: how many are done at a time.
    """

    groups: Sequence[Group]
    length: int
    block: int

    @property
    def nodes(self) -> list[GraphNode]:
        return [node for group in self.groups for node in group.nodes]


@dataclass(eq=False)
class SingleOperation:
    """One operation that is done by itself: by NumPy, or as a matrix product."""

    node: GraphNode
    is_product: bool = False


@dataclass(eq=False)
class FlagCheck:
    """The call goes on only if a flag is set: the first operand of the node, and its result."""

    node: GraphNode


@dataclass(eq=False)
class Control:
    """A loop or a branch that is done natively as a whole.

    Attributes:
        inner: the graphs that it runs on memory; empty if it lives in registers.
    """

    node: GraphNode
    inner: Sequence[Inner] = ()


@dataclass(eq=False)
class Inner:
    """A graph within a loop or a branch.

    Attributes:
        graph: the graph.
        pairs: outputs that may be written where an input is.
        schedule: its stages; ``None`` if it is done in registers.
        constants: its constant arrays, by the inputs of the schedule that stand for them.
    """

    graph: Graph
    pairs: Sequence[tuple[int, int]]
    schedule: Schedule | None = None
    constants: Mapping[GraphNode, Any] = field(default_factory=dict)

    @property
    def is_native(self) -> bool:
        """Whether no operation is a step in NumPy, and no array is empty or of another dtype."""
        forms = [f for node in (*self.graph.inputs, *self.graph.nodes) for f in node.result_forms]
        forms += [form_of_operand(o) for o in self.graph.outputs if not isinstance(o, GraphNode)]
        if any(0 in f.shape or not f.dtype.isnative or f.dtype.name not in STORED_DTYPES for f in forms):
            return False
        return self.schedule is None or not any(map(is_foreign, self.schedule.stages))


@dataclass(eq=False)
class Scan:
    """Cumulative sums and the like, whose elements are made one after the other."""

    node: GraphNode


@dataclass(eq=False)
class Factorization:
    """A factorisation of matrices, or what is solved by one; a Fourier transform; what sorts or searches."""

    node: GraphNode


Stage = Group | RowBlocks | SingleOperation | FlagCheck | Control | Scan | Factorization


class Schedule:
    """The stages of a graph, in order, and where each value is: as it is read, whether it is finished or being built.

    Attributes:
        graph: the graph.
        outputs: for each output the node whose memory it is in, or the constant.
        stages: the stages.
        operands: for each operation what it reads: its operands, or copies of them.
        views: where each value is: a view of a stored node, an input or a constant.
        stage_of: the index of the stage that makes a node.
        part_of: in rows, the number of the group that does.
        stored: nodes whose results get memory.
        donated: outputs that take the memory of an input.
        placed: nodes that are written to a part of another value's memory.
        begin: the first stage that writes to an assembled value.
        indexed: where gathers read and scatters write.
        ranges: between which numbers integers are.
        results: for each loop, branch or factorisation the nodes that pick its results, by their place.
        scratch: values that are used up where they are made, a block of rows at a time: the elements in a block.
    """

    graph: Graph
    outputs: Sequence[Any]
    stages: Sequence[Stage]
    operands: Mapping[GraphNode, Sequence[Any]]
    views: Mapping[GraphNode, StridedView]
    stage_of: Mapping[GraphNode, int]
    part_of: Mapping[GraphNode, int]
    stored: Mapping[GraphNode, None]
    donated: Mapping[GraphNode, GraphNode]
    placed: Mapping[GraphNode, StridedView]
    begin: Mapping[GraphNode, int]
    indexed: Mapping[GraphNode, Indexed]
    ranges: Ranges
    results: Mapping[GraphNode, Mapping[int, GraphNode]]
    scratch: Mapping[GraphNode, int]

    def __init__(self, built: Schedule) -> None:
        """A schedule that nothing changes any more, of one that has been built."""
        self.graph = built.graph
        self.outputs = tuple(built.outputs)
        self.stages = tuple(map(_finished, built.stages))
        self.ranges = built.ranges
        self.operands = MappingProxyType(built.operands)
        self.views = MappingProxyType(built.views)
        self.stage_of = MappingProxyType(built.stage_of)
        self.part_of = MappingProxyType(built.part_of)
        self.stored = MappingProxyType(built.stored)
        self.donated = MappingProxyType(built.donated)
        self.placed = MappingProxyType(built.placed)
        self.begin = MappingProxyType(built.begin)
        self.indexed = MappingProxyType(built.indexed)
        self.results = MappingProxyType(built.results)
        self.scratch = MappingProxyType(built.scratch)

    def is_made_by_index(self, node: GraphNode) -> bool:
        """Whether an element of the result is there when its own index is done: not of a reduction or an assembly."""
        return not facts_of(node.primitive).is_reduction and node not in self.begin

    def is_where_it_was(self, node: GraphNode) -> bool:
        """Whether a node is a copy of a value to the memory that this is in."""
        operand = self.operands[node][0] if node.primitive is COPY and node in self.placed else None
        if not isinstance(operand, GraphNode) or operand not in self.views:
            return False
        target, source = self.placed[node], self.views[operand]
        is_there = self.donated.get(target.base, target.base) is self.donated.get(source.base, source.base)
        return is_there and replace(source, base=target.base) == target

    def is_local(self, operand: GraphNode, node: GraphNode) -> bool:
        """Whether an operand is made in the same group, at the same index."""
        made_here = self.stage_of.get(operand) == self.stage_of[node]
        return made_here and self.part_of.get(operand) == self.part_of.get(node) and self.is_made_by_index(operand)

    @property
    def checks(self) -> list[GraphNode]:
        """The nodes that may end machine code, in the order of its checks."""
        native = (FlagCheck, Control, Factorization)
        return [stage.node for stage in self.stages if isinstance(stage, native) and may_end(stage)]

    def every_stage(self) -> Iterator[Stage]:
        """The stages, and those of the loops and branches that are done on memory."""
        for stage in self.stages:
            yield stage
            for inner in stage.inner if isinstance(stage, Control) else ():
                if inner.schedule is not None:
                    yield from inner.schedule.every_stage()

    def every_part(self) -> Iterator[tuple[int, Stage]]:
        """The stages by their number, of rows each group."""
        for index, stage in enumerate(self.stages):
            for part in stage.groups if isinstance(stage, RowBlocks) else [stage]:
                yield index, part

    def is_settled(self, output: GraphNode) -> bool:
        """Whether nothing can fail any more when the output is written."""
        last = max((i for i, stage in enumerate(self.stages) if may_end(stage)), default=-1)
        return self.begin.get(output, self.stage_of[output]) > last

    # -- reading -----------------------------------------------------------------------------------

    def view_by(self, node: GraphNode, operand: GraphNode, stage: Stage) -> StridedView:
        """The view by which a node reads an operand that is in memory."""
        if self.gathered_by(node) is operand:
            return self.indexed[node].view
        return self.views[operand].over(stage.domain if isinstance(stage, Group) else shape_of(operand))

    def gathered_by(self, node: GraphNode) -> GraphNode | None:
        """What a node reads at an index."""
        return self.operands[node][0] if node in self.indexed and node.primitive is g.gather.primitive else None

    def last_use(self) -> dict[GraphNode, int]:
        """The last stage that reads each stored value."""
        last = {node: self.stage_of[node] for node in self.stored}
        for index, stage in enumerate(self.stages):
            for node in nodes_of(stage):
                for operand in self.operands[node]:
                    if isinstance(operand, GraphNode) and operand in self.views:
                        base = self.views[operand].base
                        if base in last:
                            last[base] = max(last[base], index)
        return last


def _finished(stage: Stage) -> Stage:
    """A stage that no operation joins or leaves any more."""
    if isinstance(stage, RowBlocks):
        return replace(stage, groups=tuple(map(_finished_group, stage.groups)))
    return _finished_group(stage) if isinstance(stage, Group) else stage


def _finished_group(group: Group) -> Group:
    return Group(group.domain, tuple(group.nodes), group.axes, group.is_serial, group.rows)


def nodes_of(stage: Stage) -> Sequence[GraphNode]:
    """The operations of a stage."""
    return stage.nodes if isinstance(stage, Group | RowBlocks) else [stage.node]


def is_foreign(stage: Stage) -> TypeGuard[SingleOperation]:
    """Whether a stage is done by NumPy."""
    return isinstance(stage, SingleOperation) and not stage.is_product


def may_end(stage: Stage) -> bool:
    """Whether the call may end with this stage: NumPy may raise."""
    if isinstance(stage, Control | Factorization):
        return may_fail(stage.node)
    return isinstance(stage, FlagCheck) or is_foreign(stage)


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a node's result or of a constant."""
    return value.form.shape if isinstance(value, GraphNode) else numpy.shape(value)
