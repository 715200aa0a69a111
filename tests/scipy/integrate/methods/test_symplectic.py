"""Symplectic methods: their orders, and energy that does not drift."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.scipy.integrate.problems import largest_difference

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp


def swinging(t: Any, y: Any) -> Any:
    q, p = y
    return p, -np.sin(q)


def flat(t: Any, y: Any) -> Any:
    return np.stack([y[1], -np.sin(y[0])])


def energy(q: Any, p: Any) -> Any:
    return p**2 / 2 - np.cos(q)


START = numpy.array([1.0]), numpy.array([0.0])


@pytest.mark.parametrize(("method", "order"), [("Leapfrog", 2), ("Yoshida4", 4)])
def test_the_order_of_convergence(method: str, order: int) -> None:
    exact = solve_ivp(flat, (0.0, 3.0), [1.0, 0.0], "DOP853", [1.23, 3.0], rtol=1e-12, atol=1e-12).y

    def errors(step: float) -> list[float]:
        found = solve_ivp(swinging, (0.0, 3.0), START, method, [1.23, 3.0], first_step=step)
        return [largest_difference(found.y[0][0, place], exact[0, place]) for place in (0, 1)]

    coarse, fine = errors(0.1), errors(0.05)
    assert 0.75 * 2**order < coarse[1] / fine[1] < 1.3 * 2**order
    assert coarse[0] / fine[0] > 0.75 * 2 ** min(order, 3)


@pytest.mark.parametrize("method", ["Leapfrog", "Yoshida4"])
def test_energy_stays_over_many_turns(method: str) -> None:
    times = numpy.linspace(0.0, 1000.0, 50)
    q, p = wg.jit(lambda: solve_ivp(swinging, (0.0, 1000.0), START, method, times, first_step=0.1).y)()
    drift = numpy.asarray(energy(q, p) - energy(*START)[:, None])
    assert numpy.abs(drift).max() < 2e-3
    assert abs(drift[0, 25:].mean() - drift[0, :25].mean()) < 2e-4


def test_one_array_has_the_momenta_after_the_places() -> None:
    pair = solve_ivp(swinging, (0.0, 2.0), START, "Yoshida4", first_step=0.1)
    one = solve_ivp(flat, (0.0, 2.0), [1.0, 0.0], "Yoshida4", first_step=0.1)
    assert largest_difference(pair.y[0][0], one.y[0]) < 1e-15
    assert largest_difference(pair.y[1][0], one.y[1]) < 1e-15


def test_it_differentiates() -> None:
    def last(start: Any) -> Any:
        return solve_ivp(flat, (0.0, 2.0), np.stack([start, 0.0]), "Yoshida4", [2.0], first_step=0.05).y[0, 0]

    slope = (last(1.0001) - last(0.9999)).item() / 2e-4
    assert wg.grad(last)(1.0).item() == pytest.approx(slope, rel=1e-6)
    assert wg.jit(wg.grad(last))(1.0).item() == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("y0", [[1.0, 2.0, 3.0], (numpy.ones(2), numpy.ones(3)), 1.0])
def test_what_has_no_halves(y0: Any) -> None:
    with pytest.raises(ValueError, match="wanted places and momenta") as error:
        solve_ivp(lambda t, y: y, (0.0, 1.0), y0, "Leapfrog", first_step=0.1)
    shapes = ", ".join(str(numpy.shape(leaf)) for leaf in (y0 if type(y0) is tuple else [y0]))
    assert str(error.value) == (
        f"[solve_ivp] a symplectic method was given arrays of shapes {shapes}, wanted places and momenta of the same "
        "shapes; write y0 = (q, p), or one array with the momenta after the places"
    )
