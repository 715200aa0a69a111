"""Random programs with state: names, items, nestings and gradients, bound and written in any order."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from hypothesis import Phase, given, settings, strategies as st

import wengert as wg
import wengert.numpy as np

NAMES = st.sampled_from(["s.a", "s.b", "s.c", "s.l[0]", "s.l[1]", "s.d['k']", "s.d['m']"])
TERMS = st.sampled_from(
    ["{0} + x", "{0} * {1}", "np.sin({0}) - x * {1}", "{0} * 1", "{0}", "x * 2", "s.p[0] + {0}", "s.p[1]",
     "s.w.detach() * x", "np.zeros(2)"]
)  # fmt: skip
EXPRESSIONS = st.builds(lambda term, left, right: term.format(left, right), TERMS, NAMES, NAMES)


NO_SHRINKING = [Phase.explicit, Phase.generate]  # which takes minutes here, and the programs are short as they are


class State:
    """State of all kinds; `q` is a second name for what `a` holds at first."""

    def __init__(self) -> None:
        self.a, self.b, self.c, *rest = (wg.tensor([float(k), 1.0 + k]) for k in range(1, 10))
        self.l = rest[:2]
        self.d = {"k": rest[2], "m": rest[3]}
        self.p = (rest[4], rest[5])
        self.q = self.a
        self.w = wg.tensor([0.5, -0.3], requires_grad=True)
        self.lazy: Any = None

    def tensors(self) -> list[Any]:
        return [self.a, self.b, self.c, *self.l, *self.d.values(), *self.p, self.q, self.w, self.w.grad, self.lazy]

    def numbers(self) -> list[Any]:
        return [None if t is None else numpy.array(t.detach()) for t in self.tensors()]

    def identities(self) -> list[int]:
        """For each tensor, where it is found first."""
        first: dict[int, int] = {}
        return [first.setdefault(id(t), i) for i, t in enumerate(self.tensors())]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _choice(condition: str, bound: int, yes: list[str], no: list[str]) -> list[str]:
    return [f"if np.sum({condition}) > {bound}:", *_indented(yes), "else:", *_indented(no)]


def _simple() -> st.SearchStrategy[list[str]]:
    lines = st.one_of(
        st.builds("{} = {}".format, NAMES, EXPRESSIONS),
        st.builds("{} += {}".format, NAMES, EXPRESSIONS),
        st.builds("{}, {} = {}, {}".format, NAMES, NAMES, EXPRESSIONS, EXPRESSIONS),
        st.builds("{}[0] = 2.0".format, NAMES),
        st.builds("s.p = ({}, {})".format, EXPRESSIONS, EXPRESSIONS),
        st.builds("s.l = [s.l[1], {}]".format, EXPRESSIONS),
        st.builds("s.d = {{**s.d, 'k': {}}}".format, EXPRESSIONS),
        st.builds("s.lazy = (np.ones(2) if s.lazy is None else s.lazy) * 0.5 + {}".format, EXPRESSIONS),
        st.builds("np.sum(s.w**2 * ({})).backward()".format, EXPRESSIONS),
        st.just("s.w.grad = None"),
    )
    descent = ["if s.w.grad is not None:", "    with wg.no_grad(): s.w -= 0.1 * s.w.grad"]
    named = st.builds(lambda name, value: [f"t = {value}", f"{name} = t"], NAMES, EXPRESSIONS)
    return st.one_of(lines.map(lambda line: [line]), named, st.just(descent))


STATEMENTS = st.recursive(
    _simple(), lambda inner: st.builds(_choice, EXPRESSIONS, st.sampled_from([0, 2, 5]), inner, inner), max_leaves=3
)


@st.composite
def programs(draw: Any) -> str:
    """The source of a function of the state and an argument."""
    lines = [line for statement in draw(st.lists(STATEMENTS, min_size=1, max_size=5)) for line in statement]
    return "\n".join(["def f(s, x):", *_indented(lines), f"    return {draw(EXPRESSIONS)}", ""])


def compiled_from(source: str) -> Callable[[State, Any], Any]:
    """The function; its lines can be quoted."""
    name = f"<program {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {"np": np, "wg": wg}
    exec(compile(source, name, "exec"), names)
    return names["f"]


@settings(max_examples=60, deadline=None, derandomize=True, phases=NO_SHRINKING)
@given(programs())
@pytest.mark.filterwarnings("ignore:.*was recorded 16 times:RuntimeWarning")
def test_state_is_as_eager_calls_leave_it(source: str) -> None:
    f, eager, ours = compiled_from(source), State(), State()
    step = wg.jit(lambda x: f(ours, x))
    for turn in range(5):
        x = wg.tensor(numpy.array([1.0, -0.5]) * (turn - 1))
        before = ours.numbers()
        try:
            result = step(x)
        except RuntimeError as error:  # what is refused is said, and leaves everything as it was
            if not str(error).startswith("[jit]"):
                raise
            numpy.testing.assert_equal(ours.numbers(), before)
            return
        numpy.testing.assert_allclose(result.detach().numpy(), f(eager, x).detach().numpy(), rtol=1e-9)
        for ours_now, eager_now in zip(ours.numbers(), eager.numbers(), strict=True):
            assert (ours_now is None) == (eager_now is None)
            if ours_now is not None:
                numpy.testing.assert_allclose(ours_now, eager_now, rtol=1e-9)
        assert ours.identities() == eager.identities()
