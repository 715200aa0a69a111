"""Stencils of rolled, padded and sliced arrays: one loop over the interior, and no shifted copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.native_program import NativeProgram

from .test_run import all_of, assert_compiled_is_eager

rng = numpy.random.default_rng(0)
LINE, PLANE = rng.normal(size=2000), rng.normal(size=(40, 50))


def five_points(u: Any) -> Any:
    return np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u


def within_walls(u: Any) -> Any:
    """The interior moves, the edge is held."""
    v = u * 1.0
    v[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
    return v * v


def two_fields(y: Any) -> Any:
    """A reaction of two fields that are the halves of one state."""
    u, v = y[:1000], y[1000:]
    return y + 0.1 * np.concatenate([u * v, np.sin(u) - v])


STENCILS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "a ring": (lambda u: np.sin(u * np.roll(u, 2) + np.roll(u, -1)), LINE),
    "a torus": (lambda u: u + 0.1 * five_points(u), PLANE),
    "zeros beyond the edge": (lambda u: u * np.pad(u, 1)[2:] - np.pad(u, 1)[:-2], LINE),
    "the edge repeated": (lambda u: np.diff(np.concatenate([u[:1], u])), LINE),
    "walls": (within_walls, PLANE),
    "two fields": (two_fields, LINE),
    "what comes before": (lambda u: np.concatenate([u[:1], u[1:] * u[:-1]]) * 0.5 + u, LINE),
}


@pytest.mark.part(2)
@pytest.mark.parametrize(("f", "x"), STENCILS.values(), ids=STENCILS)
def test_shifts_are_read_in_place(f: Callable[[Any], Any], x: Any) -> None:
    assert_compiled_is_eager(all_of(lambda x, y: (np.sum(np.tanh(f(x) * y)), f(x))), x, x + 1)
    program = NativeProgram(wg.jit(f).lower(x).graph)
    assert program.construction.plan.size < x.nbytes // 2  # no array of its size is between


@pytest.mark.part(2)
@pytest.mark.parametrize(("f", "x"), STENCILS.values(), ids=STENCILS)
def test_in_loops(f: Callable[[Any], Any], x: Any) -> None:
    def many(x: Any, y: Any) -> Any:
        after, seen = wg.scan(lambda u, _: (np.tanh(f(u)), np.sum(u)), x, None, length=3)
        return np.sum(after * y), seen

    assert_compiled_is_eager(all_of(many), x, x + 1)


def test_what_somebody_needs_as_a_whole_is_put_together_once() -> None:
    def f(x: Any, y: Any) -> Any:
        both = np.concatenate([x, np.sin(y)])
        return np.sum(both.reshape(40, 100) @ np.ones((100, 2))), both * 2, both

    assert_compiled_is_eager(f, LINE, LINE)


def test_nothing_is_not_a_number() -> None:
    """A zero where nothing was put stays one beside infinity in a guarded product, and is NaN in the user's own."""
    x = numpy.full(600, numpy.inf)
    own = wg.jit(lambda x: np.pad(x, 1) * np.inf)(x)
    assert numpy.isnan(own.numpy()[[0, -1]]).all()
    slope = wg.jit(wg.grad(lambda x: np.sum(np.where(np.pad(x, 1) > 0, np.pad(x, 1), 0.0))))(x)
    numpy.testing.assert_array_equal(slope.numpy(), 1.0)
