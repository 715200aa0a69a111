"""Buffer assignment: offsets in one arena that lives across calls, reused as values die."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ....core.graph import GraphNode
from ....ops.facts import facts_of
from ..facts.lowered import dtype_of
from .accesses import accesses_of
from .build import ScheduleBuilder
from .stages import Group, Schedule

ALIGNMENT = 64


def keep_in_outputs(schedule: ScheduleBuilder, outputs: Sequence[GraphNode]) -> None:
    """Reuse an output's buffer for a value that dies into it elementwise."""
    last = schedule.last_use()
    for output in outputs:
        for write in _writes(schedule, output):
            found = (base for base in _used_up(schedule, write, last) if base not in outputs)
            if (base := next(found, None)) is not None:
                schedule.donated[base] = output
                break


def _writes(schedule: Schedule, output: GraphNode) -> list[GraphNode]:
    """What writes the elements of an output, each once, from its first on."""
    if output not in schedule.begin:
        return [output]
    parts = [node for node, view in schedule.placed.items() if view.base is output]
    if sum(math.prod(schedule.placed[part].shape) for part in parts) != output.form.size:
        return []
    return [part for part in parts if schedule.placed[part].offset == 0]


def _used_up(schedule: Schedule, write: GraphNode, last: dict[GraphNode, int]) -> Iterator[GraphNode]:
    """Values whose elements are read for the last time where this writes one, at the same places.

    (Not those of reductions, which are put together of parts.)
    """
    index = schedule.stage_of[write]
    group = schedule.stages[index]
    if not isinstance(group, Group) or group.is_serial or facts_of(write.primitive).is_reduction:
        return
    views = accesses_of(schedule, group)
    written = views["store", write]
    for (kind, _), view in views.items():
        base, alike = view.base, replace(view, base=written.base) == written
        if kind == "load" and alike and base in schedule.stored and base not in {*schedule.begin, *schedule.donated}:
            if facts_of(base.primitive).is_reduction:
                continue
            fits = dtype_of(base) == dtype_of(written.base) and base.form.size == math.prod(view.shape)
            alone = all(v == view for v in views.values() if v.base is base)
            if fits and alone and schedule.stage_of[base] < last[base] == index and schedule.is_settled(base):
                yield base


def size_of(node: GraphNode, shape: tuple[int, ...]) -> int:
    """Bytes of a value, rounded up to whole cache lines."""
    return -(-math.prod(shape) * dtype_of(node).itemsize // ALIGNMENT) * ALIGNMENT


class ArenaPlan:
    """Offsets of stored values in the arena, so that values alive at the same time do not overlap.

    Attributes:
        offsets: of each value that is not an output.
        size: of the arena in bytes.
    """

    def __init__(self, schedule: Schedule, outputs: set[GraphNode]) -> None:
        self.offsets: dict[GraphNode, int] = {}
        self.size = 0
        last = schedule.last_use()
        placed: list[tuple[int, int, int, int]] = []
        values = [n for n in schedule.stored if n in schedule.views and n not in outputs and n not in schedule.scratch]
        for node in sorted(values, key=lambda n: -size_of(n, schedule.views[n].shape)):
            begin, end = schedule.begin.get(node, schedule.stage_of[node]), last[node]
            length = size_of(node, schedule.views[node].shape)
            offset = _lowest_gap([(o, o + n) for o, n, b, e in placed if b <= end and begin <= e], length)
            placed.append((offset, length, begin, end))
            self.offsets[node] = offset
            self.size = max(self.size, offset + length)


def _lowest_gap(taken: list[tuple[int, int]], length: int) -> int:
    """The lowest offset at which `length` bytes overlap none of the taken ranges."""
    offset = 0
    for begin, end in sorted(taken):
        if begin >= offset + length:
            break
        offset = max(offset, end)
    return offset
