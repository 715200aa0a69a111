"""Initial value problems: a fit, chaos, stiffness and a thousand at once; beside diffrax, torchdiffeq and CVODE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy
import scipy.integrate
import scipy.sparse

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp

from ..rows import Call, Row
from . import cvode

FIT_TIMES = numpy.linspace(0.0, 10.0, 51)
FIT_START = numpy.array([1.0, 1.0])
FIT_PARAMETERS = numpy.array([1.5, 1.0, 3.0, 1.0])
FIT_DATA = numpy.ones((2, 51))
TOLERANCE = 1e-6


def lotka_volterra(space: Any, y: Any, p: Any) -> Any:
    return space.stack([p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]])


def lorenz(space: Any, y: Any) -> Any:
    return space.stack([10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]])


def rober(space: Any, y: Any) -> Any:
    slow, fast, burnt = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return space.stack([-slow + burnt, slow - burnt - fast, fast])


# -- Wengert ---------------------------------------------------------------------------------------


def fit(method: str) -> Call:
    @wg.jit
    def step(p: Any) -> Any:
        def loss(p: Any) -> Any:
            found = solve_ivp(
                lambda t, y: lotka_volterra(np, y, p),
                (0.0, 10.0), FIT_START, method, FIT_TIMES, rtol=TOLERANCE, atol=TOLERANCE,
            )  # fmt: skip
            return np.sum((found.y - FIT_DATA) ** 2)

        return wg.value_and_grad(loss)(p)

    parameters = np.asarray(FIT_PARAMETERS)
    return lambda: step(parameters)


def last_state(fun: Callable[..., Any], y0: Any, last: float, method: str, rtol: float, atol: float) -> Call:
    start = np.asarray(y0)

    @wg.jit
    def solve(y0: Any) -> Any:
        return solve_ivp(lambda t, y: fun(np, y), (0.0, last), y0, method, [last], rtol=rtol, atol=atol).y[:, 0]

    return lambda: solve(start)


def many() -> Call:
    starts = np.asarray(thousand())

    @wg.jit
    def solve(starts: Any) -> Any:
        def one(y0: Any) -> Any:
            found = solve_ivp(
                lambda t, y: lotka_volterra(np, y, FIT_PARAMETERS),
                (0.0, 10.0), y0, "Tsit5", [10.0], rtol=TOLERANCE, atol=TOLERANCE,
            )  # fmt: skip
            return found.y[:, 0]

        return wg.vmap(one)(starts)

    return lambda: solve(starts)


def thousand() -> numpy.ndarray:
    return numpy.random.default_rng(0).uniform(0.5, 2.0, (1000, 2))


# -- a large stiff system --------------------------------------------------------------------------

CELLS = 1000


def brusselator(space: Any, y: Any) -> Any:
    """Reaction and diffusion on a line of cells: E. Hairer and G. Wanner (1996), section IV.1."""
    u, v = y[:CELLS], y[CELLS:]

    def diffused(w: Any, end: float) -> Any:
        ends = numpy.full(1, end)
        padded = space.concatenate([ends, w, ends])
        return 0.02 * (CELLS + 1) ** 2 * (padded[2:] - 2 * w + padded[:-2])

    return space.concatenate([1 + u**2 * v - 4 * u + diffused(u, 1.0), 3 * u - u**2 * v + diffused(v, 3.0)])


def diffusing() -> dict[str, Any]:
    """The start, and where the Jacobian may be nonzero."""
    places = numpy.arange(1, CELLS + 1) / (CELLS + 1)
    near = scipy.sparse.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(CELLS, CELLS))
    here = scipy.sparse.eye_array(CELLS)
    start = numpy.concatenate([1 + numpy.sin(2 * numpy.pi * places), numpy.full(CELLS, 3.0)])
    options = {"rtol": TOLERANCE, "atol": TOLERANCE}
    return {"y0": start, "jac_sparsity": scipy.sparse.block_array([[near, here], [here, near]]).tocsc(), **options}


def diffusing_compiled() -> Call:
    given = diffusing()
    fun = lambda t, y: brusselator(np, y)
    solve = wg.jit(lambda: solve_ivp(fun, (0.0, 10.0), method="BDF", t_eval=[10.0], **given).y[:, 0])
    return lambda: solve()


def diffusing_eager() -> Call:
    given = diffusing()
    return lambda: solve_ivp(lambda t, y: brusselator(np, y), (0.0, 10.0), method="BDF", **given).y[:, -1]


def diffusing_by_scipy() -> Call:
    given = diffusing()
    solve = scipy.integrate.solve_ivp
    return lambda: solve(lambda t, y: brusselator(numpy, y), (0.0, 10.0), method="BDF", **given).y[:, -1]


# -- diffrax ---------------------------------------------------------------------------------------


def diffrax_fit(solver: str) -> Call:
    import jax
    from jax import numpy as jnp

    def loss(p: Any) -> Any:
        found = _diffrax(lambda t, y, _: lotka_volterra(jnp, y, p), FIT_START, 10.0, solver, TOLERANCE, FIT_TIMES)
        return jnp.sum((found.T - FIT_DATA) ** 2)

    step = jax.jit(jax.value_and_grad(loss))
    parameters = jnp.asarray(FIT_PARAMETERS)
    return lambda: jax.block_until_ready(step(parameters))


def diffrax_last(fun: Callable[..., Any], y0: Any, last: float, solver: str, rtol: float, atol: float) -> Call:
    import jax
    from jax import numpy as jnp

    @jax.jit
    def solve(y0: Any) -> Any:
        return _diffrax(lambda t, y, _: fun(jnp, y), y0, last, solver, rtol, atol=atol)[0]

    start = jnp.asarray(y0)
    return lambda: jax.block_until_ready(solve(start))


def diffrax_many() -> Call:
    import jax
    from jax import numpy as jnp

    def one(y0: Any) -> Any:
        return _diffrax(lambda t, y, _: lotka_volterra(jnp, y, FIT_PARAMETERS), y0, 10.0, "Tsit5", TOLERANCE)[0]

    solve = jax.jit(jax.vmap(one))
    starts = jnp.asarray(thousand())
    return lambda: jax.block_until_ready(solve(starts))


def _diffrax(
    fun: Any, y0: Any, last: float, solver: str, rtol: float, times: Any = None, atol: float | None = None
) -> Any:
    import diffrax
    from jax import numpy as jnp

    return diffrax.diffeqsolve(
        diffrax.ODETerm(fun),
        getattr(diffrax, solver)(),
        0.0,
        last,
        None,
        jnp.asarray(y0),
        stepsize_controller=diffrax.PIDController(rtol=rtol, atol=rtol if atol is None else atol),
        saveat=diffrax.SaveAt(t1=True) if times is None else diffrax.SaveAt(ts=jnp.asarray(times)),
        max_steps=16384,
    ).ys


# -- torchdiffeq -----------------------------------------------------------------------------------


def torchdiffeq_fit(method: str) -> Call:
    import torch
    from torchdiffeq import odeint

    times, data = torch.tensor(FIT_TIMES), torch.tensor(FIT_DATA)
    start, p = torch.tensor(FIT_START), torch.tensor(FIT_PARAMETERS, requires_grad=True)

    def step() -> Any:
        found = odeint(
            lambda t, y: lotka_volterra(torch, y, p), start, times, rtol=TOLERANCE, atol=TOLERANCE, method=method
        )
        loss = torch.sum((found.T - data) ** 2)
        return loss, torch.autograd.grad(loss, p)[0]

    return step


# -- the tables ------------------------------------------------------------------------------------

FITS = {
    "Tsit5": ("Tsit5", None),
    "RK45": ("Dopri5", "dopri5"),
    "DOP853": ("Dopri8", "dopri8"),
}
"""Our method, and those of diffrax and torchdiffeq, of the same orders."""


def rows() -> Iterator[Row]:
    for method, (of_diffrax, of_torchdiffeq) in FITS.items():
        calls = {"wengert": fit(method), **if_there("diffrax", lambda name=of_diffrax: diffrax_fit(name))}
        if of_torchdiffeq:
            calls |= if_there("torchdiffeq", lambda name=of_torchdiffeq: torchdiffeq_fit(name))
        goals = {"diffrax": 0.2, "torchdiffeq": 0.05} if of_torchdiffeq else {"diffrax": 0.2}
        yield Row(f"Lotka-Volterra fit, value and gradient, {method}", calls, goals, tolerance=1e-2)
    start = [1.0, 1.0, 1.0]
    calls = {
        "wengert": last_state(lorenz, start, 10.0, "Tsit5", 1e-8, 1e-8),
        **if_there("diffrax", lambda: diffrax_last(lorenz, start, 10.0, "Tsit5", 1e-8, 1e-8)),
        **cvode.calls("lorenz", start, 10.0, 1e-8, 1e-8, stiff=False),
    }
    yield Row("Lorenz to t = 10, 1e-8", calls, {"diffrax": 0.2, "CVODE in C": 1.5}, tolerance=1e-2)
    start = [1.0, 0.0, 0.0]
    calls = {
        "wengert": last_state(rober, start, 1e11, "Rodas5P", 1e-6, 1e-12),
        **if_there("diffrax", lambda: diffrax_last(rober, start, 1e11, "Kvaerno5", 1e-6, 1e-12)),
        **cvode.calls("rober", start, 1e11, 1e-6, 1e-12, stiff=True),
    }
    yield Row("ROBER to t = 1e11, 1e-6", calls, {"diffrax": 0.2, "CVODE in C": 1.5}, tolerance=1e-2)
    calls = {"wengert": diffusing_compiled(), "wengert, eager": diffusing_eager(), "scipy": diffusing_by_scipy()}
    yield Row("Brusselator in 2,000 numbers, sparse, BDF", calls, {"scipy": 1.0}, tolerance=1e-3)
    calls = {"wengert": many(), **if_there("diffrax", diffrax_many)}
    yield Row("1,000 initial values at once", calls, {"diffrax": 0.3}, tolerance=1e-3)


def if_there(package: str, make: Callable[[], Call]) -> Mapping[str, Call]:
    """The call of a peer, if it is installed."""
    return {package: make()} if find_spec(package) else {}


# -- work and precision ----------------------------------------------------------------------------

REFERENCE = (0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050)


def more() -> Iterator[str]:
    """How large the error of ROBER is for how much work, beside SciPy's methods."""
    yield "ROBER to t = 1e11: evaluations of the right-hand side, and the largest relative error"
    for tolerance in (1e-4, 1e-6, 1e-8):
        for method in ("Rodas5P", "Radau", "BDF"):
            yield _precision(f"wengert {method}", tolerance, wg.jit(lambda m=method, t=tolerance: _solved(m, t))())
        for method in ("Radau", "BDF", "LSODA"):
            found = scipy.integrate.solve_ivp(
                lambda t, y: rober(numpy, y), (0, 1e11), [1.0, 0, 0], method, rtol=tolerance, atol=tolerance * 1e-6
            )
            yield _precision(f"scipy {method}", tolerance, found)


def _solved(method: str, tolerance: float) -> Any:
    return solve_ivp(
        lambda t, y: rober(np, y), (0, 1e11), [1.0, 0, 0], method, [1e11], rtol=tolerance, atol=tolerance * 1e-6
    )


def _precision(name: str, tolerance: float, found: Any) -> str:
    errors = numpy.abs(numpy.asarray(found.y)[:, -1] / REFERENCE - 1)
    return f"  {name:18} {tolerance:.0e} {int(found.nfev):7d} {errors.max():.1e}"
