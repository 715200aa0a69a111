"""What users suffer elsewhere: each line of the record is a test here (the numbers are those of the scenarios)."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.state import observers

Derivative = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]


def by_jvp(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The gradient, one direction after the other in forward mode."""

    def gradient(x: Any) -> Any:
        basis = numpy.eye(x.size).reshape(x.size, *x.shape)
        return np.stack([wg.jvp(f, (x,), (e,))[1] for e in basis]).reshape(x.shape)

    return gradient


def by_backward(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def gradient(x: Any) -> Any:
        leaf = wg.tensor(x, requires_grad=True)
        f(leaf).backward()
        return leaf.grad

    return gradient


def by_batch(derivative: Derivative) -> Derivative:
    """The same within a batch of one."""
    return lambda f: lambda x: wg.vmap(derivative(f))(x[None])[0]


GRADIENTS: dict[str, Derivative] = {
    "grad": wg.grad,
    "jvp": by_jvp,
    "backward": by_backward,
    "jacfwd": wg.jacfwd,
    "jacrev": wg.jacrev,
    "vmap of grad": by_batch(wg.grad),
    "vmap of jacfwd": by_batch(wg.jacfwd),
}
HESSIANS: dict[str, Derivative] = {
    "forward over reverse": wg.hessian,
    "reverse over forward": lambda f: wg.jacrev(wg.jacfwd(f)),
    "forward over forward": lambda f: wg.jacfwd(wg.jacfwd(f)),
    "reverse over reverse": lambda f: wg.jacrev(wg.grad(f)),
    "reverse over jvp": lambda f: wg.jacrev(by_jvp(f)),
    "vmap of hessian": by_batch(wg.hessian),
    "vmap of reverse over reverse": by_batch(lambda f: wg.jacrev(wg.grad(f))),
    "hessian of vmap": lambda f: wg.hessian(lambda x: np.sum(wg.vmap(f)(x[None]))),
}

# -- 26: a branch that was not taken never poisons a derivative -------------------------------------

AT_ZERO = numpy.array([0.0, 4.0])
FLAT: dict[str, tuple[Callable[[Any], Any], Any, list[float], list[list[float]]]] = {
    "where with sqrt": (
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)),
        AT_ZERO,
        [0.0, 0.25],
        [[0.0, 0.0], [0.0, -1 / 32]],
    ),
    "where with log": (
        lambda x: np.sum(np.where(x > 0, np.log(x), x * x)),
        AT_ZERO,
        [0.0, 0.25],
        [[2.0, 0.0], [0.0, -1 / 16]],
    ),
    "where with division": (
        lambda x: np.sum(np.where(x == 0, 1.0, np.sin(x) / x)),
        numpy.array([0.0, 1.0]),
        [0.0, numpy.cos(1) - numpy.sin(1)],
        [[0.0, 0.0], [0.0, numpy.sin(1) - 2 * numpy.cos(1)]],
    ),
    "where with arccos": (
        lambda x: np.sum(np.where(x < 1, np.arccos(x), 0.0)),
        numpy.array([0.0, 1.0]),
        [-1.0, 0.0],
        [[0.0, 0.0], [0.0, 0.0]],
    ),
    "where with overflow": (
        lambda x: np.sum(np.where(x < 100, np.exp(x), x)),
        numpy.array([1000.0, 0.0]),
        [1.0, 1.0],
        [[0.0, 0.0], [0.0, 1.0]],
    ),
    "mask times sqrt": (
        lambda x: np.sum((x > 0) * np.sqrt(x)),
        AT_ZERO,
        [0.0, 0.25],
        [[0.0, 0.0], [0.0, -1 / 32]],
    ),
    "norm": (lambda x: np.linalg.norm(x), numpy.zeros(2), [0.0, 0.0], [[0.0, 0.0], [0.0, 0.0]]),
    "sqrt of the sum of squares": (
        lambda x: np.sqrt(np.sum(x**2)),
        numpy.zeros(2),
        [0.0, 0.0],
        [[0.0, 0.0], [0.0, 0.0]],
    ),
    "sqrt of a sum of products": (
        lambda x: np.sqrt(np.sum(x * x)),
        numpy.zeros(2),
        [0.0, 0.0],
        [[0.0, 0.0], [0.0, 0.0]],
    ),
    "sqrt of a scalar product": (
        lambda x: np.sqrt(x @ x),
        numpy.zeros(2),
        [0.0, 0.0],
        [[0.0, 0.0], [0.0, 0.0]],
    ),
    "norm away from zero": (
        lambda x: np.linalg.norm(x),
        numpy.array([3.0, 4.0]),
        [0.6, 0.8],
        [[16 / 125, -12 / 125], [-12 / 125, 9 / 125]],
    ),
    "square": (lambda x: np.sum(x**2), numpy.zeros(2), [0.0, 0.0], [[2.0, 0.0], [0.0, 2.0]]),
    "power 2.0 as array": (
        lambda x: np.sum(x ** numpy.array([2.0, 3.0])),
        numpy.zeros(2),
        [0.0, 0.0],
        [[2.0, 0.0], [0.0, 0.0]],
    ),
    "power 1": (lambda x: np.sum(x**1), numpy.zeros(2), [1.0, 1.0], [[0.0, 0.0], [0.0, 0.0]]),
    "power 0": (lambda x: np.sum(x**0.0), numpy.zeros(2), [0.0, 0.0], [[0.0, 0.0], [0.0, 0.0]]),
    "power by the exponent": (
        lambda x: np.sum(numpy.array([0.0, 2.0]) ** x),
        numpy.array([2.0, 1.0]),
        [0.0, 2 * numpy.log(2)],
        [[0.0, 0.0], [0.0, 2 * numpy.log(2) ** 2]],
    ),
    "power of both": (lambda x: x[0] ** x[1], numpy.array([0.0, 2.0]), [0.0, 0.0], [[2.0, 0.0], [0.0, 0.0]]),
}


@pytest.mark.parametrize(("name", "mode"), list(itertools.product(FLAT, GRADIENTS)))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's own, of the function itself: log(0), 0/0
def test_gradients_at_special_points_are_finite(name: str, mode: str) -> None:
    f, x, gradient, _ = FLAT[name]
    numpy.testing.assert_allclose(GRADIENTS[mode](f)(x), gradient, rtol=1e-14, atol=1e-15)


@pytest.mark.part(2)
@pytest.mark.parametrize(("name", "mode"), list(itertools.product(FLAT, HESSIANS)))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_hessians_at_special_points_are_finite(name: str, mode: str) -> None:
    f, x, _, hessian = FLAT[name]
    numpy.testing.assert_allclose(HESSIANS[mode](f)(x), hessian, rtol=1e-13, atol=1e-15)


def test_a_wrong_value_is_still_seen() -> None:
    """The guard is for what does not matter: a derivative that is infinite stays so."""
    with numpy.errstate(all="ignore"):
        assert wg.grad(np.sqrt)(0.0).item() == numpy.inf
        assert wg.jvp(np.log, (0.0,), (1.0,))[1].item() == numpy.inf
        assert numpy.isnan(wg.grad(lambda x: x * numpy.nan)(1.0).item())


# -- 27: a chain of a million operations (see also tests/test_memory.py) ----------------------------


def test_no_recursion_limit() -> None:
    limit = sys.getrecursionlimit()
    x = wg.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20 * limit):
        y = y + 1e-9
    y.backward()
    assert x.grad.item() == 1.0
    del y


# -- 28: in-place writes ----------------------------------------------------------------------------


def fibonacci_like(x: Any) -> Any:
    a = np.zeros(6)
    a[0], a[1] = x[0], x[1]
    for i in range(2, 6):
        a[i] = a[i - 1] * 0.5 + a[i - 2] * x[0]
    a[a > 1.0] *= 2.0
    return np.sum(a * a)


def functional(x: Any) -> Any:
    a = [x[0], x[1]]
    for i in range(2, 6):
        a.append(a[i - 1] * 0.5 + a[i - 2] * x[0])
    stacked = np.stack(a)
    stacked = np.where(stacked > 1.0, 2.0 * stacked, stacked)
    return np.sum(stacked * stacked)


@pytest.mark.parametrize("mode", [m for m in GRADIENTS if "vmap" not in m])
def test_writes_in_a_loop_differentiate(mode: str) -> None:
    x = numpy.array([1.3, 0.7])
    numpy.testing.assert_allclose(GRADIENTS[mode](fibonacci_like)(x), wg.grad(functional)(x), rtol=1e-14)


@pytest.mark.parametrize("mode", [m for m in HESSIANS if "vmap" not in m])
def test_writes_in_a_loop_have_second_derivatives(mode: str) -> None:
    x = numpy.array([1.3, 0.7])
    numpy.testing.assert_allclose(HESSIANS[mode](fibonacci_like)(x), wg.hessian(functional)(x), rtol=1e-13)


# -- 31: high derivatives ---------------------------------------------------------------------------


def operations(run: Callable[[], Any]) -> int:
    """How many operations a program takes."""
    count = 0

    def note(*_: Any) -> None:
        nonlocal count
        count += 1

    observers.append(note)
    try:
        run()
    finally:
        observers.remove(note)
    return count


def nth(derivative: Callable[..., Any], order: int) -> Callable[[Any], Any]:
    f: Callable[[Any], Any] = lambda x: np.sin(np.exp(x))
    for _ in range(order):
        f = derivative(f)
    return f


def along_one(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: wg.jvp(f, (x,), (1.0,))[1]


def test_ninth_derivative() -> None:
    """d^n sin(e^x) = sum_k S(n, k) e^(kx) sin(e^x + k pi / 2), with the Stirling numbers of the second kind."""
    stirling = [1]
    for _ in range(9):
        stirling = [0, *(k * s for k, s in enumerate(stirling) if k), 0]
    numbers = [[0] * 11 for _ in range(11)]
    numbers[0][0] = 1
    for n in range(1, 10):
        for k in range(1, n + 1):
            numbers[n][k] = k * numbers[n - 1][k] + numbers[n - 1][k - 1]
    x = 0.5
    terms = [numbers[9][k] * numpy.exp(k * x) * numpy.sin(numpy.exp(x) + k * numpy.pi / 2) for k in range(10)]
    exact = sum(terms)
    size = sum(map(abs, terms))
    for derivative in (wg.grad, along_one):
        assert abs(nth(derivative, 9)(x).item() - exact) <= 1e-14 * size


@pytest.mark.parametrize("derivative", [wg.grad, along_one])
def test_ninth_derivative_does_not_cost_a_thousand_times_the_first(derivative: Any) -> None:
    """Counted in operations; of a leaf, so that those of the last walk are counted too."""
    first, ninth = (operations(lambda n=n: nth(derivative, n)(wg.tensor(0.5, requires_grad=True))) for n in (1, 9))
    assert first == 5
    assert ninth < 500 * first


# -- 33: a rule in one mode serves all (see also tests/transforms/test_custom.py) -------------------


def test_a_rule_in_one_mode_serves_all() -> None:
    f = wg.custom_derivative(lambda x: np.exp(x), vjp=lambda primals, out, ct: ct * out)
    g = wg.custom_derivative(lambda x: np.exp(x), jvp=lambda primals, out, t: out * t[0])
    x = numpy.array([0.5, 1.5])
    for own in (f, g):
        for mode in GRADIENTS.values():
            numpy.testing.assert_allclose(mode(lambda x, own=own: np.sum(own(x)))(x), numpy.exp(x), rtol=1e-15)
        for mode in HESSIANS.values():
            expected = numpy.diag(numpy.exp(x))
            numpy.testing.assert_allclose(mode(lambda x, own=own: np.sum(own(x)))(x), expected, rtol=1e-14)


# -- 34: a wrong gradient is found, a NaN is traced (see also tests/checking) -----------------------


def test_a_wrong_gradient_is_found() -> None:
    wrong = wg.custom_derivative(np.sin, vjp=lambda primals, out, ct: ct * np.cos(primals[0]) * 1.001)
    with pytest.raises(AssertionError, match="sin"):
        wg.check(lambda x: np.sum(wrong(x)), numpy.array([0.3, 0.7]))
    wg.check(lambda x: np.sum(np.sin(x)), numpy.array([0.3, 0.7]))


def test_a_nan_is_traced_to_the_line() -> None:
    def f(x: Any) -> Any:
        y = np.sin(x)
        z = np.log(y - 1.0)  # the line
        return z * 2.0

    with pytest.raises(FloatingPointError) as error, wg.trace_nans(), numpy.errstate(all="ignore"):
        f(wg.tensor(0.5))
    assert "log" in str(error.value)
    assert "z = np.log(y - 1.0)  # the line" in str(error.value)


# -- 35: the precision of the input is that of the result -------------------------------------------

PRECISION: dict[str, Callable[[Any, Any], Any]] = {
    "value": lambda f, x: f(x),
    "grad": lambda f, x: wg.grad(f)(x),
    "value_and_grad": lambda f, x: wg.value_and_grad(f)(x),
    "jvp": lambda f, x: wg.jvp(f, (x,), (numpy.ones_like(x),)),
    "vjp": lambda f, x: (wg.vjp(f, x)[0], *wg.vjp(f, x)[1](1.0)),
    "linearize": lambda f, x: (wg.linearize(f, x)[0], wg.linearize(f, x)[1](numpy.ones_like(x))),
    "jacfwd": lambda f, x: wg.jacfwd(f)(x),
    "jacrev": lambda f, x: wg.jacrev(f)(x),
    "hessian": lambda f, x: wg.hessian(f)(x),
    "reverse over reverse": lambda f, x: wg.jacrev(wg.grad(f))(x),
    "hvp": lambda f, x: wg.hvp(f, (x,), (numpy.ones_like(x),)),
    "vmap": lambda f, x: wg.vmap(f)(numpy.stack([x, x])),
    "vmap of hessian": lambda f, x: wg.vmap(wg.hessian(f))(numpy.stack([x, x])),
    "checkpoint": lambda f, x: wg.grad(wg.checkpoint(f))(x),
    "backward": lambda f, x: by_backward(f)(x),
    "custom": lambda f, x: wg.grad(wg.custom_derivative(f, vjp=lambda p, o, c: c * 2.0 * np.ones_like(p[0])))(x),
    "root": lambda f, x: wg.grad(lambda x: f(wg.custom_derivative(np.sqrt, root=lambda o, x: o * o - x)(x)))(x),
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", PRECISION)
def test_precision_is_kept(name: str, dtype: str) -> None:
    if dtype == "float16" and name == "root":
        pytest.skip("NumPy's linear solver has no half precision")

    def f(x: Any) -> Any:
        y = 2.0 * np.sin(x) ** 2 + np.where(x > 0.5, np.log(x + 1), 0) / 3
        return np.mean(y) + np.max(y) + np.sum(np.tanh(y) * numpy.pi)

    x = numpy.linspace(0.1, 1.0, 5).astype(dtype)
    results = PRECISION[name](f, x)
    for result in results if type(results) is tuple else (results,):
        assert result.dtype == dtype
