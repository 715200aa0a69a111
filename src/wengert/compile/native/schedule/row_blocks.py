"""Fusion over rows: loop nests that follow each other and read the same, tiled by a few rows at a time.

A softmax is three of them: the maximum of each row, its sum of exponentials, and the quotients. Done for one block of
rows after the other, only the first comes from memory and only the last goes there: what is between, and what is read
again, stays in the processor's cache (tiling: M. E. Wolf and M. S. Lam, "A data locality optimizing algorithm" (1991)).
The rows are the axes over which no nest reduces, whichever these are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ....core.graph import GraphNode
from ....ops.facts import facts_of
from ..facts.views import StridedView
from .accesses import accesses_of, bytes_touched
from .build import ScheduleBuilder
from .stages import Group, RowBlocks, Scan, Schedule, SingleOperation, Stage, nodes_of

BLOCK_BYTES = 1 << 15
"""What a block of rows should take of the cache."""
MOST_IN_CACHE = 1 << 18
"""What it may take, if rows are long."""
LINE = 64
"""Rows in a block at least, where neighbours in memory belong to different rows."""
MOST_SKIPPED = 8
"""Over so many stages a group may be done earlier, to be with others."""

Found = dict[Any, StridedView]


def in_rows(schedule: ScheduleBuilder) -> None:
    """Fuse groups over the rows that they share; values that only they use need no more memory than a block."""
    before, left, stages = list(schedule.stages), list(schedule.stages), []
    while left:
        together, behind = _rows_from(schedule, left)
        stages.append(together or left[0])
        gone = together.groups if together else left[:1]
        left = [*behind, *(stage for stage in left if stage not in gone)]
    schedule.stages = stages
    numbers = {id(part): index for index, part in schedule.every_part()}
    moved = [numbers[id(stage)] for stage in before]
    schedule.stage_of = {node: moved[index] for node, index in schedule.stage_of.items()}
    schedule.stage_of.update((node, index) for index, stage in enumerate(stages) for node in nodes_of(stage))
    schedule.begin = {node: moved[index] for node, index in schedule.begin.items()}
    for stage in stages:
        for part, group in enumerate(stage.groups if isinstance(stage, RowBlocks) else ()):
            schedule.part_of.update(dict.fromkeys(group.nodes, part))
    _keep_in_blocks(schedule)


# -- which groups are done together ----------------------------------------------------------------


def _rows_from(schedule: ScheduleBuilder, stages: Sequence[Stage]) -> tuple[RowBlocks | None, Sequence[Group]]:
    """The first stage fused with later ones over the same rows, if that saves memory traffic; sums to do after them."""
    first = stages[0]
    if not isinstance(first, Group) or first.axes is None or first.is_serial:
        return None, ()
    run, skipped = _Run(schedule, first), []
    if not run.takes(first):
        return None, ()
    for stage in stages[1:]:
        if not _may_wait(stage) or len(skipped) > MOST_SKIPPED:
            break
        is_free = not any(_meets(schedule, stage, other) for other in skipped)
        if not (isinstance(stage, Group) and is_free and run.takes(stage)):
            skipped.append(stage)
        elif stage in run.behind:
            skipped.append(run.behind[stage])
    return run.finished(), run.after


def _may_wait(stage: Stage) -> bool:
    """Whether others may be done before it that come later."""
    return isinstance(stage, Group | Scan) or (isinstance(stage, SingleOperation) and stage.is_product)


def _meets(schedule: Schedule, stage: Stage, other: Stage) -> bool:
    """Whether one writes what the other reads or writes."""
    reads, writes = _bases(schedule, stage)
    others, written = _bases(schedule, other)
    return bool(writes & (others | written) or written & reads)


def _bases(schedule: Schedule, stage: Stage) -> tuple[set[Any], set[Any]]:
    """Whose memory a stage reads, and whose it writes."""
    nodes = nodes_of(stage)
    read = {o for node in nodes for o in schedule.operands[node] if isinstance(o, GraphNode) and o in schedule.views}
    placed = {schedule.placed[node].base for node in nodes if node in schedule.placed}
    return {schedule.views[o].base for o in read}, placed.union(nodes)


class _Run:
    """Groups that may be done together.

    Attributes:
        first: the group that says what the rows are: its axes without those that it reduces over.
        behind: of groups that sum over rows, these sums.
        after: those of them that are done after the rows.
        rows: the axes of the first that are shared.
        block: how many rows are done at a time.
    """

    def __init__(self, schedule: ScheduleBuilder, first: Group) -> None:
        self.schedule = schedule
        self.first = first
        self.axes = first.axes or ()
        self.kept = [i for i in range(len(first.domain)) if i not in self.axes]
        self.found: list[tuple[Group, Found]] = []
        self.behind: dict[Group, Group] = {}
        self.after: list[Group] = []
        self.rows: tuple[int, ...] = ()
        self.block = 0

    def takes(self, group: Group) -> bool:
        """Add a group, if it fits."""
        if not self._has_place_for(group):
            return False
        before = self.found
        ahead, behind = _apart(group) if group.domain != self.first.domain else (group, None)
        self.found = [*before, (group, accesses_of(self.schedule, ahead))]
        if ahead.nodes and self._shares(group) and self._settles():
            self.behind |= {} if behind is None else {group: behind}
            return True
        self.found = before
        return False

    def finished(self) -> RowBlocks | None:
        """What is worth while: the last group reads or makes whole rows, as the first does."""
        while self.found and self.found[-1][0].domain != self.first.domain:
            self.found.pop()
        if len(self.found) < 2 or not self._settles():
            return None
        for group, _ in self.found:
            group.rows = self._rows_of(group)
            if group in self.behind:
                self._part(group, self.behind[group])
        return RowBlocks([group for group, _ in self.found], self._length, self.block)

    def _part(self, group: Group, behind: Group) -> None:
        """Let sums over rows be done after these, of what is in memory then."""
        group.nodes, group.axes = [node for node in group.nodes if node not in behind.nodes], None
        self.after.append(behind)
        for node in behind.nodes:
            for operand in self.schedule.operands[node]:
                if isinstance(operand, GraphNode):
                    self.schedule.stored_view(operand)

    @property
    def _length(self) -> int:
        return math.prod(self.first.domain[i] for i in self.rows)

    def _has_place_for(self, group: Group) -> bool:
        """Whether its indices are those of the first, or of what the first reduces to."""
        if group.is_serial:
            return False
        if group.domain == self.first.domain:
            return group.axes in (None, self.axes)
        ones = tuple(1 if i in self.axes else n for i, n in enumerate(self.first.domain))
        return group.domain in (ones, tuple(self.first.domain[i] for i in self.kept))

    def _shares(self, group: Group) -> bool:
        """Whether it goes where an earlier one goes, if it is as large as the first."""
        *earlier, (_, own) = self.found
        if not earlier or group.domain != self.first.domain:
            return True
        size = math.prod(group.domain)
        bases = {view.base for _, views in earlier for view in views.values()}
        return any(view.base in bases and view.base.form.size >= size for view in own.values())

    def _rows_of(self, group: Group) -> tuple[int, ...]:
        """The shared axes, among those of a group."""
        if len(group.domain) == len(self.first.domain):
            return self.rows
        return tuple(self.kept.index(i) for i in self.rows)

    # -- which axes are shared ---------------------------------------------------------------------

    def _settles(self) -> bool:
        """Choose the shared axes, as many as are one loop for every access; whether there are any."""
        stretch = self._stretch()
        while stretch:
            self.rows = stretch
            if self._is_in_rows() and self._chooses_block():
                return True
            stretch = stretch[:-1]
        return False

    def _stretch(self) -> tuple[int, ...]:
        """The first axes that are kept, from the first that is longer than 1."""
        long = [i for i in self.kept if self.first.domain[i] > 1]
        if not long:
            return ()
        last = long[0]
        while last + 1 in self.kept:
            last += 1
        return tuple(range(long[0], last + 1))

    def _is_in_rows(self) -> bool:
        """Whether every access is one loop along the rows, and what is made here is read in the row that made it."""
        made: dict[Any, int] = {}
        read: set[Any] = set()
        for (kind, node), view, rows in self._accesses():
            stride = stride_along(view, rows)
            if stride is None:
                return False
            if kind == "store":
                if node in self.schedule.placed and (view.base in read or view.base in made):
                    return False
                made[view.base] = stride
            elif view.base in made:
                is_whole = kind == "load" and view.base not in self.schedule.begin
                if not is_whole or stride != made[view.base] or not _stays_in_row(view, rows, stride, self._length):
                    return False
            read.add(view.base)
        return True

    def _accesses(self) -> Iterator[tuple[tuple[str, Any], StridedView, tuple[int, ...]]]:
        for group, views in self.found:
            for key, view in views.items():
                yield key, view, self._rows_of(group)

    def _chooses_block(self) -> bool:
        sizes: dict[Any, int] = {}
        are_columns = False
        for key, view, rows in self._accesses():
            if stride := stride_along(view, rows):
                size = bytes_touched(self.schedule, key, view) // self._length
                sizes[view.base] = max(sizes.get(view.base, 0), size)
                are_columns |= any(move > stride for i, move in enumerate(view.strides) if i not in rows)
        row = max(sum(sizes.values()), 1)
        self.block = min(max(BLOCK_BYTES // row, LINE if are_columns else 1), self._length)
        return self.block * row <= MOST_IN_CACHE


def _apart(group: Group) -> tuple[Group, Group | None]:
    """What a group does element by element, and what it reduces."""
    sums = [node for node in group.nodes if facts_of(node.primitive).is_reduction]
    others = [node for node in group.nodes if node not in sums]
    return Group(group.domain, others), Group(group.domain, sums, group.axes) if sums else None


def stride_along(view: StridedView, rows: Sequence[int]) -> int | None:
    """How far a view moves from row to row; ``None`` if the rows are not one loop."""
    moves = [(view.shape[i], view.strides[i]) for i in rows if view.shape[i] > 1]
    if any(s != n * following for (_, s), (n, following) in pairwise(moves)):
        return None
    return moves[-1][1] if moves else 0


def _stays_in_row(view: StridedView, rows: Sequence[int], stride: int, length: int) -> bool:
    """Whether a view is at a place of the row of its index: other axes move less than a row, or over all of them."""
    others = [(n, s) for i, (n, s) in enumerate(zip(view.shape, view.strides, strict=True)) if i not in rows and n > 1]
    reach = sum((n - 1) * s for n, s in others if s < stride)
    return (
        view.offset == 0
        and all(s >= 0 and (s < stride or s % (stride * length) == 0) for _, s in others)
        and reach < stride
    )


# -- what needs memory for a block only ------------------------------------------------------------


def _keep_in_blocks(schedule: ScheduleBuilder) -> None:
    """Values that are made and used in the same rows have memory for a block of them."""
    readers = _readers(schedule)
    for index, stage in enumerate(schedule.stages):
        for group in stage.groups if isinstance(stage, RowBlocks) else ():
            for (kind, node), view in accesses_of(schedule, group).items():
                if kind == "store" and node not in schedule.placed and readers.get(node, {index}) == {index}:
                    assert isinstance(stage, RowBlocks)
                    _shrink(schedule, node, stride_along(view, group.rows) or 1, stage)


def _readers(schedule: Schedule) -> dict[Any, set[int]]:
    """The stages that read the memory of a value; -1 for those who called."""
    readers: dict[Any, set[int]] = {}
    for index, stage in enumerate(schedule.stages):
        for base in _bases(schedule, stage)[0]:
            readers.setdefault(base, set()).add(index)
    for output in schedule.outputs:
        if isinstance(output, GraphNode):
            readers.setdefault(schedule.views[output].base, set()).add(-1)
    return readers


def _shrink(schedule: ScheduleBuilder, node: GraphNode, stride: int, rows: RowBlocks) -> None:
    """Let the memory of a value be that of a block: what moves over all rows, moves over those of the block."""
    schedule.scratch[node] = node.form.size // rows.length * rows.block
    whole, part = stride * rows.length, stride * rows.block
    for value, view in schedule.views.items():
        if view.base is node:
            strides = tuple(s // whole * part if s >= whole else s for s in view.strides)
            schedule.views[value] = StridedView(node, view.offset, view.shape, strides)
