"""Checkpointing of turns: in which order they are run again, to go back through them with few states kept.

Source: A. Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation" (1992), and A. Griewank and A. Walther, "Algorithm 799: Revolve" (2000): with s states kept, n turns
are gone back through with ``t(n, s) = r n - beta(s + 1, r - 1)`` turns run forward, where ``beta(s, r)`` is the
binomial coefficient (s + r over s) and r the least number with ``beta(s, r) >= n``. That is the least there is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Any

Advance = Callable[[Any, int, int], Any]
"""``advance(state, first, last)``: the state before turn `last` from that before turn `first`."""

Step = Callable[[int, Any], None]
"""``step(t, state)`` goes back through turn `t`, with the state before it."""


def go_back(count: int, state: Any, memory: int | None, advance: Advance, step: Step) -> None:
    """Go back through all turns of a loop, the last first.

    Args:
        count: how many turns there are.
        state: the state before the first.
        memory: the most states to be kept at a time, this one among them; ``None`` keeps all.
        advance: runs turns forward.
        step: goes back through a turn.
    """
    parts = [(0, count, state, max(count, 1) if memory is None else memory)]
    del state
    while parts:
        first, last, begin, kept = parts.pop()
        if last - first > 1:
            middle = first + first_part(last - first, kept)
            parts.append((first, middle, begin, kept))
            if kept > 1:
                parts.append((middle, last, advance(begin, first, middle), kept - 1))
            else:
                step(middle, advance(begin, first, middle))
        elif last > first:
            step(first, begin)


def first_part(count: int, memory: int) -> int:
    """How many of `count` turns (at least 2) to run before the next state is kept."""
    if memory == 1:
        return count - 1
    if memory >= count:
        return 1
    repeats = 1
    while beta(memory, repeats) < count:
        repeats += 1
    return max(1, min(beta(memory, repeats - 1), count - beta(memory - 1, repeats - 1)))


def beta(memory: int, repeats: int) -> int:
    """How many turns can be gone back through with so many states, if none is run more often than `repeats`."""
    return comb(memory + repeats, memory) if repeats >= 0 else 0
