"""Stochastic differential equations: orders of convergence, gradients along paths, bad input."""

from __future__ import annotations

import math
import re

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_sde

MU, SIGMA, PATHS, FINEST = 0.4, 0.8, 400, 512


def paths(method, increments, drift=MU, sigma=SIGMA):
    """The ends of geometric Brownian motions, of shape (paths,), from increments of shape (paths, steps)."""

    def end(w):
        return solve_sde(
            lambda t, y: drift * y, lambda t, y: sigma * y, (0.0, 1.0), 1.0, len(w), method, increments=w
        ).y[-1]

    return wg.jit(wg.vmap(end))(increments).numpy()


def noise() -> numpy.ndarray:
    return numpy.random.default_rng(0).normal(size=(PATHS, FINEST)) / math.sqrt(FINEST)


def order(steps, errors) -> float:
    return -numpy.polyfit(numpy.log(steps), numpy.log(errors), 1)[0]


@pytest.mark.parametrize(("method", "wanted", "shift"), [
    ("euler-maruyama", 0.5, -SIGMA**2 / 2), ("milstein", 1.0, -SIGMA**2 / 2), ("heun", 1.0, 0.0),
])  # fmt: skip
def test_the_strong_order(method: str, wanted: float, shift: float) -> None:
    fine = noise()
    exact = numpy.exp(MU + shift + SIGMA * fine.sum(axis=1))
    steps = [32, 128, 512]
    errors = [abs(paths(method, fine.reshape(PATHS, n, -1).sum(axis=-1)) - exact).mean() for n in steps]
    assert order(steps, errors) == pytest.approx(wanted, abs=0.12)


def test_the_weak_order_of_euler_and_maruyama_is_one() -> None:
    """Two values for an increment have its moments, and so few steps all paths: the expectation is exact."""
    steps, errors = [3, 6, 12], []
    for n in steps:
        signs = numpy.array(numpy.meshgrid(*[[-1.0, 1.0]] * n)).reshape(n, -1).T
        errors.append(abs((paths("euler-maruyama", signs / math.sqrt(n)) ** 2).mean() - math.exp(2 * MU + SIGMA**2)))
    assert order(steps, errors) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("method", ["euler-maruyama", "milstein", "heun"])
def test_paths_differentiate_in_all_that_they_depend_on(method: str) -> None:
    w = noise()[0, :10] * 5

    def end(y0, last, sigma, mu):
        def diffusion(t, y, s):
            return s * np.sin(y) + 0.1 * t

        path = solve_sde(lambda t, y, s: mu * y, diffusion, (0.1, last), y0, 10, method, args=(sigma,), increments=w)
        return path.y[..., -1]

    one = (1.0, 0.9, 0.3, -0.5)
    assert wg.check(end, *one).worst < 1
    gradient = wg.grad(end, argnums=(0, 1, 2, 3))
    numpy.testing.assert_allclose(wg.jit(gradient)(*one), gradient(*one), rtol=1e-12)


def test_processes_in_common() -> None:
    """Two processes that rotate and stretch: the exact solution is known where the matrices commute."""
    turning, stretching = numpy.array([[0.0, -0.7], [0.7, 0.0]]), 0.4 * numpy.eye(2)

    def diffusion(t, y):
        return np.stack([turning @ y, stretching @ y], axis=-1)

    w = numpy.random.default_rng(1).normal(size=(2000, 2)) / math.sqrt(2000)
    path = solve_sde(lambda t, y: 0.0 * y, diffusion, (0.0, 1.0), [1.0, 0.0], 2000, "heun", increments=w)
    angle, growth = 0.7 * w[:, 0].sum(), math.exp(0.4 * w[:, 1].sum())
    numpy.testing.assert_allclose(path.y[:, -1], [growth * math.cos(angle), growth * math.sin(angle)], rtol=2e-3)
    assert (path.t.shape, path.y.shape, path.increments.shape) == ((2001,), (2, 2001), (2000, 2))


def test_what_is_drawn() -> None:
    def walk(rng, y0=0.0):
        return solve_sde(lambda t, y: 0.0 * y, lambda t, y: np.ones_like(y), (0.0, 4.0), y0, 64, rng=rng)

    same = [walk(7).y, walk(wg.random.default_rng(7)).y, wg.jit(lambda: walk(7).y)()]
    for path in same[1:]:
        numpy.testing.assert_allclose(path, same[0], rtol=1e-12)
    rng = wg.random.default_rng(3)
    ends = wg.vmap(lambda y0: walk(rng, y0).y[-1])(np.zeros(4000)).numpy()
    assert abs(ends.mean()) < 5 * 2 / math.sqrt(4000)
    assert abs(ends.var() / 4 - 1) < 5 * math.sqrt(2 / 4000)
    wg.random.seed(0)
    assert not numpy.allclose(walk(None).y[1:], walk(None).y[1:])


def test_precision_and_shape_are_those_of_the_state() -> None:
    y0 = np.ones((2, 3), "float32")
    path = solve_sde(lambda t, y: -y, lambda t, y: 0.1 * y, (0.0, 1.0), y0, 4, rng=0)
    assert (path.y.dtype, path.y.shape) == ("float32", (2, 3, 5))


def test_a_compiled_path_is_one_loop_and_its_memory_may_be_bounded() -> None:
    def f(sigma, memory=None):
        y = solve_sde(lambda t, y: -y, lambda t, y: sigma * y, (0.0, 1.0), 1.0, 100, rng=0, memory=memory).y
        return np.sum(y)

    compiled = wg.jit(wg.grad(f))
    assert compiled(0.2).item() == pytest.approx(wg.grad(f)(0.2).item(), rel=1e-12)
    assert wg.grad(lambda s: f(s, memory=5))(0.2).item() == pytest.approx(wg.grad(f)(0.2).item(), rel=1e-12)
    assert "NumPy steps" not in compiled.report()


def call(**changed):
    given = {
        "drift": lambda t, y: y, "diffusion": lambda t, y: y, "t_span": (0.0, 1.0), "y0": np.ones(2), "steps": 4,
    }  # fmt: skip
    return solve_sde(**{**given, **changed})


REFUSED = [
    (
        TypeError,
        {"drift": lambda t, y: y[0]},
        "[solve_sde] drift returned shape () for a state of shape (2,), wanted the same; write "
        "np.broadcast_to(..., y.shape)",
    ),
    (
        TypeError,
        {"diffusion": lambda t, y: 1.0},
        "[solve_sde] diffusion returned shape () for a state of shape (2,), wanted that, or (2, m) for m Wiener "
        "processes in common; write np.broadcast_to(..., y.shape)",
    ),
    (
        ValueError,
        {"t_span": (1.0, 0.0)},
        "[solve_sde] t_span goes from 1.0 to 0.0, wanted a last time that is larger: a Wiener process has a direction; "
        "write the equation of the reversed process for the other one",
    ),
    (ValueError, {"t_span": (1.0,)}, "[solve_sde] t_span has 1 entries, wanted two; write (first, last)"),
    (ValueError, {"steps": 0}, "[solve_sde] steps=0, wanted an integer of at least 1; write steps=1000"),
    (
        ValueError,
        {"method": "euler"},
        "[solve_sde] method='euler', wanted 'euler-maruyama', 'milstein' or 'heun'; write method='milstein' for Itô's "
        "integral with a process for each element",
    ),
    (
        ValueError,
        {"increments": np.zeros(4)},
        "[solve_sde] increments have shape (4,), wanted (4, 2): for each step one for each Wiener process; write None "
        "to have them drawn",
    ),
    (
        ValueError,
        {"diffusion": lambda t, y: np.ones((2, 3)), "method": "milstein"},
        "[solve_sde] method 'milstein' was given a diffusion of shape (2, 3), wanted one of the shape of the state, "
        "(2,): processes in common need more than their increments; write method='heun' for Stratonovich's integral, "
        "or 'euler-maruyama'",
    ),
]


@pytest.mark.parametrize(("kind", "changed", "text"), REFUSED)
def test_what_makes_no_sense_is_refused(kind, changed, text: str) -> None:
    with pytest.raises(kind, match=f"^{re.escape(text)}$"):
        call(**changed)
