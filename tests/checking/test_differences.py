"""Numerical derivatives: their values, the honesty of their errors, and what they say of kinks."""

from __future__ import annotations

from collections.abc import Callable

import numpy
import pytest

from wengert.checking.differences import Differences, difference

DOUBLE = float(numpy.finfo(numpy.float64).eps)
SINGLE = float(numpy.finfo(numpy.float32).eps)


def differentiated(f: Callable[[float], float], epsilon: float = DOUBLE) -> Differences:
    def value(h: float) -> numpy.ndarray:
        with numpy.errstate(all="ignore"):
            return numpy.array([f(h)], float)

    return difference(value, value(0.0), epsilon)


SMOOTH = [
    (lambda h: numpy.sin(0.5 + h), numpy.cos(0.5)),
    (lambda h: numpy.exp(20 * (1 + h)), 20 * numpy.exp(20)),
    (lambda h: numpy.log(1e-6 * (1 + h)), 1.0),
    (lambda h: numpy.sin(100 * (1 + h)), 100 * numpy.cos(100)),
    (lambda h: 3.0, 0.0),
    (lambda h: h * h, 0.0),
    (lambda h: numpy.abs(h + 1e-5), 1.0),
    (lambda h: max(h - 1e-4, 0.0), 0.0),
    (lambda h: numpy.sqrt(h + 1e-3), 0.5 / numpy.sqrt(1e-3)),
]


@pytest.mark.parametrize(("f", "slope"), SMOOTH)
def test_a_slope_is_within_its_error(f: Callable[[float], float], slope: float) -> None:
    found = differentiated(f)
    for estimate in (found.central, found.left, found.right):
        assert abs(estimate.value[0] - slope) <= 3 * estimate.error[0]
        assert estimate.error[0] <= 1e-6 * max(abs(slope), 1e-3)
    assert not found.kink[0]
    assert not found.edge[0]


def test_single_precision_has_larger_errors() -> None:
    found = differentiated(lambda h: float(numpy.sin(numpy.float32(0.5 + h))), SINGLE)
    assert abs(found.central.value[0] - numpy.cos(0.5)) <= found.central.error[0]
    assert 1e-7 < found.central.error[0] < 1e-3


@pytest.mark.parametrize(
    ("f", "left", "right"),
    [
        (abs, -1.0, 1.0),
        (lambda h: max(h, 0.0), 0.0, 1.0),
        (lambda h: numpy.sin(h) + 1e-3 * abs(h), 0.999, 1.001),
        (lambda h: numpy.sqrt(abs(h)), -numpy.inf, numpy.inf),
        (lambda h: numpy.sqrt(h) if h > 0 else 0.0, 0.0, numpy.inf),
        (numpy.sign, numpy.inf, numpy.inf),
        (lambda h: numpy.floor(2 + h), numpy.inf, 0.0),
    ],
)
def test_kinks(f: Callable[[float], float], left: float, right: float) -> None:
    found = differentiated(f)
    assert found.kink[0]
    assert found.left.value[0] == pytest.approx(left, abs=1e-6)
    assert found.right.value[0] == pytest.approx(right, abs=1e-6)


def test_the_edge_of_a_domain() -> None:
    found = differentiated(numpy.sqrt)
    assert found.edge[0]
    assert not found.kink[0]
    assert numpy.isinf(found.left.error[0])


def test_a_staircase_is_flat_though_straight_from_afar() -> None:
    found = differentiated(lambda h: 0.04 * numpy.floor(h / 0.04 + 0.5))
    assert abs(found.central.value[0]) <= found.central.error[0] < 1e-6
    assert not found.kink[0]


def test_components_are_judged_one_by_one() -> None:
    found = difference(lambda h: numpy.array([abs(h), 2 * h]), numpy.zeros(2), DOUBLE)
    assert found.kink.tolist() == [True, False]
    assert found.central.value[1] == pytest.approx(2)


def test_where_it_cannot_be_evaluated() -> None:
    found = difference(lambda h: numpy.array([h * h]) if abs(h) < 1e-2 else None, numpy.zeros(1), DOUBLE)
    assert abs(found.central.value[0]) <= found.central.error[0] < 1e-10
