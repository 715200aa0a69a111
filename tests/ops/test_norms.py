"""Norms of large and small numbers, and smooth functions of a norm where it is 0."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.ops.axes.norms import norm_by_sizes

SIZES = {
    "float64": [1e-320, 1e-200, 1e-160, 1e-140, 1.0, 1e140, 1e160, 1e200, 3e307],
    "float32": [1e-40, 1e-30, 1e-16, 1.0, 1e13, 1e16, 1e30, 3e37],
    "complex128": [1e-320, 1e-200, 1.0, 1e200],
}
EACH = [pytest.param(dtype, size, id=f"{dtype}-{size}") for dtype, sizes in SIZES.items() for size in sizes]
FORMS: dict[str, Callable[[Any], Any]] = {
    "vector": np.linalg.norm,
    "axis": lambda x: np.sum(np.linalg.norm(x[None], axis=1)),
    "keepdims": lambda x: np.sum(np.linalg.norm(x, keepdims=True)),
    "matrix": lambda x: np.linalg.norm(x[None], "fro"),
}


@pytest.mark.part(8)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("dtype", "size"), EACH)
def test_a_norm_and_its_gradient_have_their_digits_at_every_size(dtype: str, size: float, form: str) -> None:
    x = numpy.array([3.0, -4.0, 0.0], dtype) * numpy.dtype(dtype).type(size)
    f, expected = FORMS[form], numpy.longdouble(numpy.abs(x[0])) / 3 * 5
    tolerance = float(4 * numpy.finfo(dtype).eps + numpy.finfo(dtype).smallest_subnormal / expected)
    for function in (f, wg.jit(f)):
        assert abs(function(x).item() / expected - 1) <= tolerance
        gradient = wg.grad(function)(x).numpy()
        numpy.testing.assert_allclose(gradient, [0.6, -0.8, 0], atol=10 * tolerance)
    assert wg.jvp(f, (x,), (x,))[1].item() == pytest.approx(float(expected), rel=20 * tolerance)


def test_numbers_of_all_sizes_together() -> None:
    rng = numpy.random.default_rng(0)
    for _ in range(10):
        x = rng.standard_normal(20) * 10.0 ** rng.uniform(-300, 300, 20)
        exact = numpy.sqrt(numpy.sum(numpy.square(x.astype(numpy.longdouble))))
        for norm in (np.linalg.norm(x).item(), wg.jit(lambda x: norm_by_sizes(x, (0,), False))(x).item()):
            assert abs(norm / exact - 1) < 1e-15


def test_infinities_and_nans() -> None:
    for x in ([numpy.inf, 1.0], [numpy.inf, numpy.nan], [1.0, numpy.nan], [-numpy.inf, 1e200]):
        with numpy.errstate(over="ignore"):  # of NumPy's own squares, which some processors tell
            expected = numpy.linalg.norm(x)
        for f in (np.linalg.norm, wg.jit(np.linalg.norm)):
            numpy.testing.assert_array_equal(f(numpy.array(x)).numpy(), expected)


def test_many_numbers_compiled() -> None:
    x = numpy.full(10000, 1e200)
    assert wg.jit(np.linalg.norm)(x).item() == pytest.approx(1e202)
    assert wg.jit(np.linalg.norm)(x / 1e200).item() == pytest.approx(100)


SMOOTH: dict[str, tuple[Callable[[Any, Any], Any], float]] = {
    "power": (lambda n, again: n**2, 2),
    "product of two": (lambda n, again: n * again, 2),
    "difference": (lambda n, again: n * n - n * again, 0),
    "cos": (lambda n, again: np.cos(n), -1),
    "sinc": (lambda n, again: np.sinc(n), -(numpy.pi**2) / 3),
    "tanh": (lambda n, again: n * np.tanh(2 * again), 4),
    "quartic": (lambda n, again: 1 / (1 + n**4), 0),
    "rational": (lambda n, again: n**2 / (1 + n), 2),
    "huber": (lambda n, again: np.where(n < 1, 0.5 * n**2, n - 0.5), 1),
}
"""Functions of a length, and of the same computed again, with their second derivatives where it is 0."""
LENGTHS: dict[str, Callable[[Any], Any]] = {
    "norm": np.linalg.norm,
    "norm of axis": lambda x: np.linalg.norm(x[None], axis=1)[0],
    "norm kept": lambda x: np.linalg.norm(x[None], axis=1, keepdims=True)[0, 0],
    "complex norm": lambda x: np.linalg.norm(np.stack([x[0] + 1j * x[1]])),
    "abs": lambda x: np.abs(x[0] + 1j * x[1]),
    "hypot": lambda x: np.hypot(x[0], x[1]),
    "root": lambda x: np.sqrt(x @ x),
    "root of sum": lambda x: np.sqrt(x[0] * x[0] + x[1] ** 2),
}
ORDERS = list(itertools.product([wg.jacfwd, wg.jacrev], repeat=2))


@pytest.mark.part(4)
@pytest.mark.parametrize(("outer", "inner"), ORDERS)
@pytest.mark.parametrize("length", LENGTHS)
def test_smooth_functions_of_a_length_have_their_hessian_at_zero(length: str, outer: Any, inner: Any) -> None:
    """In all orders of the modes."""
    size = LENGTHS[length]
    f = lambda x: np.stack([function(size(x), size(x)) for function, _ in SMOOTH.values()])
    right = numpy.array([curvature * numpy.eye(2) for _, curvature in SMOOTH.values()])
    numpy.testing.assert_allclose(outer(inner(f))(numpy.zeros(2)).numpy(), right, atol=1e-12)


@pytest.mark.part(2)
@pytest.mark.parametrize(("outer", "inner"), ORDERS)
def test_smooth_functions_of_a_length_compiled_and_batched(outer: Any, inner: Any) -> None:
    hessian = outer(inner(lambda x: sum(np.cos(size(x)) for size in LENGTHS.values())))
    zeros = numpy.zeros((2, 2))
    for found in (wg.jit(hessian)(zeros[0]), wg.vmap(hessian)(zeros)[1]):
        numpy.testing.assert_allclose(found.numpy(), -len(LENGTHS) * numpy.eye(2), atol=1e-12)


@pytest.mark.parametrize(("outer", "inner"), ORDERS)
def test_absolute_values_squared_have_their_second_derivative_at_zero(outer: Any, inner: Any) -> None:
    f = lambda x: np.sum(np.abs(x) ** 2 + np.abs(x) ** 3 + np.abs(x) * np.abs(x) + np.sqrt(x * x) ** 2)
    second = outer(inner(f))(numpy.array([0.0, 2.0])).numpy()
    numpy.testing.assert_allclose(second, [[6, 0], [0, 18]], atol=1e-12)
