"""Loops and branches in machine code: in registers, and on memory, they are what they are in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from optree import tree_leaves

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.facts import registers
from wengert.control.loop_primitives import loop_pullback
from wengert.control.subgraphs import graph_of
from wengert.core.abstract import Abstract

RNG = numpy.random.default_rng(4)
VECTOR, MATRIX = RNG.normal(size=3), RNG.normal(size=(3, 3)) / 2
ROWS = RNG.normal(size=(5, 3))
LONG, LONG_ROWS = RNG.normal(size=70), RNG.normal(size=(4, 70))


@pytest.fixture(params=["registers", "memory"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small loops live in registers; with no operations allowed there, every loop is done on memory."""
    if request.param == "memory":
        monkeypatch.setattr(registers, "MOST_OPERATIONS", -1)
    return request.param


def assert_native(f: Callable[..., Any], *args: Any, tolerance: float = 1e-12) -> None:
    """The compiled function gives what the eager one gives, without a step in NumPy."""
    compiled = wg.jit(f)
    for value, expected in zip(tree_leaves(compiled(*args)), tree_leaves(f(*args)), strict=True):
        assert value.shape == expected.shape
        assert value.dtype == expected.dtype
        numpy.testing.assert_allclose(value, expected, tolerance, tolerance)
    assert "NumPy steps" not in compiled.report()


def gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """That of a sum of the results with respect to all arguments."""

    def total(*args: Any) -> Any:
        moving = [o for o in tree_leaves(f(*args)) if numpy.dtype(o.dtype).kind == "f"]
        return sum(np.sum(np.sin(o)) for o in moving)

    return lambda *args: wg.grad(total, argnums=tuple(range(len(args))))(*args)


def cell(w: Any) -> Callable[..., Any]:
    def step(state: Any, x: Any) -> Any:
        after = np.tanh(w @ state + x)
        return after, after[:2] * 2

    return step


def assigned(i: Any, x: Any) -> Any:
    after = x * 1.5
    after[i] = x[i - 1] * 2
    return after


def added_at(i: Any, x: Any) -> Any:
    after = x * 1.5
    after[i] += x[0]
    return after


SCANS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "cell": (lambda w, c, xs: wg.scan(cell(w), c, xs), (MATRIX, VECTOR, ROWS)),
    "reversed": (lambda w, c, xs: wg.scan(cell(w), c, xs, reverse=True), (MATRIX, VECTOR, ROWS)),
    "one turn": (lambda w, c, xs: wg.scan(cell(w), c, xs), (MATRIX, VECTOR, ROWS[:1])),
    "swapped": (
        lambda a, b: wg.scan(lambda c, _: ((c[1], c[0] * 1.5), c[0]), (a, b), None, length=5),
        (VECTOR, ROWS[0]),
    ),
    "swapped, long": (
        lambda a, b: wg.scan(lambda c, _: ((c[1], c[0] * 1.5), c[0]), (a, b), None, length=4),
        (LONG, LONG_ROWS[0]),
    ),
    "passed through": (
        lambda a, b: wg.scan(lambda c, _: ((c[0], c[1] * c[0]), c[0]), (a, b), None, length=4),
        (LONG, LONG_ROWS[0]),
    ),
    "twice the same": (lambda a: wg.scan(lambda c, x: ((c[0] + x,) * 2, c[1]), (a, a * 2), ROWS), (VECTOR,)),
    "constant results": (lambda a: wg.scan(lambda c, x: (c * x, (np.ones(2), 3.0)), a, ROWS), (VECTOR,)),
    "long": (lambda c, xs: wg.scan(lambda c, x: (np.sin(c) * x, c[3:7]), c, xs), (LONG, LONG_ROWS)),
    "products": (
        lambda w, c: wg.scan(lambda c, _: (np.sin(c @ w), None), c, None, length=3),
        (RNG.normal(size=(30, 30)) / 9, RNG.normal(size=(20, 30))),
    ),
    "counted": (lambda x: wg.fori_loop(0, 7, lambda i, c: np.sin(c) * (i + 1) * 0.3, x), (VECTOR,)),
    "indexed": (lambda x, xs: wg.fori_loop(0, 5, lambda i, c: c + xs[i] * c, x), (VECTOR, ROWS)),
    "assigned": (lambda x: wg.fori_loop(1, 3, assigned, x), (VECTOR,)),
    "added at": (lambda x: wg.fori_loop(1, 3, added_at, x), (VECTOR,)),
    "map": (lambda xs: wg.map(lambda x: np.sum(x) * x, xs), (ROWS,)),
    "within a budget": (lambda w, c, xs: wg.scan(cell(w), c, xs, memory=2), (MATRIX, VECTOR, ROWS)),
    "loop in loop": (
        lambda w, x: wg.fori_loop(0, 3, lambda i, c: wg.fori_loop(0, 4, lambda j, d: np.tanh(w @ d) + 0.1 * j, c), x),
        (MATRIX, VECTOR),
    ),
    "scan in scan": (
        lambda x, xs: wg.scan(lambda c, a: wg.scan(lambda d, e: (d * e + 1.0, d), np.sum(c), a), x[0], xs)[1],
        (VECTOR, ROWS),
    ),
    "while in loop": (
        lambda x: wg.fori_loop(
            0, 3, lambda i, c: wg.while_loop(lambda d: np.sum(d) < 50.0, lambda d: d * 1.1 + 0.3, c) * 0.1, x
        ),
        (abs(VECTOR),),
    ),
    "branch in loop": (
        lambda x: wg.fori_loop(0, 6, lambda i, c: wg.cond(np.sum(c) > 0, np.cos, lambda d: d * 0.5 - 0.1, c), x),
        (VECTOR,),
    ),
}

WHILES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "newton": (
        lambda a: wg.while_loop(lambda c: np.abs(c * c - a) > 1e-12, lambda c: c - (c * c - a) / (2 * c), a),
        (numpy.array(7.0),),
    ),
    "vector": (lambda a: wg.while_loop(lambda c: np.max(c) < 100, lambda c: c * 1.5 + 1, a), (VECTOR,)),
    "odd turns": (lambda a: wg.while_loop(lambda c: np.max(c) < 10, lambda c: c * 1.5 + 1, a), (LONG,)),
    "long": (lambda a: wg.while_loop(lambda c: np.max(c) < 100, lambda c: c * 1.5 + 1, a), (LONG,)),
    "no turn": (lambda a: wg.while_loop(lambda c: np.max(c) < -100, lambda c: c * 1.5 + 1, a), (VECTOR,)),
    "two": (
        lambda a, b: wg.while_loop(lambda c: np.sum(c[0]) < 50, lambda c: (c[1] + 1, c[0] * 1.1), (a, b)),
        (abs(VECTOR), ROWS[0]),
    ),
    "within a budget": (
        lambda a: wg.while_loop(lambda c: np.max(c) < 100, lambda c: c * 1.05 + 1, a, memory=4),
        (VECTOR,),
    ),
}

BRANCHES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "taken": (lambda a: wg.cond(a > 0, np.sin, lambda b: b * b, a), (numpy.array(0.5),)),
    "not taken": (lambda a: wg.cond(a > 0, np.sin, lambda b: b * b, a), (numpy.array(-0.5),)),
    "long": (lambda a, b: wg.cond(a > 0, np.sin, lambda x: x * x, b), (numpy.array(-0.5), LONG)),
    "passed through": (lambda a, b: wg.cond(a > 0, lambda x: x, lambda x: x * x, b), (numpy.array(0.5), LONG)),
    "switch": (lambda a, b: wg.switch(a, [np.sin, np.cos, np.exp], b), (numpy.array(1), VECTOR)),
    "clamped": (lambda a, b: wg.switch(a, [np.sin, np.cos, np.exp], b), (numpy.array(7), VECTOR)),
}


def named(cases: dict[str, Any]) -> Any:
    return pytest.mark.parametrize(("f", "args"), cases.values(), ids=list(cases))


@pytest.mark.part(8)
@named(SCANS | WHILES | BRANCHES)
def test_value(kind: str, f: Any, args: Any) -> None:
    assert_native(f, *args)


@pytest.mark.part(8)
@named(SCANS | WHILES | BRANCHES)
def test_gradient(kind: str, f: Any, args: Any) -> None:
    moving = [a for a in args if a.dtype.kind == "f"]
    fixed = args[: len(args) - len(moving)]
    assert_native(gradient(lambda *x: f(*fixed, *x)), *moving)


@pytest.mark.part(4)
@pytest.mark.parametrize("memory", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("reverse", [False, True])
def test_gradient_within_a_budget(memory: int, reverse: bool) -> None:
    rows = RNG.normal(size=(23, 3))
    assert_native(
        gradient(lambda w, c, xs: wg.scan(cell(w), c, xs, memory=memory, reverse=reverse)), MATRIX, VECTOR, rows
    )


def test_second_derivatives(kind: str) -> None:
    assert_native(wg.hessian(lambda x: np.sum(wg.fori_loop(0, 4, lambda i, c: np.sin(c * c) + x, x))), VECTOR)
    growing = lambda x: wg.while_loop(lambda c: np.max(c) < 100, lambda c: c * c * 0.5 + 1.0, x)
    assert_native(wg.hessian(lambda x: np.sum(growing(x))), abs(VECTOR))


def test_batches(kind: str) -> None:
    assert_native(wg.vmap(lambda x: wg.fori_loop(0, 4, lambda i, c: np.sin(c * c) + x, x)), ROWS)
    growing = lambda x: wg.while_loop(lambda c: np.max(c) < 100, lambda c: c * c * 0.5 + 1.0, x)
    assert_native(wg.vmap(growing), abs(ROWS))


def test_carried_integers_and_flags(kind: str) -> None:
    def turn(carry: Any, _: Any) -> Any:
        count, x, flag = carry
        return (count + 1, x * 2.0, np.logical_not(flag)), (count, flag)

    start = numpy.array(3), VECTOR, numpy.array(True)
    assert_native(lambda x: wg.scan(turn, (start[0], x, start[2]), None, length=5), VECTOR)


def test_places_written_twice_in_registers() -> None:
    def turn(i: Any, x: Any) -> Any:
        after = x * 1.5
        after[np.stack([i, i - 1, i])] = np.sin(x)
        after[np.stack([i, i])] += x[:2]
        return after

    assert_native(lambda x: wg.fori_loop(0, 3, turn, x), VECTOR)
    assert_native(gradient(lambda x: wg.fori_loop(0, 3, turn, x)), VECTOR)


TURNS: dict[str, Callable[[Any], Any]] = {
    "running sums": lambda c: np.cumsum(c) * 0.5,
    "products": lambda c: np.prod(c) * 0.5 + c,
    "norms": lambda c: c / np.linalg.norm(c) + 1,
    "extremes": lambda c: c - np.max(c) + np.argmax(c),
    "clips": lambda c: np.clip(c * 1.1, -1, 1),
    "flags": lambda c: np.where(np.any(c > 0) & ~np.all(c > 5), c * 2, c),
    "sums of products": lambda c: np.einsum("i,ij->j", c, numpy.eye(3) * 0.5),
    "remainders": lambda c: (c * 3) % 2,
    "rotations": lambda c: np.roll(c, 1) + np.flip(c),
    "joins": lambda c: np.concatenate([c[1:], c[:1] * 2]),
    "powers": lambda c: np.abs(c) ** 1.5 + c**2 + np.abs(c) ** c,
    "angles": lambda c: np.hypot(c, 1.0) + np.arctan2(c, 2.0) + np.floor(c),
    "trees": lambda c: {"a": c, "b": c + 1}["b"] * 0.3,
}


@pytest.mark.part(8)
@pytest.mark.parametrize("name", TURNS)
def test_operations_within_turns(kind: str, name: str) -> None:
    assert_native(lambda x: wg.fori_loop(0, 2, lambda i, c: TURNS[name](c), x), VECTOR)
    assert_native(gradient(lambda x: wg.fori_loop(0, 2, lambda i, c: TURNS[name](c), x)), VECTOR)


def test_float32(kind: str) -> None:
    f = lambda x: wg.scan(lambda c, a: (np.tanh(c) * a, c), x, ROWS.astype(numpy.float32))
    assert_native(f, VECTOR.astype(numpy.float32), tolerance=1e-6)


def test_an_index_out_of_bounds_in_a_turn_is_an_error(kind: str) -> None:
    compiled = wg.jit(lambda xs, begin: wg.fori_loop(0, 4, lambda i, c: c + xs[i + begin], np.zeros(3)))
    compiled(ROWS, numpy.array(1))
    with pytest.raises(IndexError, match="index 5 is out of bounds"):
        compiled(ROWS, numpy.array(2))


def test_an_operation_without_native_form_makes_the_loop_a_numpy_step() -> None:
    compiled = wg.jit(lambda x: wg.fori_loop(0, 3, lambda i, c: c[np.lexsort((c,))] * 1.5, x))
    numpy.testing.assert_allclose(compiled(VECTOR), numpy.sort(VECTOR) * 1.5**3)
    assert "NumPy steps, which have no native form: pick, scan with lexsort" in compiled.report()


def test_no_result_depends_on_the_arena_of_another_call(kind: str) -> None:
    f = wg.jit(lambda w, c, xs: wg.scan(cell(w), c, xs))
    first = [numpy.array(o) for o in tree_leaves(f(MATRIX, VECTOR, ROWS))]
    f(MATRIX * 2, VECTOR, ROWS)
    for value, expected in zip(tree_leaves(f(MATRIX, VECTOR, ROWS)), first, strict=True):
        numpy.testing.assert_array_equal(value, expected)


def test_long_sums_in_registers_are_numpys() -> None:
    x = RNG.normal(size=(3, 29))
    f = lambda x: wg.scan(lambda c, a: (c, np.sum(a)), 0.0, x)[1]
    numpy.testing.assert_array_equal(wg.jit(f)(x), f(x))


def test_branches_that_are_not_taken_do_not_run() -> None:
    def endless(x: Any) -> Any:
        return wg.while_loop(lambda c: np.sum(c) == np.sum(c), lambda c: c + 1, x)

    f = wg.jit(lambda a, x: wg.cond(a, endless, lambda x: x * 2, x))
    numpy.testing.assert_array_equal(f(numpy.array(False), VECTOR), VECTOR * 2)


def test_large_arrays_within_turns_are_shared_among_threads() -> None:
    weights, start = RNG.normal(size=(300, 300)) / 20, RNG.normal(size=(300, 300))

    def f(w: Any, x: Any) -> Any:
        def turn(c: Any, _: Any) -> Any:
            after = np.tanh(c @ w + 0.1 * np.sin(c))
            return after, np.sum(after)

        return wg.scan(turn, x, None, length=3)

    assert_native(f, weights, start, tolerance=1e-10)
    assert_native(gradient(f), weights, start, tolerance=1e-8)


def test_constant_arrays_within_turns(kind: str) -> None:
    table, zeros = RNG.normal(size=(3, 3)), numpy.zeros((40, 3, 2))
    assert_native(lambda x: wg.fori_loop(0, 3, lambda i, c: np.sin(c @ table) + np.sum(c @ zeros), x), VECTOR)


def test_no_memory_for_what_the_turns_keep(kind: str) -> None:
    form = Abstract((), numpy.dtype(float))
    body = graph_of(lambda x: [np.sin(x)], [form])
    back = graph_of(lambda x, ct: [ct * np.cos(x)], [form, form])
    params = {"captured": 0, "carried": 1, "moving": (True,), "ends": (True,), "length": None, "reverse": False}

    def pullback(turns: Any, x: Any, ct: Any) -> Any:
        return loop_pullback(turns, x, ct, body=body, back=back, memory=None, **params)[0]

    compiled = wg.jit(pullback)
    numpy.testing.assert_allclose(compiled(numpy.array(1), 0.3, 2.0), 2 * numpy.cos(0.3))
    with pytest.raises(MemoryError, match=f"{2**50} turns keep {2**53} bytes"):
        compiled(numpy.array(2**50), 0.3, 2.0)
