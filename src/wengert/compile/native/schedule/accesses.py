"""What the loop nest of a group reads and stores: each a view over the group's indices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ....core.graph import GraphNode
from ....ops.facts import facts_of
from ....ops.threefry import random_words
from ..facts.views import StridedView, dense_strides
from .stages import Group, Schedule


def accesses_of(schedule: Schedule, group: Group) -> dict[tuple[str, GraphNode], StridedView]:
    """The views, by what is done and the operand or operation that it is done for.

    Done is a "load", "gather" or "store", or a "count", of which only the place is asked for.
    """
    found: dict[tuple[str, GraphNode], StridedView] = {}
    for node in group.nodes:
        for key, view in _of_operation(schedule, group, node):
            found.setdefault(key, view)
    return found


def _of_operation(
    schedule: Schedule, group: Group, node: GraphNode
) -> Iterator[tuple[tuple[str, GraphNode], StridedView]]:
    gathered = schedule.gathered_by(node)
    if gathered is not None:
        yield ("gather", node), schedule.indexed[node].view
    for operand in schedule.operands[node][gathered is not None :]:
        if isinstance(operand, GraphNode) and not schedule.is_local(operand, node):
            yield ("load", operand), schedule.views[operand].over(group.domain)
    if node.primitive is random_words.primitive:
        yield ("count", node), _counting(schedule, node)
    if node in schedule.stored or node in schedule.placed:
        yield ("store", node), _result_view(schedule, group, node)


def _counting(schedule: Schedule, node: GraphNode) -> StridedView:
    """The number of each random word of a key: where it would be in an array of them."""
    shape = node.params["shape"]
    lead = len(node.form.shape) - len(shape)
    base = schedule.views[schedule.operands[node][0]].base
    return StridedView(base, 0, node.form.shape, (*(0,) * lead, *dense_strides(shape)))


def _result_view(schedule: Schedule, group: Group, node: GraphNode) -> StridedView:
    if node in schedule.placed:
        return schedule.placed[node]
    if not facts_of(node.primitive).is_reduction:
        return schedule.views[node]
    axes = node.params["axis"]
    kept = tuple(1 if i in axes else n for i, n in enumerate(group.domain))
    strides = tuple(0 if i in axes else s for i, s in enumerate(dense_strides(kept)))
    return StridedView(node, 0, group.domain, strides)


def bytes_touched(schedule: Schedule, key: tuple[str, Any], view: StridedView) -> int:
    """What an access reads or writes, if it goes to each place once."""
    is_indexed = key[0] != "load" and key[1] in schedule.indexed
    lengths = [n for n, stride in zip(view.shape, view.strides, strict=True) if stride or is_indexed]
    form = view.base.form
    return min(math.prod(lengths), form.size) * form.dtype.itemsize
