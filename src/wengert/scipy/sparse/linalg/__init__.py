"""Equations and eigenvalues of sparse matrices and linear maps, as ``scipy.sparse.linalg``, with derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, MatrixRankWarning

from ....names import OF_SPARSE_LINALG as _OF_SPARSE_LINALG, missing_name as _missing_name
from .direct import SuperLU, factorized, splu, spsolve
from .eigen import eigsh, lobpcg, svds
from .exponential import expm_multiply
from .iterations import bicgstab, cg, gmres, minres
from .norms import norm
from .operators import LinearOperator, aslinearoperator, jacobian_operator
from .structure import is_sptriangular, matrix_power, spbandwidth

if not TYPE_CHECKING:

    def __getattr__(name):
        raise _missing_name(__name__, name, _OF_SPARSE_LINALG, "wengert.scipy.sparse.linalg")


__all__ = [
    "ArpackError",
    "ArpackNoConvergence",
    "LinearOperator",
    "MatrixRankWarning",
    "SuperLU",
    "aslinearoperator",
    "bicgstab",
    "cg",
    "eigsh",
    "expm_multiply",
    "factorized",
    "gmres",
    "is_sptriangular",
    "jacobian_operator",
    "lobpcg",
    "matrix_power",
    "minres",
    "norm",
    "spbandwidth",
    "splu",
    "spsolve",
    "svds",
]
