"""Taylor mode: series, Laplacians and Taylor's method; beside JAX's jet, folx, SciPy and heyoka."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp

from ..rows import Call, Row
from ..timing import best_times

ORDER = 20
WIDTH, POINTS = 64, 64
TOLERANCE = 1e-15
SPAN, YEARS = 1000.0, 10_000.0
GRAVITY = 9.8
GAUSS = (0.01720209895 * 365) ** 2
"""The constant of gravity, in astronomical units, masses of the sun and years of 365 days."""

MASSES = numpy.array([1.00000597682, 1 / 1047.355, 1 / 3501.6, 1 / 22869.0, 1 / 19314.0, 7.4074074e-09])
PLACES = numpy.array(
    [
        [-4.06428567034226e-3, -6.08813756435987e-3, -1.66162304225834e-6],
        [+3.40546614227466e0, +3.62978190075864e0, +3.42386261766577e-2],
        [+6.60801554403466e0, +6.38084674585064e0, -1.36145963724542e-1],
        [+1.11636331405597e1, +1.60373479057256e1, +3.61783279369958e-1],
        [-3.01777243405203e1, +1.91155314998064e0, -1.53887595621042e-1],
        [-2.13858977531573e1, +3.20719104739886e1, +2.49245689556096e0],
    ]
)
SPEEDS = 365 * numpy.array(
    [
        [+6.69048890636161e-6, -6.33922479583593e-6, -3.13202145590767e-9],
        [-5.59797969310664e-3, +5.51815399480116e-3, -2.66711392865591e-6],
        [-4.17354020307064e-3, +3.99723751748116e-3, +1.67206320571441e-5],
        [-3.25884806151064e-3, +2.06438412905916e-3, -2.17699042180559e-5],
        [-2.17471785045538e-4, -3.11361111025884e-3, +3.58344705491441e-5],
        [-1.76936577252484e-3, -2.06720938381724e-3, +6.58091931493844e-4],
    ]
)
"""Sun, Jupiter, Saturn, Uranus, Neptune and Pluto: J. H. Applegate et al., "The outer solar system for 200 million
years" (1986)."""

FIRST, SECOND = numpy.triu_indices(len(MASSES), 1)
PULLS = numpy.zeros((len(MASSES), len(FIRST)))
PULLS[FIRST, range(len(FIRST))] = GAUSS * MASSES[SECOND]
PULLS[SECOND, range(len(FIRST))] = -GAUSS * MASSES[FIRST]


def rows() -> Iterator[Row]:
    chain = np.asarray(0.7)
    series, value = wg.jit(wg.taylor(ten_operations, ORDER)), wg.jit(ten_operations)
    calls = {"wengert": lambda: series(chain, 1.0), "the value": lambda: value(chain)}
    yield Row("order 20 of ten operations", calls, {"the value": 300.0}, is_same=False)
    for size in (10, 50):
        yield Row(f"Laplacian, {size} numbers", laplacians(size), {"nested": 0.6, "JAX jet": 0.5, "folx": 1.0})
    yield Row("pendulum, T = 1000", pendulums(), {"heyoka": 2.0}, tolerance=1e-6)
    yield Row("outer solar system, 10,000 years", systems(), {"heyoka": 2.0}, tolerance=1e-3)


def more() -> Iterator[str]:
    """How far an energy is from where it began, and how long SciPy takes for a hundredth of the spans."""
    after = solar()()
    before, change = energy(PLACES, SPEEDS), energy(*after) - energy(PLACES, SPEEDS)
    yield f"energy of the outer solar system after 10,000 years: relative error {abs(change / before):.1e}"
    start = numpy.concatenate([PLACES, SPEEDS]).ravel()
    for name, fun, span, y0 in (("pendulum", _pendulum, SPAN, [1.3, 0.0]), ("solar system", _solar, YEARS, start)):
        seconds = best_times({name: of_scipy(fun, span / 100, numpy.asarray(y0))}, rounds=1)[name].wall
        yield f"{name}: SciPy's DOP853, to the same tolerance, takes {100 * seconds:.1f} s for the whole span"


def ten_operations(x: Any) -> Any:
    return np.tanh(np.exp(np.sin(np.log(1 + x * x)) / 2) / (2 + np.cos(x)))


# -- Laplacians ------------------------------------------------------------------------------------


def network(space: Any, size: int) -> Callable[[Any], Any]:
    rng = numpy.random.default_rng(0)
    shapes = [(size, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, 1)]
    layers = [(rng.normal(size=shape) / shape[0] ** 0.5, rng.normal(size=shape[1]) / 10) for shape in shapes]

    def f(x: Any) -> Any:
        for weight, bias in layers[:-1]:
            x = space.tanh(x @ weight + bias)
        weight, bias = layers[-1]
        return (x @ weight + bias)[0]

    return f


def laplacians(size: int) -> dict[str, Call]:
    points = np.asarray(numpy.random.default_rng(1).normal(size=(POINTS, size)))
    f = network(np, size)
    collapsed = wg.jit(wg.vmap(wg.laplacian(f)))
    nested = wg.jit(wg.vmap(lambda x: np.trace(wg.hessian(f)(x))))
    calls = {"wengert": lambda: collapsed(points), "nested": lambda: nested(points)}
    return calls | (of_jax(size, numpy.asarray(points)) if find_spec("jax") else {})


def of_jax(size: int, points: numpy.ndarray) -> dict[str, Call]:
    import jax
    from jax.experimental.jet import jet

    f = network(jax.numpy, size)

    def along(x: Any, v: Any) -> Any:
        return jet(f, (x,), ((v, 0 * v),))[1][1]

    made = {
        "JAX nested": lambda x: jax.numpy.trace(jax.hessian(f)(x)),
        "JAX jet": lambda x: jax.numpy.sum(jax.vmap(along, (None, 0))(x, jax.numpy.eye(size))),
    }
    if find_spec("folx"):
        folx = import_module("folx")
        made["folx"] = lambda x: folx.forward_laplacian(f)(x).laplacian
    given = jax.numpy.asarray(points)
    compiled = {name: jax.jit(jax.vmap(of_one)) for name, of_one in made.items()}
    return {name: (lambda run=run: run(given).block_until_ready()) for name, run in compiled.items()}


# -- Taylor's method -------------------------------------------------------------------------------


def of_taylor(fun: Callable[..., Any], span: float, y0: Any) -> Call:
    """Taylor's method with the tolerance that rounding can keep, compiled; it gives the last state."""

    @wg.jit
    def solve(y0: Any) -> Any:
        found = solve_ivp(fun, (0.0, span), y0, "Taylor", [span], rtol=100 * numpy.finfo(float).eps, atol=TOLERANCE)
        return wg.trees.map(lambda leaf: leaf[..., 0], found.y)

    start = wg.trees.map(np.asarray, y0)
    return lambda: solve(start)


def pendulums() -> dict[str, Call]:
    start = numpy.array([1.3, 0.0])

    def fun(t: Any, y: Any) -> Any:
        return np.stack([y[1], -GRAVITY * np.sin(y[0])])

    calls = {"wengert": of_taylor(fun, SPAN, start)}
    if find_spec("heyoka"):
        heyoka = import_module("heyoka")
        x, v = heyoka.make_vars("x", "v")
        calls["heyoka"] = of_heyoka([(x, v), (v, -GRAVITY * heyoka.sin(x))], SPAN, start)
    return calls


def _pendulum(t: float, y: numpy.ndarray) -> Any:
    return [y[1], -GRAVITY * numpy.sin(y[0])]


def attraction(space: Any, x: Any) -> Any:
    """The acceleration of each body."""
    apart = x[SECOND] - x[FIRST]
    return PULLS @ (apart * (space.sum(apart * apart, axis=1) ** -1.5)[:, None])


def solar() -> Call:
    return of_taylor(lambda t, y: (y[1], attraction(np, y[0])), YEARS, (PLACES, SPEEDS))


def systems() -> dict[str, Call]:
    run = solar()
    calls: dict[str, Call] = {"wengert": lambda: run()[0]}
    if find_spec("heyoka"):
        heyoka = import_module("heyoka")
        ours = numpy.concatenate([PLACES, SPEEDS], axis=1).ravel()
        theirs = of_heyoka(heyoka.model.nbody(len(MASSES), masses=MASSES, Gconst=GAUSS), YEARS, ours)
        calls["heyoka"] = lambda: theirs().reshape(-1, 6)[:, :3]
    return calls


def _solar(t: float, y: numpy.ndarray) -> Any:
    x, v = y.reshape(2, -1, 3)
    return numpy.concatenate([v, attraction(numpy, x)]).ravel()


def energy(x: Any, v: Any) -> float:
    x, v = numpy.asarray(x), numpy.asarray(v)
    apart = numpy.linalg.norm(x[SECOND] - x[FIRST], axis=1)
    moving = (MASSES[:, None] * v * v).sum() / 2
    return float(moving - (GAUSS * MASSES[FIRST] * MASSES[SECOND] / apart).sum())


def of_scipy(fun: Callable[..., Any], span: float, y0: numpy.ndarray) -> Call:
    import scipy.integrate

    rtol = 100 * numpy.finfo(float).eps
    options = {"method": "DOP853", "rtol": rtol, "atol": TOLERANCE, "t_eval": [span]}
    return lambda: scipy.integrate.solve_ivp(fun, (0.0, span), y0, **options).y[:, 0]


def of_heyoka(system: Any, span: float, y0: numpy.ndarray) -> Call:
    integrator = import_module("heyoka").taylor_adaptive(system, list(y0), tol=TOLERANCE)

    def run() -> numpy.ndarray:
        integrator.time = 0.0
        integrator.state[:] = y0
        integrator.propagate_until(span)
        return numpy.array(integrator.state)

    return run
