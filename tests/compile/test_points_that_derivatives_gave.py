"""Derivatives at a point that another derivative gave, which may have watched under the same number."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.array([1.25, -0.5])


def cube(x: Any) -> Any:
    return x**3


def leaked(x: Any) -> Any:
    """What a function has kept of what it computed."""
    kept: list[Any] = []

    def keeping(t: Any) -> Any:
        kept.append(t * t)
        return np.sum(t * t)

    wg.grad(keeping)(x)
    return kept[0]


def leaked_tangent(x: Any) -> Any:
    kept: list[Any] = []
    wg.jvp(lambda t: kept.append(np.sin(t)) or t, (x,), (x,))
    return kept[0]


GIVEN: dict[str, Any] = {
    "leaked": leaked,
    "leaked tangent": leaked_tangent,
    "grad": wg.grad(lambda x: np.sum(cube(x))),
    "jvp": lambda x: wg.jvp(cube, (x,), (x,))[1],
    "primal of jvp": lambda x: wg.jvp(cube, (x,), (x,))[0],
    "vjp": lambda x: wg.vjp(cube, x)[1](x)[0],
    "linearize": lambda x: wg.linearize(cube, x)[1](x),
    "jacobian forward": lambda x: wg.jacobian(cube, mode="forward")(x)[0],
    "jacobian reverse": lambda x: wg.jacobian(cube, mode="reverse")(x)[1],
    "hessian": lambda x: wg.hessian(lambda x: np.sum(cube(x)))(x)[0],
    "hvp": lambda x: wg.hvp(lambda x: np.sum(cube(x)), (x,), (x,)),
    "taylor": lambda x: wg.taylor(cube, 2)(x, x)[2],
    "derivative": lambda x: np.stack([wg.derivative(cube, 2)(t) for t in x]),
    "laplacian": lambda x: x * wg.laplacian(lambda x: np.sum(x**4))(x),
    "vmap": lambda x: wg.vmap(wg.grad(cube))(x),
    "checkpoint": wg.checkpoint(cube),
}


def through_everything(x: Any) -> Any:
    """A loop, a branch, and what is computed again."""
    powers = wg.fori_loop(0, 3, lambda i, total: total * x, x)
    chosen = wg.cond(np.sum(x) > 0, cube, np.sin, x)
    return np.sum(powers + chosen * wg.checkpoint(np.cos)(x))


@pytest.mark.part(2)
@pytest.mark.parametrize("name", GIVEN)
def test_compiled_is_eager(name: str) -> None:
    def run(x: Any) -> Any:
        point = GIVEN[name](x)
        slope = wg.grad(through_everything)(point)
        return slope, wg.jvp(through_everything, (point,), (x,))[1]

    for found, wanted in zip(wg.jit(run)(X), run(np.asarray(X)), strict=True):
        numpy.testing.assert_allclose(found, wanted, rtol=1e-12)
