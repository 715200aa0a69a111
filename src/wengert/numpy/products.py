"""Products of arrays: dot, matmul, einsum, tensordot, kron, convolve, under NumPy's names."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor
from ..ops import contract
from ..ops.elementwise import multiply
from .lift import to_tensor

__all__ = ["dot", "matmul"]


def matmul(x1: Any, x2: Any) -> Tensor:
    """As ``numpy.matmul``, and the operator ``@``: vectors, matrices, and stacks of matrices that broadcast."""
    return contract.matmul(x1 if type(x1) is Tensor else to_tensor(x1), x2)


def dot(a: Any, b: Any) -> Tensor:
    """As ``numpy.dot``: a product with a scalar, or a sum over the last axis of `a` and the last but one of `b`."""
    a, b = to_tensor(a), to_tensor(b)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    return contract.matmul(a, b)
