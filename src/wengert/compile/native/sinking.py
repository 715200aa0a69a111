"""What one later loop alone reads is computed there, and needs no memory.

An operation joins the first group that has its operands (see `schedule`). Where its result is used only in a later
group, at the same index, it may as well be done there: that spares a write and a read. It pays as long as at most
one array is read there that was not read anyway.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...core.graph import form_of_node
from ...core.node import Node
from .schedule import REDUCTIONS, Group, Schedule, Stage


def sink(schedule: Schedule) -> None:
    """Move operations to the only group that uses them; drop the groups that are left empty."""
    users = _users(schedule)
    for stage in reversed(schedule.stages):
        if isinstance(stage, Group):
            for node in reversed(list(stage.nodes)):
                _sink_node(schedule, stage, node, users.get(node, []))
    _drop_empty(schedule)


def _nodes(stage: Stage) -> Sequence[Node]:
    return stage.nodes if isinstance(stage, Group) else [stage.node]


def _users(schedule: Schedule) -> dict[Node, list[Any]]:
    """The operations that read a value at their own index; ``None`` stands for all other uses."""
    users: dict[Node, list[Any]] = {}
    for stage in schedule.stages:
        for node in _nodes(stage):
            for operand in schedule.operands[node]:
                if isinstance(operand, Node):
                    is_elsewhere = schedule.gathered_by(node) is operand
                    users.setdefault(operand, []).append(None if is_elsewhere else node)
    for output in schedule.outputs:
        if isinstance(output, Node):
            users.setdefault(output, []).append(None)
    for node, view in schedule.views.items():
        if view.base is not node:
            users.setdefault(view.base, []).append(None)
    return users


def _sink_node(schedule: Schedule, stage: Group, node: Node, users: Sequence[Any]) -> None:
    if node not in schedule.stored or node in schedule.placed or node.primitive.name in REDUCTIONS:
        return
    places = {schedule.stage_of.get(user) for user in users}
    index = next(iter(places)) if len(places) == 1 else None
    if index is None or index == schedule.stage_of[node]:
        return
    goal = schedule.stages[index]
    if isinstance(goal, Group) and goal.admits(stage.domain, None) and _pays(schedule, node, goal):
        stage.nodes.remove(node)
        goal.nodes.insert(min(map(goal.nodes.index, users)), node)
        schedule.stage_of[node] = index
        del schedule.stored[node], schedule.views[node]


def _pays(schedule: Schedule, node: Node, goal: Group) -> bool:
    """Whether the operands are in memory, and at most one large one would be read for this alone."""
    operands = {operand for operand in schedule.operands[node] if isinstance(operand, Node)}
    if not all(operand in schedule.views for operand in operands):
        return False
    known = {operand for other in goal.nodes for operand in schedule.operands[other] if isinstance(operand, Node)}
    size = math.prod(goal.domain)
    return sum(math.prod(form_of_node(operand).shape) == size for operand in operands - known) <= 1


def _drop_empty(schedule: Schedule) -> None:
    """Leave out groups without operations, and number the stages anew."""
    numbers: dict[int, int] = {}
    kept: list[Stage] = []
    for index, stage in enumerate(schedule.stages):
        numbers[index] = len(kept)
        if _nodes(stage):
            kept.append(stage)
    schedule.stages = kept
    schedule.stage_of = {node: numbers[index] for node, index in schedule.stage_of.items()}
    schedule.begin = {node: numbers[index] for node, index in schedule.begin.items()}
