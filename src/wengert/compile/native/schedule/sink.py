"""Code sinking: operations move to later loop nests, where their results are used, and need no memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ....core.graph import GraphNode
from ....ops.facts import facts_of
from ..facts.lowered import dtype_of
from .build import ScheduleBuilder
from .stages import Group, Stage, nodes_of


def sink(schedule: ScheduleBuilder) -> None:
    """Move operations to later groups that use them, where fewer bytes are stored then; drop groups left empty."""
    sinking = _Sinking(schedule)
    for index in reversed(range(len(schedule.stages))):
        sinking.empty(index)
    _renumber(schedule)


class _Sinking:
    """One run over a schedule.

    Attributes:
        uses: for each value the operations that read it, and the operand (a view of it) by which they do.
        kept: values that are stored whoever reads them.
    """

    def __init__(self, schedule: ScheduleBuilder) -> None:
        self.schedule = schedule
        self.uses: dict[GraphNode, list[tuple[GraphNode, GraphNode]]] = defaultdict(list)
        for stage in schedule.stages:
            for node in nodes_of(stage):
                for operand in schedule.operands[node]:
                    if isinstance(operand, GraphNode):
                        base = schedule.views[operand].base if operand in schedule.views else operand
                        self.uses[base].append((node, operand))
        self.kept = {output for output in schedule.outputs if isinstance(output, GraphNode)}

    def empty(self, index: int) -> None:
        """Let the operations of a group sink to the groups that use their results, nearest first."""
        group = self.schedule.stages[index]
        if not isinstance(group, Group) or group.is_serial:
            return
        users = {self.schedule.stage_of[user] for node in group.nodes for user, _ in self.uses[node]}
        for later in sorted(users - {index}):
            target = self.schedule.stages[later]
            if isinstance(target, Group) and target.admits(group.domain, None):
                moving = self._sinkable(group, later)
                axes = group.axes if _reduces(moving) else None
                if target.admits(group.domain, axes) and self._saves(moving, later):
                    self._move(moving, group, target, later)

    def _sinkable(self, group: Group, later: int) -> dict[GraphNode, None]:
        """The operations whose results nobody uses before a stage, unless they sink too."""
        moving: dict[GraphNode, None] = {}
        for node in reversed(group.nodes):
            if node in self.schedule.placed or node in self.schedule.indexed:
                continue
            if all(user in moving or self._can_wait(user, read, later) for user, read in self.uses[node]):
                moving[node] = None
        return moving

    def _can_wait(self, user: GraphNode, operand: GraphNode, later: int) -> bool:
        """Whether a use is after a stage, or within it by index."""
        stage = self.schedule.stage_of[user]
        return stage > later or (stage == later and self._reads_by_index(user, operand))

    def _reads_by_index(self, user: GraphNode, operand: GraphNode) -> bool:
        """Whether an operation of the same indices reads a value at its own index, and not in memory."""
        is_itself = operand not in self.schedule.views or self.schedule.views[operand].base is operand
        return is_itself and self.schedule.is_made_by_index(operand) and self.schedule.gathered_by(user) is not operand

    def _saves(self, moving: dict[GraphNode, None], later: int) -> bool:
        operands = (o for node in moving for o in self.schedule.operands[node] if isinstance(o, GraphNode))
        new = {o for o in operands if o not in moving and o not in self.schedule.views}
        saved = [n for n in moving if n in self.schedule.stored and not self._is_stored_after(n, moving, later)]
        return sum(dtype_of(n).itemsize for n in saved) > sum(dtype_of(n).itemsize for n in new)

    def _is_stored_after(self, node: GraphNode, moving: dict[GraphNode, None], later: int) -> bool:
        """Whether a value must be in memory although its operation has sunk."""
        return node in self.kept or any(
            user not in moving and not (self.schedule.stage_of[user] == later and self._reads_by_index(user, read))
            for user, read in self.uses[node]
        )

    def _move(self, moving: dict[GraphNode, None], group: Group, target: Group, later: int) -> None:
        schedule = self.schedule
        spared = [n for n in moving if n in schedule.stored and not self._is_stored_after(n, moving, later)]
        group.nodes = [node for node in group.nodes if node not in moving]
        target.nodes = [*reversed(moving), *target.nodes]
        for node in moving:
            schedule.stage_of[node] = later
        for node in spared:
            del schedule.stored[node], schedule.views[node]
        if _reduces(moving):
            target.axes = group.axes
        if not _reduces(group.nodes):
            group.axes = None
        for node in moving:
            for operand in schedule.operands[node]:
                if isinstance(operand, GraphNode) and not schedule.is_local(operand, node):
                    schedule.stored_view(operand)


def _reduces(nodes: Iterable[GraphNode]) -> bool:
    return any(facts_of(node.primitive).is_reduction for node in nodes)


def _renumber(schedule: ScheduleBuilder) -> None:
    """Leave out the groups without operations."""
    left: list[Stage] = [s for s in schedule.stages if not isinstance(s, Group) or s.nodes]
    places = {id(stage): place for place, stage in enumerate(left)}
    moved = [places.get(id(stage), -1) for stage in schedule.stages]
    schedule.stage_of = {node: moved[index] for node, index in schedule.stage_of.items()}
    schedule.begin = {node: moved[index] for node, index in schedule.begin.items()}
    schedule.stages = left
