"""Jacobians that are kept dense, sparse or in bands solve the same equations, and give the same solutions."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy
import pytest
from scipy import sparse
from tests.scipy.integrate.problems import largest_difference

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp
from wengert.scipy.integrate.methods.matrices import Banded, Dense, Sparse, matrices_for
from wengert.scipy.integrate.system import System

SIZE = 14
RNG = numpy.random.default_rng(3)
ORDER = RNG.permutation(SIZE)
BACK = numpy.argsort(ORDER)
START = RNG.uniform(0.5, 1.5, SIZE)
TIGHT: dict[str, Any] = {"rtol": 1e-8, "atol": 1e-10}


def chain(t: Any, y: Any, rate: Any = 1.0) -> Any:
    """Neighbours in an order that nothing tells."""
    z = y[ORDER]
    flow = np.concatenate([z[1:] - z[:-1] ** 2, np.zeros(1)])
    return (flow - rate * (1 + t) * z)[BACK]


@cache
def pattern() -> Any:
    return wg.sparse.jacobian_pattern(lambda y: chain(0.3, y), START)


def kinds() -> list[Any]:
    systems = [System("solve_ivp", chain, START, ()) for _ in range(3)]
    return [Dense(systems[0]), matrices_for(systems[1], 0.0, pattern(), False), Banded(systems[2], pattern())]


def test_all_kinds_solve_the_same_equations() -> None:
    right, other = RNG.uniform(-1, 1, (2, SIZE))
    dense, *others = kinds()
    assert isinstance(others[0], Sparse)
    assert others[1].width == 3
    wanted = dense.at(0.3, [START])
    first, second = dense.pair_solver(wanted, 5.0, 2.0)(right, other)
    whole = numpy.linalg.solve((5.0 + 2.0j) * numpy.eye(SIZE) - wanted, right + 1j * other)
    assert largest_difference(first + 1j * second, whole) < 1e-12
    for kind in others:
        matrix = kind.at(0.3, [START])
        assert largest_difference(kind.solver(matrix, 5.0)(right), dense.solver(wanted, 5.0)(right)) < 1e-12
        for one, known in zip(kind.pair_solver(matrix, 5.0, 2.0)(right, other), (first, second), strict=True):
            assert largest_difference(one, known) < 1e-12
        found = kind.factorised(matrix, 0.2).solve(right)
        assert largest_difference(found, dense.factorised(wanted, 0.2).solve(right)) < 1e-12
        assert largest_difference(kind.factorised(kind.nothing, 1.0).solve(right), right) == 0


def last(rate: Any, method: str, rtol: float = 1e-6, **options: Any) -> Any:
    found = solve_ivp(chain, (0.0, 0.5), START, method, [0.5], args=(rate,), rtol=rtol, atol=rtol, **options)
    return found.y[:, 0]


@pytest.mark.part(2)
@pytest.mark.parametrize("method", ["Rodas5P", "BDF", pytest.param("Radau", marks=pytest.mark.wide)])
def test_compiled_solutions_and_gradients_by_bands(method: str) -> None:
    def loss(rate: Any, **options: Any) -> Any:
        return np.sum(np.sin(last(rate, method, **options)))

    given = {"jac_sparsity": pattern()}  # found outside: a recording holds no other one
    value, slope = wg.jit(wg.value_and_grad(lambda rate: loss(rate, **given)))(1.2)
    assert value.item() == pytest.approx(loss(1.2).item(), abs=1e-7)
    assert slope.item() == pytest.approx((loss(1.21) - loss(1.19)).item() / 0.02, rel=1e-3)


@pytest.mark.parametrize("method", ["BDF", pytest.param("Radau", marks=pytest.mark.wide)])
def test_eager_solutions_and_gradients_with_a_sparse_jacobian(method: str) -> None:
    def first(rate: Any, **options: Any) -> Any:
        return last(rate, method, 1e-4, **options)[0]

    wanted = wg.value_and_grad(first)(1.2)
    found = wg.value_and_grad(lambda rate: first(rate, jac_sparsity=pattern()))(1.2)
    assert largest_difference(found, wanted) < 1e-6


@pytest.mark.part(2)
@pytest.mark.parametrize("method", ["BDF", "Radau"])
def test_a_given_jacobian_may_be_sparse(method: str) -> None:
    def jac(t: Any, y: Any) -> Any:
        return sparse.diags_array(-2 * numpy.asarray(y), format="csr")

    found = solve_ivp(lambda t, y: -(y**2), (0.0, 1.0), numpy.ones(5), method, jac=jac, **TIGHT)
    assert largest_difference(found.y[:, -1], 0.5) < 1e-6
    compiled = wg.jit(lambda: solve_ivp(
        lambda t, y: -(y**2), (0.0, 1.0), numpy.ones(5), method, [1.0], jac=sparse.eye_array(5) * -1.3, **TIGHT
    ).y[:, 0])()  # fmt: skip
    assert largest_difference(compiled, 0.5) < 1e-6


def test_sparsity_is_found_where_there_are_many_numbers() -> None:
    def heat(t: Any, u: Any) -> Any:
        padded = np.concatenate([np.zeros(1), u, np.zeros(1)])
        return 1e4 * (padded[2:] - 2 * u + padded[:-2])

    start = numpy.sin(numpy.pi * numpy.arange(1, 300) / 300)
    system = System("solve_ivp", heat, start, ())
    assert isinstance(matrices_for(system, 0.0, None, False), Sparse)
    found = solve_ivp(heat, (0.0, 0.5), start, "BDF", rtol=1e-6, atol=1e-9)
    rate = 2e4 * (1 - numpy.cos(numpy.pi / 300))
    assert largest_difference(found.y[:, -1], numpy.exp(-0.5 * rate) * start) < 1e-5
    mixing = System("solve_ivp", lambda t, u: -u * np.sum(u), start, ())
    assert isinstance(matrices_for(mixing, 0.0, None, False), Dense)
    unknown = System("solve_ivp", lambda t, u: -numpy.asarray(u), start, ())
    assert isinstance(matrices_for(unknown, 0.0, None, False), Dense)


def test_a_wide_band_is_dense_in_compiled_code() -> None:
    system = System("solve_ivp", chain, START, ())
    assert isinstance(matrices_for(system, 0.0, numpy.ones((SIZE, SIZE)), True), Dense)


def test_what_is_wrong_with_a_sparsity() -> None:
    with pytest.raises(ValueError, match="jac_sparsity") as shape:
        last(1.0, "BDF", jac_sparsity=numpy.ones((2, 2)))
    assert str(shape.value) == (
        "[solve_ivp] jac_sparsity has shape (2, 2), wanted (14, 14): a row for each slope, a column for each number of "
        "the state; without jac_sparsity= it is found"
    )
    with pytest.raises(RuntimeError, match="pattern"):
        last(1.0, "BDF", jac_sparsity=numpy.eye(SIZE))
