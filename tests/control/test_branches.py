"""Branches inside compiled functions: what a side reads from outside, and constants among its results."""

from __future__ import annotations

import wengert as wg


def test_a_side_returns_constants() -> None:
    f = wg.jit(lambda x: wg.cond(x > 0, lambda: (x, True), lambda: (-x, False)))
    assert [[r.item() for r in f(x)] for x in (2.0, -3.0)] == [[2.0, True], [3.0, False]]


def test_a_side_reads_state_that_is_read_nowhere_else() -> None:
    w = wg.tensor(3.0)
    f = wg.jit(lambda x: wg.cond(x > 0, lambda: x * w, lambda: x))
    assert [f(2.0).item(), f(-2.0).item()] == [6.0, -2.0]
    w.copy_(5.0)
    assert f(2.0).item() == 10.0
