"""Random programs that decide by values: every call is what the eager call is."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy
from hypothesis import given, settings, strategies as st
from tests.deciding import programs_of
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

X = numpy.array([0.5, -1.0, 2.0])


STEPS = ["scale", "shift", "if", "while", "count", "flag", "write", "item", "square"]
programs = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.floats(-2, 2).map(lambda v: round(v, 1))), max_size=7
)


def random_function(program: list[tuple[str, int, float]], state: Any) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        nonlocal state
        turns = 0
        for kind, place, number in program:
            if kind == "scale":
                x = x * number
            elif kind == "shift":
                x = x + number * state
            elif kind == "if":
                x = np.sin(x) if x[place] > number else x - 1
            elif kind == "while":
                while np.abs(x[place]) > 1 + abs(number) and turns < 5:
                    x = x * 0.5
                    turns += 1
            elif kind == "count":
                x = x + int(np.sum(x > number))
            elif kind == "flag":
                state.copy_(state * 0.5 if np.max(state) > number else state + 1)
            elif kind == "write":
                state += 0.1 * np.tanh(x)
            elif kind == "item":
                x = x * np.round(x[place] / 4).item()
            else:
                x = np.tanh(x) * x
        return x, turns

    return f


def slope_of(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return wg.grad(lambda x: np.sum(f(x)[0]))


@settings(max_examples=30, deadline=None)
@given(program=programs, seed=st.integers(0, 1000))
def test_random_branching_programs(program: list[tuple[str, int, float]], seed: int) -> None:
    rng = numpy.random.default_rng(seed)
    eager_state, compiled_state = wg.tensor(numpy.zeros(3)), wg.tensor(numpy.zeros(3))
    eager, compiled = random_function(program, eager_state), wg.jit(random_function(program, compiled_state))
    points = rng.standard_normal((3, 3)) * 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(9):
            x = points[i % 3]
            assert_same(compiled(x), eager(np.asarray(x)))
            assert_same(compiled_state, eager_state)
            if not any(kind in ("write", "flag") for kind, _, _ in program):
                assert_same(slope_of(compiled)(x), slope_of(eager)(x))


def test_where_rounding_decides() -> None:
    """Machine code and NumPy may round differently: then the call is as NumPy decides, and nothing grows."""
    x = numpy.linspace(0, 1, 1001)
    exact = numpy.sum(numpy.exp(numpy.sin(x)))
    for bound in (exact, numpy.nextafter(exact, 0), numpy.nextafter(exact, 9), exact * (1 + 1e-15)):

        def f(x: Any, bound: Any = bound) -> Any:
            return x + 1 if np.sum(np.exp(np.sin(x))) > bound else x - 1

        compiled = wg.jit(f)
        for point in (x, x, x, -x, x, 2 * x, x, x):
            found = compiled(point).numpy()
            assert (found == point + 1).all() or (found == point - 1).all()
        assert len(programs_of(compiled)) <= 2
