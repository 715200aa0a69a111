"""SciPy and matplotlib take tensors for arrays, and our derivatives for theirs."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy
import pytest
import scipy.integrate
import scipy.linalg
import scipy.optimize
import scipy.sparse
import scipy.special

import wengert as wg
import wengert.numpy as np

X = numpy.array([[0.3, -1.2, 2.0], [0.7, 0.4, -0.9]])
SQUARE = numpy.array([[2.0, 0.3], [0.1, 1.5]])


def rosenbrock(x: wg.Tensor) -> wg.Tensor:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP"])
def test_minimize_with_our_gradient(method: str) -> None:
    result = scipy.optimize.minimize(rosenbrock, [0.5, 1.7, 0.4], jac=wg.grad(rosenbrock), method=method, tol=1e-8)
    numpy.testing.assert_allclose(result.x, [1, 1, 1], atol=1e-3)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-exact", "trust-ncg"])
def test_minimize_with_our_hessian(method: str) -> None:
    result = scipy.optimize.minimize(
        rosenbrock, [0.5, 1.7, 0.4], jac=wg.grad(rosenbrock), hess=wg.hessian(rosenbrock), method=method
    )
    numpy.testing.assert_allclose(result.x, [1, 1, 1], atol=1e-4)


def test_minimize_with_our_hessian_vector_product() -> None:
    hessp = lambda x, v: wg.hvp(rosenbrock, (x,), (v,))
    result = scipy.optimize.minimize(
        rosenbrock, [0.5, 1.7, 0.4], jac=wg.grad(rosenbrock), hessp=hessp, method="Newton-CG"
    )
    numpy.testing.assert_allclose(result.x, [1, 1, 1], atol=1e-4)


def test_minimize_with_value_and_gradient_at_once() -> None:
    result = scipy.optimize.minimize(wg.value_and_grad(rosenbrock), [0.5, 1.7], jac=True, method="BFGS")
    numpy.testing.assert_allclose(result.x, [1, 1], atol=1e-4)


def residuals(x: wg.Tensor) -> wg.Tensor:
    return np.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def test_root_and_least_squares_with_our_jacobian() -> None:
    jacobian = wg.jacobian(residuals)
    numpy.testing.assert_allclose(scipy.optimize.root(residuals, [0.5, 1.7], jac=jacobian).x, [1, 1], atol=1e-8)
    fit = scipy.optimize.least_squares(residuals, [0.5, 1.7], jac=jacobian)
    numpy.testing.assert_allclose(fit.x, [1, 1], atol=1e-6)


def test_sparse_matrices_multiply_tensors() -> None:
    sparse = scipy.sparse.csr_array(SQUARE)
    x = wg.tensor([1.0, 2.0])
    numpy.testing.assert_allclose(sparse @ x, SQUARE @ [1.0, 2.0])
    numpy.testing.assert_allclose(x @ sparse, [1.0, 2.0] @ SQUARE)
    numpy.testing.assert_allclose(wg.grad(lambda y: (sparse @ y).sum())(numpy.ones(2)), SQUARE.sum(0))


def test_solve_ivp_of_a_function_of_tensors() -> None:
    def pendulum(t: float, y: numpy.ndarray) -> wg.Tensor:
        return np.stack([wg.tensor(y)[1], -np.sin(y[0])])

    solution = scipy.integrate.solve_ivp(
        pendulum,
        (0, 1),
        [0.1, 0.0],
        method="Radau",
        jac=lambda t, y: wg.jacobian(lambda z: pendulum(t, z))(y),
        rtol=1e-8,
    )
    assert solution.success
    assert solution.y[0, -1] == pytest.approx(0.1 * numpy.cos(1.0), rel=2e-3)


def test_scipy_special_ufuncs_differentiate() -> None:
    x = numpy.array([0.7, 2.3])
    numpy.testing.assert_allclose(scipy.special.gammaln(wg.tensor(x)).numpy(), scipy.special.gammaln(x), rtol=1e-12)
    slope = wg.grad(lambda t: numpy.sum(scipy.special.gammaln(t)))(x)
    numpy.testing.assert_allclose(slope.numpy(), scipy.special.digamma(x))


def test_scipy_differentiates_through_the_array_api() -> None:
    code = """
import numpy, scipy.fft, scipy.special, scipy.stats
import wengert as wg

x = numpy.array([0.3, 1.2, 2.0])
print(numpy.abs(wg.grad(scipy.special.logsumexp)(x).numpy() - scipy.special.softmax(x)).max() < 1e-12)
print(wg.grad(lambda t: (abs(scipy.fft.fft(t)) ** 2).sum())(x).numpy().round(9).tolist() == (6 * x).round(9).tolist())
h = numpy.array([1e-6, 0.0, 0.0])
slope = (scipy.stats.skew(x + h) - scipy.stats.skew(x - h)) / 2e-6
print(abs(wg.grad(scipy.stats.skew)(x)[0].item() - slope) < 1e-8)
"""
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]


def test_matplotlib_draws_tensors() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="an extra of the tests")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    x = wg.tensor(numpy.linspace(0, 1, 5))
    figure, axes = pyplot.subplots()
    (line,) = axes.plot(x, np.sin(x))
    axes.scatter(x, x)
    axes.fill_between(x, x, x + 1)
    axes.imshow(wg.tensor(X))
    axes.hist(x)
    axes.errorbar(x, x, yerr=x)
    figure.canvas.draw()
    numpy.testing.assert_allclose(line.get_ydata(), numpy.sin(x.numpy()))
    pyplot.close(figure)
