"""`implicit`: derivatives of solutions by the equations that define them."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy
import pytest
from scipy import optimize

import wengert as wg
import wengert.numpy as np

MATRIX = numpy.array([[3.0, 1.0, 0.2], [-0.5, 2.0, 0.3], [0.1, 0.4, 4.0]])
THETA = numpy.array([1.0, -2.0, 0.5])


def residual(x: Any, theta: Any) -> Any:
    return MATRIX @ x + x**3 / 3 - theta


def by_scipy(theta: Any) -> Any:
    """NumPy code: it asks for values."""
    theta = numpy.asarray(theta)
    return optimize.root(lambda x: MATRIX @ x + x**3 / 3 - theta, numpy.zeros(3), tol=1e-14).x


def by_newton(theta: Any) -> Any:
    """Operations of the library: it is recorded."""
    step = lambda i, x: x - np.linalg.solve(MATRIX + np.diag(x**2), residual(x, theta))
    return wg.fori_loop(0, 20, step, np.zeros(3))


SOLUTIONS = {
    "foreign": wg.implicit(by_scipy, residual, like=lambda theta: theta),
    "recorded": wg.implicit(by_newton, residual),
    "gmres": wg.implicit(by_scipy, residual, solve="gmres", like=lambda theta: theta),
    "own solve": wg.implicit(
        by_scipy, residual, solve=lambda matvec, b: np.linalg.solve(wg.jacfwd(matvec)(b), b), like=lambda theta: theta
    ),
}
every_solution = pytest.mark.parametrize("solution", SOLUTIONS.values(), ids=SOLUTIONS.keys())


def exact() -> tuple[Any, Any, Any]:
    """The solution, its Jacobian and its second derivatives, in closed form at the root."""
    x = by_scipy(THETA)
    first = numpy.linalg.inv(MATRIX + numpy.diag(x**2))
    return x, first, -numpy.einsum("ij,j,jk,jl->ikl", first, 2 * x, first, first)


@every_solution
def test_both_modes_to_second_order(solution: Any) -> None:
    x, first, second = exact()
    numpy.testing.assert_allclose(solution(THETA), x, rtol=1e-12)
    for jacobian in (wg.jacfwd, wg.jacrev):
        numpy.testing.assert_allclose(jacobian(solution)(THETA), first, rtol=1e-9)
    for outer, inner in itertools.product([wg.jacfwd, wg.jacrev], repeat=2):
        numpy.testing.assert_allclose(outer(inner(solution))(THETA), second, rtol=1e-8, atol=1e-11)


@every_solution
def test_compiled_and_batched(solution: Any) -> None:
    x, first, _ = exact()
    batch = numpy.stack([THETA, -THETA])
    numpy.testing.assert_allclose(wg.jit(solution)(THETA), x, rtol=1e-12)
    numpy.testing.assert_allclose(wg.vmap(solution)(batch), [x, -x], rtol=1e-12)
    numpy.testing.assert_allclose(wg.jit(wg.jacrev(solution))(THETA), first, rtol=1e-9)
    numpy.testing.assert_allclose(wg.vmap(wg.jacfwd(solution))(batch), [first, first], rtol=1e-9)


def test_a_solver_of_operations_and_its_second_derivatives_are_native_under_jit() -> None:
    _, _, second = exact()
    of_batch = wg.jit(wg.vmap(wg.jacfwd(wg.jacrev(SOLUTIONS["recorded"]))))
    found = of_batch(numpy.stack([THETA, -THETA]))
    numpy.testing.assert_allclose(found, [second, -second], rtol=1e-8, atol=1e-11)
    assert "NumPy steps" not in str(of_batch.report())


def closed_over(solver: Any) -> Any:
    """The cube root of twice a number, which solver and residual read from outside."""
    return lambda a: wg.implicit(lambda: solver(2 * a), lambda x: x**3 - 2 * a)()


def cube_root_by_scipy(a: Any) -> Any:
    return optimize.brentq(lambda x: x**3 - float(a), 0.0, 10.0, xtol=1e-15)


def cube_root_by_newton(a: Any) -> Any:
    return wg.fori_loop(0, 40, lambda i, x: x - (x**3 - a) / (3 * x**2), np.ones(()) * 2)


@pytest.mark.parametrize("solver", [cube_root_by_scipy, cube_root_by_newton])
def test_tensors_from_outside(solver: Any) -> None:
    root, expected = closed_over(solver), lambda a: (2 * a) ** (1 / 3)
    first, second = wg.grad(expected)(2.0).item(), wg.grad(wg.grad(expected))(2.0).item()
    assert wg.grad(root)(2.0).item() == pytest.approx(first, rel=1e-12)
    assert wg.jvp(root, (2.0,), (1.0,))[1].item() == pytest.approx(first, rel=1e-12)
    assert wg.grad(wg.grad(root))(2.0).item() == pytest.approx(second, rel=1e-10)
    leaf = wg.tensor(2.0, requires_grad=True)
    root(leaf).backward()
    assert leaf.grad.item() == pytest.approx(first, rel=1e-12)


def test_tensors_from_outside_that_have_no_value() -> None:
    root, expected = closed_over(cube_root_by_newton), lambda a: (2 * a) ** (1 / 3)
    at = numpy.array([1.0, 2.0, 5.0])
    for f in (wg.vmap(root), wg.jit(wg.vmap(root)), lambda at: wg.map(root, at)):
        numpy.testing.assert_allclose(f(at), expected(at), rtol=1e-12)
    for f in (wg.vmap(wg.grad(root)), wg.jit(wg.vmap(wg.grad(root))), lambda at: wg.map(wg.grad(root), at)):
        numpy.testing.assert_allclose(f(at), wg.vmap(wg.grad(expected))(at), rtol=1e-10)


def test_state_that_a_compiled_function_reads() -> None:
    a = wg.tensor(2.0)
    f = wg.jit(wg.grad(lambda b: wg.implicit(lambda: cube_root_by_newton(a * b), lambda x: x**3 - a * b)()))
    assert f(4.0).item() == pytest.approx(2 / 3 / 4, rel=1e-10)
    a.copy_(16.0)
    assert f(4.0).item() == pytest.approx(4 / 3 / 4, rel=1e-10)


def test_the_path_that_the_residual_takes_at_the_solution() -> None:
    bent = wg.implicit(lambda a: abs(float(a)) ** 0.5, lambda x, a: x * x - a if a > 0 else x * x + a)
    assert wg.grad(bent)(4.0).item() == 0.25
    assert wg.grad(bent)(-4.0).item() == -0.25


def test_nested_solutions_keep_structure_dtypes_and_counts() -> None:
    def solver(p: Any) -> Any:
        a, b = float(p["a"]), numpy.asarray(p["b"])
        return {"u": b / (1 + a), "v": [a * b / (1 + a)], "turns": 3, "ok": True}

    def equations(x: Any, p: Any) -> Any:
        return {"first": x["u"] * p["a"] - x["v"][0], "second": x["v"][0] + x["u"] - p["b"]}

    pair = wg.implicit(solver, equations)
    p = {"a": 2.0, "b": numpy.array([3.0, 4.0])}
    value = wg.jvp(pair, (p,), (p,))[0]
    assert (value["turns"].item(), value["ok"].item(), value["u"].dtype) == (3, True, "float64")
    explicit = lambda p: p["b"] / (1 + p["a"]) + p["a"] ** 2 * p["b"] / (1 + p["a"])
    total = lambda f: lambda p: np.sum(f(p))
    by_rule = wg.grad(total(lambda p: pair(p)["u"] + p["a"] * pair(p)["v"][0]))(p)
    expected = wg.grad(total(explicit))(p)
    numpy.testing.assert_allclose(by_rule["a"], expected["a"], rtol=1e-12)
    numpy.testing.assert_allclose(by_rule["b"], expected["b"], rtol=1e-12)


def test_single_precision_and_complex_numbers() -> None:
    square_root = wg.implicit(np.sqrt, lambda x, a: x * x - a)
    slope = wg.grad(square_root)(numpy.float32(4.0))
    assert (slope.item(), slope.dtype) == (0.25, numpy.float32)
    z = numpy.array([1 + 2j, -3 + 1j])
    numpy.testing.assert_allclose(wg.jacfwd(square_root)(z), numpy.diag(0.5 / numpy.sqrt(z)), rtol=1e-13, atol=1e-16)


def test_integers_among_the_arguments_have_no_derivative() -> None:
    root = wg.implicit(lambda a, n: float(a) ** (1 / int(n)), lambda x, a, n: x**n - a)
    assert wg.grad(root)(8.0, wg.tensor(3)).item() == pytest.approx(1 / 12, rel=1e-12)


def test_a_residual_that_no_derivative_passes_matters_only_to_who_asks() -> None:
    foreign = wg.implicit(lambda a: 2.0, lambda x, a: math.cos(float(x)) - a)
    assert foreign(3.0).item() == 2.0


def test_many_unknowns_without_a_matrix() -> None:
    """A tridiagonal system of more unknowns than are solved for with a matrix."""
    size = 1001
    band = lambda x: 4 * x - np.concatenate([x[1:], np.zeros(1)]) - np.concatenate([np.zeros(1), x[:-1]])
    matrix = numpy.diag(numpy.full(size, 4.0)) - numpy.eye(size, k=1) - numpy.eye(size, k=-1)
    solution = wg.implicit(lambda b: numpy.linalg.solve(matrix, numpy.asarray(b)), lambda x, b: band(x) - b)
    b = numpy.cos(numpy.arange(size))
    expected = numpy.linalg.solve(matrix, numpy.ones(size))
    numpy.testing.assert_allclose(wg.grad(lambda b: np.sum(solution(b)))(b), expected, rtol=1e-10)
    by_cg = wg.implicit(solution, lambda x, b: band(x) - b, solve="cg")
    numpy.testing.assert_allclose(wg.jvp(by_cg, (b,), (numpy.ones(size),))[1], expected, rtol=1e-10)


def test_it_agrees_with_differences() -> None:
    wg.check(SOLUTIONS["foreign"], THETA)


# -- errors ----------------------------------------------------------------------------------------


def message(error: type[Exception], call: Any) -> str:
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def test_a_singular_jacobian() -> None:
    double = wg.implicit(lambda a: 0.0, lambda x, a: x * x - a, derivative_tolerance=None)
    assert message(numpy.linalg.LinAlgError, lambda: wg.grad(double)(0.0)) == (
        "[implicit] the Jacobian of the residual is singular at the solution (its condition number is inf), wanted one "
        "with an inverse, since the equations do not say how the solution moves; write as many independent equations "
        "as unknowns, and solve where the solution stands alone"
    )


def test_what_is_no_solution() -> None:
    far = lambda **options: wg.implicit(lambda a: 1.5 + 0 * a, lambda x, a: x * x - a, **options)
    assert message(ValueError, lambda: wg.grad(far())(1.0)) == (
        "[implicit] <lambda> returned what is no solution: Newton's step from there is 1.7e-01 of its size, wanted at "
        "most 0.001 where a derivative is asked for; solve to a smaller tolerance, or write derivative_tolerance=None "
        "to differentiate anyway"
    )
    assert message(ValueError, lambda: wg.jvp(far(), (1.0,), (1.0,))).startswith("[implicit] <lambda> returned what")
    assert wg.grad(far(derivative_tolerance=None))(1.0).item() == pytest.approx(1 / 3)
    assert numpy.isnan(wg.jit(wg.grad(far()))(1.0).item())
    assert numpy.isnan(wg.vmap(wg.grad(far()))(np.ones(2))).all()


def test_as_many_equations_as_unknowns() -> None:
    pair = wg.implicit(lambda a: a, lambda x, a: np.concatenate([x, x]) - np.concatenate([a, a]))
    assert message(ValueError, lambda: wg.jacrev(pair)(np.ones(2))) == (
        "[implicit] the residual has 4 elements and what <lambda> returned 2, wanted as many equations as unknowns; "
        "write a residual that is nested as the solution is"
    )


def test_the_transposed_jacobian_may_have_a_solver_of_its_own() -> None:
    """Tangents are found by the one, cotangents by the other, also within each other."""
    jacobian = numpy.array([[2.0, 1.0], [0.0, 3.0]])

    def solver_of(matrix: Any) -> Any:
        def solve(matvec: Any, b: Any) -> Any:
            numpy.testing.assert_array_equal(wg.jacfwd(matvec)(np.zeros(2)), matrix)
            return np.linalg.solve(matrix, b)

        return solve

    solution = wg.implicit(
        lambda b: np.linalg.solve(jacobian, b**2),
        lambda x, b: jacobian @ x - b**2,
        solve=solver_of(jacobian),
        transpose_solve=solver_of(jacobian.T),
    )
    at, exact = np.array([1.0, 2.0]), lambda b: np.linalg.solve(jacobian, b**2)
    for derivative in (wg.jacfwd, wg.jacrev):
        numpy.testing.assert_allclose(derivative(solution)(at), derivative(exact)(at))
        for second in (wg.jacfwd, wg.jacrev):
            numpy.testing.assert_allclose(second(derivative(solution))(at), wg.jacfwd(wg.jacfwd(exact))(at))
    wrong: Any = "lu"
    with pytest.raises(TypeError, match="transpose_solve"):
        wg.implicit(exact, lambda x, b: x, transpose_solve=wrong)


def test_an_unknown_way_to_solve() -> None:
    assert message(ValueError, lambda: wg.implicit(lambda a: a, lambda x, a: x - a, solve="lu")) == (
        "[implicit] solve is 'lu', wanted 'dense', 'gmres', 'cg' or a function of (matvec, b); write solve='gmres'"
    )


def test_no_function() -> None:
    assert message(TypeError, lambda: wg.implicit(3.0, lambda x: x)) == (
        "[implicit] solver is of type float, wanted a function; write implicit(solver, residual)"
    )


def test_iterations_that_do_not_converge() -> None:
    skew = numpy.array([[0.0, 1.0], [-1.0, 0.0]])
    turned = wg.implicit(
        lambda b: numpy.linalg.solve(skew, numpy.asarray(b)),
        lambda x, b: skew @ x - b,
        solve="cg",
        derivative_tolerance=None,
    )
    assert message(numpy.linalg.LinAlgError, lambda: wg.jacrev(turned)(np.ones(2))).startswith(
        "[implicit] cg did not solve the equations for the derivative ("
    )


def test_a_solver_that_asks_for_values_where_there_are_none() -> None:
    root = wg.implicit(cube_root_by_scipy, lambda x, a: x**3 - a)
    assert message(TypeError, lambda: wg.vmap(root)(np.ones(2))) == (
        "[implicit] cube_root_by_scipy asks for values, wanted a solver of array operations where there are none "
        "(within jit, vmap and loops); write implicit(..., like=lambda *args: ...) with arrays of the shapes and "
        "dtypes of the solution, and give the solver all that it reads as arguments"
    )
