"""Long groups in pieces: bounded, alike where the program repeats itself, and with the results of eager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, assert_compiled_is_eager

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.facts.lowered import work_of_element
from wengert.compile.native.schedule import long_groups
from wengert.compile.native.schedule.build import ScheduleBuilder
from wengert.compile.native.schedule.long_groups import LONG, PIECE, split_long_groups
from wengert.compile.native.schedule.row_blocks import in_rows
from wengert.compile.native.schedule.stages import Group, RowBlocks
from wengert.compile.passes.lifting import with_constants_as_inputs


def chain(x: Any, steps: int) -> Any:
    for _ in range(steps):
        x = np.sin(x) * 1.01 + 0.3
    return x


def groups_of(f: Callable[..., Any], *args: Any) -> list[Group]:
    """The groups of a schedule, those in rows too."""
    lifted, _ = with_constants_as_inputs(wg.jit(f).lower(*args).graph)
    builder = ScheduleBuilder(lifted)
    in_rows(builder)
    split_long_groups(builder)
    return [part for _, part in builder.every_part() if isinstance(part, Group)]


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("steps", [60, 120])
def test_no_group_is_long(size: int, steps: int) -> None:
    x = numpy.ones(size)
    total = lambda x: np.sum(chain(x, steps))
    for f in (lambda x: chain(x, steps), total, lambda x: total(x) + np.max(chain(x, steps)), wg.grad(total)):
        groups = groups_of(f, x)
        assert max(sum(work_of_element(n.primitive) for n in g.nodes) for g in groups) <= PIECE
        assert sum(len(group.nodes) for group in groups) >= 3 * steps  # nothing is lost


def test_what_is_not_long_stays_whole() -> None:
    steps = LONG // (work_of_element(np.sin.primitive) + 2)
    assert len(groups_of(lambda x: chain(x, steps), numpy.ones(10))) == 1
    assert len(groups_of(lambda x: chain(x, steps + 1), numpy.ones(10))) > 1


def test_pieces_of_a_pattern_are_alike() -> None:
    """So that they are one function: its first and its last piece may differ."""
    groups = groups_of(wg.grad(lambda x: np.sum(chain(x, 150))), numpy.ones(10))
    assert len({tuple(node.primitive for node in group.nodes) for group in groups}) <= 8 < len(groups)


# -- results ---------------------------------------------------------------------------------------


def mixed(x: Any, y: Any) -> Any:
    """Values of several dtypes and shapes that are read near, far away, and by sums."""
    a = np.exp(-x * x) + y
    far = np.where(a > 0.5, np.tanh(a), x)
    b = chain(far, 3) * np.maximum(a, 0.1)
    c = np.floor(b * 4).astype("int32") + (a > 0)
    return b + c * far, np.sum(b * a), np.sum(far, axis=-1), a


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "numbers": (array(()), array(())),
    "vectors": (array((37,)), array((37,))),
    "rows": (array((13, 41)), array((41,))),
    "columns": (array((13, 41)), array((13, 1))),
    "transposed": (array((13, 41)), array((41, 13)).T),
    "single": (array((300,), "float32"), array((), "float32")),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("memory", [0, 1 << 18], ids=["in blocks", "in the arena"])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_compiled_is_eager(name: str, memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_groups, "LONG", 12)
    monkeypatch.setattr(long_groups, "PIECE", 9)
    monkeypatch.setattr(long_groups, "MOST_IN_ARENA", memory or 2_000)
    rtol = 1e-5 if name == "single" else 1e-12  # sums of 300 terms may be in another order
    assert_compiled_is_eager(mixed if name != "numbers" else lambda x, y: chain(x * y, 4), *ARGUMENTS[name], rtol=rtol)
    assert_compiled_is_eager(wg.grad(lambda x, y: np.sum(chain(x, 3) * y)), *ARGUMENTS[name], rtol=rtol)
    assert_compiled_is_eager(lambda x, y: (np.sum(chain(x, 5) * y), np.max(chain(x, 5))), *ARGUMENTS[name], rtol=rtol)


def test_large_arrays_go_in_blocks() -> None:
    """What goes from piece to piece needs no memory of its own, however many elements there are."""
    compiled = wg.jit(wg.grad(lambda x: np.sum(chain(x, 60))))
    schedule = ScheduleBuilder(with_constants_as_inputs(compiled.lower(numpy.ones(1_000_000)).graph)[0])
    in_rows(schedule)
    split_long_groups(schedule)
    assert any(isinstance(stage, RowBlocks) for stage in schedule.stages)
    assert len(schedule.stored.keys() - schedule.scratch.keys()) <= 2


def test_in_the_turns_of_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_groups, "LONG", 12)
    monkeypatch.setattr(long_groups, "PIECE", 9)
    f = wg.grad(lambda x: np.sum(wg.fori_loop(0, 3, lambda i, x: chain(x, 4), x)))
    assert_compiled_is_eager(f, array((100,)), rtol=1e-12)
