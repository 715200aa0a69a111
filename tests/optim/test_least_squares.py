"""Gauss-Newton, Levenberg-Marquardt and natural gradient against closed forms and SciPy."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.optimize

import wengert as wg
import wengert.numpy as np
from wengert import optim

RNG = numpy.random.default_rng(0)
T = numpy.linspace(0.0, 2.0, 15)
Y = 2.0 * numpy.exp(-1.3 * T) + 0.5 + 0.01 * RNG.normal(size=15)
START = {"rate": wg.tensor(0.3), "rest": wg.tensor([1.0, 0.0])}


def residuals(params: Any) -> Any:
    scale, shift = params["rest"]
    return scale * np.exp(-params["rate"] * T) + shift - Y


def expected() -> numpy.ndarray:
    return scipy.optimize.least_squares(
        lambda p: p[1] * numpy.exp(-p[0] * T) + p[2] - Y, [0.3, 1.0, 0.0], xtol=1e-14, ftol=1e-14, gtol=1e-14
    ).x


def flat(params: Any) -> numpy.ndarray:
    return numpy.concatenate([numpy.ravel(leaf.numpy()) for leaf in wg.trees.leaves(params)])


@pytest.mark.part(4)
@pytest.mark.parametrize("solver", ["dense", "cg"])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("make", [optim.gauss_newton, optim.levenberg_marquardt])
def test_a_curve_is_fitted_as_by_scipy(make: Any, solver: str, compiled: bool) -> None:
    rule, params = make(solver=solver), START
    state = rule.init(params)

    def step(state: Any, params: Any) -> Any:
        return rule.step(residuals, state, params)

    step = wg.jit(step) if compiled else step
    for _ in range(15):
        params, state = step(state, params)
    numpy.testing.assert_allclose(flat(params), expected(), rtol=1e-6)


@pytest.mark.parametrize("damping", [0.0, 0.7])
@pytest.mark.parametrize("solver", ["dense", "cg"])
def test_a_step_solves_the_linear_model(solver: str, damping: float) -> None:
    point = flat(START)

    def raw(p: numpy.ndarray) -> numpy.ndarray:
        return p[1] * numpy.exp(-p[0] * T) + p[2] - Y

    decay = numpy.exp(-point[0] * T)
    jacobian = numpy.stack([-T * point[1] * decay, decay, numpy.ones_like(T)], axis=1)
    wanted = numpy.linalg.solve(jacobian.T @ jacobian + damping * numpy.eye(3), -jacobian.T @ raw(point))
    updates, _ = optim.gauss_newton(damping, solver).update(residuals, (), START)
    numpy.testing.assert_allclose(flat(updates), wanted, rtol=1e-8)


def test_where_the_model_fails_nothing_moves_and_the_damping_grows() -> None:
    """From far away the undamped step of arctan goes farther away."""
    rule, x = optim.levenberg_marquardt(damping=1e-6), np.array([3.0])
    state = rule.init(x)
    dampings, values = [], [float(x[0])]
    for _ in range(40):
        x, state = rule.step(np.arctan, state, x)
        dampings.append(float(state["damping"]))
        values.append(float(x[0]))
    assert values[1] == values[0]
    assert dampings[:3] == pytest.approx([2e-6, 8e-6, 6.4e-5])
    assert abs(values[-1]) < 1e-8
    squares = numpy.abs(values)
    assert (numpy.diff(squares) <= 0).all()


def test_float32_stays() -> None:
    params = wg.trees.map(lambda p: p.astype("float32"), START)
    for rule in (optim.gauss_newton(), optim.levenberg_marquardt(), optim.gauss_newton(solver="cg", tolerance=1e-3)):
        after, state = rule.step(residuals, rule.init(params), params)
        assert {leaf.dtype.name for leaf in wg.trees.leaves(after)} == {"float32"}
        assert {x.dtype.name for x in wg.trees.leaves(state)} <= {"float32", "int64"}


def test_residuals_may_be_a_tree() -> None:
    x = np.array([0.0, 0.0])
    rule = optim.gauss_newton()
    found, _ = rule.step(lambda x: {"a": x[0] - 1.0, "b": [x[1:] + x[0]]}, (), x)
    numpy.testing.assert_allclose(found, [1.0, -1.0], atol=1e-12)


def test_the_metric_is_the_fisher_information() -> None:
    """Of logits and cross-entropy: the mean of the outer products of the scores, over the model's own labels."""
    inputs = RNG.normal(size=(6, 2))
    labels = numpy.array([0, 1, 2, 0, 1, 1])
    w = RNG.normal(size=(2, 3))

    def loss(logits: Any) -> Any:
        return np.sum(np.log(np.sum(np.exp(logits), axis=1)) - logits[numpy.arange(6), labels])

    def outputs(w: Any) -> Any:
        return inputs @ w

    logits = inputs @ w
    p = numpy.exp(logits) / numpy.exp(logits).sum(axis=1, keepdims=True)
    fisher, gradient = numpy.zeros((6, 6)), numpy.zeros(6)
    for x, q, label in zip(inputs, p, labels, strict=True):
        score = [numpy.outer(x, numpy.eye(3)[k] - q).ravel() for k in range(3)]
        fisher += sum(q[k] * numpy.outer(score[k], score[k]) for k in range(3))
        gradient -= score[label]
    wanted = -0.5 * numpy.linalg.solve(fisher + 0.1 * numpy.eye(6), gradient)
    rule = optim.natural_gradient(lr=0.5, damping=0.1, tolerance=1e-12)

    def update(w: Any) -> Any:
        return rule.update((outputs, loss), (), w)[0]

    numpy.testing.assert_allclose(np.ravel(update(wg.tensor(w))), wanted, rtol=1e-8)
    numpy.testing.assert_allclose(np.ravel(wg.jit(update)(w)), wanted, rtol=1e-8)


def test_conjugate_gradients_end_when_told() -> None:
    matrix = numpy.diag([1.0, 10.0, 100.0])
    b = wg.tensor([1.0, 1.0, 1.0])
    exact = optim.conjugate_gradients(lambda v: matrix @ v, b, 1e-12, None)
    numpy.testing.assert_allclose(exact, [1.0, 0.1, 0.01], rtol=1e-10)
    rough = optim.conjugate_gradients(lambda v: matrix @ v, b, 1e-12, 1)
    assert abs(rough[0] - 1.0).item() > 0.1
    numpy.testing.assert_array_equal(optim.conjugate_gradients(lambda v: v, 0 * b, 1e-12, None), 0.0)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="solver") as error:
        optim.levenberg_marquardt(solver="qr")
    assert str(error.value) == "[gauss_newton] solver is 'qr', wanted 'dense' or 'cg'; write solver='dense'"
