"""What a report says of a program of machine code."""

from __future__ import annotations

from ...core.graph import GraphNode
from ...ops.facts import facts_of
from .facts.fourier import FOURIER
from .facts.lapack_routines import ROUTINES
from .facts.ordering import ORDERING
from .legalize.complex_parts.split import described_step
from .legalize.complex_parts.steps import NumPyStep
from .machine.host import host
from .machine.pool import pool
from .native_program import NativeProgram
from .reasons import reasons
from .schedule.build import arranged
from .schedule.inner_graphs import graphs_of
from .schedule.integer_ranges import Ranges
from .schedule.stages import Control, Group, RowBlocks, Scan, SingleOperation, is_foreign


def report_of(program: NativeProgram) -> list[str]:
    """What a report says of a program."""
    made = program.construction
    stages = list(made.schedule.every_stage())
    steps = [
        _described(segment.node, made.schedule.ranges)
        for segment in made.segments
        if isinstance(segment, SingleOperation)
    ]
    kernels = sum(isinstance(stage, Group | RowBlocks | Scan) for stage in stages)
    products = sum(isinstance(stage, SingleOperation) and stage.is_product for stage in stages)
    controls = [stage for stage in stages if isinstance(stage, Control)]
    facts = [
        f"{kernels} kernels, {products} matrix products, {len(made.segments) - len(steps)} native calls",
        f"{made.plan.size} bytes of arena, {program.moved} bytes moved by kernels in a call",
        f"compiled in {1e3 * program.seconds:.0f} ms for {host().processor}, {pool().size} threads",
    ]
    transforms = sum(stage.node.primitive is FOURIER for stage in made.factorizations)
    if transforms:
        facts.append(f"{transforms} Fourier transforms")
    ordered = sum(stage.node.primitive in ORDERING for stage in made.factorizations)
    if ordered:
        facts.append(f"{ordered} sorts and searches")
    if systems := len(made.factorizations) - transforms - ordered:
        calls = sum(stage.node.primitive in ROUTINES for stage in made.factorizations)
        facts.append(f"{systems} steps of linear algebra, {calls} of them by LAPACK")
    if controls:
        alone = sum(not control.inner for control in controls)
        facts.append(f"{len(controls)} loops and branches, {alone} of them in registers")
    if steps:
        facts.append(f"{len(steps)} NumPy steps, which have no native form: {', '.join(sorted(set(steps)))}")
        facts += [f"  {line}" for line in reasons(made.schedule)]
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
