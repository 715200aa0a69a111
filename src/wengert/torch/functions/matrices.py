"""Functions of matrices that PyTorch has outside of ``torch.linalg`` too."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np
from wengert.fronts.face import behind

from ..registry import function, offer
from ..tensor import Tensor, of, tensor_of
from .numerics import NAMESPACES
from .products import matmul
from .reductions import found

__all__: list[str] = []


def det(input: Tensor) -> Tensor:
    """The determinant."""
    return of(np.linalg.det(tensor_of(input, "det")))


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant; NaN if that is negative."""
    sign, size = np.linalg.slogdet(tensor_of(input, "logdet"))
    return of(np.where(sign < 0, np.asarray(float("nan"), size.dtype), size))


def slogdet(input: Tensor) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    return found("slogdet", "sign", "logabsdet")(*map(of, np.linalg.slogdet(tensor_of(input, "slogdet"))))


def inverse(input: Tensor) -> Tensor:
    """The inverse."""
    return of(np.linalg.inv(tensor_of(input, "inverse")))


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudoinverse."""
    return of(np.linalg.pinv(tensor_of(input, "pinverse"), rcond))


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The lower triangular factor of a positive definite matrix, or the upper one."""
    factor = np.linalg.cholesky(tensor_of(input, "cholesky"))
    return of(np.conjugate(factor.mT) if upper else factor)


def cholesky_solve(input: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution of equations whose matrix is L L^T, or U^T U for an upper triangular `L`."""
    from wengert.scipy import linalg

    factor = tensor_of(L, "cholesky_solve", "L")
    factor = factor.mT if upper else factor
    inner = linalg.solve_triangular(factor, tensor_of(input, "cholesky_solve"), lower=True)
    return of(linalg.solve_triangular(factor.mT, inner, lower=False))


def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """The inverse of L L^T."""
    factor = tensor_of(input, "cholesky_inverse")
    return of(np.linalg.inv(factor.mT @ factor if upper else factor @ factor.mT))


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition: U, S and V, which is not transposed here."""
    u, s, vh = np.linalg.svd(tensor_of(input, "svd"), full_matrices=not some)
    return found("svd", "U", "S", "V")(of(u), of(s), of(np.conjugate(vh.mT)))


def qr(input: Tensor, some: bool = True) -> Any:
    """Orthonormal columns, and a triangular matrix."""
    return found("qr", "Q", "R")(*map(of, np.linalg.qr(tensor_of(input, "qr"), "reduced" if some else "complete")))


def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of a matrix."""
    from wengert.scipy import linalg

    return of(linalg.expm(tensor_of(input, "matrix_exp")))


@function
def lu(input: Tensor, *, pivot: bool = True, get_infos: bool = False) -> tuple[Tensor, ...]:
    """Both triangles packed into one matrix, and the rows that are exchanged, counted from 1."""
    packed, pivots = NAMESPACES["linalg"].lu_factor(input, pivot=pivot)
    return (packed, pivots, of(np.zeros(input.shape[:-2], "int32"))) if get_infos else (packed, pivots)


@function
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """The permutation and both triangles of what `lu` gives."""
    from wengert.scipy import linalg

    packed = tensor_of(LU_data, "lu_unpack", "LU_data")
    rows, inner = packed.shape[-2], min(packed.shape[-2:])
    same = np.broadcast_to(np.eye(rows, dtype=packed.dtype), (*packed.shape[:-2], rows, rows))
    order = linalg.lu_solve((same, tensor_of(LU_pivots, "lu_unpack", "LU_pivots") - 1), same).mT
    left = np.tril(packed, -1)[..., :inner] + np.eye(rows, inner, dtype=packed.dtype)
    given = (order, left, np.triu(packed)[..., :inner, :])
    wanted = (unpack_pivots, unpack_data, unpack_data)
    parts = (
        of(each if is_wanted else np.zeros(0, packed.dtype)) for each, is_wanted in zip(given, wanted, strict=True)
    )
    return found("lu_unpack", "P", "L", "U")(*parts)


def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The solution of equations whose matrix `lu` has factorised."""
    return NAMESPACES["linalg"].lu_solve(LU_data, LU_pivots, input)


offer(lu, function=False)
offer(lu_solve)
for _function in (
    det, logdet, slogdet, inverse, pinverse, cholesky, cholesky_solve, cholesky_inverse, svd, qr, matrix_exp,
):  # fmt: skip
    offer(_function)


@function
def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of several matrices."""
    return of(np.linalg.multi_dot(behind(list(matrices))))


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """`beta` `input` + `alpha` times the sum of the products of a batch."""
    return beta * input + alpha * matmul(batch1, batch2).sum(0)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """`beta` `input` + `alpha` times the products of all pairs of elements of two vectors."""
    return beta * input + alpha * vec1.outer(vec2)


offer(addbmm, writes=True)
offer(addr, writes=True)
