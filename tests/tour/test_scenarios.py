"""Every scenario of the tour gives its known values, and would notice if it did not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy
import pytest

import wengert as wg
from wengert.tour.figures import AtLeast, AtMost, Figure, Scenario
from wengert.tour.scenarios import SCENARIOS, error_of, exact_slope, logistic_map
from wengert.tour.symbolic import Expression


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.number)
def test_a_scenario_is_as_expected(scenario: Scenario) -> None:
    figures = scenario.figures()
    assert [figure.what for figure in figures if not figure.agrees] == []
    assert figures


@pytest.mark.parametrize(
    ("figure", "agrees"),
    [
        (Figure("", 11.0, 11), True),
        (Figure("", 11.0 + 1e-9, 11), False),
        (Figure("", (4.0, 4.0), (4, 4)), True),
        (Figure("", (4.0, 4.0), 4), False),
        (Figure("", 1e-300, 0.0), False),
        (Figure("", float("nan"), float("nan")), False),
        (AtMost("", 2.0, 2.0), True),
        (AtMost("", 2.1, 2.0), False),
        (AtMost("", float("nan"), 2.0), False),
        (AtLeast("", 95.0, 95), True),
        (AtLeast("", 94.9, 95), False),
    ],
)
def test_a_figure_knows_if_it_agrees(figure: Figure, agrees: bool) -> None:
    assert figure.agrees is agrees


@pytest.mark.parametrize("x", [0.1, 0.3, 0.77])
def test_the_exact_slope_is_that_of_the_closed_form(x: float) -> None:
    """The map has the closed form sin^2(2^n asin(sqrt(x))); its derivative is known to rounding."""
    angle = 2**5 * numpy.arcsin(x**0.5)
    slope = 2 * numpy.sin(angle) * numpy.cos(angle) * 2**5 / (2 * (x * (1 - x)) ** 0.5)
    assert float(exact_slope(x)) == pytest.approx(slope, rel=1e-11)
    assert error_of(exact_slope(x) * (1 + Fraction(1, 1000)), x) == pytest.approx(1e-3)


@pytest.mark.parametrize("x", [0.1, 0.77])
def test_symbolic_and_automatic_agree(x: float) -> None:
    symbolic = logistic_map(Expression("x")).derivative().at(x)
    assert float(wg.grad(logistic_map)(x)) == pytest.approx(symbolic, rel=1e-13)


@pytest.mark.parametrize(
    ("expression", "derivative"),
    [
        (lambda x: x, 1.0),
        (lambda x: 3 + x * 0, 0.0),
        (lambda x: x * x * x, 12.0),
        (lambda x: 2 * x - 5, 2.0),
        (lambda x: 1 - x * x, -4.0),
    ],
)
def test_symbolic_derivatives(expression: Any, derivative: float) -> None:
    assert expression(Expression("x")).derivative().at(2.0) == derivative
    assert expression(Expression("x")).at(2.0) == expression(2.0)


def test_zeros_and_ones_are_simplified_away() -> None:
    x = Expression("x")
    assert (x * 1.0, x + 0.0, (x * 0.0).kind) == (x, x, "number")
    assert (x * x).derivative().operations == 1
