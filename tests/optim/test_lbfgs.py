"""L-BFGS against PyTorch's numbers, and its line search by what it promises."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import optim
from wengert.optim.line_search import CURVATURE, SUFFICIENT_DECREASE, Point, cubic_minimum, strong_wolfe

from .reference import DATA, OF_CLOSURES, by_closures, start, valley

STORED = json.loads(DATA.read_text())


def made(**hyperparameters: Any) -> tuple[list[Any], Any]:
    params = [wg.tensor(value, requires_grad=True) for value in start()]
    return params, optim.LBFGS(params, **hyperparameters)


def values(params: list[Any]) -> list[Any]:
    return [p.detach().numpy().copy() for p in params]


@pytest.mark.parametrize("name", OF_CLOSURES)
def test_the_steps_are_those_of_pytorch(name: str) -> None:
    params, optimizer = made(**OF_CLOSURES[name])
    found = numpy.array(by_closures(params, optimizer, values))
    numpy.testing.assert_allclose(found, STORED[name], rtol=1e-6, atol=1e-8)


def closure_of(params: list[Any], optimizer: Any) -> Callable[[], Any]:
    @wg.jit
    def closure() -> Any:
        optimizer.zero_grad()
        loss = valley(params)
        loss.backward()
        return loss

    return closure


def test_it_comes_to_the_bottom_and_stops() -> None:
    params, optimizer = made(max_iter=200, line_search_fn="strong_wolfe")
    closure = closure_of(params, optimizer)
    assert optimizer.step(closure).item() == pytest.approx(valley(params_of_start()).item())
    assert valley(params).item() < 1e-8
    before = values(params)
    optimizer.step(closure)
    for ours, theirs in zip(values(params), before, strict=True):
        numpy.testing.assert_allclose(ours, theirs, atol=1e-3)


def params_of_start() -> list[Any]:
    return [wg.tensor(value) for value in start()]


def test_a_loaded_state_goes_on() -> None:
    params, optimizer = made(max_iter=2, line_search_fn="strong_wolfe")
    closure = closure_of(params, optimizer)
    for _ in range(3):
        optimizer.step(closure)
    others, other = made(max_iter=2, line_search_fn="strong_wolfe")
    other.load_state_dict(optimizer.state_dict())
    with wg.no_grad():
        for p, value in zip(others, params, strict=True):
            p.copy_(value.detach())
    optimizer.step(closure)
    other.step(closure_of(others, other))
    for ours, theirs in zip(values(others), values(params), strict=True):
        numpy.testing.assert_array_equal(ours, theirs)


def test_without_memory_the_direction_is_the_gradients() -> None:
    numpy.testing.assert_array_equal(optim.two_loop(np.array([1.0, -2.0]), [], []), [-1.0, 2.0])


def test_the_direction_is_newtons_when_all_is_known() -> None:
    """With as many conjugate steps as there are dimensions, the inverse Hessian is exact."""
    rng = numpy.random.default_rng(0)
    root = rng.normal(size=(4, 4))
    hessian = root @ root.T + numpy.eye(4)
    _, vectors = numpy.linalg.eigh(hessian)
    steps = [wg.tensor(vectors[:, i]) for i in range(4)]
    changes = [wg.tensor(hessian @ vectors[:, i]) for i in range(4)]
    gradient = rng.normal(size=4)
    found = optim.two_loop(wg.tensor(gradient), steps, changes)
    numpy.testing.assert_allclose(found, -numpy.linalg.solve(hessian, gradient), rtol=1e-10)


LOSSES: dict[str, Callable[[Any], Any]] = {
    "parabola": lambda t: (t - 3.0) ** 2,
    "far": lambda t: (t / 100.0 - 3.0) ** 2,
    "narrow": lambda t: np.exp(40.0 * t) - 1000.0 * t,
    "wavy": lambda t: 0.05 * t * t - 5.0 * t + np.sin(3.0 * t),
    "quartic": lambda t: (t - 0.2) ** 4 - t,
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("first", [1e-3, 1.0, 30.0])
def test_the_conditions_of_wolfe_hold(name: str, first: float) -> None:
    loss, slope = LOSSES[name], wg.grad(LOSSES[name])

    def at(step: float) -> Point:
        with numpy.errstate(over="ignore"):
            return Point(step, float(loss(step)), None, float(slope(step)))

    begin = at(0.0)
    found = strong_wolfe(at, begin, first, 1.0, 1e-12, most=60)
    assert found.value <= begin.value + SUFFICIENT_DECREASE * found.step * begin.slope
    assert abs(found.slope) <= -CURVATURE * begin.slope


def test_the_minimum_of_a_cubic_is_exact() -> None:
    def point(t: float) -> Point:
        return Point(t, t**3 - 3 * t, None, 3 * t * t - 3)

    assert cubic_minimum(point(0.3), point(2.0), 0.3, 2.0) == pytest.approx(1.0)
    assert cubic_minimum(point(2.0), point(0.3), 0.3, 0.8) == 0.8
    rising = Point(0.0, 0.0, None, 1.0), Point(1.0, 1.0, None, 1.0)
    assert cubic_minimum(*rising, 0.0, 1.0) == 0.5
    assert cubic_minimum(rising[0], rising[0], 0.0, 3.0) == 1.5
    assert cubic_minimum(Point(0.0, 0.0, None, math.nan), rising[1], 0.0, 1.0) == 0.5


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "line search": (
        lambda: made(line_search_fn="armijo"),
        "[LBFGS] line_search_fn is 'armijo', wanted 'strong_wolfe' or None; write line_search_fn='strong_wolfe'",
    ),
    "groups": (
        lambda: optim.LBFGS([{"params": [p]} for p in made()[0]]),
        "[LBFGS] 2 groups of parameters were given, wanted one, since the direction is of all parameters; write a list "
        "of tensors",
    ),
    "closure": (
        lambda: made()[1].step(),
        "[LBFGS] no closure was given, wanted a function that computes the loss and its gradients; write "
        "optimizer.step(closure)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said(name: str) -> None:
    wrong, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError)) as error:
        wrong()
    assert str(error.value) == message
