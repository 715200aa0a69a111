"""What repeats itself is folded: nothing is lost, turns read alike, and it is found however the loop was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy
import pytest
from hypothesis import given, settings, strategies as st

import wengert as wg
import wengert.numpy as np
from wengert.explaining.folding import Item, Loop, folded
from wengert.explaining.trace import Line, trace


def newton(a: Any) -> Any:
    x = a
    for _ in range(6):
        x = (x + a / x) / 2
    return x


def newton_while(a: Any) -> Any:
    return wg.while_loop(lambda x: np.abs(x * x - a) > 1e-12, lambda x: (x + a / x) / 2, a)


def newton_with_memory(a: Any) -> Any:
    return wg.while_loop(lambda x: np.abs(x * x - a) > 1e-12, lambda x: (x + a / x) / 2, a, memory=2)


def newton_scan(a: Any) -> Any:
    return wg.scan(lambda x, _: ((x + a / x) / 2, None), a, length=6, memory=3)[0]


@wg.jit(structured=True)
def newton_compiled(a: Any) -> Any:
    x = a
    while abs(x * x - a) > 1e-12:
        x = (x + a / x) / 2
    return x


def nested(x: Any) -> Any:
    for _ in range(3):
        for _ in range(4):
            x = np.sin(x) * 0.5 + x
        x = np.exp(-x)
    return x


def fibonacci(x: Any) -> Any:
    a, b = x, x * x
    for _ in range(9):
        a, b = b, a + b
    return b


def unlike(x: Any) -> Any:
    for i in range(12):
        x = np.sin(x) if i % 2 else x * x
        if i == 5:
            x = x + 1
    return x


@pytest.mark.parametrize("f", [newton, newton_while, newton_with_memory, newton_scan, newton_compiled])
def test_a_loop_is_found_however_it_is_written(f: Callable[..., Any]) -> None:
    explained = wg.explain(f, 2.0)
    (loop,) = explained.loops
    turns = (len(explained.lines) - 1) // 3
    assert (loop.start, loop.size, loop.turns) == (1, 3, turns)
    assert (loop.body, loop.carried, loop.results) == ((1, 2, 3), {2: 0}, (2,))


def test_loops_are_found_within_loops() -> None:
    (outer,) = wg.explain(nested, 0.5).loops
    inner = outer.body[0]
    assert isinstance(inner, Loop)
    assert (outer.size, outer.turns, inner.size, inner.turns) == (14, 3, 3, 4)
    assert (inner.carried, outer.carried) == ({2: 0}, {13: 0})


def test_a_turn_may_read_the_two_before_it() -> None:
    (loop,) = wg.explain(fibonacci, 1.5).loops
    assert (loop.start, loop.size, loop.turns) == (2, 1, 9)
    assert loop.carried == {0: 1}


def test_what_is_short_or_differs_is_not_folded() -> None:
    assert wg.explain(lambda x: x * x * x * x, 2.0).loops == ()
    assert all(loop.start + loop.size * loop.turns <= 8 for loop in wg.explain(unlike, 0.3).loops[:1])


def numbers(items: Sequence[Item]) -> Iterator[int]:
    for item in items:
        yield from range(item.start, item.end) if isinstance(item, Loop) else [item]


def loops(items: Sequence[Item]) -> Iterator[Loop]:
    for item in items:
        if isinstance(item, Loop):
            yield item
            yield from loops(item.body)


@st.composite
def lists(draw: st.DrawFn) -> list[Line]:
    """Lists with parts that repeat themselves, in which here and there a line reads something else."""
    body = draw(st.lists(st.tuples(st.sampled_from(["sin", "cos", "add"]), st.integers(1, 4)), min_size=1, max_size=5))
    turns = draw(st.integers(1, 7))
    operations = [("exp", 1)] * draw(st.integers(0, 2)) + body * turns + [("log", 1)] * draw(st.integers(0, 2))
    wrong = draw(st.integers(0, 3 * len(operations)))
    value = numpy.array(1.0)
    made = [Line("x", "", "x", (), value, None, None)]
    for i, (operation, back) in enumerate(operations, start=1):
        source = max(i - back - (i == wrong), 0)
        made.append(Line(f"v{i}", operation, operation, (made[source].name,), value, None, None))
    return made


@settings(max_examples=120, deadline=None)
@given(lists())
def test_folding_loses_nothing_and_turns_are_alike(lines: list[Line]) -> None:
    items = folded(lines, 1, len(lines) - 1)
    assert list(numbers(items)) == list(range(len(lines)))
    place = {line.name: i for i, line in enumerate(lines)}
    for loop in loops(items):
        assert list(numbers(loop.body)) == list(range(loop.start, loop.start + loop.size))
        for number in range(loop.start + loop.size, loop.end):
            line, before = lines[number], lines[number - loop.size]
            assert line.operation == before.operation
            source, earlier = place[line.reads[0] or ""], place[before.reads[0] or ""]
            turn = loop.start + (number - loop.start) // loop.size * loop.size
            if source >= loop.start:
                assert source - loop.size == earlier or (earlier < loop.start and source < turn)
            else:
                assert earlier < loop.start
    for loop in loops(items):
        read_after = {place[name or ""] for line in lines[loop.end :] for name in line.reads} | {len(lines) - 1}
        in_loop = read_after & set(range(loop.start, loop.end))
        assert {(number - loop.start) % loop.size for number in in_loop} <= set(loop.results)


def test_the_traces_are_those_of_all_lines() -> None:
    listed = trace(newton, (2.0,))
    assert len(listed.lines) == 19
    assert folded(listed.lines, 1, listed.output_line)[0] == 0
