"""Linear algebra: what the laws do not say."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

VECTOR_ORDERS = [None, 1, 2, 3, 1.5, numpy.inf, -numpy.inf, 0]
MATRIX_ORDERS = [None, "fro", "nuc", 1, -1, 2, -2, numpy.inf, -numpy.inf]


def total(x: Any) -> Any:
    return np.einsum("i->", np.reshape(x, -1))


@pytest.mark.parametrize(
    ("shape", "order"), [((3,), order) for order in VECTOR_ORDERS] + [((2, 3), order) for order in MATRIX_ORDERS]
)
def test_norm_has_zero_derivatives_at_zero(shape: tuple[int, ...], order: Any) -> None:
    zero = numpy.zeros(shape)
    norm = lambda x: np.linalg.norm(x, order)
    numpy.testing.assert_array_equal(wg.grad(norm)(zero).numpy(), zero)
    hessian = wg.hessian(norm)(zero).numpy()
    numpy.testing.assert_array_equal(hessian, numpy.zeros_like(hessian))
    _, tangent = wg.jvp(norm, (zero,), (numpy.ones(shape),))
    assert tangent.item() == 0


@pytest.mark.parametrize("order", [1, 1.5, 2, 3, numpy.inf])
def test_norm_with_one_element_at_zero(order: float) -> None:
    x = numpy.array([0.0, 1.0, -2.0])
    norm = lambda x: np.linalg.norm(x, order)
    assert wg.grad(norm)(x)[0].item() == 0
    assert numpy.all(numpy.isfinite(wg.hessian(norm)(x).numpy()))


def test_norm_of_a_row_at_zero_leaves_the_others() -> None:
    x = numpy.array([[0.0, 0.0], [3.0, 4.0]])
    gradient = wg.grad(lambda x: total(np.linalg.norm(x, axis=1)))(x)
    numpy.testing.assert_allclose(gradient.numpy(), [[0, 0], [0.6, 0.8]])


def test_norm_of_complex_is_steepest_along_itself() -> None:
    x = numpy.array([3.0 + 0j, 4j])
    numpy.testing.assert_allclose(wg.grad(np.linalg.norm)(x).numpy(), x / 5)


@pytest.mark.parametrize("name", ["eigh", "svd"])
def test_equal_values_leave_invariants_finite_and_right(name: str) -> None:
    decompose = getattr(np.linalg, name)
    power_sum = lambda x: total(decompose(x)[1 if name == "svd" else 0] ** 3)
    x = numpy.diag([2.0, 2.0, 2.0])
    numpy.testing.assert_allclose(wg.grad(power_sum)(x).numpy(), 3 * x @ x, atol=1e-12)
    vectors = lambda x: total(np.absolute(decompose(x)[0 if name == "svd" else 1]) ** 2)
    assert numpy.all(numpy.isfinite(wg.grad(vectors)(x).numpy()))


def test_values_that_are_equal_but_for_rounding_count_as_equal() -> None:
    turn = numpy.linalg.qr(numpy.random.default_rng(0).standard_normal((4, 4)))[0]
    x = turn @ numpy.diag([1.0, 1.0, 1.0, 2.0]) @ turn.T
    projector = lambda x: np.linalg.eigh(x)[1][:, 3:] @ np.linalg.eigh(x)[1][:, 3:].mT
    weight = numpy.random.default_rng(1).standard_normal((4, 4))
    gradient = wg.grad(lambda x: total(projector(x) * weight))(x).numpy()
    p = turn[:, 3:] @ turn[:, 3:].T
    rest = numpy.eye(4) - p
    expected = p @ (weight + weight.T) / 2 @ rest
    numpy.testing.assert_allclose(gradient, expected + expected.T, atol=1e-10)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_determinant_of_singular_matrices(rank: int) -> None:
    rng = numpy.random.default_rng(rank)
    x = rng.standard_normal((3, rank)) @ rng.standard_normal((rank, 3))
    cofactors = lambda x: numpy.array([numpy.cross(x[1], x[2]), numpy.cross(x[2], x[0]), numpy.cross(x[0], x[1])])
    numpy.testing.assert_allclose(wg.grad(np.linalg.det)(x).numpy(), cofactors(x), atol=1e-12)
    v = rng.standard_normal((3, 3))
    change = (cofactors(x + v) - cofactors(x - v)) / 2
    numpy.testing.assert_allclose(wg.hvp(np.linalg.det, (x,), (v,)).numpy(), change, atol=1e-12)


def test_third_derivative_of_the_determinant() -> None:
    x = numpy.random.default_rng(0).standard_normal((3, 3))
    line = lambda t: np.linalg.det(t * x)
    third = wg.grad(wg.grad(wg.grad(line)))(2.0)
    numpy.testing.assert_allclose(third.item(), 6 * numpy.linalg.det(x), rtol=1e-10)


def test_branch_of_a_singular_matrix_does_not_poison() -> None:
    x = numpy.array([[1.0, 2.0], [2.0, 4.0]])
    f = lambda x: np.where(np.linalg.det(x) > 1e-9, np.linalg.slogdet(x)[1], x[0, 0])
    numpy.testing.assert_array_equal(wg.grad(f)(x).numpy(), [[1, 0], [0, 0]])


def test_symmetric_functions_have_symmetric_gradients() -> None:
    x = numpy.array([[2.0, 0.5], [0.5, 1.0]])
    for f in (lambda x: total(np.linalg.cholesky(x)), lambda x: np.linalg.eigh(x)[0][0]):
        gradient = wg.grad(f)(x).numpy()
        numpy.testing.assert_allclose(gradient, gradient.T)


def test_named_results() -> None:
    x = numpy.diag([1.0, 2.0])
    assert np.linalg.eigh(x).eigenvalues.tolist() == [1.0, 2.0]
    assert np.linalg.eig(x)._fields == numpy.linalg.eig(x)._fields
    assert np.linalg.svd(x)._fields == numpy.linalg.svd(x)._fields
    assert np.linalg.qr(x)._fields == numpy.linalg.qr(x)._fields
    assert np.linalg.slogdet(x).logabsdet.item() == pytest.approx(numpy.log(2))


def test_eigenvalues_are_real_as_numpys_are() -> None:
    symmetric, turning = numpy.array([[2.0, 1.0], [1.0, 2.0]]), numpy.array([[0.0, 1.0], [-1.0, 0.0]])
    assert np.linalg.eigvals(symmetric).dtype == numpy.float64
    assert np.linalg.eigvals(turning).dtype == numpy.complex128
    assert wg.vmap(np.linalg.eigvals)(symmetric[None]).dtype == numpy.complex128


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3)])
def test_lstsq_gives_what_numpy_gives(shape: tuple[int, int]) -> None:
    rng = numpy.random.default_rng(0)
    a, b = rng.standard_normal(shape), rng.standard_normal((shape[0], 2))
    for side in (b, b[:, 0]):
        for actual, expected in zip(np.linalg.lstsq(a, side), numpy.linalg.lstsq(a, side), strict=True):
            numpy.testing.assert_allclose(actual.numpy(), expected, atol=1e-12)
    a[:, 1] = a[:, 0]
    for actual, expected in zip(np.linalg.lstsq(a, b), numpy.linalg.lstsq(a, b), strict=True):
        numpy.testing.assert_allclose(actual.numpy(), expected, atol=1e-7)


def test_complete_vectors_have_values_but_no_derivative() -> None:
    x = numpy.random.default_rng(0).standard_normal((3, 2))
    for actual, expected in zip(np.linalg.svd(x), numpy.linalg.svd(x), strict=True):
        numpy.testing.assert_allclose(numpy.abs(actual.numpy()), numpy.abs(expected))
    numpy.testing.assert_allclose(
        wg.grad(lambda x: total(np.linalg.svd(x)[1]))(x).numpy(),
        wg.grad(lambda x: total(np.linalg.svdvals(x)))(x).numpy(),
    )
    with pytest.raises(ValueError, match=r"\[svd\] .* shape \(3, 2\) .*; write svd\(x, full_matrices=False\)"):
        wg.grad(lambda x: total(np.linalg.svd(x)[0]))(x)
    numpy.testing.assert_allclose(np.linalg.qr(x, "complete")[1].numpy(), numpy.linalg.qr(x, "complete")[1])
    with pytest.raises(ValueError, match=r"\[qr\] .* shape \(3, 2\) .*; write mode='reduced'"):
        wg.grad(lambda x: total(np.linalg.qr(x, "complete")[0]))(x)
    of_r = [wg.grad(lambda x, mode=mode: total(np.linalg.qr(x, mode)[1] ** 3))(x) for mode in ("complete", "reduced")]
    numpy.testing.assert_allclose(of_r[0].numpy(), of_r[1].numpy())


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: np.linalg.inv(numpy.ones(3)), numpy.linalg.LinAlgError, r"\[inv\] the shape is \(3,\), wanted a matr"),
        (lambda: np.linalg.det(numpy.ones((2, 3))), numpy.linalg.LinAlgError, r"\[det\] .* wanted square matrices"),
        (lambda: np.linalg.inv(numpy.zeros((2, 2))), numpy.linalg.LinAlgError, r"Singular matrix"),
        (lambda: np.linalg.solve(numpy.eye(3), numpy.ones(2)), ValueError, r"\[solve\] .* with 3 rows"),
        (lambda: np.linalg.norm(numpy.ones((2, 2, 2)), 1), ValueError, r"\[norm\] ord=1 for 3 axes"),
        (lambda: np.linalg.norm(numpy.ones((2, 2)), 3), ValueError, r"\[norm\] ord=3 for a matrix"),
        (lambda: np.linalg.norm(numpy.ones(2), "fro"), ValueError, r"\[norm\] ord='fro' for a vector"),
        (lambda: np.linalg.matrix_norm(numpy.ones(2)), ValueError, r"\[matrix_norm\] the shape is \(2,\)"),
        (lambda: np.linalg.qr(numpy.eye(2), "raw"), ValueError, r"\[qr\] mode='raw', wanted"),
        (lambda: np.linalg.eigh(numpy.eye(2), "X"), ValueError, r"\[eigh\] UPLO='X', wanted 'L' or 'U'"),
        (lambda: np.linalg.tensorinv(numpy.eye(2), 0), ValueError, r"\[tensorinv\] ind=0"),
        (lambda: np.linalg.tensorsolve(numpy.eye(3), numpy.ones(2)), numpy.linalg.LinAlgError, r"\[tensorsolve\]"),
        (lambda: np.linalg.lstsq(numpy.eye(3), numpy.ones(2)), numpy.linalg.LinAlgError, r"\[lstsq\] the shapes are"),
        (lambda: np.linalg.multi_dot([numpy.eye(2)[None], numpy.eye(2)]), numpy.linalg.LinAlgError, r"\[multi_dot\]"),
        (lambda: np.linalg.matrix_power(numpy.ones((2, 3)), 2), numpy.linalg.LinAlgError, r"\[matrix_power\]"),
        (lambda: np.linalg.outer(numpy.eye(2), numpy.ones(2)), ValueError, r"\[outer\] .* write np.outer to flatten"),
        (lambda: np.linalg.cross(numpy.ones(2), numpy.ones(2)), ValueError, r"\[cross\] .* wanted length 3"),
        (lambda: np.linalg.matrix_transpose(numpy.ones(2)), ValueError, r"\[matrix_transpose\] the shape is \(2,\)"),
    ],
)
def test_errors_say_what_was_wanted(call: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_every_public_name_of_numpy_is_here() -> None:
    missing = {n for n in numpy.linalg.__all__ if not hasattr(np.linalg, n)}
    assert not missing


def test_integers_become_float64() -> None:
    x = numpy.array([[2, 1], [1, 3]])
    for name in ("inv", "det", "cholesky", "eigvalsh", "norm", "svdvals", "pinv"):
        actual, expected = getattr(np.linalg, name)(x), getattr(numpy.linalg, name)(x)
        numpy.testing.assert_allclose(actual.numpy(), expected)
        assert actual.dtype == expected.dtype


@pytest.mark.parametrize("order", [None, -2, 2])
def test_condition_number_of_singular_matrices(order: int | None) -> None:
    for x in (numpy.zeros((2, 2)), numpy.diag([1.0, 0.0])):
        numpy.testing.assert_array_equal(np.linalg.cond(x, order).numpy(), numpy.linalg.cond(x, order))


EMPTY = [(0, 0), (0, 3), (3, 0), (2, 0, 0), (0, 2, 2), (2, 0, 3)]
SINGULAR = [
    numpy.zeros((1, 1)),
    numpy.diag([1.0, 0.0]),
    numpy.ones((2, 2, 2)),
    numpy.array([[1.0, numpy.nan], [2.0, 3.0]]),
]
ANSWERS: dict[str, Any] = {
    **{
        name: (lambda m, x, name=name: getattr(m, name)(x))
        for name in ("matrix_rank", "pinv", "det", "slogdet", "svdvals")
    },
    **{f"norm_{p}": (lambda m, x, p=p: m.norm(x, p, axis=(-2, -1))) for p in (None, 1, 2, "nuc", -1, -2, numpy.inf)},
    **{f"cond_{p}": (lambda m, x, p=p: m.cond(x, p)) for p in (None, 1, -1, 2, -2, numpy.inf, "fro")},
    **{f"svd_{full}": (lambda m, x, full=full: m.svd(x, full)) for full in (False, True)},
    **{f"qr_{mode}": (lambda m, x, mode=mode: m.qr(x, mode)) for mode in ("reduced", "complete")},
    **{name: (lambda m, x, name=name: getattr(m, name)(x)) for name in ("inv", "eigh", "eig", "svdvals", "cholesky")},
    "rank_of_hermitian": lambda m, x: m.matrix_rank(x, hermitian=True),
    "lstsq": lambda m, x: m.lstsq(x, numpy.ones((x.shape[0], 2))),
    "lstsq_vector": lambda m, x: m.lstsq(x, numpy.ones(x.shape[0])),
}


@pytest.mark.parametrize("name", ANSWERS)
@numpy.errstate(all="ignore")
def test_empty_and_singular_matrices_are_answered_as_by_numpy(name: str) -> None:
    ask = ANSWERS[name]
    for x in [*map(numpy.zeros, EMPTY), *SINGULAR]:
        try:
            expected = ask(numpy.linalg, x)
        except (ValueError, numpy.linalg.LinAlgError):
            with pytest.raises((ValueError, numpy.linalg.LinAlgError)):
                ask(np.linalg, x)
            continue
        actual = ask(np.linalg, x)
        pairs = zip(actual, expected, strict=True) if isinstance(expected, tuple) else [(actual, expected)]
        for a, b in pairs:
            assert a.dtype == numpy.asarray(b).dtype
            numpy.testing.assert_allclose(a.numpy(), b, atol=1e-12)


@pytest.mark.parametrize("name", ["eigh", "svd_False", "svdvals", "pinv", "det", "norm_nuc", "qr_reduced", "eig"])
def test_empty_matrices_have_empty_derivatives(name: str) -> None:
    def loss(x: Any) -> Any:
        made = ANSWERS[name](np.linalg, x)
        return sum(np.sum(np.real(part)) for part in (made if isinstance(made, tuple) else (made,))) + 0 * np.sum(x)

    for shape in [(0, 0), (2, 0, 0), (0, 2, 2)]:
        x = numpy.zeros(shape)
        assert wg.grad(loss)(x).shape == wg.jit(wg.grad(loss))(x).shape == shape
        assert wg.jvp(loss, (x,), (x,))[1].item() == 0
        assert wg.hessian(loss)(x).shape == shape + shape


def test_lstsq_refuses_what_is_not_finite() -> None:
    with pytest.raises(numpy.linalg.LinAlgError, match=r"\[lstsq\] the matrix has an element that is infinite"):
        np.linalg.lstsq(numpy.array([[1.0, numpy.inf], [2.0, 3.0]]), numpy.ones(2))


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3)])
def test_qr_of_dependent_columns_says_which(shape: tuple[int, int]) -> None:
    x = numpy.outer(numpy.arange(1.0, shape[0] + 1), numpy.arange(1.0, shape[1] + 1))
    f = lambda x: total(np.linalg.qr(x)[1])
    for derivative in (wg.grad(f), lambda x: wg.jvp(f, (x,), (x,))):
        with pytest.raises(numpy.linalg.LinAlgError, match=r"\[qr\] columns \[1\] depend on those before them"):
            derivative(x)


CUTOFFS = {"acts": (1e-2, 1e-3), "is_below": (1e-15, 1e-3), "acts_on_rounding": (1e-10, 1e-17)}


@pytest.mark.part(4)
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4)])
@pytest.mark.parametrize("kind", ["float64", "complex128"])
@pytest.mark.parametrize("name", CUTOFFS)
def test_pinv_where_a_cutoff_acts(name: str, kind: str, shape: tuple[int, int]) -> None:
    cutoff, least = CUTOFFS[name]
    rng = numpy.random.default_rng(0)
    x, v = (rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if kind == "complex128" else 0) for _ in "xv")
    u, _, wh = numpy.linalg.svd(x, full_matrices=False)
    x = (u * numpy.array([2.0, 2.0, least])) @ wh
    step = 1e-6 * min(least, 1) if least > 1e-10 else 1e-5
    ahead, behind = (numpy.linalg.pinv(x + s * v, rcond=cutoff) for s in (step, -step))
    tangent = wg.jvp(lambda x: np.linalg.pinv(x, cutoff), (x,), (v,))[1].numpy()
    # Where the singular value is rounding, a step must stay below the cutoff, and differences see the step.
    tolerance = {"acts": 1e-5, "is_below": 1e-5, "acts_on_rounding": 1e-4}[name]
    if name != "acts_on_rounding":
        difference = (ahead - behind) / (2 * step)
        numpy.testing.assert_allclose(tangent, difference, atol=tolerance * numpy.abs(tangent).max())
    w = rng.standard_normal(tangent.shape)
    gradient = wg.grad(lambda x: np.sum(np.real(np.linalg.pinv(x, cutoff) * w)))(x).numpy()
    numpy.testing.assert_allclose(numpy.vdot(gradient, v).real, numpy.sum((tangent * w).real), rtol=1e-9)
    compiled = wg.jit(wg.grad(lambda x: np.sum(np.real(np.linalg.pinv(x, cutoff) * w))))(x).numpy()
    numpy.testing.assert_allclose(compiled, gradient, rtol=1e-8, atol=1e-8 * numpy.abs(gradient).max())


@pytest.mark.parametrize(
    "diagonal", [[1e-200, 1e-200], [1e-200, 1e-200, 1e200], [1e200, 1e200], [0.0, 1e-150, 1e-150], [0.0, 0.0]]
)
def test_determinants_that_under_and_overflow(diagonal: list[float]) -> None:
    """The derivative by an element of the diagonal is the product of the others, the second that of all but two."""
    x, size = numpy.diag(diagonal), len(diagonal)
    exact = numpy.array(diagonal, numpy.longdouble)
    others = numpy.array([numpy.prod(numpy.delete(exact, i)) for i in range(size)]).astype(float)
    for gradient in (wg.grad(np.linalg.det), wg.jit(wg.grad(np.linalg.det))):
        with numpy.errstate(all="ignore"):
            numpy.testing.assert_allclose(numpy.diag(gradient(x).numpy()), others, rtol=1e-12)
    for i in range(size - 1):
        rest = float(numpy.prod(numpy.delete(exact, [i, i + 1])))
        v, w = (numpy.diag(numpy.eye(size)[k]) for k in (i, i + 1))
        with numpy.errstate(all="ignore"):
            second = numpy.sum(wg.hvp(np.linalg.det, (x,), (v,)).numpy() * w)
        numpy.testing.assert_allclose(second, rest, rtol=1e-12)


def test_a_determinant_along_a_path_through_singular_matrices() -> None:
    a, b = numpy.array([[1.0, 2.0], [2.0, 4.0]]), numpy.array([[1.0, 0.0], [3.0, -1.0]])
    path = lambda t: np.linalg.det(a + t * b)
    for expected in (0.0, -3.0, -2.0):
        assert path(0.0).item() == pytest.approx(expected, abs=1e-12)
        path = wg.grad(path)


GRADINGS = {
    "not": lambda n: (0, 0),
    "small": lambda n: (-190, -160),
    "large": lambda n: (150, 60),
    "rows": lambda n: (-100 * n, 0),
    "columns": lambda n: (0, 27 * n),
    "both": lambda n: (-90 * n, -60 * n),
    "cross": lambda n: (-200 * n, 210 * n),
    "up and down": lambda n: (90 * (-1) ** n, -33 * n),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("grading", GRADINGS)
@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_derivatives_of_determinants_of_graded_matrices(rank: int, grading: str) -> None:
    """To second order, in all orders of the modes: powers of two on rows and columns move no digit.

    The derivatives are those of det X = sum of sign_ikm sign_jln X_ij X_kl X_mn / 6.
    """
    rng = numpy.random.default_rng(rank)
    x = rng.integers(-3, 4, (3, rank)) @ rng.integers(-3, 4, (rank, 3))
    rows, columns = (numpy.broadcast_to(e, 3) for e in GRADINGS[grading](numpy.arange(3)))
    graded = numpy.ldexp(x.astype(float), rows[:, None] + columns)
    sign = numpy.cross(numpy.eye(3)[:, None], numpy.eye(3)[None])
    first = numpy.einsum("ikm,jln,kl,mn->ij", sign, sign, x, x) / 2
    second = numpy.einsum("ikm,jln,mn->ijkl", sign, sign, x)
    weights = rows.sum() + columns.sum() - (rows[:, None] + columns)
    pairs = weights[:, :, None, None] - (rows[:, None] + columns)
    det, gradient = np.linalg.det, wg.grad(np.linalg.det)
    for found in (gradient(graded), wg.jacfwd(det)(graded), wg.jit(gradient)(graded)):
        numpy.testing.assert_allclose(numpy.ldexp(found.numpy(), -weights), first, atol=1e-12)
    for outer, inner in itertools.product([wg.jacfwd, wg.jacrev], repeat=2):
        found = outer(inner(det))(graded).numpy()
        numpy.testing.assert_allclose(numpy.ldexp(found, -pairs), second, atol=1e-12)
