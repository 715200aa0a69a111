"""What compiled functions are given and give: nestings, numbers, static arguments, any array."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

ONES = numpy.ones(2)


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Point:
    x: Any
    tags: Any


def test_structures_in_and_out() -> None:
    @wg.jit
    def g(pair: Any, point: Any, missing: Any = None, *, scale: Any = 2.0) -> Any:
        assert missing is None
        return Point(pair.left * scale, {"a": [point.x, None], "b": ()}), Pair(point.tags[0], 1.0)

    point, pair = g(Pair(ONES, 3.0), Point(2 * ONES, (ONES, 5)), scale=4)
    assert isinstance(point, Point)
    assert_same(point.x, 4 * ONES)
    assert point.tags["a"][1] is None
    assert_same(point.tags["a"][0], 2 * ONES)
    assert isinstance(pair, Pair)
    assert_same(pair.left, ONES)


def test_nothing_in_and_nothing_out() -> None:
    assert wg.jit(lambda: None)() is None
    assert_same(wg.jit(lambda: np.ones(2))(), ONES)
    choose = wg.jit(lambda x, y=None: x if y is None else x + y)
    assert_same(choose(ONES, None), ONES)
    assert_same(choose(ONES, ONES), 2 * ONES)
    assert_same(choose(ONES), ONES)


def test_results_are_not_the_callers_arrays() -> None:
    x = numpy.ones(2)
    same, again, other = wg.jit(lambda x: (x, x, x * 1))(x)
    x[:] = 5
    assert_same(same, ONES)
    same += 1
    assert same is again
    assert_same(other, ONES)


def test_a_tensor_from_outside_is_given_as_it_is() -> None:
    w = wg.tensor([1.0, 1.0], requires_grad=True)
    state = wg.tensor([1.0, 1.0])

    @wg.jit
    def f(x: Any) -> Any:
        nonlocal state
        before, state = state, state + x
        return w, before, state

    for turn in range(1, 4):
        held = state
        same, before, after = f(ONES)
        assert same is w
        assert before is held
        assert after is state
        assert_same(after, (turn + 1) * ONES)


NUMBERS = [2.0, 3, 2.5 + 1j, numpy.float32(2), numpy.float64(3), numpy.int64(4), numpy.array(2.0), numpy.float16(1)]


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int32", "complex64"])
def test_numbers_are_arguments_and_give_way_to_arrays(dtype: str) -> None:
    def g(x: Any, s: Any) -> Any:
        return x * (s * 2 - 1) + np.where(x == 1, s, x)

    compiled = wg.jit(g)
    x = numpy.array([1, 0, 2]).astype(dtype)
    for s in NUMBERS:
        assert_same(compiled(x, s), g(np.asarray(x), s))
    before = len(compiled.programs)
    assert_same(compiled(x, 17.5), g(np.asarray(x), 17.5))
    assert len(compiled.programs) == before


def test_static_arguments_by_position_and_by_type() -> None:
    g = wg.jit(lambda x, axis, scale=2: np.sum(x, axis=axis) * scale, static_argnames=("axis", "scale"))
    x = numpy.arange(6).reshape(2, 3)
    assert_same(g(x, 0), x.sum(0) * 2)
    assert_same(g(x, (0, 1)), x.sum() * 2)
    assert_same(g(x, axis=1, scale=3), x.sum(1) * 3)
    assert_same(g(x, 1, 3.0), x.sum(1) * 3.0)


ARRAYS: dict[str, Any] = {
    "reversed": numpy.arange(24.0).reshape(2, 3, 4)[::-1, :, ::-2],
    "transposed": numpy.arange(24.0).reshape(2, 3, 4).T,
    "fortran": numpy.asfortranarray(numpy.arange(24.0).reshape(4, 6)),
    "broadcast": numpy.broadcast_to(numpy.arange(4.0), (3, 4)),
    "slice": numpy.arange(24.0).reshape(2, 3, 4)[:, 1],
    "one element": numpy.arange(5.0)[2:3],
    "scalar": numpy.array(2.5),
    "empty": numpy.zeros((0, 3)),
    "foreign order": numpy.arange(4.0).astype(">f8"),
    "not aligned": numpy.frombuffer(bytearray(b"x" + numpy.arange(4.0).tobytes()), numpy.uint8)[1:].view("f8"),
    "record field": numpy.zeros(4, [("a", "i1"), ("b", "f8")])["b"],
    **{
        d: numpy.array([[0, 1, 3], [2, 1, 0]]).astype(d)
        for d in ["?", "b", "h", "i", "q", "B", "H", "I", "Q", "e", "f", "d", "F", "D"]
    },
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", ARRAYS)
def test_any_array_is_an_argument(name: str) -> None:
    x = ARRAYS[name]

    def g(x: Any) -> Any:
        return x + x, np.sum(x, axis=tuple(range(x.ndim))[:1]), x.T, np.where(x == 1, x, x * x), np.astype(x, "c16")

    given = x.copy()
    for found, expected in zip(wg.jit(g)(x), g(np.asarray(x)), strict=True):
        assert_same(found, expected)
    numpy.testing.assert_array_equal(x, given)


def test_read_only_arguments_are_fine() -> None:
    x = numpy.ones(3)
    x.flags.writeable = False
    assert_same(wg.jit(lambda x: x + 1)(x), x + 1)


def test_very_many_arguments() -> None:
    arguments = [numpy.full(2, float(i)) for i in range(300)]
    assert_same(wg.jit(lambda *a: sum(a[1:], a[0]))(*arguments), numpy.full(2, 299 * 150.0))


SHARED: dict[str, Any] = {
    "flat": lambda f, m, v: f(m, v),
    "nested": lambda f, m, v: f([m], {"v": v}),
    "by keyword": lambda f, m, v: f(m, v=v),
}


@pytest.mark.parametrize("way", SHARED)
@pytest.mark.parametrize("order", [[0, 0], [0, 1], [1, 0], [1, 1]])
def test_a_tensor_that_is_passed_twice_is_no_rule_for_later_calls(way: str, order: list[int]) -> None:
    """Momenta begin as one tensor of zeros, and part."""

    def run(m: Any, v: Any) -> Any:
        (m,), (v,) = (m, v.values()) if isinstance(m, list) else ([m], [v])
        return m * 2 + v, v + 1

    compiled, call = wg.jit(run), SHARED[way]
    first, other = np.asarray([1.0]), np.asarray([5.0])
    for is_other in order:
        given = (first, other) if is_other else (first, first)
        assert_same(call(compiled, *given), call(run, *given))
