"""Differential operators: collapsed sums against sums of series, closed forms, transformations, errors."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests import laws
from tests.cases.case import Case
from tests.control.test_taylor_rules import PROGRAMS
from tests.test_laws import CASES

import wengert as wg
import wengert.numpy as np
from wengert.transforms.operators import polarized

REAL = [(name, case) for name, case in CASES if case.order == 2 and "float64" in case.dtypes]
every_function = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in REAL])


def check_collapsed(f: Any, args: tuple[Any, ...], order: int, tolerance: float) -> None:
    """The weighted sum over two directions is that of the series along each."""
    several = [laws.random_like(args, seed) for seed in (1, 2)]
    weights = numpy.array([0.7, -1.3])
    directions = tuple(numpy.stack(pair) for pair in zip(*several, strict=True))
    found = wg.directional_sum(lambda x: f(*x), order)(args, directions, weights)
    series = [wg.taylor(f, order, scaled=True)(*args, v[0] if len(args) == 1 else v) for v in several]
    expected = [
        sum(w * numpy.asarray(part)[order] for w, part in zip(weights, parts, strict=True))
        for parts in zip(*series, strict=True)
    ]
    laws.assert_close([numpy.asarray(x) for x in found], expected, tolerance)


@pytest.mark.part(8)
@every_function
def test_collapsed_sums_of_second_order(case: Case) -> None:
    check_collapsed(laws.flat(case.function), laws.make_arguments(case, "float64"), 2, 1e-8 * case.tolerance)


@every_function
@pytest.mark.wide
def test_collapsed_sums_of_third_order(case: Case) -> None:
    check_collapsed(laws.flat(case.function), laws.make_arguments(case, "float64"), 3, 1e-7 * case.tolerance)


@pytest.mark.part(2)
@pytest.mark.parametrize("case", [pytest.param(case, id=n) for n, case in REAL if n.startswith("elementwise")])
def test_collapsed_sums_of_fourth_order(case: Case) -> None:
    check_collapsed(laws.flat(case.function), laws.make_arguments(case, "float64"), 4, 1e-7 * case.tolerance)


LOOPS = [name for name in PROGRAMS if not name.startswith("gradient")]


@pytest.mark.parametrize("name", LOOPS)
def test_collapsed_sums_through_loops_and_branches(name: str) -> None:
    for order in (2, 3):
        check_collapsed(lambda x: (PROGRAMS[name](x),), (numpy.float64(0.7),), order, 1e-11)


RNG = numpy.random.default_rng(0)
FIRST, SECOND, LAST = RNG.normal(size=(4, 8)), RNG.normal(size=(8, 8)) / 3, RNG.normal(size=8)
POINT = RNG.normal(size=4)


def network(x: Any, scale: float = 1.0) -> Any:
    return scale * np.tanh(np.tanh(x @ FIRST) @ SECOND) @ LAST


def traced(f: Any) -> Any:
    return lambda x: np.trace(wg.hessian(f)(x))


def test_the_laplacian_is_the_trace_of_the_hessian() -> None:
    expected = float(traced(network)(POINT))
    assert float(wg.laplacian(network)(POINT)) == pytest.approx(expected, rel=1e-12)
    assert float(wg.laplacian(network)(POINT, scale=3.0)) == pytest.approx(3 * expected, rel=1e-12)
    assert float(wg.jit(wg.laplacian(network))(POINT)) == pytest.approx(expected, rel=1e-12)


def test_the_laplacian_of_a_batch() -> None:
    points = RNG.normal(size=(3, 4))
    looped = [float(wg.laplacian(network)(x)) for x in points]
    numpy.testing.assert_allclose(numpy.asarray(wg.vmap(wg.laplacian(network))(points)), looped, rtol=1e-12)
    numpy.testing.assert_allclose(numpy.asarray(wg.jit(wg.vmap(wg.laplacian(network)))(points)), looped, rtol=1e-12)


def test_the_laplacian_is_differentiated() -> None:
    laws.check_modes(lambda x: (wg.laplacian(network)(x),), (POINT,), 1e-10)
    laws.assert_close(wg.grad(wg.laplacian(network))(POINT), wg.grad(traced(network))(POINT), 1e-10)
    assert float(wg.laplacian(wg.laplacian(network))(POINT)) == pytest.approx(
        float(wg.biharmonic(network)(POINT)), rel=1e-10
    )


def test_the_laplacian_by_parameters() -> None:
    """What a physics-informed network is trained by: the gradient of a loss of Laplacians."""

    def loss(w: Any, laplacian: Any) -> Any:
        return laplacian(lambda x: np.sum(np.tanh(x @ w)))(POINT) ** 2

    laws.assert_close(wg.grad(loss)(FIRST, wg.laplacian), wg.grad(loss)(FIRST, traced), 1e-10)


def test_the_laplacian_of_a_nesting() -> None:
    point = {"a": numpy.array([1.0, 2.0]), "b": numpy.float64(3.0)}
    found = wg.laplacian(lambda p: {"out": np.sum(p["a"] ** 2) * p["b"] ** 2})(point)
    assert float(found["out"]) == 4 * 9 + 2 * 5


def test_the_laplacian_of_a_matrix_and_of_many_results() -> None:
    x = numpy.arange(6.0).reshape(2, 3)
    assert wg.laplacian(lambda x: np.stack([np.sum(x**3), np.sum(x)]))(x).tolist() == [90.0, 0.0]


def test_float32_stays() -> None:
    x = POINT.astype(numpy.float32)
    f = lambda x: np.sum(np.sin(x) ** 3)
    assert wg.laplacian(f)(x).dtype == wg.biharmonic(f)(x).dtype == numpy.float32
    assert wg.differential_operator({(1, 0, 0, 0): 1.0})(f)(x).dtype == numpy.float32


def test_python_decides_by_values() -> None:
    assert float(wg.laplacian(lambda x: np.sum(x**2) if x[0] > 0 else x[0])(np.array([1.0, 2.0]))) == 4.0


def test_trace_of_a_product_with_directions() -> None:
    directions = RNG.normal(size=(3, 4))
    expected = numpy.trace(directions @ numpy.asarray(wg.hessian(network)(POINT)) @ directions.T)
    assert float(wg.trace_hessian(network)(POINT, directions)) == pytest.approx(expected, rel=1e-12)


def test_divergence() -> None:
    field = lambda x: np.sin(x) * np.sum(x)
    expected = numpy.trace(numpy.asarray(wg.jacobian(field)(POINT)))
    assert float(wg.divergence(field)(POINT)) == pytest.approx(expected, rel=1e-12)
    assert float(wg.divergence(wg.grad(network))(POINT)) == pytest.approx(
        float(wg.laplacian(network)(POINT)), rel=1e-10
    )


def test_first_order_sums_along_directions() -> None:
    directions = RNG.normal(size=(2, 4))
    expected = numpy.asarray(wg.grad(network)(POINT)) @ directions.sum(axis=0)
    assert float(wg.directional_sum(network, 1)(POINT, directions)) == pytest.approx(expected, rel=1e-12)


def test_an_operator_by_its_coefficients() -> None:
    operator = wg.differential_operator({(2, 1, 0): lambda x: x[0], (0, 0, 3): 2.0, (1, 0, 0): 1.0, (0, 0, 0): 3.0})

    def f(x: Any) -> Any:
        return np.exp(x[0] * x[1] + x[2]) * np.sin(x[2])

    x = numpy.array([0.3, -0.4, 0.9])
    third = numpy.asarray(wg.jacfwd(wg.jacfwd(wg.jacfwd(f)))(x))
    expected = x[0] * third[0, 0, 1] + 2 * third[2, 2, 2] + float(wg.grad(f)(x)[0]) + 3 * float(f(x))
    assert float(operator(f)(x)) == pytest.approx(expected, rel=1e-12)
    assert float(wg.jit(operator(f))(x)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("mixed", [(2, 0), (1, 1), (2, 1), (2, 2), (1, 1, 1), (3, 1, 2)])
def test_mixed_derivatives_of_a_monomial_by_directional_ones(mixed: tuple[int, ...]) -> None:
    """A monomial is a form; its derivative of its own order along d is the factorial times its value at d."""
    order = sum(mixed)
    for own in {mixed, mixed[::-1]}:
        value = sum(
            share * float(numpy.prod([d**k for d, k in zip(direction, own, strict=True)]))
            for direction, share in polarized(mixed)
        )
        factorials = numpy.prod([float(numpy.prod(range(1, k + 1))) for k in mixed]) if own == mixed else 0.0
        assert value * float(numpy.prod(range(1, order + 1))) == pytest.approx(factorials, abs=1e-9)


ERRORS: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: wg.laplacian(np.sum)(1j),
        TypeError,
        "[laplacian] the argument has dtype complex128, wanted real floating point, since there are two directions at "
        "each complex number; write f as a function of the real and the imaginary part",
    ),
    (
        lambda: wg.laplacian(np.sum)(numpy.arange(3)),
        TypeError,
        "[laplacian] argument[0] has dtype int64, wanted real or complex floating point, since an integer has no "
        "derivative; write it with a decimal point (3.0 for 3) or as x.astype(float)",
    ),
    (lambda: wg.laplacian(3.0), TypeError, "[laplacian] f is of type float, wanted a function; write laplacian(f)(x)"),
    (
        lambda: wg.trace_hessian(np.sum)(numpy.ones(2), numpy.ones(2)),
        TypeError,
        "[directional_sum] the directions have the shapes (2,), wanted (2,), as what they belong to, with one more "
        "axis in front, of the same length; write np.eye(n) for the axes of a vector of n numbers",
    ),
    (
        lambda: wg.directional_sum(np.sum, 2)(numpy.ones(2), numpy.eye(2), numpy.ones(3)),
        ValueError,
        "[directional_sum] the weights have the shape (3,), wanted (2,), one for each direction; write weights=None "
        "for a plain sum",
    ),
    (
        lambda: wg.directional_sum(np.sum, 0),
        ValueError,
        "[directional_sum] the order is 0, wanted 1 to 100: beyond that factorials and powers of a step leave double "
        "precision; write a lower order, and expand again at a nearer point",
    ),
    (
        lambda: wg.biharmonic(lambda p: p[0])((1.0, 2.0)),
        TypeError,
        "[biharmonic] the argument is a nesting of 2 arrays, wanted one array; write np.concatenate of them",
    ),
    (
        lambda: wg.divergence(np.sum)(numpy.ones(2)),
        ValueError,
        "[divergence] the result of the function has the shape (), wanted that of its argument, (2,): a component for "
        "each number; write laplacian(f) for the divergence of a gradient",
    ),
    (
        lambda: wg.differential_operator({(1, 2): 1.0, 3: 2.0}),
        TypeError,
        "[differential_operator] the key 3 was given, wanted tuples of integers, all of the same length: the order of "
        "the derivative by each number of the point; write {(2, 0): 1.0, (0, 2): 1.0}",
    ),
    (
        lambda: wg.differential_operator({(1, -2): 1.0}),
        ValueError,
        "[differential_operator] the key (1, -2) has a negative order, wanted 0 or more for each number of the point; "
        "write (0, 1) for the first derivative by the second",
    ),
    (
        lambda: wg.differential_operator({(1, 2): 1.0})(np.sum)(numpy.ones(3)),
        TypeError,
        "[differential_operator] the point has the shape (3,), wanted (2,), one number for each place of the keys; "
        "write wg.vmap(operator(f)) for many points",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), ERRORS)
def test_errors(call: Any, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as found:
        call()
    assert str(found.value) == text
