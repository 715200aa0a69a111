"""Derivatives by hand: eight small cases whose values are known."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .figures import AtLeast, AtMost, Figure, Scenario
from .symbolic import Expression


def dual_numbers() -> list[Figure]:
    """Forward mode."""
    value, slope = wg.jvp(lambda x: x**2 + 3 * x + 2, (4.0,), (1.0,))
    return [Figure("x^2 + 3x + 2 at 4", value, 30), Figure("its derivative", slope, 11)]


def adjoints() -> list[Figure]:
    """Reverse mode."""
    value, pull_back = wg.vjp(lambda x, y: x * y + y, 3.0, 4.0)
    return [Figure("xy + y at (3, 4)", value, 16), Figure("its gradient", pull_back(1.0), (4, 4))]


def graph() -> list[Figure]:
    """The list of a function."""
    explained = wg.explain(lambda x, y: x**2 * y + y + 2, 3.0, 4.0)
    boxes = explained.svg().count('class="box')
    return [
        Figure("x^2 y + y + 2 at (3, 4)", explained.value, 42),
        Figure("its gradient", explained.gradient, (24, 10)),
        Figure("boxes in its drawing: 2 inputs, 4 operations", boxes, 6),
    ]


def product_with_exponential() -> list[Figure]:
    """A product rule."""
    value, slope = wg.value_and_grad(lambda x: (x**2 + 2 * x) * np.exp(x))(3.0)
    return [
        Figure("(x^2 + 2x) e^x at 3", value, 15 * math.exp(3)),
        Figure("its derivative, 23 e^3", slope, 23 * math.exp(3)),
    ]


def define_by_run() -> list[Figure]:
    """The dynamic graph."""
    x, y = wg.tensor(5.0, requires_grad=True), wg.tensor(3.0, requires_grad=True)
    z = x**2 + y**3
    z.backward(retain_graph=True)
    first = [x.grad, y.grad]
    z.backward()
    return [
        Figure("x.grad and y.grad of x^2 + y^3 at (5, 3)", first, (10, 27)),
        Figure("after a second backward()", [x.grad, y.grad], (20, 54)),
        Figure("a third is an error, for the graph is freed", _is_refused(z), True),
    ]


def _is_refused(z: Any) -> bool:
    try:
        z.backward()
    except RuntimeError:
        return True
    return False


def second_derivatives() -> list[Figure]:
    """The derivative of a derivative, in both styles."""
    x = wg.tensor(3.0, requires_grad=True)
    slope: Any = wg.gradients(x**3, x, create_graph=True)[0]
    curvature: Any = wg.gradients(slope, x)[0]
    return [
        Figure("two derivatives of x^3 at 3, by gradients()", [slope.item(), curvature.item()], (27, 18)),
        Figure("the second by grad(grad(f))", wg.grad(wg.grad(lambda x: x**3))(3.0), 18),
    ]


def curve(x: Any) -> Any:
    """A function from two numbers to three."""
    return np.stack([x[0] ** 2 + x[1] ** 2, x[0] * x[1], np.sin(x[0]) + np.cos(x[1])])


def jacobians() -> list[Figure]:
    """Products with a Jacobian, the whole of it, and a Hessian."""
    x = numpy.array([2.0, 3.0])
    by_hand = numpy.array([[4, 6], [3, 2], [math.cos(2), -math.sin(3)]])
    _, pull_back = wg.vjp(curve, x)
    _, pushed = wg.jvp(curve, (x,), (numpy.array([1.0, 0.5]),))
    (pulled,) = pull_back(numpy.array([1.0, 2.0, 3.0]))
    hessian = wg.hessian(lambda x: x[0] ** 2 * x[1] + np.sin(x[1]))(x)
    return [
        Figure("J^T (1, 2, 3) of f: R^2 -> R^3 at (2, 3)", pulled, by_hand.T @ (1, 2, 3)),
        Figure("J (1, 0.5)", pushed, by_hand @ (1, 0.5)),
        Figure("the Jacobian forward", wg.jacfwd(curve)(x), by_hand),
        Figure("the Jacobian in reverse", wg.jacrev(curve)(x), by_hand),
        Figure("the Hessian of x0^2 x1 + sin x1", hessian, [[6, 4], [4, -math.sin(3)]]),
    ]


TURNS = 5


def logistic_map(x: Any) -> Any:
    """Five turns of x -> 4x(1 - x)."""
    for _ in range(TURNS):
        x = 4.0 * x * (1.0 - x)
    return x


def exact_slope(x: float) -> Fraction:
    """The derivative of `logistic_map` without rounding."""
    value, slope = Fraction(x), Fraction(1)
    for _ in range(TURNS):
        value, slope = 4 * value * (1 - value), 4 * slope * (1 - 2 * value)
    return slope


def error_of(slope: Any, x: float) -> float:
    """The relative error of a derivative of `logistic_map`."""
    exact = exact_slope(x)
    return float(abs(Fraction(float(slope)) - exact) / abs(exact))


def central_difference(x: float, step: float) -> float:
    """The derivative of `logistic_map` from two of its values."""
    return (logistic_map(x + step) - logistic_map(x - step)) / (2 * step)


def three_ways() -> list[Figure]:
    """Symbolic, numerical and automatic differentiation."""
    x = 0.3
    symbolic = logistic_map(Expression("x")).derivative()
    automatic = wg.explain(logistic_map, x)
    numerical = min(error_of(central_difference(x, 10.0**-k), x) for k in range(1, 13))
    return [
        AtMost("error of the symbolic derivative (logistic map)", error_of(symbolic.at(x), x), 1e-14),
        AtMost("error of the automatic one", error_of(automatic.gradient[0], x), 1e-14),
        AtMost("error of central differences with the best step", numerical, 1e-8),
        AtMost("operations of the function", len(automatic.trace.operations), 3 * TURNS),
        AtLeast("operations of its symbolic derivative", symbolic.operations, 100),
    ]


SCENARIOS = [
    Scenario("A1", "forward mode by dual numbers", dual_numbers),
    Scenario("A2", "reverse mode by adjoints", adjoints),
    Scenario("A3", "the graph of a function", graph),
    Scenario("A4", "a product with an exponential", product_with_exponential),
    Scenario("A5", "define-by-run: backward()", define_by_run),
    Scenario("A6", "derivatives of derivatives", second_derivatives),
    Scenario("A7", "Jacobians and Hessians", jacobians),
    Scenario("A8", "three ways to differentiate", three_ways),
]
