"""Random functions of random surroundings, which change in random ways between calls."""

from __future__ import annotations

import collections
from typing import Any

import numpy
import pytest
from hypothesis import given, settings, strategies as st
from tests.compile.state.test_random_state import NO_SHRINKING, compiled_from
from tests.same import assert_same

import wengert as wg


class Slotted:
    __slots__ = ("slot",)


class Base:
    kind, pair = 1.5, (1.0, 2.0)


class Surroundings(Base, Slotted):
    """What a function reads, of all sorts."""

    def __init__(self) -> None:
        self.flag, self.rate, self.slot = True, 2.0, "a"
        self.items: list[Any] = [1.0, 2.0]
        self.table: dict[Any, Any] = {"k": 1.0, "m": 2.0}
        self.names, self.queue = {"k"}, collections.deque([1.0, 2.0], maxlen=3)
        self.array, self.mask = numpy.ones(2), numpy.ones(2, bool)
        self.inner: Any = Base()
        self.t, self.u = wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])


READS = st.sampled_from([
    "s.rate", "s.kind", "s.pair[1]", "len(s.items)", "sum(s.items)", "(s.items[-1] if s.items else 0.5)",
    "s.inner.kind", "sum(s.table.values())", "s.table.get('n', 0.25)", "(2.0 if 'k' in s.table else 3.0)",
    "len(s.names)", "s.t", "s.u", "(2.0 if next(iter(s.table), '') == 'k' else 3.0)", "sum(s.queue)", "s.array",
    "s.array[0]", "s.array.sum()", "np.where(s.mask, x, 1.0)", "x**s.array",
    "(2.0 if hasattr(s, 'extra') else 3.0)", "getattr(s, 'extra', 0.5)", "(2.0 if s.flag else 3.0)",
    "(2.0 if s.slot == 'a' else 3.0)", "(2.0 if s.t is s.u else 3.0)", "getattr(s, 'ra' + 'te')",
    "(2.0 if isinstance(s.rate, int) else 3.0)", "float(s.array[1])",
])  # fmt: skip

CHANGES = st.sampled_from([
    "s.rate = 3.0", "s.rate = 3", "s.flag = not s.flag", "s.slot += 'a'", "s.kind = 7.0",
    "s.__dict__.pop('kind', None)", "s.pair = (1.0, 5.0)", "s.pair = (1.0, 5)", "s.items.append(3.0)",
    "s.items.clear()", "s.items.reverse()", "s.items[:1] = [4.0]", "s.table['n'] = 2.0",
    "s.table['k'] = s.table.pop('k', 1.0)", "s.table.clear()", "s.names.add('q')", "s.names.clear()",
    "s.queue.append(4.0)", "s.queue.rotate()", "s.array[0] = 0.5", "s.array.fill(2.0)", "s.array = s.array * 2",
    "s.mask[1] = False", "s.extra = 4.0", "s.__dict__.pop('extra', None)", "s.inner = type(s.inner)()",
    "s.inner.kind = 9.0", "s.t = s.u", "s.t = s.t + 1.0", "s.u += 1.0", "s.items = [9.0]",
])  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*was recorded 16 times:RuntimeWarning")
@settings(max_examples=60, deadline=None, derandomize=True, phases=NO_SHRINKING)
@given(st.lists(READS, min_size=1, max_size=4), st.lists(CHANGES, min_size=1, max_size=8))
def test_what_changes_in_any_order_is_noticed(reads: list[str], changes: list[str]) -> None:
    eager = compiled_from(f"def f(s, x):\n    return x * 2 + {' + x * '.join(reads)}\n")
    s, x = Surroundings(), wg.tensor([0.5, 2.0])
    step = wg.jit(lambda x: eager(s, x))
    for change in ["pass", *changes]:
        exec(change, {"s": s})
        for _ in range(2):
            assert_same(step(x), eager(s, x))
