"""Linear equations by iterations, beside dense solutions."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.sparse
import scipy.sparse.linalg

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse
from wengert.scipy.sparse import linalg

RNG = numpy.random.default_rng(1)
SIZE = 9
B = RNG.standard_normal(SIZE)
STENCIL = scipy.sparse.diags_array([-1.0, 2.5, -1.0], offsets=[-1, 0, 1], shape=(SIZE, SIZE)).tocsr()
UNSYMMETRIC = STENCIL + 0.3 * scipy.sparse.random_array((SIZE, SIZE), density=0.3, rng=RNG)
INDEFINITE = STENCIL - 1.4 * scipy.sparse.eye_array(SIZE)
MATRICES: dict[str, Any] = {"cg": STENCIL, "minres": INDEFINITE, "bicgstab": UNSYMMETRIC, "gmres": UNSYMMETRIC}
every_method = pytest.mark.parametrize("name", MATRICES)


def solved(name: str, A: Any, b: Any, **options: Any) -> Any:
    return getattr(linalg, name)(A, b, rtol=1e-13, **options)[0]


@pytest.mark.part(4)
@every_method
@pytest.mark.parametrize("kind", ["scipy", "ours", "dense", "operator", "function"])
def test_solution(name: str, kind: str) -> None:
    matrix = MATRICES[name].tocsr()
    dense = matrix.toarray()
    given = {
        "scipy": matrix,
        "ours": sparse.csr_array(matrix),
        "dense": dense,
        "operator": linalg.aslinearoperator(matrix),
        "function": lambda v: matrix @ v,
    }[kind]
    expected = numpy.linalg.solve(dense, B)
    numpy.testing.assert_allclose(solved(name, given, B).numpy(), expected, rtol=1e-10)
    numpy.testing.assert_allclose(wg.jit(lambda b: solved(name, given, b))(B).numpy(), expected, rtol=1e-10)
    assert solved(name, given, B[:, None]).shape == (SIZE, 1)


@pytest.mark.part(2)
@every_method
def test_derivatives(name: str) -> None:
    """In the numbers and in b, in both modes, to second order, eager and compiled."""
    matrix = sparse.csr_array(MATRICES[name])
    is_symmetric = name in ("cg", "minres")

    def numbers(d: Any) -> Any:
        own = matrix.with_data(matrix.data * (1 + d))
        return own + own.T if is_symmetric else own

    def of(solve: Any) -> Any:
        return lambda d, b: np.sum(solve(numbers(d), b) ** 3)

    ours = of(lambda A, b: solved(name, A, b))
    dense = of(lambda A, b: np.linalg.solve(A.toarray(), b))
    d, v, w = (0.05 * RNG.standard_normal(matrix.nnz) for _ in range(3))
    for f in (lambda d, b: wg.grad(ours, (0, 1))(d, b), wg.jit(wg.grad(ours, (0, 1)))):
        for found, expected in zip(f(d, B), wg.grad(dense, (0, 1))(d, B), strict=True):
            numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-7, atol=1e-9)
    for order in (lambda f: f, lambda f: lambda d, b: wg.jvp(f, (d, b), (w, b))[1]):
        found, expected = (wg.jvp(order(f), (d, B), (v, B))[1] for f in (ours, dense))
        numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-7)
    found, expected = (wg.hessian(lambda b, f=f: f(d, b))(B) for f in (ours, dense))
    numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-7, atol=1e-9)


@every_method
def test_batched_is_looped(name: str) -> None:
    batch = RNG.standard_normal((3, SIZE))
    f = wg.value_and_grad(lambda b: np.sum(solved(name, MATRICES[name], b) ** 2))
    for found, expected in zip(wg.vmap(f)(batch), zip(*map(f, batch), strict=True), strict=True):
        numpy.testing.assert_allclose(found.numpy(), numpy.array([e.numpy() for e in expected]), rtol=1e-9)


@every_method
def test_with_a_preconditioner(name: str) -> None:
    matrix = MATRICES[name] + scipy.sparse.diags_array(numpy.arange(SIZE) * 100.0)
    near = scipy.sparse.diags_array(1 / numpy.abs(matrix.diagonal()))
    plain, helped = (getattr(linalg, name)(matrix, B, rtol=1e-10, maxiter=7, M=M)[1] for M in (None, near))
    assert plain > 0 or name == "gmres"
    assert helped == 0
    f = wg.grad(lambda b: np.sum(getattr(linalg, name)(matrix, b, rtol=1e-12, M=near)[0]))
    numpy.testing.assert_allclose(f(B).numpy(), numpy.linalg.solve(matrix.toarray().T, numpy.ones(SIZE)), rtol=1e-8)


def test_captured_numbers_of_a_function() -> None:
    def f(k: Any) -> Any:
        return np.sum(solved("cg", lambda v: STENCIL @ v + k * v, B))

    def dense(k: Any) -> Any:
        return np.sum(np.linalg.solve(STENCIL.toarray() + k * np.eye(SIZE), B))

    numpy.testing.assert_allclose(wg.grad(f)(0.5).numpy(), wg.grad(dense)(0.5).numpy(), rtol=1e-9)


@pytest.mark.part(2)
@every_method
def test_derivatives_in_single_precision(name: str) -> None:
    matrix, b = MATRICES[name].toarray().astype("float32"), B.astype("float32")

    def total(s: Any) -> Any:
        return np.sum(getattr(linalg, name)(lambda v: s * (matrix @ v), b, rtol=1e-5)[0])

    for slope in (wg.grad(total), wg.jit(wg.grad(total))):
        found = slope(numpy.float32(2.0))
        assert found.dtype == numpy.float32
        numpy.testing.assert_allclose(found, -numpy.linalg.solve(MATRICES[name].toarray(), B).sum() / 4, rtol=1e-3)


def test_complex_numbers() -> None:
    turned = STENCIL + 1j * (scipy.sparse.eye_array(SIZE, k=1) - scipy.sparse.eye_array(SIZE, k=-1))
    b = B + 1j * B[::-1]
    for name in MATRICES:
        expected = numpy.linalg.solve(turned.toarray(), b)
        numpy.testing.assert_allclose(solved(name, turned, b).numpy(), expected, rtol=1e-9)


def test_counts_are_scipys() -> None:
    seen: list[Any] = []
    theirs: list[Any] = []
    linalg.cg(STENCIL, B, rtol=1e-8, callback=seen.append)
    scipy.sparse.linalg.cg(STENCIL, B, rtol=1e-8, callback=lambda x: theirs.append(x.copy()))
    assert len(seen) == len(theirs)
    numpy.testing.assert_allclose(seen[2].numpy(), theirs[2], rtol=1e-12)


@every_method
def test_nothing_to_do(name: str) -> None:
    x, info = getattr(linalg, name)(MATRICES[name], numpy.zeros(SIZE))
    assert (x.tolist(), info) == ([0.0] * SIZE, 0)
    known = numpy.linalg.solve(MATRICES[name].toarray(), B)
    x, info = getattr(linalg, name)(MATRICES[name], B, x0=known)
    numpy.testing.assert_allclose(x.numpy(), known)


def test_what_did_not_converge_has_no_derivative() -> None:
    def f(b: Any, **options: Any) -> Any:
        return np.sum(linalg.cg(STENCIL, b, rtol=1e-12, maxiter=2, **options)[0])

    assert linalg.cg(STENCIL, B, rtol=1e-12, maxiter=2)[1] == 2
    with pytest.raises(numpy.linalg.LinAlgError) as error:
        wg.grad(f)(B)
    assert str(error.value).partition("\n")[0] == (
        "[cg] the equations were not solved to rtol=1e-12 in 2 iterations, wanted a solution where a derivative is "
        "asked for: the matrix is singular, or far from what the method is for; write maxiter= or M= (a "
        "preconditioner), or derivative_tolerance=None to differentiate anyway"
    )
    assert numpy.isnan(wg.jit(wg.grad(f))(B).numpy()).all()
    assert numpy.isfinite(wg.grad(lambda b: f(b, derivative_tolerance=None))(B).numpy()).all()


@every_method
def test_a_singular_matrix_is_not_solved(name: str) -> None:
    singular = scipy.sparse.diags_array([1.0, 2.0, 0.0])
    assert getattr(linalg, name)(singular, numpy.ones(3))[1] > 0
    with pytest.raises(numpy.linalg.LinAlgError, match="the matrix is singular"):
        wg.grad(lambda b: np.sum(getattr(linalg, name)(singular, b)[0]))(numpy.ones(3))


def test_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="cg") as error:
        linalg.cg(STENCIL, numpy.ones((SIZE, 2)))
    assert str(error.value) == (
        "[cg] the matrix has the shape (9, 9) and b (9, 2), wanted a square matrix and a vector of as many numbers; "
        "write wengert.vmap over the columns of b for several"
    )
    with pytest.raises(TypeError, match="callback") as other:
        wg.jit(lambda b: linalg.cg(STENCIL, b, callback=print)[0])(B)
    assert str(other.value).partition("\n")[0] == (
        "[cg] a callback was given where there are no values (within jit, vmap and loops), wanted none; write "
        "callback=None, or call it outside"
    )
