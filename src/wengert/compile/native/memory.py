"""Where each stored value of a program is: in one arena that lives across calls, reused as values die."""

from __future__ import annotations

import math

from ...core.node import Node
from .schedule import Schedule, dtype_of

ALIGNMENT = 64


def size_of(node: Node, shape: tuple[int, ...]) -> int:
    """Bytes of a value, rounded up to whole cache lines."""
    return -(-math.prod(shape) * dtype_of(node).itemsize // ALIGNMENT) * ALIGNMENT


class Plan:
    """Offsets of stored values in the arena, so that values alive at the same time do not overlap.

    Attributes:
        offsets: of each value that is not an output.
        size: of the arena in bytes.
    """

    def __init__(self, schedule: Schedule, outputs: set[Node]) -> None:
        self.offsets: dict[Node, int] = {}
        self.size = 0
        last = schedule.last_use()
        placed: list[tuple[int, int, int, int]] = []
        values = [n for n in schedule.stored if n in schedule.views and n not in outputs]
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
