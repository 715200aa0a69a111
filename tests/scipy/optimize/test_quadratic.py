"""`quadratic_program`: minima, multipliers and their derivatives, beside SciPy's general methods."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.scipy.optimize.problems import agree, message, same_without_values

import wengert as wg
import wengert.numpy as np
from wengert.scipy.optimize import linprog, minimize, quadratic_program

RANDOM = numpy.random.default_rng(1)
ROOT = RANDOM.normal(size=(6, 6))
P, Q = ROOT @ ROOT.T + numpy.eye(6), RANDOM.normal(size=6)
G, H = RANDOM.normal(size=(5, 6)), RANDOM.normal(size=5)
A, B = RANDOM.normal(size=(2, 6)), RANDOM.normal(size=2)


def by_slsqp(P: Any, q: Any, G: Any, h: Any, A: Any, b: Any) -> Any:
    inside = {"type": "ineq", "fun": lambda x: h - G @ x}
    on = {"type": "eq", "fun": lambda x: A @ x - b}
    return minimize(lambda x: 0.5 * x @ P @ x + q @ x, np.zeros(6), constraints=[inside, on], options={"ftol": 1e-15})


def test_minimum_and_multipliers() -> None:
    ours, theirs = quadratic_program(P, Q, G, H, A, B), by_slsqp(P, Q, G, H, A, B)
    assert ours.success
    assert ours.nit < 15
    numpy.testing.assert_allclose(ours.x, theirs.x, rtol=1e-8)
    numpy.testing.assert_allclose(ours.fun, theirs.fun, rtol=1e-10)
    numpy.testing.assert_allclose(
        np.concatenate([ours.inequalities, -ours.equations]), theirs.multipliers, rtol=1e-6, atol=1e-8
    )


def test_derivatives_in_all_that_is_given() -> None:
    for place in range(6):
        ours = wg.jacobian(lambda *p: quadratic_program(*p).x, argnums=place)(P, Q, G, H, A, B)
        theirs = wg.jacobian(lambda *p: by_slsqp(*p).x, argnums=place)(P, Q, G, H, A, B)
        numpy.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)


def test_without_constraints_and_with_equations_alone() -> None:
    agree(lambda q: quadratic_program(P, q).x, lambda q: -np.linalg.solve(P, q), Q)

    def by_elimination(b: Any) -> Any:
        system = numpy.block([[P, A.T], [A, numpy.zeros((2, 2))]])
        return np.linalg.solve(system, np.concatenate([-Q, b]))[:6]

    agree(lambda b: quadratic_program(P, Q, A=A, b=b).x, by_elimination, B)


def test_the_multipliers_differentiate() -> None:
    """The derivative of the least value in a bound is minus its multiplier."""
    least = lambda h: quadratic_program(P, Q, G, h, A, B)
    numpy.testing.assert_allclose(wg.grad(lambda h: least(h).fun)(H), -least(H).inequalities, atol=1e-8)
    numpy.testing.assert_allclose(
        wg.hessian(lambda h: least(h).fun)(H), -wg.jacobian(lambda h: least(h).inequalities)(H), rtol=1e-6, atol=1e-8
    )


def test_a_linear_program() -> None:
    """Without curvature, where the minimum is a corner."""
    cost, rows, sides = (
        numpy.array([-1.0, -2.0]),
        numpy.array([[1.0, 1.0], [1.0, 0.0], [-1.0, 0.0], [0.0, -1.0]]),
        [4, 3, 0, 0],
    )
    found = quadratic_program(np.zeros((2, 2)), cost, rows, np.array(sides))
    numpy.testing.assert_allclose(found.x, linprog(cost, rows, sides).x, atol=1e-8)


def test_compiled_and_batched() -> None:
    f = lambda q: quadratic_program(P, q, G, H, A, B).x
    same_without_values(f, numpy.stack([Q, -Q]))
    compiled = wg.jit(f)
    compiled(Q)
    assert "NumPy steps" not in str(compiled.report())


def test_what_cannot_be_met() -> None:
    found = quadratic_program(np.eye(1), np.zeros(1), np.array([[1.0], [-1.0]]), np.array([-1.0, -1.0]))
    assert not found.success


def test_errors() -> None:
    assert message(ValueError, lambda: quadratic_program(P, Q, G, H[:3])) == (
        "[quadratic_program] G and h have the shapes (5, 6) and (3,) where q has (6,), wanted a row for each "
        "constraint and a column for each unknown; write (m, n) and (m,)"
    )
    assert message(ValueError, lambda: quadratic_program(P[:5], Q)) == (
        "[quadratic_program] P has shape (5, 6) where q has (6,), wanted a square matrix with a row for each unknown; "
        "write np.diag(...) for a diagonal one"
    )
    parallel = lambda q: quadratic_program(np.zeros((1, 1)), q, np.ones((2, 1)), np.ones(2)).x
    with pytest.raises(numpy.linalg.LinAlgError, match="singular at the solution"):
        wg.jacobian(parallel)(np.array([-1.0]))
