"""Minima and fits: our own methods and SciPy's with our derivatives, beside SciPy with those of JAX, compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy
from scipy import optimize as of_scipy

import wengert.numpy as np
from wengert.scipy import optimize

from ..rows import Row

AT_MOST = 0.3
PEER = "scipy with jax"
RANDOM = numpy.random.default_rng(0)
INPUTS = RANDOM.normal(size=(1000, 20))
LABELS = (INPUTS @ RANDOM.normal(size=20) + RANDOM.normal(size=1000) > 0).astype(float)
TIMES = numpy.linspace(0.0, 4.0, 200)
CURVE = 2.5 * numpy.exp(-1.3 * TIMES) * numpy.cos(5 * TIMES) + 0.5 + 0.05 * RANDOM.normal(size=200)


OPTIONS: dict[str, dict[str, float]] = {"BFGS": {}, "L-BFGS-B": {"ftol": 0.0}, "Newton-CG": {"xtol": 1e-7}}
"""With these SciPy's methods end where ours do: no element of the gradient is above 1e-5."""


def rosenbrock(np: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def logistic(np: Any) -> Callable[[Any], Any]:
    """The loss of a logistic regression with a little shrinkage."""
    return lambda w: np.mean(np.logaddexp(0, INPUTS @ w) - LABELS * (INPUTS @ w)) + 1e-3 * np.sum(w * w)


def vibration(np: Any) -> Callable[[Any], Any]:
    """The residuals of a damped vibration with four parameters."""
    return lambda p: p[0] * np.exp(-p[1] * TIMES) * np.cos(p[2] * TIMES) + p[3] - CURVE


def rows() -> Iterator[Row]:
    """Each problem by our own method, by SciPy's with our derivatives, and by SciPy's with those of JAX."""
    start = numpy.full(100, -1.0)
    for method in ("BFGS", "L-BFGS-B", "Newton-CG"):
        yield _row(f"Rosenbrock's function of 100 unknowns, {method}", rosenbrock, start, method)
    yield _row("logistic regression, 1000 x 20, L-BFGS-B", logistic, numpy.zeros(20), "L-BFGS-B")
    yield _squares("fit of a vibration to 200 points, LM", vibration, numpy.array([2.0, 1.0, 4.7, 0.0]))


def _row(name: str, make: Callable[[Any], Any], x0: Any, method: str) -> Row:
    fun = make(np)
    calls = {
        "wengert": lambda: optimize.minimize(fun, x0, method=f"native-{method.lower()}").x,
        "wengert's derivatives with scipy": lambda: (
            optimize.minimize(fun, x0, method=method, options=OPTIONS[method]).x
        ),
        **_by_jax(lambda: _minimized_by_jax(make, x0, method)),
    }
    return Row(name, calls, {PEER: AT_MOST}, tolerance=1e-3)


def _squares(name: str, make: Callable[[Any], Any], x0: Any) -> Row:
    fun = make(np)
    calls = {
        "wengert": lambda: optimize.least_squares(fun, x0, method="native-lm").x,
        "wengert's derivatives with scipy": lambda: optimize.least_squares(fun, x0, method="lm").x,
        **_by_jax(lambda: _fitted_by_jax(make, x0)),
    }
    return Row(name, calls, {PEER: AT_MOST}, tolerance=1e-5)


def _by_jax(make: Callable[[], Callable[[], Any]]) -> Mapping[str, Callable[[], Any]]:
    return {PEER: make()} if find_spec("jax") else {}


def _minimized_by_jax(make: Callable[[Any], Any], x0: Any, method: str) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    fun = make(jnp)
    both = jax.jit(jax.value_and_grad(fun))
    product = jax.jit(lambda x, v: jax.jvp(jax.grad(fun), (x,), (v,))[1])

    def value(x: Any) -> Any:
        value, gradient = both(x)
        return float(value), numpy.asarray(gradient)

    how: dict[str, Any] = {"method": method, "options": OPTIONS[method]}
    how |= {"hessp": lambda x, v: numpy.asarray(product(x, v))} if method == "Newton-CG" else {}
    return lambda: of_scipy.minimize(value, x0, jac=True, **how).x


def _fitted_by_jax(make: Callable[[Any], Any], x0: Any) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    fun = jax.jit(make(jnp))
    jacobian = jax.jit(jax.jacfwd(make(jnp)))
    on_arrays: Any = lambda f: lambda p: numpy.asarray(f(p))
    return lambda: of_scipy.least_squares(on_arrays(fun), x0, on_arrays(jacobian), method="lm").x
