"""Series through loops and branches are those of the operations that were run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.walks.test_taylor import check_series

import wengert as wg
import wengert.numpy as np


def counted(x: Any) -> Any:
    def body(c: Any, t: Any) -> Any:
        return np.sin(c) * x + t, c * c

    last, squares = wg.scan(body, x * x, np.arange(4.0) * x)
    return last + np.sum(squares)


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "scan": counted,
    "scan backward": lambda x: wg.scan(lambda c, t: (c * t, c), x, np.array([1.0, 2.0]) * x, reverse=True)[1],
    "a carry that begins still": lambda x: wg.fori_loop(0, 4, lambda i, c: c * x + i, numpy.float64(0.5)),
    "while_loop": lambda x: wg.while_loop(lambda c: c < 5.0, lambda c: c * c * x + c + 0.1, x),
    "cond": lambda x: wg.cond(x > 0, lambda x: np.sin(x) * x, lambda x: x, x),
    "switch": lambda x: wg.switch(1, [np.sin, np.exp, np.cos], x * x),
    "a loop in a loop": lambda x: wg.fori_loop(
        0, 2, lambda i, c: wg.fori_loop(0, 2, lambda j, d: np.cos(d) * x, c) + x, x
    ),
    "map": lambda x: wg.map(lambda y: np.exp(y) * x, np.array([0.1, 0.2]) * x),
    "a compiled function": lambda x: wg.jit(lambda y: np.sin(y) * y)(x * x),
    "a checkpoint": lambda x: wg.checkpoint(lambda y: np.sin(y) * y * x)(x * x),
    "custom rule": lambda x: wg.custom_derivative(lambda y: y**3, vjp=lambda p, out, ct: ct * 3 * p[0] ** 2)(np.sin(x)),
    "gradient of a scan": wg.grad(counted),
    "gradient of a while_loop": wg.grad(lambda x: wg.while_loop(lambda c: c < 3.0, lambda c: c * c * x + c + 0.1, x)),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", PROGRAMS)
def test_series_of_a_program(name: str) -> None:
    check_series(lambda x: (PROGRAMS[name](x),), (numpy.float64(0.7),), 3, 1e-11)


@pytest.mark.part(4)
@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled_series_are_the_same(name: str) -> None:
    series = wg.taylor(PROGRAMS[name], 3)
    numpy.testing.assert_allclose(
        numpy.asarray(wg.jit(series)(0.7, 1.0)), numpy.asarray(series(0.7, 1.0)), rtol=1e-12, atol=1e-12
    )
