"""Examples side by side in vectors do what each does on its own, to the bit, whatever is in their loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.facts.turns import are_apart, goes_in_lanes
from wengert.compile.native.native_program import NativeProgram

COUNTS = numpy.array([3, 0, 17, 1, 5, 5, 0, 2, 9, 4, 1, 30, 2])
X = numpy.random.default_rng(0).uniform(0.3, 3.0, len(COUNTS))
TABLE = numpy.random.default_rng(1).standard_normal(5)
MATRIX = numpy.random.default_rng(2).standard_normal((3, 3)) + 3 * numpy.eye(3)


def times(count: Any, turn: Callable[[Any], Any], start: Any) -> Any:
    """So many turns, another number for each example."""
    return wg.while_loop(lambda c: c[0] < count, lambda c: (c[0] + 1, turn(c[1])), (0 * count, start))[1]


def _branches(y: Any) -> Any:
    return wg.cond(y > 1.0, lambda y: times(2, lambda z: z * 0.7, y), lambda y: y * 1.9 + 0.1, y)


def _of_many_branches(y: Any) -> Any:
    index = (10 * y).astype(int) % 5 - 1
    return wg.switch(index, [np.sin, lambda y: times(3, np.cos, y), lambda y: y + 0.5], y)


def _nested(y: Any) -> Any:
    turns = (7 * y).astype(int) % 4
    return times(turns, lambda z: np.sin(z) + 0.5, y) * 1.01


def _scanned(y: Any) -> Any:
    last, partial = wg.scan(lambda c, k: (c * 0.9 + k, c), y, np.arange(4.0))
    return np.sum(partial) * 0.1 + np.exp(-last)


def _solved(y: Any) -> Any:
    return np.sum(np.linalg.solve(MATRIX + y * np.eye(3), np.stack([y, 1.0 + y, y * y]))) + 1.0


def _looked_up(y: Any) -> Any:
    return np.asarray(TABLE)[(y * 3).astype(int) % 5] * 0.1 + y * 0.5 + 1.0


def _sorted_out(y: Any) -> Any:
    v = np.stack([y, np.sin(3 * y), 1 / y])
    return np.max(v) * 0.4 + np.cumsum(v)[1] * 0.1 + np.argmin(v) + np.sum(v > 0.5) * 0.01


BODIES: dict[str, Callable[[Any], Any]] = {
    "arithmetic": lambda y: (y * y + 1.5) / (y + 2.0) - abs(y - 1.0) ** 3,
    "elementary": lambda y: np.exp(-y) + np.log1p(y) + np.tanh(y) + y**0.3 + np.arctan2(y, 2.0) + np.log(y) * 0.1,
    "angles, some of them huge": lambda y: np.sin(y * 1e9) + np.cos(y) + np.tan(y * 0.1) + 1.1,
    "extremes": lambda y: np.maximum(y, 0.5) + np.minimum(1.0, np.sqrt(y)) + np.sign(y - 1) * np.floor(y * 4) / 9,
    "remainders": lambda y: (y * 7.3) % 2.1 + np.floor_divide(y * 9.0, 2.0) * 0.1 + 0.2,
    "whole numbers": lambda y: ((y * 1000).astype(int) // 7 % 13 ^ 5) / 7.0 + 0.1,
    "single precision": lambda y: np.sin(y.astype(numpy.float32) * 3).astype(float) + 1.0,
    "branches": _branches,
    "many branches": _of_many_branches,
    "loops": _nested,
    "scans": _scanned,
    "equations": _solved,
    "a table": _looked_up,
    "reductions": _sorted_out,
    "what is not finite": lambda y: np.where(y > 1.0, y * 0.5, 1.0 / (y - y)) * 1e200 * 1e200,
}


def solved(body: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda count, x: times(count, body, x)


@pytest.mark.part(4)
@pytest.mark.parametrize("name", BODIES)
def test_each_example_does_what_it_does_on_its_own(name: str) -> None:
    f = solved(BODIES[name])
    batch, one = wg.jit(wg.vmap(f)), wg.jit(f)
    found = batch(COUNTS, X).numpy()
    numpy.testing.assert_array_equal(found, [one(n, x).item() for n, x in zip(COUNTS, X, strict=True)])
    assert in_lanes(batch)


def in_lanes(batch: Any) -> bool:
    (program,) = next(iter(batch.programs.values()))
    stages = program.run.construction.schedule.stages
    apart = [stage.node for stage in stages if hasattr(stage, "inner") and are_apart(stage.node)]
    return bool(apart) and all(map(goes_in_lanes, apart))


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ["elementary", "branches", "loops", "scans", "equations"])
def test_so_do_its_tangents(name: str) -> None:
    f = lambda n, x: wg.jvp(lambda x: times(n, BODIES[name], x), (x,), (np.ones_like(x),))
    batch, one = wg.jit(wg.vmap(f)), wg.jit(f)
    for found, *expected in zip(batch(COUNTS, X), *(one(n, x) for n, x in zip(COUNTS, X, strict=True)), strict=True):
        numpy.testing.assert_array_equal(found, [e.item() for e in expected])
    assert in_lanes(batch)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ["arithmetic", "elementary", "branches", "loops", "scans", "equations", "a table"])
def test_so_do_the_ways_back(name: str) -> None:
    """Those of examples that have made fewer turns, or none, begin later."""
    f = wg.grad(lambda x, w, n: times(n, lambda y: w * BODIES[name](y), x), (0, 1))
    batch, one = wg.jit(wg.vmap(f)), wg.jit(f)
    weights = 0.9 + 0.01 * COUNTS
    each = [one(x, w, n) for x, w, n in zip(X, weights, COUNTS, strict=True)]
    for found, *expected in zip(batch(X, weights, COUNTS), *each, strict=True):
        numpy.testing.assert_array_equal(found, [e.item() for e in expected])
    assert in_lanes(batch)


def test_second_derivatives() -> None:
    f = wg.grad(wg.grad(lambda x, n: times(n, BODIES["elementary"], x)))
    batch, one = wg.jit(wg.vmap(f)), wg.jit(f)
    numpy.testing.assert_array_equal(batch(X, COUNTS), [one(x, n).item() for x, n in zip(X, COUNTS, strict=True)])
    assert in_lanes(batch)


def test_carries_of_all_kinds_and_the_number_of_turns() -> None:
    def f(n: Any, x: Any) -> Any:
        carry = (x, np.stack([x, 2 * x]), np.asarray(False), 0 * n)
        return wg.while_loop(
            lambda c: c[3] < n, lambda c: (np.sin(c[0]), c[1][::-1] * c[0], c[0] > 0.5, c[3] + 1), carry
        )

    batch, one = wg.jit(wg.vmap(f)), wg.jit(f)
    found, each = batch(COUNTS, X), [one(n, x) for n, x in zip(COUNTS, X, strict=True)]
    for whole, *parts in zip(found, *each, strict=True):
        numpy.testing.assert_array_equal(whole, numpy.stack([part.numpy() for part in parts]))
    assert found[3].tolist() == COUNTS.tolist()
    assert in_lanes(batch)


@pytest.fixture
def native_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machine code that fails is not made good by Python."""

    def fail(*_: Any) -> None:
        raise AssertionError("machine code has failed")

    monkeypatch.setattr(NativeProgram, "_by_numpy", fail)


def looked_up(n: Any, first: Any, x: Any) -> Any:
    def turn(c: Any) -> Any:
        return c[0] + 1, c[1] + np.asarray(TABLE)[first + c[0]]

    return wg.while_loop(lambda c: c[0] < n, turn, (0 * n, x))[1]


LENGTHS = numpy.array([5, 2, 4, 0, 3, 1])


@pytest.mark.usefixtures("native_alone")
def test_one_that_is_over_does_not_fail() -> None:
    """It would look up what is behind the table, if it went on."""
    batch = wg.jit(wg.vmap(looked_up))
    sums = [x + sum(TABLE[5 - n :]) for n, x in zip(LENGTHS, X[:6], strict=True)]
    numpy.testing.assert_allclose(batch(LENGTHS, 5 - LENGTHS, X[:6]), sums, rtol=1e-14)
    assert in_lanes(batch)


def test_one_that_fails_says_what_it_says_on_its_own() -> None:
    with pytest.raises(IndexError) as caught:
        wg.jit(wg.vmap(looked_up))(LENGTHS, 5 - LENGTHS + (LENGTHS == 3), X[:6])
    assert str(caught.value) == "index 5 is out of bounds for axis 0 with size 5"


@pytest.mark.usefixtures("native_alone")
def test_a_branch_that_others_take_neither_fails_nor_goes_on_for_ever() -> None:
    def f(n: Any, x: Any) -> Any:
        def slow(y: Any) -> Any:
            """Endless where n is 20 or less, and wrong where it is not 30."""
            steps = wg.while_loop(lambda c: c < n, lambda c: c + (n > 20), 0 * n)
            return y + steps + np.asarray(TABLE)[n - 28]

        return times(1 + n % 2, lambda y: wg.cond(n < 20, lambda y: y + 1.0, slow, y), x)

    batch = wg.jit(wg.vmap(f))
    expected = [x + 30 + TABLE[2] if n == 30 else x + 1 + n % 2 for n, x in zip(COUNTS, X, strict=True)]
    numpy.testing.assert_allclose(batch(COUNTS, X), expected, rtol=1e-14)
    assert in_lanes(batch)


def test_sums_over_lanes() -> None:
    def f(scale: Any, n: Any, x: Any) -> Any:
        return wg.scan(lambda c, s: (c + times(s[0], lambda y: np.sin(y * scale), s[1]), s[1]), scale, (n, x))[0]

    for size in (4, 5, 8, 13):
        found = wg.jit(f)(2.0, COUNTS[:size], X[:size])
        numpy.testing.assert_allclose(found, f(2.0, COUNTS[:size], X[:size]), rtol=1e-14)
