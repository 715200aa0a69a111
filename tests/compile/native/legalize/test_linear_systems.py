"""Linear algebra within programs: factors that are shared, and loops and branches without a step back to Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.linear_algebra import assert_native, definite, right_side, square, total

from wengert.compile.native.facts import registers
from wengert.compile.native.native_program import NativeProgram


@pytest.fixture(params=["registers", "memory"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small loops live in registers; with no operations allowed there, every loop is done on memory."""
    if request.param == "memory":
        monkeypatch.setattr(registers, "MOST_OPERATIONS", -1)
    return request.param


def factorizations(f: Callable[..., Any], *args: Any) -> list[str]:
    """The names of the routines that a function calls, compiled."""
    program = NativeProgram(wg.jit(f).lower(*args).graph)
    return sorted(stage.node.primitive.name for stage in program.construction.factorizations)


# -- sharing ---------------------------------------------------------------------------------------


def test_a_gradient_factors_a_matrix_once() -> None:
    a, b = square((9, 9)), right_side((9, 9))

    def gradient(a: Any, b: Any) -> Any:
        return wg.grad(lambda a, b: np.sum(np.linalg.solve(a, b) ** 2), (0, 1))(a, b)

    assert factorizations(gradient, a, b) == ["getrf", "getrs", "getrs"]
    assert_native(gradient, a, b)


def test_a_density_factors_its_matrix_once() -> None:
    s, x = definite((9, 9)), right_side((9, 9), 1)

    def density(s: Any, x: Any) -> Any:
        return np.linalg.slogdet(s)[1] + np.sum(x * np.linalg.solve(s, x))

    assert factorizations(density, s, x) == ["getrf", "getrs"]
    assert_native(lambda s, x: wg.grad(density, (0, 1))(s, x), s, x)


def test_a_matrix_that_is_known_is_factored_while_compiling() -> None:
    a, b = square((12, 12)), right_side((12, 12))  # a smaller one is not dear enough to be a constant
    assert factorizations(lambda b: np.linalg.solve(a, b), b) == ["getrs"]
    assert_native(lambda b: np.linalg.solve(a, b), b)


def test_few_rows_need_no_routine() -> None:
    a, b = square((3, 3)), right_side((3, 3))
    assert factorizations(lambda a, b: np.linalg.solve(a, b), a, b) == ["solve"]


def test_values_alone_are_asked_for_without_vectors() -> None:
    assert_native(lambda s: (np.linalg.eigvalsh(s), np.linalg.svdvals(s)), definite((8, 8)))


def test_report_counts_them() -> None:
    compiled = wg.jit(lambda a: (np.linalg.inv(a), np.linalg.cholesky(a[:3, :3])))
    compiled(definite((6, 6)))
    assert "3 steps of linear algebra, 2 of them by LAPACK" in compiled.report()


# -- loops and branches ----------------------------------------------------------------------------


def kalman(parameters: Any, observations: Any) -> Any:
    """The negative log likelihood of a filter, up to constants."""
    move, look, noise, error = parameters
    size = move.shape[0]

    def step(carry: Any, y: Any) -> Any:
        x, p = carry
        x, p = move @ x, move @ p @ move.T + noise
        s = look @ p @ look.T + error
        v = y - look @ x
        gain = np.linalg.solve(s, look @ p).T
        return (x + gain @ v, p - gain @ look @ p), v @ np.linalg.solve(s, v) + np.linalg.slogdet(s)[1]

    _, terms = wg.scan(step, (np.zeros(size), np.eye(size)), observations)
    return np.sum(terms)


@pytest.mark.part(2)
@pytest.mark.parametrize("sizes", [(2, 1), (4, 2), (10, 6)])
def test_kalman_filter(kind: str, sizes: tuple[int, int]) -> None:
    size, seen = sizes
    rng = numpy.random.default_rng(0)
    parameters = (0.9 * numpy.eye(size) + 0.05 * rng.normal(size=(size, size)), rng.normal(size=(seen, size)))
    parameters = (*parameters, 0.1 * numpy.eye(size), 0.5 * numpy.eye(seen))
    observations = rng.normal(size=(7, seen))
    assert_native(kalman, parameters, observations)
    assert_native(lambda p, y: wg.grad(kalman)(p, y), parameters, observations)
    assert_native(lambda p, y: wg.jvp(lambda p: kalman(p, y), (p,), (p,))[1], parameters, observations)


@pytest.mark.parametrize("size", [2, 6])
def test_newton_iteration(kind: str, size: int) -> None:
    """A system in a loop with as many turns as it takes, and the derivative of where that ends."""
    a, start = square((size, size)), numpy.full(size, 0.5)

    def root(a: Any) -> Any:
        def value(x: Any) -> Any:
            return a @ np.tanh(x) + x**3 - 1

        def turn(x: Any) -> Any:
            slope = a * (1 - np.tanh(x) ** 2) + np.diag(3 * x**2)
            return x - np.linalg.solve(slope, value(x))

        return wg.while_loop(lambda x: np.sum(value(x) ** 2) > 1e-18, turn, np.asarray(start))

    assert_native(root, a)
    assert_native(lambda a: wg.grad(lambda a: np.sum(root(a)))(a), a, tolerance=1e-7)


@pytest.mark.parametrize("size", [3, 9])
def test_scan_of_cholesky_factors(kind: str, size: int) -> None:
    stack = definite((5, size, size))

    def f(stack: Any) -> Any:
        def step(total: Any, s: Any) -> Any:
            factor = np.linalg.cholesky(s + 0.1 * total @ total.T)
            return 0.5 * total + factor, np.sum(factor)

        return wg.scan(step, np.zeros((size, size)), stack)

    assert_native(f, stack)
    assert_native(lambda stack: wg.grad(total(f))(stack), stack, tolerance=1e-7)
    assert_native(lambda stack: wg.jvp(total(f), (stack,), (np.cos(stack),))[1], stack, tolerance=1e-7)


@pytest.mark.part(8)
@pytest.mark.parametrize("name", ["eigh", "svd", "qr", "det", "inv"])
@pytest.mark.parametrize("size", [3, 9])
def test_scans_of_decompositions(kind: str, name: str, size: int) -> None:
    stack = definite((4, size, size))

    def f(stack: Any) -> Any:
        def step(carry: Any, s: Any) -> Any:
            made = getattr(np.linalg, name)(s + carry)
            first, last = (made[0], made[-1]) if isinstance(made, tuple) else (made, made)
            return 0.5 * np.tanh(carry) + 0.01 * np.mean(first**2), np.sum(last**2)

        return wg.scan(step, np.zeros(()), stack)

    if name == "det":
        stack = stack / np.linalg.det(stack)[:, None, None] ** (1 / size)  # else it decides by rounding
    assert_native(f, stack)
    assert_native(lambda stack: wg.grad(total(f))(stack), stack, tolerance=1e-6)


@pytest.mark.parametrize("size", [3, 9])
def test_branches(kind: str, size: int) -> None:
    """The side that is not taken may be singular."""

    def f(a: Any, b: Any) -> Any:
        return wg.cond(a[0, 0] != 0, np.linalg.solve, lambda a, b: b * 2, a, b)

    a, b = square((size, size)) + 1, right_side((size, size))
    for x in (a, numpy.zeros((size, size))):
        assert_native(f, x, b)
        assert_native(lambda a, b: wg.grad(lambda a, b: np.sum(f(a, b) ** 2), (0, 1))(a, b), x, b, tolerance=1e-7)


@pytest.mark.parametrize("size", [3, 9])
def test_an_error_in_a_turn_is_raised_and_leaves_state_as_it_was(kind: str, size: int) -> None:
    state = wg.tensor(numpy.zeros(3))

    @wg.jit
    def f(stack: Any) -> Any:
        state[...] = state + 1
        return wg.scan(lambda total, s: (total + np.linalg.cholesky(s), total[0]), np.zeros((size, size)), stack)

    stack = definite((4, size, size))
    f(stack)
    stack[2] = -stack[2]
    with pytest.raises(np.linalg.LinAlgError, match="Matrix is not positive definite"):
        f(stack)
    numpy.testing.assert_array_equal(state.numpy(), numpy.ones(3))
    stack[2] = -stack[2]
    f(stack)
    numpy.testing.assert_array_equal(state.numpy(), numpy.full(3, 2.0))


def test_batches(kind: str) -> None:
    """A loop over examples, each with a system of its own."""

    def f(a: Any, b: Any) -> Any:
        return wg.fori_loop(0, 3, lambda i, x: np.linalg.solve(a, x + b), b)

    for size in (3, 6):
        a, b = square((4, size, size)), right_side((4, size, size), 1)
        assert_native(wg.vmap(f), a, b)
        assert_native(lambda a, b: wg.grad(lambda a, b: np.sum(wg.vmap(f)(a, b) ** 2), (0, 1))(a, b), a, b)


def test_a_loop_that_numpy_runs_calls_no_routine_of_machine_code() -> None:
    def f(a):
        return wg.scan(lambda c, _: (c + np.linalg.det(a * (1 + 0.01 * c)), None), 0.0, None, length=2)[0]

    value, slope = wg.jvp(wg.jit(f), (np.eye(3),), (np.eye(3),))
    expected, slope_expected = wg.jvp(f, (np.eye(3),), (np.eye(3),))
    numpy.testing.assert_allclose([value.item(), slope.item()], [expected.item(), slope_expected.item()], rtol=1e-12)
