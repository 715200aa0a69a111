"""scipy.linalg: what the laws do not say."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy
import pytest
import scipy.linalg

import wengert as wg
import wengert.numpy as np
import wengert.scipy.linalg as linalg


def total(x: Any) -> Any:
    return np.einsum("i->", np.reshape(x, -1))


def test_importing_does_not_import_scipy() -> None:
    code = "import sys, wengert.scipy.linalg; print([m for m in sys.modules if m.startswith('scipy')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "derivatives"),
    [
        ("expm", lambda t: [numpy.exp(t)] * 4),
        ("logm", lambda t: [numpy.log(t), 1 / t, -1 / t**2, 2 / t**3]),
        ("sqrtm", lambda t: [t**0.5, 0.5 * t**-0.5, -0.25 * t**-1.5, 0.375 * t**-2.5]),
        ("sinm", lambda t: [numpy.sin(t), numpy.cos(t), -numpy.sin(t), -numpy.cos(t)]),
    ],
)
def test_functions_of_multiples_of_the_identity(name: str, derivatives: Any) -> None:
    """All eigenvalues are equal, where formulas by eigenvectors fail."""
    line = lambda t: getattr(linalg, name)(t * numpy.eye(3))[1, 1]
    t = 1.3
    for expected in derivatives(t):
        numpy.testing.assert_allclose(line(t).item(), expected, rtol=1e-9)
        line = wg.grad(line)


def test_function_of_a_matrix_that_cannot_be_diagonalised() -> None:
    jordan = numpy.array([[2.0, 1.0], [0.0, 2.0]])
    for name, change in [("sqrtm", scipy.linalg.sqrtm), ("logm", scipy.linalg.logm), ("expm", scipy.linalg.expm)]:
        direction = numpy.array([[0.3, -0.4], [0.5, 0.1]])
        _, tangent = wg.jvp(getattr(linalg, name), (jordan,), (direction,))
        central = lambda h, f=change, d=direction: (f(jordan + h * d) - f(jordan - h * d)) / (2 * h)
        numpy.testing.assert_allclose(tangent.numpy(), (4 * central(5e-4) - central(1e-3)) / 3, atol=1e-8)


@pytest.mark.parametrize("side", ["left", "right"])
def test_polar_factors_at_equal_singular_values(side: str) -> None:
    """At the identity U changes by the antisymmetric part of a change, and P by the symmetric part."""
    change = numpy.array([[0.1, 0.7], [-0.2, 0.4]])
    _, (du, dp) = wg.jvp(lambda x: linalg.polar(x, side), (numpy.eye(2),), (change,))
    numpy.testing.assert_allclose(du.numpy(), (change - change.T) / 2, atol=1e-12)
    numpy.testing.assert_allclose(dp.numpy(), (change + change.T) / 2, atol=1e-12)


def test_results_are_complex_only_if_they_must_be() -> None:
    positive, negative = numpy.diag([1.0, 4.0]), numpy.diag([1.0, -4.0])
    for f, reference in [(linalg.sqrtm, scipy.linalg.sqrtm), (linalg.logm, scipy.linalg.logm)]:
        assert f(positive).dtype == numpy.float64
        assert f(negative).dtype == numpy.complex128
        numpy.testing.assert_allclose(f(negative).numpy(), reference(negative))
        gradient = wg.grad(lambda x, f=f: total(np.absolute(f(x))))(negative)
        assert gradient.dtype == numpy.float64
        with pytest.raises(ValueError, match=r"\[matrix function\] .*; write x.astype\(complex\)"):
            wg.vmap(f)(negative[None])


def test_triangle_that_is_not_read_has_no_derivative() -> None:
    a = numpy.array([[2.0, 5.0], [1.0, 3.0]])
    gradient = wg.grad(lambda a: total(linalg.solve_triangular(a, numpy.ones(2), lower=True)))(a).numpy()
    assert gradient[0, 1] == 0
    assert numpy.all(gradient[numpy.tril_indices(2)] != 0)
    gradient = wg.grad(lambda a: total(linalg.solve_triangular(a, numpy.ones(2), unit_diagonal=True)))(a).numpy()
    numpy.testing.assert_array_equal(gradient != 0, [[False, True], [False, False]])


def test_pair_of_matrices_reads_one_triangle() -> None:
    rng = numpy.random.default_rng(0)
    a = rng.standard_normal((3, 3))
    b = numpy.eye(3) + 0.1 * rng.standard_normal((3, 3))
    for lower in (True, False):
        numpy.testing.assert_allclose(
            linalg.eigvalsh(a, b, lower=lower).numpy(), scipy.linalg.eigvalsh(a, b, lower=lower), rtol=1e-10
        )


def test_cho_factor_is_what_cho_solve_takes() -> None:
    a = numpy.array([[4.0, 1.0], [1.0, 3.0]])
    for lower in (True, False):
        factor = linalg.cho_factor(a, lower)
        numpy.testing.assert_allclose(
            scipy.linalg.cho_solve((factor[0].numpy(), lower), [1.0, 2.0]), numpy.linalg.solve(a, [1.0, 2.0])
        )
        numpy.testing.assert_allclose(linalg.cho_solve(factor, [1.0, 2.0]).numpy(), numpy.linalg.solve(a, [1.0, 2.0]))


@pytest.mark.parametrize(
    ("counts", "size"), [((0, 0), 1), ((0, 0), 5), ((1, 1), 2), ((1, 1), 5), ((2, 0), 5), ((0, 3), 5), ((4, 4), 5)]
)
def test_solve_banded_agrees_with_the_whole_matrix(counts: tuple[int, int], size: int) -> None:
    lower, upper = counts
    rng = numpy.random.default_rng(0)
    ab, b = rng.standard_normal((lower + upper + 1, size)), rng.standard_normal(size)
    ab[upper] += 6

    def whole(ab: Any, b: Any) -> Any:
        offsets = range(upper, -lower - 1, -1)
        parts = [np.einsum("j,ij->ij", ab[row], numpy.eye(size, k=offset)) for row, offset in enumerate(offsets)]
        return total(np.linalg.solve(sum(parts[1:], parts[0]), b) ** 2)

    def banded(ab: Any, b: Any) -> Any:
        return total(linalg.solve_banded(counts, ab, b) ** 2)

    actual, expected = (wg.grad(f, argnums=(0, 1))(ab, b) for f in (banded, whole))
    for x, y in zip(actual, expected, strict=True):
        numpy.testing.assert_allclose(x.numpy(), y.numpy(), atol=1e-12)


def test_other_names_are_scipys_on_values_and_refuse_derivatives() -> None:
    assert linalg.hadamard(2).tolist() == [[1, 1], [1, -1]]
    triangular, vectors = linalg.schur(wg.tensor([[2.0, 1.0], [1.0, 2.0]]))
    assert isinstance(triangular, wg.Tensor)
    assert isinstance(vectors, wg.Tensor)
    for transform in (wg.grad, wg.vmap):
        with pytest.raises(TypeError, match=r"\[schur\] a tensor of shape .* write stop_gradient\(x\)"):
            transform(lambda x: total(linalg.schur(x)[0]))(
                numpy.ones((2, 2, 2))[0 if transform is wg.grad else slice(None)]
            )
    with pytest.raises(AttributeError):
        linalg.no_such_function  # noqa: B018


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: linalg.solve_triangular(numpy.eye(2), numpy.ones(2), trans="X"), ValueError, r"trans='X', wanted 0"),
        (lambda: linalg.solve_banded((1, 1), numpy.ones((2, 3)), numpy.ones(3)), ValueError, r"wanted 3 rows"),
        (lambda: linalg.polar(numpy.eye(2), "up"), ValueError, r"\[polar\] side='up'"),
        (lambda: linalg.qr(numpy.eye(2), mode="raw"), ValueError, r"\[qr\] mode='raw'"),
        (lambda: linalg.qr(numpy.eye(2), pivoting=True), TypeError, r"\[qr\] .* the argument 'pivoting'"),
        (lambda: linalg.eigh(numpy.eye(2), type=2), ValueError, r"\[eigh\] type=2, wanted 1"),
        (lambda: linalg.eig(numpy.eye(2), left=True), ValueError, r"\[eig\] left=True"),
        (lambda: linalg.pinv(numpy.eye(2), atol=0.1), ValueError, r"\[pinv\] atol=0.1, wanted None"),
        (lambda: linalg.toeplitz(numpy.eye(2)), ValueError, r"\[toeplitz\] the shape is \(2, 2\), wanted a vector"),
        (lambda: linalg.block_diag(numpy.ones((1, 1, 1))), ValueError, r"\[block_diag\] .* at most two axes"),
        (lambda: linalg.khatri_rao(numpy.ones((1, 2)), numpy.ones((1, 3))), ValueError, r"\[khatri_rao\] the shapes"),
        (lambda: linalg.solve_discrete_lyapunov(numpy.eye(2), numpy.eye(2), "guess"), ValueError, r"method='guess'"),
        (lambda: linalg.expm(numpy.ones((2, 3))), numpy.linalg.LinAlgError, r"\[expm\] .* wanted square matrices"),
    ],
)
def test_errors_say_what_was_wanted(call: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()
