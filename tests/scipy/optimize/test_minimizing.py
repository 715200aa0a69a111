"""`minimize`: SciPy's numbers, and minima that differentiate."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from scipy import optimize as of_scipy
from tests.scipy.optimize.problems import agree, bottom, bowl, message, rosenbrock, same_without_values

import wengert as wg
import wengert.numpy as np
from wengert.scipy.optimize import LinearConstraint, NonlinearConstraint, minimize

START = numpy.array([-1.2, 1.0, 0.7])
BY_SCIPY = [
    "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "COBYQA", "SLSQP", "trust-constr",
    "trust-ncg", "trust-exact", "trust-krylov",
]  # fmt: skip
GRADIENT = {"CG", "BFGS", "Newton-CG", "L-BFGS-B", "SLSQP", "trust-ncg", "trust-exact", "trust-krylov"}
HESSIAN = {"trust-ncg", "trust-exact", "Newton-CG", "trust-krylov"}
NATIVE = ["native-bfgs", "native-l-bfgs-b", "native-newton-cg", "native-trust-ncg", "native-tnc"]
BOUNDED = ["native-l-bfgs-b", pytest.param("native-tnc", marks=pytest.mark.wide)]


@pytest.mark.part(4)
@pytest.mark.parametrize("method", BY_SCIPY)
def test_scipy_s_numbers(method: str) -> None:
    """With derivatives as exact as the hand-written ones of SciPy, all iterates are the same but for rounding."""
    known = {"jac": of_scipy.rosen_der} if method in GRADIENT else {}
    known |= {"hess": of_scipy.rosen_hess} if method in HESSIAN else {}
    options = {"maxiter": 100} if method.startswith("COB") else {}
    ours = minimize(rosenbrock, START, method=method, options=options)
    theirs = of_scipy.minimize(of_scipy.rosen, START, method=method, options=options, **known)
    assert isinstance(ours.x, wg.Tensor)
    assert ours.success == theirs.success
    if known or method in ("Nelder-Mead", "Powell"):
        assert abs(ours.nit - theirs.nit) <= 1
        numpy.testing.assert_allclose(ours.x, theirs.x, atol=2e-4)
    assert ours.fun <= theirs.fun + 1e-4 or not theirs.success


def test_dogleg_on_a_convex_function() -> None:
    found = minimize(bowl, np.ones(2), args=np.array([1.0, 3.0]), method="dogleg", tol=1e-9)
    numpy.testing.assert_allclose(found.x, bottom(np.array([1.0, 3.0])), rtol=1e-8)


@pytest.mark.part(2)
@pytest.mark.parametrize("method", NATIVE)
def test_our_own_methods(method: str) -> None:
    found = minimize(rosenbrock, numpy.full(12, -1.0), method=method, tol=1e-8)
    assert found.success
    assert found.message == "Optimization terminated successfully."
    numpy.testing.assert_allclose(found.x, numpy.ones(12), atol=1e-6)
    assert found.nfev < 300


@pytest.mark.part(3)
@pytest.mark.parametrize("method", [None, "SLSQP", "Nelder-Mead", "trust-constr", *NATIVE])
def test_minima_differentiate_in_what_is_read_from_outside(method: str | None) -> None:
    close = {"Nelder-Mead": {"xatol": 1e-10, "fatol": 1e-14}, "SLSQP": {"ftol": 1e-16}}.get(method or "")
    f = lambda a: minimize(lambda x: bowl(x, a), np.zeros(2), method=method, tol=1e-11, options=close).x
    agree(f, bottom, np.array([0.5, 2.0]), rtol=1e-6)


def test_minima_differentiate_in_arguments_and_their_value_too() -> None:
    args = lambda a: ({"a": a},)
    f = lambda a: minimize(lambda x, p: bowl(x, p["a"]), np.zeros(2), args(a), tol=1e-11)
    at = np.array([0.5, 2.0])
    agree(lambda a: f(a).x, bottom, at)
    agree(lambda a: f(a).fun, lambda a: bowl(bottom(a), a), at)
    leaf = wg.tensor([0.5, 2.0], requires_grad=True)
    np.sum(f(leaf).x).backward()
    numpy.testing.assert_allclose(leaf.grad, wg.grad(lambda a: np.sum(bottom(a)))(at), rtol=1e-6)


@pytest.mark.part(2)
@pytest.mark.parametrize("method", [None, "L-BFGS-B", "trust-ncg", "CG"])
def test_compiled_and_batched(method: str | None) -> None:
    f = lambda a: minimize(lambda x: bowl(x, a), np.zeros(2), method=method, tol=1e-9).x
    same_without_values(f, numpy.array([[0.5, 2.0], [3.0, -1.0]]))


def test_our_own_methods_are_one_native_program() -> None:
    f = wg.jit(wg.jacrev(lambda a: minimize(lambda x: bowl(x, a), np.zeros(2)).x))
    f(np.array([0.5, 2.0]))
    assert "NumPy steps" not in str(f.report())


def test_many_starts_at_once() -> None:
    starts = numpy.random.default_rng(0).normal(size=(5, 4))
    found = wg.jit(wg.vmap(lambda x0: dict(minimize(rosenbrock, x0))))(starts)
    alone = [minimize(rosenbrock, x0, method="native-bfgs") for x0 in starts]
    numpy.testing.assert_allclose(found["x"], [one.x for one in alone], rtol=1e-5)
    assert found["nit"].tolist() == [one.nit for one in alone]
    assert found["success"].all()


# -- bounds and constraints ------------------------------------------------------------------------


@pytest.mark.parametrize("method", [None, *BOUNDED])
def test_bounds_that_hold_and_bounds_that_do_not(method: str | None) -> None:
    def f(p: Any) -> Any:
        bounds = [(None, p[3]), (p[4], None), (-9, 9)]
        return minimize(lambda x: bowl(x, p[:3]), np.zeros(3), method=method, bounds=bounds, tol=1e-12).x

    p = np.array([2.0, -2.0, 1.0, 0.25, 0.1])
    agree(f, lambda p: np.concatenate([p[3:], bottom(p[2:3])]), p)
    if method is None:
        same_without_values(f, numpy.stack([p, 1.1 * numpy.asarray(p)]))


@pytest.mark.parametrize("method", BOUNDED)
def test_our_own_methods_within_bounds(method: str) -> None:
    """Starts that are outside, bounds that hold at the end, that hold on the way, that are far, and that are equal."""
    rng = numpy.random.default_rng(1)
    lower = rng.uniform(-2.0, 0.9, (4, 8))
    upper = lower + rng.uniform(0.0, 2.0, (4, 8)) * rng.integers(0, 2, (4, 8))
    lower[rng.random((4, 8)) < 0.3] = -numpy.inf
    x0 = rng.uniform(-2.0, 2.0, (4, 8))

    def found(x0: Any, lower: Any, upper: Any) -> Any:
        return dict(minimize(rosenbrock, x0, method=method, bounds=of_scipy.Bounds(lower, upper), tol=1e-7))

    each = wg.jit(wg.vmap(found))(x0, lower, upper)
    assert each["success"].all()
    for i in range(4):
        x, bounds = each["x"][i], of_scipy.Bounds(lower[i], upper[i])
        alone = minimize(rosenbrock, x0[i], method=method, bounds=bounds, tol=1e-7)
        numpy.testing.assert_allclose(x, alone.x, atol=1e-5)
        assert ((x >= lower[i]) & (x <= upper[i])).all()
        assert 0 < alone.nfev < 150
        from_there = of_scipy.minimize(
            of_scipy.rosen, numpy.asarray(x), jac=of_scipy.rosen_der, bounds=bounds, options={"ftol": 1e-15}
        )
        assert from_there.fun >= rosenbrock(x) - 1e-9


def test_a_minimum_within_bounds_is_one_native_program() -> None:
    bounds = [(0.0, 0.5)] * 2
    f = wg.jit(wg.jacrev(lambda a: minimize(lambda x: bowl(x, a), np.zeros(2), bounds=bounds).x))
    numpy.testing.assert_allclose(f(np.array([0.2, 2.0]))[1], [0.0, 0.0])
    assert "NumPy steps" not in str(f.report())


def onto_the_ball(a: Any) -> Any:
    return a / np.sqrt(a @ a)


BALLS = {
    "ineq": lambda: {"type": "ineq", "fun": lambda x: 1 - x @ x},
    "eq": lambda: {"type": "eq", "fun": lambda x: x @ x - 1},
    "NonlinearConstraint": lambda: NonlinearConstraint(lambda x: x @ x, -numpy.inf, 1.0),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("kind", BALLS)
@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
def test_the_nearest_point_of_a_ball(kind: str, method: str) -> None:
    f = lambda a: minimize(
        lambda x: np.sum((x - a) ** 2), np.array([0.3, 0.4]), method=method, constraints=BALLS[kind](), tol=1e-12
    )
    agree(lambda a: f(a).x, onto_the_ball, np.array([3.0, 4.0]))
    multiplier = f(np.array([3.0, 4.0])).multipliers[0].item()
    assert abs(multiplier) == pytest.approx(4.0, rel=1e-6)  # 2 (x - a) = m grad c, of length 8 and 2


def test_constraints_compiled_and_batched() -> None:
    f = lambda a: minimize(lambda x: np.sum((x - a) ** 2), np.zeros(2), constraints=BALLS["ineq"](), tol=1e-12).x
    same_without_values(f, numpy.array([[3.0, 4.0], [0.1, 0.2]]))
    several = [BALLS["ineq"](), {"type": "eq", "fun": lambda x: x - 0.1}]
    assert minimize(lambda x: x @ x, np.zeros(2), constraints=several).multipliers.shape == (3,)


def test_constraints_that_read_from_outside_and_have_arguments() -> None:
    def f(r: Any) -> Any:
        ball = {"type": "ineq", "fun": lambda x, s: r * s - x @ x, "args": (2.0,)}
        return minimize(lambda x: np.sum((x - 9.0) ** 2), np.zeros(2), constraints=[ball], tol=1e-13).x

    agree(f, lambda r: np.sqrt(r) * np.ones(2), np.array(3.0))


def test_linear_constraints() -> None:
    plane = LinearConstraint(numpy.ones((1, 3)), 1.0, 1.0)
    for method in ("SLSQP", "trust-constr"):
        f = lambda a, m=method: minimize(lambda x: np.sum((x - a) ** 2), np.zeros(3), method=m, constraints=plane).x
        agree(f, lambda a: a - (np.sum(a) - 1) / 3, np.array([1.0, 2.0, 4.0]))


# -- what SciPy takes ------------------------------------------------------------------------------


def test_derivatives_of_the_user() -> None:
    by_hand = lambda x: (float(of_scipy.rosen(x)), of_scipy.rosen_der(x))
    for method, given in (("BFGS", {}), ("trust-exact", {"hess": of_scipy.rosen_hess})):
        found = minimize(by_hand, START, method=method, jac=True, **given)
        numpy.testing.assert_allclose(found.x, numpy.ones(3), atol=1e-4)
    found = minimize(of_scipy.rosen, START, jac=of_scipy.rosen_der)
    numpy.testing.assert_allclose(found.x, numpy.ones(3), atol=1e-4)
    found = minimize(of_scipy.rosen, START, jac="2-point")
    numpy.testing.assert_allclose(found.x, numpy.ones(3), atol=1e-4)


def test_the_gradient_comes_with_the_value() -> None:
    pair = lambda x, a: wg.value_and_grad(bowl)(x, a)
    f = lambda a: minimize(pair, np.zeros(2), a, jac=True, tol=1e-11).x
    agree(f, bottom, np.array([0.5, 2.0]))


def test_callbacks_of_both_kinds() -> None:
    seen: list[Any] = []
    minimize(rosenbrock, START, callback=lambda xk: seen.append(xk))

    def report(*, intermediate_result: Any) -> None:
        seen.append(intermediate_result.fun)

    minimize(rosenbrock, START, callback=report)
    assert isinstance(seen[0], numpy.ndarray)
    assert isinstance(seen[-1], float)


def test_a_method_that_is_a_function() -> None:
    def steepest(fun: Any, x0: Any, args: Any = (), jac: Any = None, **others: Any) -> Any:
        x = x0
        for _ in range(200):
            x = x - 0.1 * (jac(x, *args) if callable(jac) else fun(x, *args)[1])
        return of_scipy.OptimizeResult(x=x, success=True)

    f = lambda a: minimize(lambda x: np.sum((x - a) ** 2), np.zeros(2), method=steepest).x
    numpy.testing.assert_allclose(wg.jacobian(f)(np.array([1.0, 2.0])), numpy.eye(2), atol=1e-10)


def test_foreign_functions_where_no_gradient_is_taken() -> None:
    found = minimize(lambda x: float(numpy.sum((numpy.asarray(x) - 3) ** 2)), [0.0, 0.0], method="Nelder-Mead")
    numpy.testing.assert_allclose(found.x, [3.0, 3.0], atol=1e-4)


def test_integers_and_single_precision() -> None:
    assert minimize(rosenbrock, [3, 3]).x.dtype == "float64"
    found = minimize(rosenbrock, numpy.array([0.5, 0.5], "float32"), method="native-bfgs", tol=1e-3)
    assert found.x.dtype == "float32"
    assert found.success


# -- errors ----------------------------------------------------------------------------------------


def test_a_matrix_of_unknowns() -> None:
    assert message(ValueError, lambda: minimize(rosenbrock, np.ones((2, 2)))) == (
        "[minimize] x0 has shape (2, 2), wanted a vector with at least one element; write x0.ravel(), and "
        "x.reshape(...) in the function"
    )


def test_bounds_of_another_number() -> None:
    assert message(ValueError, lambda: minimize(rosenbrock, np.ones(2), bounds=[(0, 1)])) == (
        "[minimize] 1 bounds were given for 2 unknowns, wanted a pair for each; write [(lower, upper), ...] with None "
        "where there is none"
    )


def test_bounds_that_nothing_is_within() -> None:
    assert message(ValueError, lambda: minimize(rosenbrock, np.ones(2), bounds=[(0, 1), (2, 1)])) == (
        "[minimize] the bounds of x[1] are 2.0 and 1.0, wanted lower <= upper; write (lower, upper) with None where "
        "there is none"
    )


def test_constraints_of_no_kind() -> None:
    assert message(TypeError, lambda: minimize(rosenbrock, np.ones(2), constraints=[3.0])) == (
        "[minimize] a constraint is a float, wanted a dict, LinearConstraint or NonlinearConstraint; write "
        "{'type': 'ineq', 'fun': lambda x: ...} for what is to be 0 or more"
    )
    assert message(ValueError, lambda: minimize(rosenbrock, np.ones(2), constraints={"type": "less"})) == (
        "[minimize] a constraint has type 'less', wanted 'eq' or 'ineq' and a function; write "
        "{'type': 'ineq', 'fun': lambda x: ...} for what is to be 0 or more"
    )


def test_an_unknown_method_of_ours() -> None:
    assert message(ValueError, lambda: minimize(rosenbrock, np.ones(2), method="native-powell")) == (
        "[minimize] method is 'native-powell', wanted one of 'native-bfgs', 'native-l-bfgs-b', 'native-newton-cg', "
        "'native-trust-ncg', 'native-tnc'; write 'native-bfgs'"
    )


def test_what_our_own_methods_do_not_know() -> None:
    call = lambda: minimize(rosenbrock, np.ones(2), method="native-bfgs", options={"disp": True}, callback=print)
    assert message(ValueError, call) == (
        "[minimize] native-bfgs, which is compiled, was given the option 'disp' and a callback, wanted the options "
        "gtol and maxiter alone; write method='BFGS' outside jit and vmap for SciPy's"
    )
    call = lambda: minimize(rosenbrock, np.ones(2), method="native-bfgs", bounds=[(0, 1), (0, 1)])
    assert message(ValueError, call) == (
        "[minimize] native-bfgs, which is compiled, was given bounds, wanted the options gtol and maxiter alone; write "
        "method='native-l-bfgs-b' or 'native-tnc' within bounds"
    )


def test_a_derivative_of_what_has_not_converged() -> None:
    few = lambda a, **more: minimize(rosenbrock_at, np.zeros(2), a, options={"maxiter": 2}, **more).x
    rosenbrock_at = lambda x, a: rosenbrock(x * a)
    with pytest.raises(ValueError, match=r"\[implicit\] minimize returned what is no solution: Newton's step from"):
        wg.jacobian(few)(1.0)
    assert numpy.isfinite(wg.jacobian(lambda a: few(a, derivative_tolerance=None))(1.0)).all()
    assert numpy.isnan(wg.jit(wg.jacobian(few))(1.0)).all()


def test_a_derivative_of_one_of_many_minima() -> None:
    flat = lambda a: minimize(lambda x: (x[0] + x[1] - a) ** 2, np.zeros(2)).x
    with pytest.raises(numpy.linalg.LinAlgError, match=r"\[implicit\] the Jacobian of the residual is singular"):
        wg.jacobian(flat)(1.0)
