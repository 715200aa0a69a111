"""Linear equations by factorisation, beside dense solutions."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.sparse

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse
from wengert.scipy.sparse.linalg import factorized, splu, spsolve

RNG = numpy.random.default_rng(4)
SIZE = 6
THEIRS: Any = (scipy.sparse.random_array((SIZE, SIZE), density=0.3, rng=RNG) + 2 * scipy.sparse.eye_array(SIZE)).tocsr()
OURS: Any = sparse.csr_array(THEIRS)
DENSE = THEIRS.toarray()
B = RNG.standard_normal(SIZE)


@pytest.mark.part(2)
@pytest.mark.parametrize("kind", [scipy.sparse.csr_array, scipy.sparse.coo_array, sparse.csc_array, sparse.csr_array])
@pytest.mark.parametrize("shape", [(SIZE,), (SIZE, 1), (SIZE, 3)], ids=str)
def test_solution(kind: Any, shape: tuple[int, ...]) -> None:
    b = RNG.standard_normal(shape)
    expected = numpy.linalg.solve(DENSE, b)
    for solve in (lambda b: spsolve(kind(THEIRS), b), factorized(kind(THEIRS)), splu(kind(THEIRS)).solve):
        numpy.testing.assert_allclose(solve(b).numpy(), expected, rtol=1e-10)
        numpy.testing.assert_allclose(wg.jit(solve)(b).numpy(), expected, rtol=1e-10)


@pytest.mark.part(4)
@pytest.mark.parametrize("trans", ["N", "T", "H"])
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("shape", [(SIZE,), (SIZE, 2)], ids=str)
def test_derivatives(trans: str, is_complex: bool, shape: tuple[int, ...]) -> None:
    """In the numbers and in b, in both modes, to second order, eager and compiled."""
    turn = {"N": lambda A: A, "T": lambda A: A.T, "H": lambda A: np.conj(A.T)}[trans]
    unit = 1 + 0.5j if is_complex else 1.0

    def of(solve: Any) -> Any:
        return lambda d, b: np.sum(np.real(solve(OURS.with_data((OURS.data + d) * unit), b * unit) ** 3))

    ours = of(lambda A, b: splu(A).solve(b, trans))
    dense = of(lambda A, b: np.linalg.solve(turn(A.toarray()), b))
    b, w = RNG.standard_normal((2, *shape))
    d, v = 0.1 * RNG.standard_normal((2, OURS.nnz))
    for f in (lambda d, b: wg.grad(ours, (0, 1))(d, b), wg.jit(wg.grad(ours, (0, 1)))):
        for found, expected in zip(f(d, b), wg.grad(dense, (0, 1))(d, b), strict=True):
            numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-8, atol=1e-10)
    second = [wg.jvp(lambda d, b, f=f: wg.jvp(f, (d, b), (v, w))[1], (d, b), (v, w))[1] for f in (ours, dense)]
    numpy.testing.assert_allclose(second[0].numpy(), second[1].numpy(), rtol=1e-8)
    mixed = [wg.jvp(lambda d, b, f=f: wg.grad(f, (0, 1))(d, b), (d, b), (v, w))[1] for f in (ours, dense)]
    for found, expected in zip(*mixed, strict=True):
        numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-7, atol=1e-9)


def test_batched_is_looped() -> None:
    batch, numbers = RNG.standard_normal((3, SIZE)), OURS.data.numpy() * RNG.uniform(0.9, 1.1, (3, OURS.nnz))

    def f(d: Any, b: Any) -> Any:
        return spsolve(OURS.with_data(d), b)

    expected = numpy.array([f(d, b).numpy() for d, b in zip(numbers, batch, strict=True)])
    numpy.testing.assert_allclose(wg.vmap(f)(numbers, batch).numpy(), expected, rtol=1e-12)


def test_one_factorisation_serves_many_right_hand_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    from wengert.scipy.sparse.linalg import direct

    counted: list[int] = []
    original = direct.scipys.splu
    monkeypatch.setattr(direct.scipys, "splu", lambda *args: counted.append(1) or original(*args))
    wg.grad(lambda b: np.sum(spsolve(OURS, b) ** 2))(B)
    assert len(counted) == 1


def test_refused() -> None:
    with pytest.raises(numpy.linalg.LinAlgError, match="spsolve") as error:
        spsolve(scipy.sparse.csr_array([[1.0, 1.0], [1.0, 1.0]]), numpy.ones(2))
    assert str(error.value).partition("\n")[0] == (
        "[spsolve] the matrix of shape (2, 2) is singular: a pivot is zero, wanted one with an inverse; write "
        "linalg.minres(A, b), or A + eye_array(n) * small, for equations that have many solutions"
    )
    with pytest.raises(TypeError, match="spsolve") as other:
        spsolve(DENSE, B)
    assert str(other.value) == (
        "[spsolve] A is an array of shape (6, 6), wanted a sparse matrix; write csc_array(A), or "
        "wengert.numpy.linalg.solve(A, b) for a dense one"
    )
    with pytest.raises(ValueError, match="splu") as wrong:
        splu(OURS[:3])
    assert str(wrong.value) == (
        "[splu] the matrix has the shape (3, 6), wanted a square one; write spsolve(A.T @ A, A.T @ b) for least squares"
    )
    with pytest.raises(ValueError, match="spsolve") as wrong:
        spsolve(OURS, numpy.ones(3))
    assert str(wrong.value) == (
        "[spsolve] the matrix has the shape (6, 6) and b (3,), wanted a vector of 6 numbers, or a matrix of as many "
        "rows; write b.T for columns that are rows"
    )
