"""Linear equations with sparse matrices and with linear maps, as ``scipy.sparse.linalg``: solutions differentiate."""

from __future__ import annotations

from .direct import SuperLU, factorized, splu, spsolve
from .iterations import bicgstab, cg, gmres, minres
from .norms import norm
from .operators import LinearOperator, aslinearoperator, jacobian_operator

__all__ = [
    "LinearOperator",
    "SuperLU",
    "aslinearoperator",
    "bicgstab",
    "cg",
    "factorized",
    "gmres",
    "jacobian_operator",
    "minres",
    "norm",
    "splu",
    "spsolve",
]
