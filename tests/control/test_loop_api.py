"""Loops in detail: no turns, one turn, lengths, structures, what is run how often, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy
import pytest
from tests.control import plain
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

XS = numpy.array([0.5, -1.5, 2.0])


class Point(NamedTuple):
    x: Any
    y: Any


@dataclass
class Cell:
    h: Any
    n: Any


WAYS: dict[str, Callable[[Any], Any]] = {"eager": lambda f: f, "jit": wg.jit}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def forms(tree: Any) -> Any:
    return [(x.shape, str(x.dtype)) for x in tree]


@each_way
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("memory", [None, 2])
def test_a_scan_of_no_turns_gives_init_and_empty_stacks(way: Any, reverse: bool, memory: int | None) -> None:
    def f(x: Any, xs: Any) -> Any:
        turn = lambda c, x: ((c[0] * x[0], c[1] + 1), (c[0] + x, c[1] > 1, x * 1j))
        (h, n), ys = wg.scan(turn, (x, 3), xs, reverse=reverse, memory=memory)
        return h, n, *ys

    found = way(f)(2.0, numpy.zeros((0, 2)))
    assert forms(found) == [((), "float64"), ((), "int64"), ((0, 2), "float64"), ((0,), "bool"), ((0, 2), "complex128")]
    assert [v.item() for v in found[:2]] == [2.0, 3]
    slope = way(wg.grad(lambda x, xs: f(x, xs)[0] + np.sum(f(x, xs)[2]), (0, 1)))(2.0, numpy.zeros((0, 2)))
    assert slope[0].item() == 1.0
    assert slope[1].shape == (0, 2)


@each_way
def test_other_loops_of_no_turns(way: Any) -> None:
    zero = numpy.zeros((0, 2))
    assert forms(way(lambda xs: wg.map(lambda x: (np.sum(x), x > 0), xs))(zero)) == [
        ((0,), "float64"),
        ((0, 2), "bool"),
    ]
    for lower, upper in ((0, 0), (2, 1), (5, -5)):
        assert way(lambda x, a=lower, b=upper: wg.fori_loop(a, b, lambda i, c: c * i, x))(3.0).item() == 3.0
        bounded = lambda x, a, b: wg.fori_loop(a, b, lambda i, c: c * i, x)
        assert way(wg.grad(bounded))(3.0, np.asarray(lower), np.asarray(upper)).item() == 1.0
    assert way(wg.grad(lambda x: wg.while_loop(lambda c: c < 0, lambda c: c * 2, x)))(3.0).item() == 1.0


def test_no_turns_in_a_batch() -> None:
    found = wg.vmap(lambda x: wg.scan(lambda c, y: (c * y, y), x, np.zeros(0)))(XS)
    assert forms(found) == [((3,), "float64"), ((3, 0), "float64")]
    turns = wg.vmap(lambda x: wg.while_loop(lambda c: c < 1, lambda c: c + 1, x))
    assert turns(XS).tolist() == wg.jit(turns)(XS).tolist() == [1.5, 1.5, 2.0]


@each_way
def test_structures_come_back_as_they_were(way: Any) -> None:
    init = {"p": Point(1.0, [2.0, None]), "c": Cell(XS, 0), "e": (), "n": None}

    def turn(carry: Any, x: Any) -> Any:
        assert isinstance(carry["p"], Point)
        assert isinstance(carry["c"], Cell)
        assert carry["n"] is None
        cell = Cell(carry["c"].h * x["x"], carry["c"].n + 1)
        return {**carry, "c": cell}, [Point(cell.n, None), {"h": cell.h}]

    carry, ys = way(lambda xs: wg.scan(turn, init, xs))({"x": XS})
    assert isinstance(carry["p"], Point)
    assert isinstance(carry["c"], Cell)
    assert (carry["e"], carry["n"], carry["p"].y[1]) == ((), None, None)
    assert (carry["c"].n.item(), carry["c"].n.dtype) == (3, numpy.int64)
    assert isinstance(ys, list)
    assert isinstance(ys[0], Point)
    assert ys[0].y is None
    assert ys[0].x.tolist() == [1, 2, 3]
    numpy.testing.assert_array_equal(ys[1]["h"], numpy.cumprod(XS)[:, None] * XS)


def carried_as(dtypes: tuple[str, ...], way: Any) -> tuple[list[str], list[Any]]:
    """The dtypes and values of carries whose body returns Python numbers."""
    numbers = {"b": True, "i": 2, "u": 3, "f": 1.5, "c": 1j}
    returned = [numbers[numpy.dtype(d).kind] for d in dtypes]
    init = [numpy.ones((), d) for d in dtypes]
    found = way(lambda c: wg.scan(lambda c, x: ([*returned], None), c, length=2)[0])(init)
    return [str(v.dtype) for v in found], [v.item() == n for v, n in zip(found, returned, strict=True)]


@each_way
def test_every_number_is_carried_as_it_began(way: Any) -> None:
    """Python numbers that a body returns take on the dtype of what they replace."""
    dtypes = ("bool", "int32", "int64", "float32", "float64")
    assert carried_as(dtypes, way) == ([*dtypes], [True] * 5)


@each_way
def test_other_numbers_are_carried_as_they_began(way: Any) -> None:
    dtypes = ("int8", "uint16", "int16", "uint64", "float16", "complex64", "complex128")
    assert carried_as(dtypes, way) == ([*dtypes], [True] * 7)


@each_way
def test_the_number_of_a_turn_takes_on_the_dtype_of_what_it_meets(way: Any) -> None:
    for dtype in ("float32", "float64", "complex64", "int32"):
        found = way(lambda x: wg.fori_loop(1, 4, lambda i, c: c * i + i, x))(numpy.ones(2, dtype))
        assert (str(found.dtype), found.tolist()) == (dtype, [21, 21])


@each_way
def test_the_number_of_a_turn_is_an_index(way: Any) -> None:
    found = way(lambda xs: wg.fori_loop(0, 3, lambda i, c: c + xs[i] * xs[2 - i], 0.0))(XS)
    assert found.item() == numpy.sum(XS * XS[::-1])


def test_eager_loops_are_plain_python() -> None:
    """Values may be asked for, and printed; the number of a turn is a Python integer."""
    seen: list[Any] = []

    def turn(i: Any, c: Any) -> Any:
        seen.append((type(i), i, c.item()))
        return c + 1 if c.item() > 2 else c + 2

    assert wg.fori_loop(2, 5, turn, 1.0).item() == 5.0
    assert seen == [(int, 2, 1.0), (int, 3, 3.0), (int, 4, 4.0)]
    found, ys = wg.scan(lambda c, x: (c if x.item() < 0 else c + x, float(x)), 0.0, XS)
    assert (found.item(), ys.tolist()) == (2.5, XS.tolist())


def test_compiled_bodies_are_recorded_and_not_run_again() -> None:
    """However many turns: what Python does in a body it does a few times."""
    seen: list[int] = []

    def body(c: Any) -> Any:
        seen.append(0)
        return c + 1.0

    f = wg.jit(lambda x, n: wg.while_loop(lambda c: c < n, body, x))
    assert f(0.0, 1000.0).item() == 1000.0
    recorded = len(seen)
    assert recorded < 5
    assert f(0.5, 3.0).item() == 3.5
    assert f(0.5, 0.0).item() == 0.5
    assert len(seen) == recorded


@each_way
def test_loops_that_stop_early(way: Any) -> None:
    """The first entry that is large enough, and where: nothing beyond it is read."""

    def first(xs: Any) -> Any:
        state = wg.while_loop(
            lambda s: np.logical_and(s["i"] < 5, np.logical_not(s["found"])),
            lambda s: {"i": s["i"] + 1, "found": xs[s["i"]] > 1.0, "x": xs[s["i"]]},
            {"i": 0, "found": False, "x": 0.0},
        )
        return state["x"] ** 2, state["i"]

    for xs, place in (
        ([0.5, 2.0, 9.0, 1.0, 3.0], 1),
        ([0.1] * 5, 4),
        ([3.0] * 5, 0),
        ([0.0, 0.0, numpy.nan, 4.0, 1], 3),
    ):
        xs = numpy.array(xs)
        square, turns = way(first)(xs)
        assert (square.item(), turns.item()) == (xs[place] ** 2, place + 1)
        assert way(wg.grad(lambda xs: first(xs)[0]))(xs).tolist() == [2 * xs[i] if i == place else 0 for i in range(5)]


@each_way
def test_many_turns(way: Any) -> None:
    n = 2000
    f = lambda x: wg.fori_loop(0, n, lambda i, c: c * 1.001 + 0.0, x)
    assert way(wg.grad(f))(1.0).item() == pytest.approx(1.001**n)
    if way is wg.jit:
        g = lambda x: wg.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, s[1] * 1.001), (0, x))[1]
        assert wg.jit(wg.grad(g))(1.0).item() == pytest.approx(1.001**n)


def test_bounds_of_integers_of_any_kind() -> None:
    body = lambda i, c: c + i
    for lower, upper in ((0, 4), (numpy.int8(0), numpy.uint16(4)), (wg.tensor(0), 4), (0, np.asarray(4))):
        assert wg.fori_loop(lower, upper, body, 0).item() == 6
        assert wg.jit(lambda x, a=lower, b=upper: wg.fori_loop(a, b, body, x))(0).item() == 6
    f = wg.jit(lambda a, b: wg.fori_loop(a, b, body, 0))
    assert [f(0, n).item() for n in (4, 0, 1, 100)] == [6, 0, 0, 4950]
    assert wg.vmap(lambda n: wg.fori_loop(0, n, body, 0))(numpy.array([0, 1, 4])).tolist() == [0, 0, 6]


@each_way
def test_what_a_loop_was_given_stays_as_it_was(way: Any) -> None:
    """A body may write to its carry, its slices and its results: they are its own."""
    init, xs = numpy.zeros(2), numpy.ones((3, 2))

    def turn(c: Any, x: Any) -> Any:
        c = c * 1.0
        c[0] += 1.0
        x = x * 1.0
        x[1] = c[0]
        return c, x

    def f(init: Any, xs: Any) -> Any:
        c, ys = wg.scan(turn, init, xs)
        again, _ = wg.scan(turn, init, xs)
        return c, ys, again

    c, ys, again = way(f)(init, xs)
    assert c.tolist() == again.tolist() == [3.0, 0.0]
    assert ys.tolist() == [[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]
    assert (init.tolist(), xs.tolist()) == ([0.0, 0.0], [[1.0, 1.0]] * 3)


@pytest.mark.part(4)
@each_way
@pytest.mark.parametrize("memory", [1, 2, 5, 100])
def test_a_budget_changes_no_derivative(way: Any, memory: int) -> None:
    def f(c: Any, x: Any, xs: Any) -> Any:
        h, ys = c.scan(lambda h, x: (np.sin(h * x) + h, h * h), x, xs, memory=memory)
        return c.fori_loop(0, 3, lambda i, h: np.cos(h + i) * x, h + np.sum(ys), memory=memory)

    of = lambda c: lambda x, xs: [f(c, x, xs), *wg.grad(lambda x, xs: f(c, x, xs), (0, 1))(x, xs)]
    for a, b in zip(way(of(wg))(0.3, XS), of(plain)(0.3, XS), strict=True):
        numpy.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def finite(x: Any) -> tuple[Any, Any]:
    return x * 1.1, np.isfinite(x)


WITH_TRUTH_VALUES: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "scan": lambda x: wg.scan(lambda c, _: finite(c), x, np.arange(3.0)),
    "while_loop": lambda x: wg.while_loop(lambda t: np.sum(t[0]) < 9, lambda t: finite(t[0]), (x, x > 0)),
    "cond": lambda x: wg.cond(np.sum(x) > 0, finite, lambda x: (x, x > 1), x),
    "checkpoint": lambda x: wg.checkpoint(finite)(x),
}
"""Functions with a result of each kind, one of which has no derivative."""


@pytest.mark.parametrize("name", WITH_TRUTH_VALUES)
def test_truth_values_among_results_have_no_derivative(name: str) -> None:
    f = WITH_TRUTH_VALUES[name]
    moved, truth = f(wg.tensor([1.0, 2.0], requires_grad=True))
    assert moved.requires_grad
    assert not truth.requires_grad
    for compiled in (f, wg.jit(f)):
        (found, truth), pullback = wg.vjp(compiled, np.array([1.0, 2.0]))
        factor = found / np.array([1.0, 2.0])
        (cotangent,) = pullback((np.ones(2), np.zeros(truth.shape, bool)))
        assert_same(cotangent, factor)


def test_truth_values_that_are_made_and_used_in_turns() -> None:
    def f(x: Any, count: Any) -> Any:
        _, truth = wg.scan(lambda c, _: finite(c), x, np.arange(3.0))
        for row in truth:
            x = x * 0.5 + np.sum(np.abs(row))
        for _ in range(count):
            truth = np.where(truth > 0.3, False, truth)
            x = x * 0.5 + np.sum(np.abs(truth)) + np.sum(np.abs(row))
        return np.sum(x) + np.sum(row)

    x = np.array([1.0, 2.0])
    for count in (0, 2):
        found = wg.grad(wg.jit(f, structured=True))(x, np.array(count))
        assert_same(found, wg.grad(f)(x, np.array(count)))
