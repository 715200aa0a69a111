"""Branches: what the side not taken holds reaches nothing, and only one side is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def root(x: Any) -> Any:
    """Not a number below zero, with an infinite derivative at zero."""
    return wg.cond(x > 0, lambda: np.sqrt(x) * np.log(x), lambda: x * x * x)


def quotient(x: Any) -> Any:
    """An infinity on the side that is not taken."""
    return wg.cond(x == 0, lambda x: x * 3.0, lambda x: np.sin(x) / x, x)


def power(x: Any) -> Any:
    return wg.switch(np.where(x > 0, 1, 0), [lambda: np.exp(x), lambda: np.log(x) * x**1.5])


def nested(x: Any) -> Any:
    return wg.cond(x > 0, lambda: wg.cond(x > 1, lambda: np.arccosh(x), lambda: x), lambda: x * x)


def in_loop(x: Any) -> Any:
    return wg.fori_loop(0, 2, lambda i, y: wg.cond(y > 0, lambda: np.sqrt(y) + x, lambda: y * y + 1), x)


PLAIN: dict[Callable[[Any], Any], Callable[[float], float]] = {
    root: lambda x: numpy.sqrt(x) * numpy.log(x) if x > 0 else x**3,
    quotient: lambda x: x * 3.0 if x == 0 else numpy.sin(x) / x,
    power: lambda x: numpy.log(x) * x**1.5 if x > 0 else numpy.exp(x),
    nested: lambda x: (numpy.arccosh(x) if x > 1 else x) if x > 0 else x * x,
    in_loop: lambda x: _in_loop(x),
}
SLOPES = {
    root: lambda x: numpy.log(x) / (2 * numpy.sqrt(x)) + 1 / numpy.sqrt(x) if x > 0 else 3 * x**2,
    quotient: lambda x: 3.0 if x == 0 else numpy.cos(x) / x - numpy.sin(x) / x**2,
    power: lambda x: numpy.sqrt(x) * (1 + 1.5 * numpy.log(x)) if x > 0 else numpy.exp(x),
    nested: lambda x: (1 / numpy.sqrt(x * x - 1) if x > 1 else 1.0) if x > 0 else 2 * x,
    in_loop: None,
}


def _in_loop(x: float) -> float:
    y = x
    for _ in range(2):
        y = numpy.sqrt(y) + x if y > 0 else y * y + 1
    return y


POINTS = numpy.array([-1.5, 0.0, 0.7, 2.0])


def every(f: Any) -> Any:
    """The value and derivatives of first and second order, in both modes."""
    first = wg.grad(f)
    return lambda x: [
        f(x),
        first(x),
        wg.jvp(f, (x,), (np.ones_like(x),))[1],
        wg.jvp(first, (x,), (np.ones_like(x),))[1],
        wg.grad(first)(x),
        wg.hessian(f)(x),
    ]


@pytest.mark.part(2)
@pytest.mark.parametrize("f", PLAIN, ids=lambda f: f.__name__)
def test_the_side_not_taken_reaches_nothing(f: Any) -> None:
    ways = [every(f), wg.jit(every(f)), every(wg.jit(f))]
    found = [[numpy.array([v.item() for v in way(x)]) for x in POINTS] for way in ways]
    batched = [wg.vmap(every(f)), wg.jit(wg.vmap(every(f)))]
    found += [numpy.array([v.numpy() for v in way(POINTS)]).T for way in batched]
    for rows in found:
        for x, (value, slope, pushed, *second) in zip(POINTS, rows, strict=True):
            assert value == pytest.approx(PLAIN[f](x), rel=1e-13)
            if SLOPES[f]:
                assert slope == pytest.approx(SLOPES[f](x), rel=1e-12)
            assert pushed == pytest.approx(slope, rel=1e-13)
            assert numpy.all(numpy.isfinite(second))
            numpy.testing.assert_allclose(second, found[0][list(POINTS).index(x)][3], rtol=1e-11)


@pytest.mark.parametrize("value", [numpy.nan, numpy.inf, -numpy.inf])
def test_what_the_side_not_taken_gives_may_be_anything(value: float) -> None:
    """A captured constant that is no number, as a factor; and where it is taken it is there."""

    def f(x: Any, w: Any) -> Any:
        return wg.cond(x > 0, lambda: x * x, lambda: np.sum(x * w))

    for way in (lambda t: t, wg.jit):
        for slope in (wg.grad(f, (0, 1)), wg.grad(wg.jit(f), (0, 1))):
            by_x, by_w = way(slope)(2.0, numpy.array([value, 1.0]))
            assert by_x.item() == 4.0
            assert by_w.tolist() == [0.0, 0.0]
        assert not numpy.isfinite(way(f)(-2.0, numpy.array([value, 1.0])).item())


def test_eager_only_one_side_is_run() -> None:
    seen: list[str] = []

    def side(name: str) -> Callable[[], float]:
        return lambda: seen.append(name) or 1.0

    wg.cond(True, side("yes"), side("no"))
    wg.cond(wg.tensor(0.0), side("yes"), side("no"))
    wg.grad(lambda x: x * wg.cond(x < 0, side("yes"), side("no")))(1.0)
    wg.switch(7, [side("a"), side("b"), side("c")])
    wg.switch(-7, [side("a"), side("b"), side("c")])
    assert seen == ["yes", "no", "no", "c", "a"]


def test_eager_results_are_what_compiled_ones_are() -> None:
    """Operands may be anything; results are numbers and arrays, nested, and come as tensors."""
    found = wg.cond(True, lambda name: {"count": len(name)}, lambda name: {"count": 0}, "yes")
    assert type(found["count"]) is wg.Tensor
    assert found["count"].item() == 3
    assert wg.switch(1, [lambda: (1.0, 2.0), dict]) == {}
    with pytest.raises(TypeError, match=r"^\[cond\] the result of if_true is a str, wanted numbers and arrays"):
        wg.cond(True, lambda name: name + "!", lambda name: 1.0, "yes")


@pytest.mark.parametrize("index", [-3, 0, 1, 2, 9])
def test_an_index_outside_is_the_nearest_within(index: int) -> None:
    branches = [lambda x: x, lambda x: x * x, lambda x: x * x * x]
    expected = 2.0 ** (1 + min(max(index, 0), 2))
    f = lambda i, x: wg.switch(i, branches, x)
    for integer in (index, numpy.int32(index), numpy.asarray(index, numpy.int8)):
        assert f(integer, 2.0) == expected
    assert wg.jit(f)(numpy.asarray(index), 2.0).item() == expected
    assert wg.vmap(f)(numpy.array([index, 1]), numpy.array([2.0, 2.0])).tolist() == [expected, 4.0]
    assert wg.jit(wg.vmap(f, in_axes=(0, None)))(numpy.array([index, 1]), 2.0).tolist() == [expected, 4.0]


def test_a_test_may_be_any_number() -> None:
    f = lambda test: wg.cond(test, lambda: 1.0, lambda: 2.0)
    truths = (True, 1, -1, 0.5, numpy.nan, numpy.inf, numpy.uint8(3))
    for test in (*truths, False, 0, 0.0, -0.0):
        expected = 1.0 if test else 2.0
        assert float(f(test)) == expected
        assert wg.jit(f)(np.asarray(test)).item() == expected


def test_operands_may_be_nested() -> None:
    def f(x: Any) -> Any:
        return wg.cond(
            x[0] > 0, lambda d, n: d["a"] * n[1], lambda d, n: d["b"] + n[0], {"a": x, "b": x * x}, (x[1], 2)
        )

    for x in (numpy.array([1.0, 2.0]), numpy.array([-1.0, 2.0])):
        expected = x * 2 if x[0] > 0 else x * x + x[1]
        numpy.testing.assert_array_equal(f(wg.tensor(x)), expected)
        numpy.testing.assert_array_equal(wg.jit(f)(x), expected)
