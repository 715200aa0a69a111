"""`linprog`: SciPy's numbers, corners that move with what holds there, and corners that are degenerate."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy
import pytest
from scipy import optimize as of_scipy, sparse
from tests.scipy.optimize.problems import message, same_without_values

import wengert as wg
import wengert.numpy as np
from wengert.scipy.optimize import linprog

RNG = numpy.random.default_rng(5)
UNKNOWNS, ROWS = 6, 4
PROGRAM = {
    "c": RNG.normal(size=UNKNOWNS),
    "A_ub": RNG.normal(size=(ROWS, UNKNOWNS)),
    "b_ub": 0.2 + RNG.random(ROWS),
    "A_eq": RNG.normal(size=(1, UNKNOWNS)),
    "b_eq": numpy.array([0.3]),
    "lower": -RNG.random(UNKNOWNS),
    "upper": 0.1 + RNG.random(UNKNOWNS),
}
"""Some inequalities, lower and upper bounds hold at its minimum, and others do not."""


def solved(program: Any, solve: Any = linprog) -> Any:
    given = {name: value for name, value in program.items() if name not in ("lower", "upper")}
    return solve(**given, bounds=list(zip(program["lower"], program["upper"], strict=True)))


def test_scipy_s_numbers() -> None:
    ours, theirs = solved(PROGRAM), solved(PROGRAM, of_scipy.linprog)
    for name in ("x", "fun", "slack", "con"):
        numpy.testing.assert_allclose(ours[name], theirs[name], atol=1e-12)
    for side in ("lower", "upper", "ineqlin", "eqlin"):
        for name in ("residual", "marginals"):
            numpy.testing.assert_allclose(ours[side][name], theirs[side][name], atol=1e-12)
            assert isinstance(ours[side][name], wg.Tensor)
    assert ours.success
    assert 0 < sum(ours.slack < 1e-9) < ROWS
    assert (ours.lower.residual < 1e-9).any()
    assert (ours.upper.residual < 1e-9).any()


@pytest.mark.parametrize("name", PROGRAM)
def test_the_corner_moves_as_differences_say(name: str) -> None:
    """Also the multipliers and the least value, in both modes; a corner is a rational function of all numbers."""

    def found(value: Any) -> Any:
        result = solved({**PROGRAM, name: value})
        return np.concatenate([result.x, result.fun[None], result.ineqlin.marginals, result.eqlin.marginals])

    at = PROGRAM[name]
    shift = RNG.normal(size=at.shape)
    difference = (found(at + 1e-6 * shift) - found(at - 1e-6 * shift)) / 2e-6
    pushed = wg.jvp(found, (at,), (shift,))[1]
    numpy.testing.assert_allclose(pushed, difference, rtol=1e-6, atol=1e-7)
    weights = RNG.normal(size=pushed.shape)
    pulled = wg.vjp(found, at)[1](weights)[0]
    numpy.testing.assert_allclose(np.sum(pulled * shift), weights @ pushed, rtol=1e-9, atol=1e-12)


def test_second_order_compiled_and_batched() -> None:
    x = lambda A: linprog([-1.0, -2.0], A, [4.0, 6.0]).x
    exact = lambda A: np.linalg.solve(A, np.array([4.0, 6.0]))
    A = np.array([[1.0, 1.0], [1.0, 3.0]])
    numpy.testing.assert_allclose(wg.jacfwd(wg.jacrev(x))(A), wg.jacfwd(wg.jacrev(exact))(A), rtol=1e-9, atol=1e-9)
    same_without_values(x, numpy.stack([A, A + 0.1 * numpy.eye(2)]))


DEGENERATE = {
    "others are as good": lambda b: linprog([-1.0, -1.0], [[1.0, 1.0]], b[:1]).x,
    "a constraint twice": lambda b: linprog([-1.0, -2.0], [[1.0, 1.0], [1.0, 1.0]], np.stack([b[0], b[0]])).x,
    "three at one corner": lambda b: (
        linprog([-1.0, -1.0], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], np.stack([*b, b.sum()])).x
    ),
    "a row that holds at two bounds": lambda b: (
        linprog([-2.0, -1.0], [[1.0, 1.0]], b[:1], bounds=[(0, b[0]), (0, None)]).x
    ),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_corners(name: str) -> None:
    at = np.array([1.0, 2.0])
    assert np.all(np.isfinite(DEGENERATE[name](at)))
    for derivative in (wg.jacrev(DEGENERATE[name]), wg.jacfwd(DEGENERATE[name])):
        assert message(numpy.linalg.LinAlgError, partial(derivative, at)) == (
            "[linprog] a derivative was asked for at a degenerate corner, where a constraint holds that has the "
            "multiplier 0 (so that more hold than move x), or where other x are as good; wanted as many constraints "
            "with a multiplier as unknowns; leave out constraints that follow from others, or write "
            "quadratic_program(1e-6 * np.eye(n), c, ...), whose minimum is unique"
        )


@pytest.mark.parametrize("bounds", [(0, None), None, (1.0, 3.0), [(1.0, None)], [(None, 1.0), (-2.0, 5)]])
def test_bounds_as_scipy_takes_them(bounds: Any) -> None:
    cost = [1.0, 2.0] if bounds != [(None, 1.0), (-2.0, 5)] else [-1.0, 2.0]
    numpy.testing.assert_allclose(linprog(cost, bounds=bounds).x, of_scipy.linprog(cost, bounds=bounds).x)


def test_programs_without_a_minimum_are_scipy_s() -> None:
    assert linprog([1.0, 1.0], [[1.0, 1.0]], [-3.0]).x is None
    assert linprog([-1.0], bounds=(0, None)).status == 3


def test_integers_and_sparse_matrices_are_scipy_s() -> None:
    assert linprog([-1.0, -1.0], [[2.0, 2.0]], [5.0], integrality=1).fun == -2
    A = sparse.csr_array([[1.0, 2.0]])
    assert linprog([-1.0, -1.0], A, [5.0]).fun == -5


def test_mistakes() -> None:
    assert message(ValueError, lambda: linprog([1.0, 1.0], [[1.0]], [1.0])) == (
        "[linprog] A_ub and b_ub have the shapes (1, 1) and (1,) where c has (2,), wanted a row for each constraint "
        "and a column for each unknown; write (m, n) and (m,)"
    )
    assert message(ValueError, lambda: linprog([1.0, 1.0], bounds=[(0, 1)] * 3)) == (
        "[linprog] 3 bounds were given for 2 unknowns, wanted a pair for each; write [(lower, upper), ...] with None "
        "where there is none"
    )
