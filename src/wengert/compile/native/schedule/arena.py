"""Buffer assignment: offsets in one arena that lives across calls, reused as values die."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy

from ....core.graph import GraphNode
from ....ops.facts import facts_of
from ..facts.layout import ALIGNMENT
from ..facts.lowered import dtype_of
from ..facts.views import StridedView
from .accesses import accesses_of
from .build import ScheduleBuilder
from .stages import Group, Schedule


def keep_in_outputs(schedule: ScheduleBuilder, outputs: Sequence[GraphNode]) -> None:
    """Reuse an output's buffer for a value that dies into it elementwise."""
    last = schedule.last_use()
    for output in outputs:
        for write in _writes(schedule, output):
            found = (base for base in _used_up(schedule, write, last) if base not in {*outputs, *schedule.donated})
            if (base := next(found, None)) is not None:
                schedule.donated[base] = output
                break


def reuse_buffers(schedule: ScheduleBuilder, outside: Collection[GraphNode]) -> None:
    """Let values be written over others of the arena that die into them elementwise."""
    last = schedule.last_use()
    not_here = {*outside, *schedule.donated, *schedule.begin, *schedule.scratch, *schedule.graph.inputs}
    for index, group in enumerate(schedule.stages):
        if isinstance(group, Group) and not group.is_serial:
            views = accesses_of(schedule, group)
            written = [value for kind, value in views if kind == "store" and value in last and value not in not_here]
            for value in written:
                if not facts_of(value.primitive).is_reduction:
                    _take_over(schedule, value, _ending_at(schedule, views, value, index, last), not_here, last)


def _take_over(
    schedule: ScheduleBuilder,
    value: GraphNode,
    ending: Iterable[GraphNode],
    not_here: Collection[GraphNode],
    last: dict[GraphNode, int],
) -> None:
    """Give a value the memory of one that ends there."""
    for base in ending:
        root = schedule.donated.get(base, base)
        if root not in not_here and last[root] <= schedule.stage_of[value]:
            schedule.donated[value] = root
            last[root] = last[value]
            return


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
    if isinstance(group, Group) and not group.is_serial and not facts_of(write.primitive).is_reduction:
        ending = _ending_at(schedule, accesses_of(schedule, group), write, index, last)
        yield from (base for base in ending if base not in schedule.donated and schedule.is_settled(base))


def _ending_at(
    schedule: Schedule, views: Mapping[Any, StridedView], write: GraphNode, index: int, last: dict[GraphNode, int]
) -> Iterator[GraphNode]:
    written = views["store", write]
    for (kind, _), view in views.items():
        base, alike = view.base, replace(view, base=written.base) == written
        if kind == "load" and alike and base in schedule.stored and base not in schedule.begin:
            if facts_of(base.primitive).is_reduction:
                continue
            fits = dtype_of(base) == dtype_of(written.base) and base.form.size == math.prod(view.shape)
            alone = all(v == view for v in views.values() if v.base is base)
            if fits and alone and schedule.stage_of[base] < last[base] == index:
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
        self.size: int = 0
        last = schedule.last_use()
        placed = _Placed()
        values = [n for n in schedule.stored if n in schedule.views and n not in outputs and n not in schedule.scratch]
        here = set(values)
        guests = {n: root for n, root in schedule.donated.items() if root in here}
        for guest, root in guests.items():
            last[root] = max(last[root], last[guest])
        values = [n for n in values if n not in guests]
        for node in sorted(values, key=lambda n: -size_of(n, schedule.views[n].shape)):
            begin, end = schedule.begin.get(node, schedule.stage_of[node]), last[node]
            length = size_of(node, schedule.views[node].shape)
            self.offsets[node] = offset = placed.lowest_gap(length, begin, end)
            placed.insert(offset, length, begin, end)
            self.size = max(self.size, offset + length)
        self.offsets |= {guest: self.offsets[root] for guest, root in guests.items()}


class _Placed:
    """The values that have their places, by offset: columns of offsets, ends, and first and last stages."""

    def __init__(self) -> None:
        self.columns = numpy.empty((4, 64), numpy.int64)
        self.count = 0

    def lowest_gap(self, length: int, begin: int, end: int) -> int:
        """The lowest offset at which so many bytes overlap no value that is alive between two stages."""
        offsets, ends, first, last = self.columns[:, : self.count]
        alive = (first <= end) & (begin <= last)
        starts = offsets[alive]
        reached = numpy.concatenate([[0], numpy.maximum.accumulate(ends[alive])])
        fitting = numpy.flatnonzero(starts - reached[:-1] >= length)
        return int(reached[fitting[0]] if fitting.size else reached[-1])

    def insert(self, offset: int, length: int, begin: int, end: int) -> None:
        if self.count == self.columns.shape[1]:
            self.columns = numpy.concatenate([self.columns, numpy.empty_like(self.columns)], axis=1)
        place = int(numpy.searchsorted(self.columns[0, : self.count], offset))
        self.columns[:, place + 1 : self.count + 1] = self.columns[:, place : self.count]
        self.columns[:, place] = offset, offset + length, begin, end
        self.count += 1
