"""`root`, `fsolve`: SciPy's numbers, and roots that differentiate."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from scipy import optimize as of_scipy
from tests.scipy.optimize.problems import agree, message, same_without_values

import wengert as wg
import wengert.numpy as np
from wengert.scipy.optimize import fsolve, root


def system(x: Any, a: Any) -> Any:
    """Zero where x = (a, a^2)."""
    return np.stack([x[0] ** 3 + x[1] - a**3 - a**2, x[1] - x[0] ** 2])


def known(a: Any) -> Any:
    return np.stack([a, a**2])


@pytest.mark.part(2)
@pytest.mark.parametrize("method", ["hybr", "lm", "krylov", "df-sane", "native-newton"])
def test_roots_differentiate(method: str) -> None:
    f = lambda a: root(lambda x: system(x, a), np.ones(2), method=method, tol=1e-12).x
    agree(f, known, np.array(1.5))


def test_roots_differentiate_in_arguments() -> None:
    agree(lambda a: root(system, np.ones(2), a).x, known, np.array(1.5))
    agree(lambda a: fsolve(system, np.ones(2), a), known, np.array(1.5))


@pytest.mark.parametrize("method", ["hybr", "krylov"])
def test_compiled_and_batched(method: str) -> None:
    f = lambda a: root(lambda x: system(x, a), np.ones(2), method=method, tol=1e-10).x
    same_without_values(f, numpy.array([1.5, 0.7]))


def test_newton_s_method_is_one_native_program() -> None:
    f = wg.jit(wg.jacrev(lambda a: root(lambda x: system(x, a), np.ones(2)).x))
    f(np.array(1.5))
    assert "NumPy steps" not in str(f.report())


def test_scipy_s_report() -> None:
    ours, theirs = root(system, [1.0, 1.0], 1.5), of_scipy.root(lambda x: numpy.asarray(system(x, 1.5)), [1.0, 1.0])
    assert ours.success
    assert ours.message == theirs.message
    numpy.testing.assert_allclose(ours.x, theirs.x, rtol=1e-10)
    by_newton = root(system, [1.0, 1.0], 1.5, method="native-newton")
    assert by_newton.success
    assert by_newton.nit < 10


def test_newton_s_method_takes_shorter_steps_where_it_would_diverge() -> None:
    found = root(lambda x: np.arctan(x), np.array([20.0]), method="native-newton")
    assert found.success
    assert abs(found.x.item()) < 1e-9


def test_the_jacobian_of_the_user() -> None:
    pair = lambda x: (x**2 - 4, numpy.diag(2 * x))
    numpy.testing.assert_allclose(root(pair, numpy.ones(2), jac=True).x, [2.0, 2.0], rtol=1e-10)
    numpy.testing.assert_allclose(
        root(lambda x: x**2 - 4, numpy.ones(2), jac=lambda x: numpy.diag(2 * x)).x, [2.0, 2.0]
    )


def test_complex_roots() -> None:
    f = lambda a: root(lambda x: x**2 - a, np.array([1.0 + 1j]), method="native-newton").x
    numpy.testing.assert_allclose(f(np.array([2j])), [1 + 1j], rtol=1e-12)
    numpy.testing.assert_allclose(wg.jacfwd(f)(np.array([2j])), [[0.5 / (1 + 1j)]], rtol=1e-10)


def test_errors() -> None:
    assert message(ValueError, lambda: root(system, np.ones((2, 2)))) == (
        "[root] x0 has shape (2, 2), wanted a vector; write x0.ravel(), and x.reshape(...) in the function"
    )
    with pytest.raises(numpy.linalg.LinAlgError, match="singular at the solution"):
        wg.grad(lambda a: root(lambda x: (x - a) ** 3, np.array([2.0]), tol=1e-14).x[0])(2.0)
    none = lambda a: root(lambda x: x**2 + a, np.array([2.0])).x[0]
    with pytest.raises(ValueError, match=r"\[implicit\] root returned what is no solution"):
        wg.grad(none)(1.0)
    assert numpy.isnan(wg.jit(wg.grad(none))(1.0).item())
