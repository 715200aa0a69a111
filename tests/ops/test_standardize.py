"""Standardising as one operation: what it is of several, in all modes."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests import laws

import wengert as wg
import wengert.numpy as np
from wengert.core.routines import WORTH_A_ROUTINE
from wengert.ops.axes.standardize import is_known_array, standardized

EPS = 1e-3


def by_operations(x: Any, axis: tuple[int, ...]) -> Any:
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return centred / np.sqrt(np.mean(np.square(centred), axis=axis, keepdims=True) + EPS)


@pytest.mark.parametrize(("shape", "axis"), [((5,), (0,)), ((3, 4), (1,)), ((3, 4), (0,)), ((2, 3, 4, 2), (0, 2, 3))])
def test_modes(shape: tuple[int, ...], axis: tuple[int, ...]) -> None:
    args = (laws.random_like(numpy.zeros(shape), 0),)
    f = lambda x: (standardized(x, axis=axis, number=EPS),)
    numpy.testing.assert_allclose(f(wg.tensor(args[0]))[0], by_operations(args[0], axis), rtol=1e-12)
    laws.check_modes(f, args, 1e-9)
    laws.check_modes(laws.derivative(f, args), args, 1e-8)


@pytest.mark.parametrize("shape", [(3, 4), (4, WORTH_A_ROUTINE)], ids=["few", "many"])
def test_the_derivatives_are_those_of_its_parts(shape: tuple[int, ...]) -> None:
    rng = numpy.random.default_rng(0)
    x, dx, v = (rng.normal(size=shape) for _ in range(3))

    def derivatives(f: Any) -> Any:
        gradient = wg.grad(lambda x: np.sum(f(x, (1,)) ** 3 * v))
        return gradient(x), *wg.jvp(gradient, (x,), (dx,))

    ours = derivatives(lambda x, axis: standardized(x, axis=axis, number=EPS))
    for found, expected in zip(ours, derivatives(by_operations), strict=True):
        numpy.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_who_takes_it() -> None:
    found = []

    def look(x: Any) -> Any:
        found.append(is_known_array(x))
        return x

    look(wg.tensor(numpy.ones(3)))
    look(wg.tensor(numpy.ones(3, int)))
    wg.jit(look)(numpy.ones(3))
    wg.vmap(look)(numpy.ones((2, 3)))
    wg.grad(lambda x: look(x).sum())(numpy.ones(3))
    assert found == [True, False, False, False, True]
