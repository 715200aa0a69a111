"""Functions of a matrix by eigenvalues and singular values, where these are equal, nearly equal and different."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.linalg as linalg

RNG = numpy.random.default_rng(3)
ROTATION, OTHER = (numpy.linalg.qr(RNG.standard_normal((3, 3)))[0] for _ in range(2))
UNITARY = numpy.linalg.qr(RNG.standard_normal((3, 3)) + 1j * RNG.standard_normal((3, 3)))[0]
TALL = numpy.linalg.qr(RNG.standard_normal((4, 2)))[0]
WEIGHTS = RNG.standard_normal((4, 4))


def hermitian(x: Any) -> Any:
    return (x + np.conj(np.matrix_transpose(x))) / 2


def adjoint(x: Any) -> Any:
    return np.conj(np.matrix_transpose(x))


def with_eigenvalues(basis: Any, *values: float) -> Any:
    made = basis @ numpy.diag(values) @ basis.conj().T
    return (made + made.conj().T) / 2


SYMMETRIC = {
    "identity": numpy.eye(3),
    "two_equal": with_eigenvalues(ROTATION, 1.0, 1.0, 2.0),
    "different": with_eigenvalues(ROTATION, 1.0, 3.0, 2.0),
    "complex": with_eigenvalues(UNITARY, 1.0, 1.0, 2.0),
    "stack": numpy.stack([with_eigenvalues(ROTATION, 1.0, 1.0, 2.0), 2 * numpy.eye(3)]),
}
GENERAL = {
    "orthogonal": ROTATION,
    "two_equal": ROTATION @ numpy.diag([1.0, 1.0, 2.0]) @ OTHER.T,
    "different": ROTATION @ numpy.diag([1.0, 3.0, 2.0]) @ OTHER.T,
    "complex": UNITARY @ numpy.diag([1.0, 1.0, 2.0]) @ ROTATION.T,
    "tall": 1.5 * TALL,
    "wide": 1.5 * TALL.T,
}


def weighted(x: Any) -> Any:
    """A number that depends on every element."""
    return np.sum(np.real(x * WEIGHTS[: x.shape[-2], : x.shape[-1]]))


def of_eigenvalues(product: Callable[[Any, Any], Any], g: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        values, vectors = np.linalg.eigh(x)
        return weighted(product(vectors, g(values)))

    return function


def of_singular_values(product: Callable[[Any, Any, Any], Any], g: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        return weighted(product(u, g(s), vh))

    return function


def scaled(v: Any, g: Any) -> Any:
    return (v * g[..., None, :]) @ adjoint(v)


PRODUCTS = {
    "scaled": scaled,
    "at_the_right": lambda v, g: v @ (g[..., :, None] * adjoint(v)),
    "einsum": lambda v, g: np.einsum("...ij,...j,...kj->...ik", v, g, np.conj(v)),
    "diagonal": lambda v, g: v @ np.diag(g) @ adjoint(v),
    "identity": lambda v, g: v @ (np.eye(3) * g) @ adjoint(v),
}
SINGULAR_PRODUCTS = {
    "scaled": lambda u, g, vh: (u * g) @ vh,
    "at_the_right": lambda u, g, vh: u @ (g[:, None] * vh),
    "diagonal": lambda u, g, vh: u @ np.diag(g) @ vh,
    "einsum": lambda u, g, vh: np.einsum("ij,j,jk->ik", u, g, vh),
}
logdet = lambda x: np.sum(np.linalg.slogdet(hermitian(x))[1])
exponential = lambda x: linalg.expm(hermitian(x))
SUMS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "logarithm": (lambda w: np.sum(np.log(w)), logdet),
    "mean": (
        lambda w: np.mean(np.exp(w)),
        lambda x: np.mean(np.real(np.trace(exponential(x), axis1=-2, axis2=-1))) / 3,
    ),
    "product": (
        lambda w: np.sum(np.log(w)) * np.sum(w**2),
        lambda x: logdet(x) * np.sum(np.real(hermitian(x) * np.conj(hermitian(x)))),
    ),
}
SINGULAR_SUMS: dict[str, Callable[..., Any]] = {
    "cubes": lambda x: np.sum(np.real(np.conj(x) * (x @ adjoint(x) @ x))),
    "squares": lambda x: np.sum(np.real(np.conj(x) * x)),
}


def drawn(x: Any, seed: int) -> Any:
    rng = numpy.random.default_rng(seed)
    made = rng.standard_normal(x.shape)
    return made + 1j * rng.standard_normal(x.shape) if x.dtype.kind == "c" else made


def inner(a: Any, b: Any) -> Any:
    return np.sum(np.real(np.conj(a) * b))


def derivatives(f: Callable[[Any], Any], x: Any) -> list[Any]:
    """The first derivative along a direction in each mode, and the second along two in all four pairs of modes."""
    u, v = drawn(x, 1), drawn(x, 2)
    along, against = (lambda x: wg.jvp(f, (x,), (u,))[1]), (lambda x: inner(wg.grad(f)(x), u))
    second = [wg.jvp(g, (x,), (v,))[1].item() for g in (along, against)]
    second += [inner(wg.grad(g)(x), v).item() for g in (along, against)]
    return [[along(x).item(), against(x).item()], second]


def check(f: Callable[[Any], Any], closed_form: Callable[[Any], Any], x: Any, tolerance: float = 1e-10) -> None:
    """The derivatives are those of the closed form, which has no eigenvalues; compiled too."""
    u, v = drawn(x, 1), drawn(x, 2)
    slope = lambda x: inner(wg.grad(closed_form)(x), u)
    expected = [slope(x).item(), wg.jvp(slope, (x,), (v,))[1].item()]
    scale = 1 + max(map(abs, expected))
    for found, wanted in zip(derivatives(f, x), expected, strict=True):
        numpy.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance * scale)


def check_compiled(f: Callable[[Any], Any], x: Any) -> None:
    v = drawn(x, 2)
    for g in (wg.grad(f), lambda x: wg.jvp(wg.grad(f), (x,), (v,))[1]):
        numpy.testing.assert_allclose(wg.jit(g)(x).numpy(), g(x).numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.part(4)
@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("point", SYMMETRIC)
def test_products_with_eigenvectors(point: str, product: str) -> None:
    if point == "stack" and product in ("diagonal", "identity"):
        pytest.skip("np.diag and np.eye make one matrix")
    check(of_eigenvalues(PRODUCTS[product], np.exp), lambda x: weighted(exponential(x)), SYMMETRIC[point])


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("point", SYMMETRIC)
def test_sums_over_eigenvalues(point: str, name: str) -> None:
    total, closed_form = SUMS[name]
    if point == "stack" and name == "product":
        pytest.skip("the product of two sums over a stack is no sum over the stack")
    check(lambda x: total(np.linalg.eigvalsh(x)), closed_form, SYMMETRIC[point])


@pytest.mark.part(4)
@pytest.mark.parametrize("product", SINGULAR_PRODUCTS)
@pytest.mark.parametrize("point", GENERAL)
def test_products_with_singular_vectors(point: str, product: str) -> None:
    f = of_singular_values(SINGULAR_PRODUCTS[product], lambda s: s**3)
    check(f, lambda x: weighted(x @ adjoint(x) @ x), GENERAL[point])


@pytest.mark.parametrize("name", SINGULAR_SUMS)
@pytest.mark.parametrize("point", GENERAL)
def test_sums_over_singular_values(point: str, name: str) -> None:
    f = lambda x: np.sum(np.linalg.svd(x, full_matrices=False)[1] ** (4 if name == "cubes" else 2))
    check(f, SINGULAR_SUMS[name], GENERAL[point])


@pytest.mark.parametrize("point", ["orthogonal", "two_equal", "tall", "wide"])
def test_the_polar_factor_and_the_sum_of_singular_values(point: str) -> None:
    x = GENERAL[point]
    f = of_singular_values(lambda u, g, vh: u @ vh, lambda s: s)
    check(f, lambda x: weighted(linalg.polar(x)[0]), x)
    check(lambda x: np.linalg.norm(x, "nuc"), lambda x: inner(linalg.polar(x)[0], x), x)


@pytest.mark.part(4)
@pytest.mark.parametrize("gap", [1e-16, 1e-14, 1e-11, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("g", [np.exp, np.sqrt, np.log])
def test_eigenvalues_that_are_nearly_equal(g: Any, gap: float) -> None:
    closed_form = {np.exp: linalg.expm, np.sqrt: linalg.sqrtm, np.log: linalg.logm}[g]
    x = with_eigenvalues(ROTATION, 1.0, 1.0 + gap, 2.0)
    check(of_eigenvalues(scaled, g), lambda x: weighted(closed_form(hermitian(x))), x, tolerance=1e-7)


def test_a_function_of_no_smooth_kind_between_nearly_equal_eigenvalues() -> None:
    """The projector to one vector alone: 1 / gap, as it is."""
    x = with_eigenvalues(ROTATION, 1.0, 1.0 + 1e-6, 2.0)
    p, q = (numpy.outer(v, v) for v in ROTATION.T[:2])
    gradient = wg.grad(of_eigenvalues(scaled, lambda w: np.array([1.0, 0.0, 0.0])))(x).numpy()
    weights = (WEIGHTS[:3, :3] + WEIGHTS[:3, :3].T) / 2
    numpy.testing.assert_allclose(gradient, -(p @ weights @ q + q @ weights @ p) / 1e-6, rtol=1e-5, atol=10)


@pytest.mark.parametrize("point", ["identity", "two_equal", "complex"])
def test_compiled_functions_of_eigenvalues(point: str) -> None:
    x = SYMMETRIC[point]
    check_compiled(of_eigenvalues(scaled, np.exp), x)
    check_compiled(lambda x: np.sum(np.log(np.linalg.eigvalsh(x))), x)


@pytest.mark.parametrize("point", ["two_equal", "tall", "wide"])
def test_compiled_functions_of_singular_values(point: str) -> None:
    check_compiled(of_singular_values(SINGULAR_PRODUCTS["scaled"], lambda s: s**3), GENERAL[point])


def test_batches_of_functions_of_eigenvalues() -> None:
    f = of_eigenvalues(scaled, np.exp)
    points = numpy.stack([SYMMETRIC["two_equal"], SYMMETRIC["different"]])
    for derivative in (wg.grad(f), wg.hessian(f)):
        looped = numpy.stack([derivative(x).numpy() for x in points])
        numpy.testing.assert_allclose(wg.vmap(derivative)(points).numpy(), looped, atol=1e-11)


def test_parameters_of_the_function() -> None:
    """They may come from the eigenvalues too, and have second derivatives, mixed ones included."""
    x, v = SYMMETRIC["different"], drawn(numpy.eye(3), 4)
    f = lambda x, t: of_eigenvalues(scaled, lambda w: np.exp(t * w) / np.sum(np.exp(w)))(x)
    closed_form = lambda x, t: weighted(linalg.expm(t * hermitian(x))) / np.trace(exponential(x))
    for mode in (wg.jacfwd, wg.jacrev):
        for inner_mode in (wg.jacfwd, wg.jacrev):
            second = [mode(inner_mode(g, (0, 1)), (0, 1))(x, 0.7) for g in (f, closed_form)]
            for found, wanted in zip(*([*blocks[0], *blocks[1]] for blocks in second), strict=True):
                numpy.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-10)
    along = lambda g: lambda s: g(SYMMETRIC["two_equal"] + s * v, 0.7)
    for mode in (wg.grad, lambda g: lambda s: wg.jvp(g, (s,), (1.0,))[1]):
        numpy.testing.assert_allclose(mode(along(f))(0.0).item(), mode(along(closed_form))(0.0).item(), rtol=1e-10)


def test_third_derivatives() -> None:
    v = drawn(numpy.eye(3), 4)
    for x in (SYMMETRIC["different"], SYMMETRIC["two_equal"]):
        thirds = []
        for g in (of_eigenvalues(scaled, np.exp), lambda x: weighted(exponential(x))):
            line = lambda s, g=g, x=x: g(x + s * (v + v.T))
            thirds.append(wg.grad(wg.grad(wg.grad(line)))(0.0).item())
        numpy.testing.assert_allclose(thirds[0], thirds[1], rtol=1e-6)


@pytest.mark.parametrize("g", [np.exp, np.sin, lambda w: w**3, lambda w: np.where(w > 1.5, np.sqrt(w), 1 / w)])
def test_funm_has_the_derivatives_of_the_function_at_multiples_of_the_identity(g: Any) -> None:
    line = lambda t: linalg.funm(t * numpy.eye(3), g)[1, 1]
    scalar = lambda t: g(t)
    for _ in range(3):
        numpy.testing.assert_allclose(line(1.3).item(), numpy.asarray(scalar(1.3)), rtol=1e-9)
        line, scalar = wg.grad(line), wg.grad(scalar)


def test_funm_of_matrices_that_are_not_symmetric() -> None:
    x = numpy.array([[1.0, 2.0], [0.5, 3.0]])
    numpy.testing.assert_allclose(linalg.funm(x, np.exp).numpy(), linalg.expm(x).numpy())
    gradients = [wg.grad(lambda x, f=f: weighted(f(x)))(x) for f in (lambda x: linalg.funm(x, np.exp), linalg.expm)]
    numpy.testing.assert_allclose(gradients[0].numpy(), gradients[1].numpy(), rtol=1e-9)
    with pytest.raises(numpy.linalg.LinAlgError, match=r"\[funm\] .* shape \(2, 2\) .* dependent .* write expm, logm"):
        linalg.funm(numpy.array([[1.0, 1.0], [0.0, 1.0]]), np.exp)


@pytest.mark.parametrize(
    "x", [SYMMETRIC["two_equal"], numpy.array([[2.0, 0.0, 0.5], [0.0, 2.0, 1.0], [0.0, 0.0, 1.0]])]
)
def test_funm_counts_all_of_a_change_at_symmetric_matrices_and_others_with_equal_eigenvalues(x: Any) -> None:
    check(lambda x: weighted(linalg.funm(x, np.exp)), lambda x: weighted(linalg.expm(x)), x)


TELLING_APART = {
    "one_value": lambda x: np.linalg.eigvalsh(x)[0],
    "the_largest": lambda x: np.linalg.eigvalsh(x)[-2:].sum(),
    "one_vector": lambda x: np.linalg.eigh(x)[1][0, 0],
    "one_projector": lambda x: weighted(np.outer(*[np.linalg.eigh(x)[1][:, 0]] * 2)),
    "unknown_product": lambda x: weighted(np.tensordot(np.linalg.eigh(x)[1] * np.exp(np.linalg.eigh(x)[0]), x, 1)),
    "one_singular_value": lambda x: np.linalg.svdvals(x)[1],
    "one_left_vector": lambda x: weighted(np.linalg.svd(x)[0]),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", TELLING_APART)
def test_what_tells_equal_values_apart_is_an_error_that_names_them(name: str) -> None:
    f, x = TELLING_APART[name], SYMMETRIC["two_equal"]
    with pytest.raises(numpy.linalg.LinAlgError, match=r"number \d and number \d are equal \(1\), .* alike"):
        wg.grad(f)(x)
    assert numpy.isnan(wg.jit(wg.grad(f))(x).numpy()).any()
    assert numpy.isfinite(wg.grad(f)(SYMMETRIC["different"]).numpy()).all()


def test_forward_mode_over_forward_mode_says_what_it_cannot_know() -> None:
    x, v = numpy.eye(3), drawn(numpy.eye(3), 1)
    product = lambda x: np.prod(np.linalg.eigvalsh(x))
    along = lambda x: wg.jvp(product, (x,), (v,))[1]
    numpy.testing.assert_allclose(along(x).item(), numpy.trace(v))
    with pytest.raises(numpy.linalg.LinAlgError, match="forward mode"):
        wg.jvp(along, (x,), (v,))


def test_polar_factors_of_singular_matrices_have_no_derivative() -> None:
    f = of_singular_values(lambda u, g, vh: u @ vh, lambda s: s)
    assert numpy.isnan(wg.grad(f)(numpy.diag([1.0, 0.0, 0.0])).numpy()).any()


def test_planes_of_equal_eigenvalues() -> None:
    """The projector to the plane of the two that are equal, and what is left of it."""
    x = SYMMETRIC["two_equal"]
    projector = lambda plane: plane @ plane.mT
    gradient = wg.grad(lambda x: weighted(projector(np.linalg.eigh(x)[1][:, :2])))(x).numpy()
    other = wg.grad(lambda x: -weighted(np.outer(*[np.linalg.eigh(x)[1][:, 2]] * 2)))(x).numpy()
    numpy.testing.assert_allclose(gradient, other, atol=1e-12)


def test_single_precision() -> None:
    x = SYMMETRIC["two_equal"].astype(numpy.float32)
    f = of_eigenvalues(scaled, np.exp)
    gradient = wg.grad(f)(x)
    assert gradient.dtype == numpy.float32
    numpy.testing.assert_allclose(gradient.numpy(), wg.grad(f)(SYMMETRIC["two_equal"]).numpy(), atol=2e-4)


def test_eigenvectors_of_equal_eigenvalues_have_no_derivative() -> None:
    x = numpy.array([[1.0, 0.0], [1e-30, 1.0]])
    assert numpy.isnan(wg.grad(lambda x: weighted(np.linalg.eig(x)[1]))(x).numpy()).any()
    numpy.testing.assert_allclose(wg.grad(lambda x: np.sum(np.linalg.eigvals(x) ** 2))(x).numpy(), 2 * x.T, atol=1e-9)


def test_sums_of_what_is_no_function_of_values_stay_as_they_are() -> None:
    """Once a decomposition was recorded, sums are asked for where they come from: past indices of any kind."""
    a = wg.tensor(numpy.diag([1.0, 2.0, 3.0]), requires_grad=True)
    np.sum(np.linalg.eigh(a)[0]).backward()
    x = wg.tensor(numpy.arange(6.0).reshape(3, 2), requires_grad=True)
    rows, columns = numpy.array([0, 1, 2]), numpy.array([0, 1, 0])
    for index in ((rows, columns), (rows[:, None], columns), (slice(None), columns), rows, (None, slice(None))):
        x.grad = None
        np.sum(x[index] * 1.0).backward()
        expected = numpy.zeros((3, 2))
        numpy.add.at(expected, index, 1.0)
        numpy.testing.assert_array_equal(x.grad, expected)


def projected(vectors: Any) -> Any:
    return weighted(vectors @ vectors.mT)


OF_VECTORS: dict[str, tuple[Any, bool]] = {
    "one of the two": (lambda x: np.linalg.eigh(x)[1][0, 0], False),
    "plane of one": (lambda x: projected(np.linalg.eigh(x)[1][:, :1]), False),
    "single one": (lambda x: projected(np.linalg.eigh(x)[1][:, 2:]), True),
    "plane of both": (lambda x: projected(np.linalg.eigh(x)[1][:, :2]), True),
    "all": (lambda x: projected(np.linalg.eigh(x)[1]), True),
    "singular vectors": (lambda x: np.linalg.svd(x)[0][0, 1], False),
    "polar factor": (lambda x: weighted(np.linalg.svd(x)[0] @ np.linalg.svd(x)[2]), True),
}


@pytest.mark.part(6)
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", OF_VECTORS)
def test_second_derivatives_are_right_or_not_there(name: str, compiled: bool) -> None:
    """Along a line through a matrix with two equal values, in all orders of the modes: no number is wrong."""
    function, is_smooth = OF_VECTORS[name]
    x, v = SYMMETRIC["two_equal"], drawn(numpy.eye(3), 4)
    v, step = v + v.T, 1e-3
    along = lambda t: function(x + t * v)
    right = (along(step) - 2 * along(0.0) + along(-step)).item() / step**2
    forward, reverse = lambda f: lambda t: wg.jvp(f, (t,), (1.0,))[1], wg.grad
    for outer, inner in itertools.product((forward, reverse), repeat=2):
        second = outer(inner(along))
        try:
            found = (wg.jit(second) if compiled else second)(0.0).item()
        except numpy.linalg.LinAlgError:
            continue
        assert not numpy.isfinite(found) or (is_smooth and found == pytest.approx(right, rel=1e-3, abs=1e-3))
