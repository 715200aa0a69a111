"""Functions of matrices where eigenvalues are equal, negative, complex, or of a matrix that cannot be diagonalised."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.linalg as linalg

ROTATION = numpy.linalg.qr(numpy.random.default_rng(7).standard_normal((3, 3)))[0]
COMPLEX_PARTS = numpy.random.default_rng(8).standard_normal((2, 2, 2))
MATRICES = {
    "equal_negative": ROTATION @ numpy.diag([-1.0, -1.0, 2.0]) @ ROTATION.T,
    "multiple_of_identity": 3 * numpy.eye(2),
    "defective": numpy.array([[2.0, 1.0], [0.0, 2.0]]),
    "defective_negative": numpy.array([[-2.0, 1.0], [0.0, -2.0]]),
    "turning": numpy.array([[1.0, 2.0], [-2.0, 1.0]]),
    "complex": COMPLEX_PARTS[0] + 1j * COMPLEX_PARTS[1],
    "complex_negative": ROTATION[:2, :2] @ numpy.diag([-1.0, 1j]) @ numpy.linalg.inv(ROTATION[:2, :2]),
    "stack": numpy.stack([numpy.diag([-1.0, -1.0]), numpy.eye(2)]),
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any] | None]] = {
    "sqrtm": (linalg.sqrtm, lambda f: f @ f),
    "logm": (linalg.logm, linalg.expm),
    "inverse_root": (partial(linalg.fractional_matrix_power, t=-0.5), lambda f: np.linalg.inv(f @ f)),
    "expm": (linalg.expm, None),
    "cosm": (linalg.cosm, None),
}
"""Each with the function that takes it back."""
every_function = pytest.mark.parametrize("name", FUNCTIONS)
every_matrix = pytest.mark.parametrize("kind", MATRICES)


def drawn(x: Any, seed: int) -> Any:
    """A random direction in the dtype of a matrix."""
    rng = numpy.random.default_rng(seed)
    real = rng.standard_normal(x.shape)
    return real + 1j * rng.standard_normal(x.shape) if x.dtype.kind == "c" else real


def inner(a: Any, b: Any) -> Any:
    return np.sum(np.real(np.conj(a) * b))


@pytest.mark.part(8)
@every_function
@every_matrix
def test_both_modes_agree_to_second_order(kind: str, name: str) -> None:
    x, f = MATRICES[kind], FUNCTIONS[name][0]
    u, v = drawn(x, 1), drawn(x, 2)
    w = drawn(x.astype(complex), 3)
    loss = lambda x: inner(w, f(x))
    along = lambda x: wg.jvp(loss, (x,), (v,))[1]
    against = lambda x: inner(wg.grad(loss)(x), v)
    numpy.testing.assert_allclose(along(x).item(), against(x).item(), rtol=1e-9)
    second = [wg.jvp(g, (x,), (u,))[1].item() for g in (along, against)]
    second.append(inner(wg.grad(along)(x), u).item())
    numpy.testing.assert_allclose(second, second[0], rtol=1e-8)


@pytest.mark.part(4)
@pytest.mark.parametrize("name", [name for name, (_, back) in FUNCTIONS.items() if back is not None])
@every_matrix
def test_the_way_back_undoes_derivatives_to_second_order(kind: str, name: str) -> None:
    """The function and what takes it back are the identity together, whose first derivative is the direction."""
    x = MATRICES[kind]
    function, back = FUNCTIONS[name]
    assert back is not None
    u, v = drawn(x, 1), drawn(x, 2)
    identity = lambda x: back(function(x))
    along = lambda x: wg.jvp(identity, (x,), (u,))[1]
    numpy.testing.assert_allclose(identity(x).numpy(), x, atol=1e-11)
    numpy.testing.assert_allclose(along(x).numpy(), u, atol=1e-10)
    numpy.testing.assert_allclose(wg.jvp(along, (x,), (v,))[1].numpy(), 0 * x, atol=1e-9)


def test_the_gradient_of_a_length_at_a_negative_eigenvalue() -> None:
    length = lambda x: np.sum(np.abs(linalg.sqrtm(x)) ** 2)
    numpy.testing.assert_allclose(wg.grad(length)(numpy.diag([-1.0, 2.0])).numpy(), numpy.diag([-1, 1]), atol=1e-12)


@pytest.mark.parametrize("size", [1e-100, 1e-5, 1e5, 1e100])
def test_long_and_short_directions(size: float) -> None:
    x = MATRICES["turning"]
    direction = drawn(x, 1)
    tangents = [wg.jvp(linalg.logm, (x,), (by * direction,))[1].numpy() / by for by in (1.0, size)]
    numpy.testing.assert_allclose(tangents[1], tangents[0], rtol=1e-9)


@pytest.mark.parametrize("name", ["sqrtm", "logm", "inverse_root"])
def test_a_singular_matrix_has_no_derivative_unless_nothing_asks(name: str) -> None:
    x, f = numpy.diag([0.0, 1.0]), FUNCTIONS[name][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SciPy, about the value
        with pytest.raises(numpy.linalg.LinAlgError, match=r"at a singular matrix of shape \(2, 2\) .* near it"):
            wg.grad(lambda x: np.sum(np.real(f(x))))(x)
        masked = wg.grad(lambda x: np.sum(np.where(False, np.real(f(x)), x)))(x)
    numpy.testing.assert_array_equal(masked.numpy(), numpy.ones((2, 2)))


@every_function
def test_single_precision_stays_single(name: str) -> None:
    x = MATRICES["turning"].astype(numpy.float32)
    value, tangent = wg.jvp(FUNCTIONS[name][0], (x,), (x,))
    assert value.dtype == tangent.dtype == numpy.float32
    assert wg.grad(lambda x: np.sum(FUNCTIONS[name][0](x)))(x).dtype == numpy.float32


@every_function
def test_of_no_matrices_and_of_empty_ones(name: str) -> None:
    for shape in [(0, 3, 3), (0, 0)]:
        x = numpy.zeros(shape)
        assert FUNCTIONS[name][0](x).shape == shape
        assert wg.grad(lambda x: np.sum(FUNCTIONS[name][0](x)))(x).shape == shape
