"""`least_squares`, `curve_fit`: SciPy's numbers, and fits that differentiate."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from scipy import optimize as of_scipy
from tests.scipy.optimize.problems import agree, message, same_without_values

import wengert as wg
import wengert.numpy as np
from wengert.scipy.optimize import Bounds, curve_fit, least_squares

TIMES = numpy.linspace(0.0, 4.0, 12)
NOISE = numpy.array([0.3, -0.2, 0.5, 0.1, -0.4, 0.2, -0.3, 0.6, -0.1, -0.5, 0.4, -0.2])
DATA = 2.5 * numpy.exp(-1.3 * TIMES) + 0.5 + 0.1 * NOISE
WEIGHTS = numpy.linspace(0.1, 0.3, 12)
TIGHT = {"ftol": 1e-14, "xtol": 1e-14, "gtol": 1e-14}


def decay(t: Any, a: Any, k: Any, c: Any) -> Any:
    return a * np.exp(-k * t) + c


def decay_of_numpy(t: Any, a: Any, k: Any, c: Any) -> Any:
    return a * numpy.exp(-k * t) + c


def off(p: Any, y: Any) -> Any:
    return decay(TIMES, p[0], p[1], p[2]) - y


def exact(y: Any) -> Any:
    """The fit by Newton's method on the gradient, differentiated as it is."""
    cost = lambda p: 0.5 * np.sum(off(p, y) ** 2)
    p = np.asarray(of_scipy.least_squares(lambda p: numpy.asarray(off(p, DATA)), numpy.ones(3), **TIGHT).x)
    for _ in range(3):
        p = p - np.linalg.solve(wg.hessian(cost)(p), wg.grad(cost)(p))
    return p


@pytest.mark.part(2)
@pytest.mark.parametrize("method", ["trf", "dogbox", "lm", "native-lm"])
def test_the_fit_differentiates(method: str) -> None:
    f = lambda y: least_squares(lambda p: off(p, y), np.ones(3), method=method, **TIGHT).x
    weighted = lambda f: lambda s: f(DATA + s * NOISE)
    agree(weighted(f), weighted(exact), np.array(0.0))
    numpy.testing.assert_allclose(wg.jacobian(f)(DATA), wg.jacobian(exact)(DATA), rtol=1e-6, atol=1e-8)


def test_compiled_and_batched() -> None:
    f = lambda y: least_squares(lambda p: off(p, y), np.ones(3), xtol=1e-10).x
    same_without_values(f, numpy.stack([DATA, DATA + 0.1 * NOISE]))


def test_our_own_method_is_one_native_program() -> None:
    f = wg.jit(lambda y: least_squares(off, np.ones(3), args=(y,)).x)
    f(DATA)
    assert "NumPy steps" not in str(f.report())


@pytest.mark.parametrize("loss", ["linear", "soft_l1", "huber", "cauchy", "arctan"])
def test_robust_losses(loss: str) -> None:
    how = {"loss": loss, "f_scale": 0.05, **TIGHT}
    ours = least_squares(off, numpy.ones(3), args=(DATA,), **how)
    theirs = of_scipy.least_squares(lambda p: numpy.asarray(off(p, DATA)), numpy.ones(3), **how)
    numpy.testing.assert_allclose(ours.x, theirs.x, rtol=1e-6)
    assert ours.cost.item() == pytest.approx(theirs.cost, rel=1e-10)
    f = lambda s: least_squares(off, ours.x, args=(DATA + s * NOISE,), **how).x
    slope = (numpy.asarray(f(1e-5)) - numpy.asarray(f(-1e-5))) / 2e-5
    numpy.testing.assert_allclose(wg.jacobian(f)(0.0), slope, rtol=3e-3, atol=1e-4)


def test_a_loss_that_is_a_function() -> None:
    def rho(z: Any) -> Any:
        return np.stack([np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2])

    given = least_squares(off, numpy.ones(3), args=(DATA,), loss=lambda z: numpy.asarray(rho(z)))
    named = least_squares(off, numpy.ones(3), args=(DATA,), loss="cauchy")
    numpy.testing.assert_allclose(given.x, named.x, rtol=1e-6)


@pytest.mark.parametrize("bounds", [([-9, -9, -9.0], [9, 1.0, 9]), Bounds([-9, -9, -9.0], [9, 1.0, 9])])
def test_bounds(bounds: Any) -> None:
    f = lambda y: least_squares(off, 0.5 * np.ones(3), args=(y,), bounds=bounds, **TIGHT).x
    assert f(DATA)[1].item() == pytest.approx(1.0)
    slope = wg.jacobian(f)(DATA)
    numpy.testing.assert_allclose(slope[1], numpy.zeros(12), atol=1e-10)


def test_bounds_without_values() -> None:
    f = lambda y: least_squares(off, 0.5 * np.ones(3), args=(y,), bounds=(-9.0, [9.0, 1.0, 9.0])).x
    numpy.testing.assert_allclose(wg.jit(f)(DATA), f(DATA), rtol=1e-6)


def test_keywords() -> None:
    line = lambda p, t, *, y: p[0] * t + p[1] - y
    found = least_squares(line, [0.0, 0.0], args=(TIMES,), kwargs={"y": 3 * TIMES - 1})
    numpy.testing.assert_allclose(found.x, [3.0, -1.0], rtol=1e-8)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"sigma": WEIGHTS},
        {"sigma": WEIGHTS, "absolute_sigma": True},
        {"sigma": numpy.diag(WEIGHTS**2) + 1e-3, "absolute_sigma": True},
        {"bounds": (0, [3.0, 2.0, 1.0])},
        {"p0": [2.0, 1.0, 0.0]},
        {"bounds": (0, [3.0, 1.0, 1.0])},
    ],
)
def test_curves_beside_scipy(how: dict[str, Any]) -> None:
    parameters, covariance = curve_fit(decay, TIMES, DATA, **how)
    expected, its_covariance = of_scipy.curve_fit(decay_of_numpy, TIMES, DATA, **how)
    numpy.testing.assert_allclose(parameters, expected, rtol=1e-5)
    numpy.testing.assert_allclose(covariance, its_covariance, rtol=1e-4)


def test_curves_differentiate_in_data_and_uncertainties() -> None:
    numpy.testing.assert_allclose(
        wg.jacobian(lambda y: curve_fit(decay, TIMES, y)[0])(DATA), wg.jacobian(exact)(DATA), rtol=1e-5, atol=1e-7
    )
    line = lambda t, a, b: a * t + b

    def closed(y: Any, sigma: Any) -> Any:
        rows = np.stack([TIMES, np.ones(12)], axis=1) / sigma[:, None]
        return np.linalg.solve(rows.T @ rows, rows.T @ (y / sigma)), np.linalg.inv(rows.T @ rows)

    fitted = lambda y, sigma: curve_fit(line, TIMES, y, sigma=sigma, absolute_sigma=True)
    for argument in (0, 1):
        ours, expected = (wg.jacobian(f, argnums=argument)(DATA, WEIGHTS) for f in (fitted, closed))
        for one, other in zip(ours, expected, strict=True):
            numpy.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_curves_compiled_and_batched() -> None:
    f = lambda y: curve_fit(decay, TIMES, y)[0]
    same_without_values(f, numpy.stack([DATA, DATA + 0.1 * NOISE]), rtol=1e-5)
    numpy.testing.assert_allclose(
        wg.jit(lambda y: curve_fit(decay, TIMES, y)[1])(DATA), curve_fit(decay, TIMES, DATA)[1], rtol=1e-5
    )


def test_errors() -> None:
    assert message(ValueError, lambda: least_squares(off, np.ones(3), args=(DATA,), loss="l1")) == (
        "[least_squares] loss is 'l1', wanted one of 'linear', 'soft_l1', 'huber', 'cauchy', 'arctan'; "
        "write loss='huber'"
    )
    assert message(ValueError, lambda: curve_fit(lambda t, *p: t, TIMES, DATA)) == (
        "[curve_fit] the function takes any number of parameters and no p0 is given, wanted to know how many; write "
        "p0=[...]"
    )
    with pytest.raises(RuntimeError, match=r"\[curve_fit\] the fit has not converged: .*; write p0=\[...\] nearer"):
        curve_fit(decay, TIMES, DATA, max_nfev=2)
    assert numpy.isinf(curve_fit(lambda t, a: a * t, TIMES[1:2], DATA[1:2])[1]).all()
