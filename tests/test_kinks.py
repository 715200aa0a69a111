"""The conventions at kinks and special points, in every mode: finite, shared equally, stable.

Each row is a scalar function, a point, and its gradient and Hessian there by the conventions of the design:
ties share equally, sorting is stable, ``abs``, ``relu``, ``sign`` and norms give 0 at 0, and a branch that was
not taken gives nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.ops import elementwise as e

INF, NAN = numpy.inf, numpy.nan


class Kink(NamedTuple):
    """A function of an array, a point, and what is wanted there (the Hessian is 0 if not given)."""

    name: str
    function: Callable[[Any], Any]
    point: list[float]
    gradient: list[float]
    hessian: list[list[float]] | None = None


ZERO2 = [0.0, 0.0]
BAD_BRANCHES = [
    Kink(
        "sqrt_not_taken",
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)),
        [0.0, 4.0],
        [0.0, 0.25],
        [ZERO2, [0, -1 / 32]],
    ),
    Kink("log_not_taken", lambda x: np.sum(np.where(x > 0, np.log(x), x)), [0.0, 2.0], [1.0, 0.5], [ZERO2, [0, -0.25]]),
    Kink("divide_not_taken", lambda x: np.sum(np.where(x == 0, 1, 1 / x)), [0.0, 1.0], [0.0, -1.0], [ZERO2, [0, 2.0]]),
    Kink(
        "exp_not_taken", lambda x: np.sum(np.where(x < 9, x, np.exp(x))), [1.0, 1000.0], [1.0, INF], [ZERO2, [0, INF]]
    ),
    Kink(
        "power_not_taken", lambda x: np.sum(np.where(x > 0, x**0.5, x)), [0.0, 4.0], [1.0, 0.25], [ZERO2, [0, -1 / 32]]
    ),
    Kink("arcsin_not_taken", lambda x: np.sum(np.where(x < 1, np.arcsin(x), 2 * x)), [1.0, 0.0], [2.0, 1.0]),
    Kink(
        "masked_by_zero",
        lambda x: np.sum(np.sqrt(x) * numpy.array([0.0, 1.0])),
        [0.0, 4.0],
        [0.0, 0.25],
        [ZERO2, [0, -1 / 32]],
    ),
    Kink("element_not_taken", lambda x: np.sqrt(x)[1], [0.0, 4.0], [0.0, 0.25], [ZERO2, [0, -1 / 32]]),
    Kink("max_not_taken", lambda x: np.max(np.sqrt(x)), [0.0, 4.0], [0.0, 0.25], [ZERO2, [0, -1 / 32]]),
    Kink(
        "sum_where", lambda x: np.sum(np.sqrt(x), where=[False, True]), [0.0, 4.0], [0.0, 0.25], [ZERO2, [0, -1 / 32]]
    ),
]

NORMS = [
    Kink("norm", lambda x: np.linalg.norm(x), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_sum_of_squares", lambda x: np.sqrt(np.sum(x**2)), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_sum_of_products", lambda x: np.sqrt(np.sum(x * x)), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_sum_of_square", lambda x: np.sqrt(np.sum(np.square(x))), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_dot", lambda x: np.sqrt(np.dot(x, x)), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_inner", lambda x: np.sqrt(np.inner(x, x)), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_vecdot", lambda x: np.sqrt(np.vecdot(x, x)), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_einsum", lambda x: np.sqrt(np.einsum("i,i", x, x)), [0.0, 0.0], [0.0, 0.0]),
    Kink("sqrt_of_quadratic_form", lambda x: np.sqrt(x @ numpy.eye(2) @ x), [0.0, 0.0], [0.0, 0.0]),
    Kink("hypot", lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], [0.0, 0.0]),
    Kink("abs_of_complex", lambda x: np.abs(x[0] + 1j * x[1]), [0.0, 0.0], [0.0, 0.0]),
    Kink("arctan2", lambda x: np.arctan2(x[0], x[1]), [0.0, 0.0], [0.0, 0.0]),
    Kink("angle", lambda x: np.angle(x[0] + 1j * x[1]), [0.0, 0.0], [0.0, 0.0]),
    Kink("std", lambda x: np.std(x), [3.0, 3.0], [0.0, 0.0]),
    Kink("nanstd", lambda x: np.nanstd(x), [3.0, NAN], [0.0, 0.0]),
]

POWERS = [
    Kink("x_to_the_0", lambda x: np.sum(x**0), [0.0, 2.0], [0.0, 0.0]),
    Kink("x_to_the_1", lambda x: np.sum(x**1), [0.0, 2.0], [1.0, 1.0]),
    Kink("x_to_the_2", lambda x: np.sum(x**2), [0.0, 2.0], [0.0, 4.0], [[2, 0], [0, 2]]),
    Kink("x_to_the_3.0", lambda x: np.sum(x**3.0), [0.0, 2.0], [0.0, 12.0], [ZERO2, [0, 12]]),
    Kink("x_to_the_y", lambda v: v[0] ** v[1], [0.0, 2.0], [0.0, 0.0], [[2, 0], [0, 0]]),
    Kink("x_to_the_y_at_1", lambda v: v[0] ** v[1], [0.0, 1.0], [1.0, 0.0]),
    Kink("x_to_the_y_at_0", lambda v: v[0] ** v[1], [0.0, 0.0], [0.0, 0.0]),
    Kink(
        "x_to_the_y_of_4_at_0",
        lambda v: v[0] ** v[1],
        [4.0, 0.0],
        [0.0, numpy.log(4)],
        [[0, 0.25], [0.25, numpy.log(4) ** 2]],
    ),
    Kink("x_to_the_x", lambda x: np.sum(x**x), [0.0], [0.0]),
    Kink("0_to_the_y", lambda y: np.sum(0.0**y), [0.0, 2.0], [0.0, 0.0]),
    Kink("product_of_zeros", lambda x: np.prod(x), [0.0, 0.0], [0.0, 0.0], [[0, 1], [1, 0]]),
    Kink("cumprod_of_zeros", lambda x: np.cumprod(x)[1], [0.0, 0.0], [0.0, 0.0], [[0, 1], [1, 0]]),
]

SHARED = [
    Kink("maximum", lambda x: np.maximum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    Kink("minimum", lambda x: np.minimum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    Kink("fmax", lambda x: np.fmax(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    Kink("fmin", lambda x: np.fmin(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    Kink("fmax_of_nan", lambda x: np.fmax(x[0], x[1]), [NAN, 1.0], [0.0, 1.0]),
    Kink("maximum_of_same", lambda x: np.sum(np.maximum(x, x)), [1.0, 2.0], [1.0, 1.0]),
    Kink("maximum_of_zeros", lambda x: np.sum(np.maximum(x, 0)), [0.0, -0.0], [0.5, 0.5]),
    Kink("max", lambda x: np.max(x), [3.0, 1.0, 3.0, 3.0], [1 / 3, 0.0, 1 / 3, 1 / 3]),
    Kink("min", lambda x: np.min(x), [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
    Kink("nanmax", lambda x: np.nanmax(x), [3.0, NAN, 3.0], [0.5, 0.0, 0.5]),
    Kink("max_of_infinities", lambda x: np.max(x), [INF, INF, 0.0], [0.5, 0.5, 0.0]),
    Kink("ptp", lambda x: np.ptp(x), [1.0, 1.0, 3.0], [-0.5, -0.5, 1.0]),
    Kink("max_norm", lambda x: np.linalg.norm(x, numpy.inf), [2.0, -2.0], [0.5, -0.5]),
    Kink("clip_at_bounds", lambda x: np.sum(np.clip(x, 0, 1)), [0.0, 1.0, 0.5, 2.0], [0.5, 0.5, 1.0, 0.0]),
    Kink("clip_of_all_three", lambda v: np.clip(v[0], v[1], v[2]), [1.0, 1.0, 1.0], [1 / 3, 1 / 3, 1 / 3]),
    Kink("clip_at_low", lambda v: np.clip(v[0], v[1], v[2]), [1.0, 1.0, 2.0], [0.5, 0.5, 0.0]),
    Kink(
        "logaddexp_of_minus_infinities",
        lambda x: np.logaddexp(x[0], x[1]),
        [-INF, -INF],
        [0.5, 0.5],
        [[0.25, -0.25], [-0.25, 0.25]],
    ),
    Kink("logaddexp_with_minus_infinity", lambda x: np.logaddexp(x[0], x[1]), [-INF, 0.0], [0.0, 1.0]),
]

AT_ZERO = [
    Kink("abs", lambda x: np.sum(np.abs(x)), [0.0, -0.0, 2.0, -2.0], [0.0, 0.0, 1.0, -1.0]),
    Kink("fabs", lambda x: np.sum(np.fabs(x)), [0.0, -2.0], [0.0, -1.0]),
    Kink("one_norm", lambda x: np.linalg.norm(x, 1), [0.0, -2.0], [0.0, -1.0]),
    Kink("sqrt_of_abs", lambda x: np.sum(np.sqrt(np.abs(x))), [0.0, 4.0], [0.0, 0.25], [ZERO2, [0, -1 / 32]]),
    Kink("abs_of_sqrt", lambda x: np.sum(np.abs(np.sqrt(x))), [0.0, 4.0], [0.0, 0.25], [ZERO2, [0, -1 / 32]]),
    Kink("sign", lambda x: np.sum(x * np.sign(x)), [0.0, -2.0], [0.0, -1.0]),
    Kink("relu", lambda x: np.sum(e.relu(x)), [0.0, -1.0, 2.0], [0.0, 0.0, 1.0]),
    Kink("heaviside", lambda v: np.heaviside(v[0], v[1]), [0.0, 0.5], [0.0, 1.0]),
    Kink("copysign", lambda v: np.copysign(v[0], v[1]), [0.0, -1.0], [0.0, 0.0]),
    Kink("sinc", lambda x: np.sum(np.sinc(x)), [0.0], [0.0], [[-(numpy.pi**2) / 3]]),
    Kink("floor", lambda x: np.sum(x * np.floor(x)), [1.0, 1.5], [1.0, 1.0]),
    Kink("remainder", lambda x: np.sum(x % 2), [2.0, 3.0], [1.0, 1.0]),
]

STABLE = [
    Kink("sort", lambda x: np.sort(x)[0], [1.0, 1.0, 2.0], [1.0, 0.0, 0.0]),
    Kink("sort_last", lambda x: np.sort(x)[-1], [2.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
    Kink("partition", lambda x: np.partition(x, 1)[1], [1.0, 1.0, 2.0], [0.0, 1.0, 0.0]),
    Kink("median", lambda x: np.median(x), [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]),
    Kink("percentile", lambda x: np.percentile(x, 25), [1.0, 1.0, 1.0], [0.5, 0.5, 0.0]),
    Kink("square_of_sorted", lambda x: np.sort(x)[1] ** 2, [2.0, 2.0], [0.0, 4.0], [ZERO2, [0, 2.0]]),
]

TABLE = [*BAD_BRANCHES, *NORMS, *POWERS, *SHARED, *AT_ZERO, *STABLE]
every_kink = pytest.mark.parametrize("kink", TABLE, ids=lambda kink: kink.name)

GRADIENTS = {
    "grad": wg.grad,
    "forward": wg.jacfwd,
    "reverse": wg.jacrev,
    "define_by_run": lambda f: lambda x: define_by_run(f, x),
    "batched": lambda f: lambda x: wg.vmap(wg.grad(f))(numpy.stack([x, x]))[1],
    "batched_forward": lambda f: lambda x: wg.vmap(wg.jacfwd(f))(numpy.stack([x, x]))[1],
    "of_batched": lambda f: lambda x: wg.grad(lambda rows: wg.vmap(f)(rows)[1])(numpy.stack([x, x]))[1],
}

HESSIANS = {
    "forward_over_reverse": wg.hessian,
    "reverse_over_forward": lambda f: wg.jacrev(wg.jacfwd(f)),
    "reverse_over_reverse": lambda f: wg.jacrev(wg.jacrev(f)),
    "forward_over_forward": lambda f: wg.jacfwd(wg.jacfwd(f)),
    "batched": lambda f: lambda x: wg.vmap(wg.hessian(f))(numpy.stack([x, x]))[1],
}


def define_by_run(f, point):
    x = wg.tensor(point, requires_grad=True)
    f(x).backward()
    return x.grad


def assert_equal(found, wanted):
    numpy.testing.assert_allclose(found, wanted, rtol=1e-14, atol=1e-14)


@pytest.mark.part(2)
@every_kink
@pytest.mark.parametrize("mode", GRADIENTS)
def test_gradients(kink, mode):
    with numpy.errstate(all="ignore"):
        assert_equal(GRADIENTS[mode](kink.function)(numpy.array(kink.point)), kink.gradient)


@pytest.mark.part(4)
@every_kink
@pytest.mark.parametrize("mode", HESSIANS)
def test_hessians(kink, mode):
    size = len(kink.point)
    wanted = numpy.zeros((size, size)) if kink.hessian is None else kink.hessian
    with numpy.errstate(all="ignore"):
        assert_equal(HESSIANS[mode](kink.function)(numpy.array(kink.point)), wanted)


@pytest.mark.part(4)
@every_kink
def test_derivatives_do_not_warn_where_the_value_does_not(kink):
    x = numpy.array(kink.point)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        kink.function(x)
    if not seen:
        for mode in (*GRADIENTS.values(), *HESSIANS.values()):
            mode(kink.function)(x)


@pytest.mark.parametrize(
    "f", [np.abs, lambda z: np.abs(np.sign(z)), lambda z: np.angle(z), lambda z: np.hypot(z.real, z.imag)]
)
def test_complex_functions_at_zero(f):
    for dtype in ("complex64", "complex128"):
        z = numpy.zeros((), dtype)
        assert wg.grad(f)(z).item() == 0
        assert wg.jvp(f, (z,), (numpy.ones((), dtype),))[1].item() == 0
        assert wg.grad(lambda z: wg.grad(f)(z).real)(z).item() == 0


def test_masks_hide_no_infinity_and_no_nan_that_counts():
    with numpy.errstate(all="ignore"):
        assert wg.grad(np.sqrt)(0.0).item() == INF
        assert numpy.isnan(wg.grad(np.sqrt)(-1.0).item())
        assert numpy.isnan(wg.grad(lambda x: x * NAN)(0.0).item())
        assert wg.grad(lambda x: 3 * np.sqrt(x) + np.where(x > 0, 1 / x, 0))(0.0).item() == INF


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("kink", [*AT_ZERO, *NORMS[:4], *SHARED[:4]], ids=lambda kink: kink.name)
def test_the_conventions_hold_in_every_precision(kink, dtype):
    x = numpy.array(kink.point, dtype)
    gradient = wg.grad(kink.function)(x)
    assert gradient.dtype == dtype
    numpy.testing.assert_allclose(gradient, kink.gradient, rtol=numpy.finfo(dtype).eps)


def test_empty_arrays_have_empty_derivatives():
    x = numpy.ones((0, 2))
    for f in (np.abs, np.sqrt, lambda x: x**2, lambda x: np.maximum(x, 0), np.sort, lambda x: np.where(x > 0, x, 0)):
        assert wg.grad(lambda x: np.sum(f(x)))(x).shape == (0, 2)  # noqa: B023
        assert wg.jacobian(f)(x).shape == (0, 2, 0, 2)
        assert wg.vmap(wg.jacobian(f))(x).shape == (0, 2, 2)
