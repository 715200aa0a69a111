"""Every loop and branch of the table, in every mode and way, is the plain Python that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy
import pytest
from tests import laws
from tests.control import plain
from tests.control.programs import PROGRAMS

import wengert as wg
import wengert.numpy as np
from wengert.core.python.trees import flatten

Function = Callable[..., Any]


def vector(f: Function) -> Function:
    """All that moves of a function's results, as one vector."""

    def run(*args: Any) -> Any:
        leaves = [np.asarray(leaf) for leaf in flatten(f(*args))[0]]
        return np.concatenate([np.reshape(leaf, (-1,)) for leaf in leaves if leaf.dtype.kind in "fc"])

    return run


def loss(f: Function) -> Function:
    """A weighted sum of all that moves."""

    def run(*args: Any) -> Any:
        v = vector(f)(*args)
        weights = numpy.cos(numpy.arange(v.size)).astype(v.dtype)
        return np.sum(np.real(v) * weights.real + np.imag(v) * 0.5 if v.dtype.kind == "c" else v * weights)

    return run


def direction(args: Any) -> tuple[Any, ...]:
    """A tangent that depends on the point."""
    return tuple(np.cos(a) for a in args)


def value(f: Function) -> Function:
    return lambda *args: flatten(f(*args))[0]


def gradient(f: Function) -> Function:
    return wg.grad(loss(f), (0, 1))


def pushed(f: Function) -> Function:
    return lambda *args: wg.jvp(vector(f), args, direction(args))[1]


def pulled(f: Function) -> Function:
    def run(*args: Any) -> Any:
        out, pullback = wg.vjp(vector(f), *args)
        return pullback(np.cos(out))

    return run


def jacobian(f: Function) -> Function:
    return wg.jacobian(vector(f))


def hessian(f: Function) -> Function:
    return wg.hessian(loss(f))


def forward_over_reverse(f: Function) -> Function:
    return lambda *args: wg.jvp(gradient(f), args, direction(args))[1]


def reverse_over_forward(f: Function) -> Function:
    return wg.grad(lambda *args: wg.jvp(loss(f), args, direction(args))[1], (0, 1))


def reverse_over_reverse(f: Function) -> Function:
    return wg.grad(lambda *args: sum(np.sum(np.real(g * np.sin(g))) for g in gradient(f)(*args)), (0, 1))


def third(f: Function) -> Function:
    def second(*args: Any) -> Any:
        return np.sum(forward_over_reverse(f)(*args)[0] ** 2)

    return wg.grad(second, (0, 1))


FIRST = {"value": value, "grad": gradient, "jvp": pushed, "vjp": pulled, "jacobian": jacobian}
SECOND = {
    "hessian": hessian,
    "forward over reverse": forward_over_reverse,
    "reverse over forward": reverse_over_forward,
    "reverse over reverse": reverse_over_reverse,
}
MODES = {**FIRST, **SECOND, "third": third}


def is_tested(name: str, mode: str) -> bool:
    if mode == "hessian":
        return PROGRAMS[name].arguments[0].dtype.kind == "f"
    return mode != "third" or PROGRAMS[name].small


def points(name: str) -> list[tuple[Any, ...]]:
    program = PROGRAMS[name]
    return [program.arguments, *program.others]


def batch(name: str) -> list[Any]:
    return [numpy.stack(column) for column in zip(*points(name), strict=True)]


@cache
def expected(name: str, mode: str, point: int) -> list[Any]:
    """What plain Python gives."""
    f = partial(PROGRAMS[name].run, plain)
    return [wg.stop_gradient(leaf) for leaf in flatten(MODES[mode](f)(*points(name)[point]))[0]]


def every(name: str, modes: Any, f: Any = None) -> Function:
    """All these modes of a program, to be compiled in one."""
    f = f or partial(PROGRAMS[name].run, wg)
    return lambda *args: {mode: flatten(MODES[mode](f)(*args))[0] for mode in modes if is_tested(name, mode)}


def compare(name: str, found: dict[str, Any], point: int | None = None) -> None:
    """Compare with plain Python at one point, or at all."""
    for mode, values in found.items():
        if point is None:
            columns = zip(*[expected(name, mode, i) for i in range(3)], strict=True)
            wanted = [numpy.stack([numpy.asarray(x) for x in column]) for column in columns]
        else:
            wanted = expected(name, mode, point)
        try:
            laws.assert_close([wg.stop_gradient(v) for v in values], wanted, 1e-4 if "float32" in name else 1e-9)
        except AssertionError as error:
            raise AssertionError(f"{mode}: {error}") from error


each_program = pytest.mark.parametrize("name", PROGRAMS)


@pytest.mark.part(4)
@each_program
def test_eager(name: str) -> None:
    for point, args in enumerate(points(name)):
        compare(name, every(name, MODES)(*args), point)


@pytest.mark.part(4)
@each_program
def test_batched(name: str) -> None:
    compare(name, wg.vmap(every(name, MODES))(*batch(name)))


# To compile takes a second: each program is compiled in some of the modes, in one of four ways.


def some(name: str, way: int) -> list[str]:
    """The value and a mode of first order; one of second the first way and every other time; of third order once."""
    number = list(PROGRAMS).index(name) + way
    first, second = list(FIRST)[1:], list(SECOND)
    chosen = ["value", first[number % len(first)]]
    if way == 0 or number % 2:
        chosen.append(second[(number + number // 4) % len(second)])
    return [*chosen, "third"] if PROGRAMS[name].small and way == 0 else chosen


@pytest.mark.part(4, 0)
@each_program
def test_compiled(name: str) -> None:
    """Several modes in one compiled function, which all points share."""
    f = wg.jit(every(name, some(name, 0)))
    for point, args in enumerate(points(name)):
        compare(name, f(*args), point)


@pytest.mark.wide
@each_program
def test_compiled_in_all_modes(name: str) -> None:
    f = wg.jit(every(name, MODES))
    for point, args in enumerate(points(name)):
        compare(name, f(*args), point)


@pytest.mark.part(4, 1)
@each_program
def test_modes_of_the_compiled(name: str) -> None:
    f = wg.jit(partial(PROGRAMS[name].run, wg))
    for point, args in enumerate(points(name)):
        compare(name, every(name, some(name, 1), f)(*args), point)


@pytest.mark.part(4, 2)
@each_program
def test_compiled_batch(name: str) -> None:
    compare(name, wg.jit(wg.vmap(every(name, some(name, 2))))(*batch(name)))


@pytest.mark.part(4, 3)
@each_program
def test_batch_of_the_compiled(name: str) -> None:
    compare(name, wg.vmap(wg.jit(every(name, some(name, 3)[:2])))(*batch(name)))
