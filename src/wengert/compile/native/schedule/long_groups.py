"""Long groups in pieces of bounded length: a compiler takes more than twice as long for twice as long a function.

Pieces end where few values go on. A program that repeats itself, as an unrolled loop does, is cut at the same places
of its pattern, so that its pieces are one function. What goes from piece to piece has memory: a small array in the
arena, of a large one a block of rows on the thread's own stack.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from ....core.graph import GraphNode
from ....core.primitive import Primitive
from ....ops.facts import facts_of
from ..facts.lowered import dtype_of, work_of_element
from ..facts.views import dense_strides
from .accesses import accesses_of
from .stages import Group, RowBlocks, Stage

if TYPE_CHECKING:
    from .build import ScheduleBuilder

LONG = 512
"""Operations for each element, from which on a group is cut: more than the Jacobian of a camera has."""
PIECE = 64
"""Those of a piece, at most."""
NEAR = 64
"""A use so many operations later is near: what is used further away has memory wherever a group is cut."""
PATTERN = 8
"""So many operations tell whether a piece begins as another one does."""
MOST_IN_ARENA = 1 << 18
"""What goes from piece to piece may take so many bytes of the arena; if it is more, it is there for a block only."""
LEAST_BLOCK, MOST_BLOCK = 16, 512
"""Elements in a block: fewer are too few for vectors."""

Uses = Mapping[GraphNode, Sequence[int]]
"""For each operation of a group, the places of those that read it at their own index."""


def split_long_groups(schedule: ScheduleBuilder) -> None:
    """Cut groups that are long; those of large arrays where each access is one loop, and what they reduce apart."""
    stages: list[Stage] = []
    first: list[int] = []
    last: list[int] = []
    for stage in schedule.stages:
        first.append(len(stages))
        stages += _split(schedule, stage)
        last.append(len(stages) - 1)
    if stages != schedule.stages:
        _renumber(schedule, stages, first, last)


def _split(schedule: ScheduleBuilder, stage: Stage) -> Sequence[Stage]:
    """The stages that do what one did."""
    if not isinstance(stage, Group) or stage.is_serial or _work(stage.nodes) <= LONG:
        return [stage]
    pieces = [stage.nodes[begin:end] for begin, end in pairwise(_cuts(schedule, stage))]
    crossing = _crossing(schedule, pieces)
    if sum(node.form.size * dtype_of(node).itemsize for node in crossing) <= MOST_IN_ARENA:
        _store(schedule, crossing)
        return [_group(stage, piece) for piece in pieces]
    if stage.axes is not None:
        return _reduced_apart(schedule, stage)
    return _in_blocks(schedule, stage, pieces, crossing) or [stage]


def _reduced_apart(schedule: ScheduleBuilder, group: Group) -> Sequence[Stage]:
    """What is reduced is made first, and has memory; then it is reduced."""
    ends: dict[GraphNode, None] = {}
    for node in group.nodes:
        if facts_of(node.primitive).is_reduction or any(o in ends for o in schedule.operands[node]):
            ends[node] = None
    inner = [node for node in group.nodes if node not in ends]
    if _work(inner) <= LONG:
        return [group]
    _store(schedule, _crossing(schedule, [inner, list(ends)]))
    return [*_split(schedule, Group(group.domain, inner)), Group(group.domain, list(ends), group.axes)]


def _work(nodes: Sequence[GraphNode]) -> int:
    return sum(work_of_element(node.primitive) for node in nodes)


def _group(whole: Group, nodes: Sequence[GraphNode]) -> Group:
    reduces = any(facts_of(node.primitive).is_reduction for node in nodes)
    return Group(whole.domain, nodes, whole.axes if reduces else None)


# -- where a group is cut --------------------------------------------------------------------------


def _cuts(schedule: ScheduleBuilder, group: Group) -> Iterator[int]:
    """Where pieces begin, and the end."""
    nodes = group.nodes
    before = [*accumulate((work_of_element(node.primitive) for node in nodes), initial=0)]
    costs = _costs(nodes, _uses(schedule, nodes))
    begin = 0
    while before[-1] - before[begin] > PIECE:
        yield begin
        begin = _end_of_piece(nodes, begin, before, costs)
    yield from (begin, len(nodes))


def _end_of_piece(nodes: Sequence[GraphNode], begin: int, before: Sequence[int], costs: Sequence[int]) -> int:
    """Of the places in the second half of what a piece may be, the last of those where fewest values go on."""
    earliest = bisect_left(before, before[begin] + PIECE // 2)
    latest = max(bisect_right(before, before[begin] + PIECE) - 1, begin + 1)
    pattern = _pattern(nodes, begin)
    places = range(min(max(earliest, begin + 1), latest), latest + 1)
    return min(places, key=lambda place: (costs[place], _pattern(nodes, place) != pattern, -place))


def _pattern(nodes: Sequence[GraphNode], place: int) -> list[Primitive]:
    return [node.primitive for node in nodes[place : place + PATTERN]]


def _uses(schedule: ScheduleBuilder, nodes: Sequence[GraphNode]) -> Uses:
    found: dict[GraphNode, list[int]] = {}
    for place, node in enumerate(nodes):
        for operand in schedule.operands[node]:
            if isinstance(operand, GraphNode) and schedule.is_local(operand, node):
                found.setdefault(operand, []).append(place)
    return found


def _costs(nodes: Sequence[GraphNode], uses: Uses) -> list[int]:
    """For each place, how many values would need memory if a piece began there, and would not if none did."""
    changes = [0] * (len(nodes) + 1)
    for place, node in enumerate(nodes):
        users = uses.get(node, ())
        if users and users[-1] - place <= NEAR:
            changes[place + 1] += 1
            changes[users[-1] + 1] -= 1
    return [*accumulate(changes)]


# -- what goes from piece to piece -----------------------------------------------------------------


def _crossing(schedule: ScheduleBuilder, pieces: Sequence[Sequence[GraphNode]]) -> list[GraphNode]:
    """The values of a piece that another one reads, and that have no memory yet."""
    piece_of = {node: number for number, piece in enumerate(pieces) for node in piece}
    found: dict[GraphNode, None] = {}
    for number, piece in enumerate(pieces):
        for node in piece:
            for operand in schedule.operands[node]:
                if isinstance(operand, GraphNode) and piece_of.get(operand, number) != number:
                    found[operand] = None
    return [node for node in found if node not in schedule.stored]


def _store(schedule: ScheduleBuilder, values: Sequence[GraphNode]) -> None:
    for value in values:
        schedule.stored_view(value)


def _in_blocks(
    schedule: ScheduleBuilder, group: Group, pieces: Sequence[Sequence[GraphNode]], crossing: Sequence[GraphNode]
) -> Sequence[Stage] | None:
    """The pieces, for a block of elements at a time; ``None`` if that is not possible."""
    accesses = accesses_of(schedule, group)
    if group.axes is not None or not all(_is_one_loop(view.strides, group.domain) for view in accesses.values()):
        return None
    bases = {view.base for view in accesses.values()}.union(crossing)
    block = MOST_IN_ARENA // sum(dtype_of(base).itemsize for base in bases)
    if block < LEAST_BLOCK or any(node in schedule.orders for node in crossing):
        return None
    block = min(block // LEAST_BLOCK * LEAST_BLOCK, MOST_BLOCK)
    _store(schedule, crossing)
    schedule.scratch.update(dict.fromkeys(crossing, block))
    rows = tuple(range(len(group.domain)))
    return [RowBlocks([Group(group.domain, piece, rows=rows) for piece in pieces], math.prod(group.domain), block)]


def _is_one_loop(strides: Sequence[int], domain: Sequence[int]) -> bool:
    """Whether an access goes along memory, element by element, or stays where it is."""
    along = zip(strides, dense_strides(domain), domain, strict=True)
    return not any(strides) or all(own == dense or length == 1 for own, dense, length in along)


def _renumber(schedule: ScheduleBuilder, stages: list[Stage], first: Sequence[int], last: Sequence[int]) -> None:
    """Count the stages anew; what was written by a stage that has been cut is whole after its last piece."""
    schedule.stage_of = {node: last[index] for node, index in schedule.stage_of.items()}
    schedule.begin = {node: first[index] for node, index in schedule.begin.items()}
    schedule.stages = stages
    for index, stage in enumerate(stages):
        if isinstance(stage, Group):
            schedule.stage_of.update(dict.fromkeys(stage.nodes, index))
        elif isinstance(stage, RowBlocks):
            for part, group in enumerate(stage.groups):
                schedule.stage_of.update(dict.fromkeys(group.nodes, index))
                schedule.part_of.update(dict.fromkeys(group.nodes, part))
