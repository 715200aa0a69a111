"""Smooth functions of sizes where the size is 0: derivatives as of the same function of the square."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg

np = wg.numpy
norm = np.linalg.norm

Function = Callable[[Any], Any]

SQUARES: dict[str, Function] = {
    "norm": lambda x: norm(x) ** 2,
    "root of a sum": lambda x: np.sqrt(np.sum(x * x)) ** 2,
    "power of a product": lambda x: ((x @ x) ** 0.5) ** 2,
    "power": lambda x: np.power(np.sum(x**2), 0.5) ** 2,
    "product of roots": lambda x: np.sqrt(x @ x) * (x @ x) ** 0.5,
    "hypot": lambda x: np.hypot(x[0], x[1]) ** 2,
    "abs": lambda x: np.sum(np.abs(x) ** 2),
    "abs of complex": lambda x: np.abs(x[0] + 1j * x[1]) ** 2,
    "deviation": lambda x: 2 * np.std(np.concatenate([x, -x])) ** 2,
}
MODES = (wg.jacfwd, wg.jacrev)
every_square = pytest.mark.parametrize("square", SQUARES.values(), ids=SQUARES)
ORIGIN = numpy.zeros(2)


def derivative(f: Function, modes: tuple[Any, ...]) -> Function:
    for mode in modes:
        f = mode(f)
    return f


@pytest.mark.part(8)
@every_square
@pytest.mark.parametrize("compiled", [False, True])
def test_second_derivatives_at_zero(square: Function, compiled: bool) -> None:
    for outer in (lambda s: s, lambda s: np.exp(-s) * -1, lambda s: s * (3 + s) / 3):
        for modes in itertools.product(MODES, repeat=2):
            hessian = derivative(lambda x, outer=outer: outer(square(x)), modes)
            found = (wg.jit(hessian) if compiled and modes[0] is wg.jacrev else hessian)(ORIGIN)
            numpy.testing.assert_allclose(found, 2 * numpy.eye(2), rtol=1e-14, atol=1e-14)


@pytest.mark.part(4)
@every_square
def test_third_derivatives_at_zero(square: Function) -> None:
    for modes in itertools.product(MODES, repeat=3):
        assert not derivative(square, modes)(ORIGIN).numpy().any()


@pytest.mark.parametrize("name", ["norm", "power", "abs of complex"])
def test_third_derivatives_of_products_at_zero(name: str) -> None:
    wanted = derivative(lambda x: x @ x * x[0], (wg.jacfwd,) * 3)(ORIGIN)
    for modes in itertools.product(MODES, repeat=3):
        found = derivative(lambda x: SQUARES[name](x) * x[0], modes)(ORIGIN)
        numpy.testing.assert_allclose(found, wanted, atol=1e-14)


@pytest.mark.part(4)
@pytest.mark.parametrize("name", sorted({*SQUARES} - {"abs"}))
def test_fourth_derivatives_at_zero_are_right_or_refused(name: str) -> None:
    square = SQUARES[name]
    wanted = derivative(lambda x: (x @ x) ** 2, (wg.jacfwd,) * 4)(ORIGIN)
    for mode in MODES:
        assert not derivative(square, (mode,) * 4)(ORIGIN).numpy().any()
        for f in (lambda x: square(x) ** 2, lambda x: square(x) * square(x)):
            try:
                numpy.testing.assert_allclose(derivative(f, (mode,) * 4)(ORIGIN), wanted, atol=1e-12)
            except NotImplementedError:
                continue


def test_what_is_said_of_fourth_derivatives() -> None:
    with pytest.raises(NotImplementedError) as error:
        derivative(lambda x: norm(x) ** 4, (wg.jacrev,) * 4)(ORIGIN)
    assert str(error.value) == (
        "[norm] the fourth derivative of a function of a size (a norm, abs, hypot or sqrt) was asked for where the "
        "size is 0, wanted derivatives up to the third there; write the function in terms of the square: (x @ x)**2 "
        "for norm(x)**4, x**4 for abs(x)**4"
    )


@pytest.mark.part(4)
@every_square
def test_fourth_derivatives_elsewhere(square: Function) -> None:
    point = numpy.array([0.6, -0.8])
    for mode in MODES:
        found = derivative(lambda x: square(x) ** 2, (mode,) * 4)(point)
        wanted = derivative(lambda x: (x @ x) ** 2, (mode,) * 4)(point)
        numpy.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8)


def sizes_of_sizes(x: Any) -> Any:
    size = np.sum(x)
    for part in x:
        k = 0
        while np.sum(x) < 3.0 and k < 4:
            k = k + 1
            size = np.hypot(size, size)
        if part > 2.7:
            part = np.sqrt(np.abs(size) + 0.5)
            part = np.hypot(part, part)
        size = np.sinh(np.tanh(part))
    return size


def test_sizes_of_sizes_in_loops() -> None:
    x = np.array([0.5, 0.2, 0.1])
    assert_same(wg.grad(wg.jit(sizes_of_sizes, structured=True))(x), wg.grad(sizes_of_sizes)(x))


def parts_in_nested_loops(x: Any) -> Any:
    parts = np.ravel(np.exp(-np.abs(x)))

    def outer(c: Any, part: Any) -> Any:
        grown, _ = wg.scan(lambda c, _: (c + 0.1, wg.checkpoint(lambda t: t * c)(c)), part, parts, memory=2)
        return grown, np.meshgrid(c, c)[0]

    return sum(np.sum(leaf) for leaf in wg.trees.leaves(wg.scan(outer, np.prod(x, axis=0), parts)))


def test_parts_in_nested_loops_of_a_batch() -> None:
    gradient, points = wg.grad(parts_in_nested_loops), np.array([0.3, -0.2])
    assert_same(wg.vmap(gradient)(points), np.stack([*map(gradient, points)]))


ONE_BY_ONE: dict[str, Function] = {
    "abs": np.abs,
    "hypot": lambda x: np.hypot(x, 2 * x),
    "root": lambda x: np.sqrt(x * x),
    "power": lambda x: (x * x) ** 0.5,
    "norm": lambda x: norm(np.stack([x, -x]), axis=0),
    "abs of complex": lambda x: np.abs(x + 2j * x),
}


@pytest.mark.part(3)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("in_loop", [False, True])
@pytest.mark.parametrize("size", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_a_zero_cotangent_stays_zero_where_sizes_are_infinite(size: Function, in_loop: bool) -> None:
    def turns(x: Any) -> Any:
        return wg.scan(lambda y, _: ((size(y) + 0.5) ** 40, None), x, length=3)[0]

    f = turns if in_loop else size
    point, zero = numpy.array([0.0, numpy.inf, -numpy.inf, 3.0, numpy.nan]), numpy.zeros(5)
    pull = lambda x, ct: wg.vjp(f, x)[1](ct)[0]
    turned = lambda x, ct: wg.jvp(lambda x: pull(x, ct), (x,), (np.ones_like(x),))[1]
    for walk in (pull, wg.jit(pull), turned, wg.jit(turned), lambda x, ct: wg.jvp(f, (x,), (ct,))[1]):
        numpy.testing.assert_array_equal(numpy.abs(walk(point, zero)), zero)


@pytest.mark.parametrize("shape", [(2,), (2, 1), (1, 2), (1, 2, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_other_shapes_on_the_way(shape: tuple[int, ...], keepdims: bool) -> None:
    def squares(x: Any) -> Any:
        sizes = np.reshape(norm(np.reshape(x, (2, 2)), axis=1, keepdims=keepdims), shape)
        return np.sum(np.reshape(sizes * sizes, (2,)))

    for modes in itertools.product(MODES, repeat=2):
        for f in (derivative(squares, modes), wg.jit(derivative(squares, modes))):
            for point in (numpy.zeros(4), numpy.array([0.0, 0.0, 3.0, 4.0])):
                numpy.testing.assert_allclose(f(point), 2 * numpy.eye(4), atol=1e-14)
