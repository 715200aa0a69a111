"""Going through forests from their leaves on: which entry of a matrix can be found after which others."""

from __future__ import annotations

from .native import Indices, native


@native
def peel(
    slots: Indices, mirrors: Indices, counts: Indices, mixtures: Indices, queue: Indices, waiting: int,
    sequence: Indices,
) -> int:  # fmt: skip
    """Take the one entry that is left in a slot, and its mirror image out of that one's slot, until none is left.

    Of each slot `mixtures` has the exclusive or of its entries, which is the entry itself where there is one left. The
    first `waiting` slots of the queue have one entry. Gives how many entries were taken.
    """
    head = 0
    taken = 0
    while head < waiting:
        slot = queue[head]
        head += 1
        if counts[slot] == 1:
            entry = mixtures[slot]
            sequence[taken] = entry
            taken += 1
            counts[slot] = 0
            mirror = mirrors[entry]
            other = slots[mirror]
            counts[other] -= 1
            mixtures[other] = mixtures[other] ^ mirror
            if counts[other] == 1:
                queue[waiting] = other
                waiting += 1
    return taken
