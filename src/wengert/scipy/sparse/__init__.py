"""Sparse matrices with numbers that are tensors, as ``scipy.sparse``.

Constants of ``scipy.sparse`` itself, of any format, multiply tensors as they are: ``A @ x``, ``x @ A``. What is here is
for matrices whose numbers have derivatives: fixed places, and a tensor.
"""

from __future__ import annotations

from . import linalg
from .arrays import SparseArray, coo_array, csc_array, csr_array
from .building import block_array, diags_array, eye_array, hstack, issparse, kron, random_array, vstack

__all__ = [
    "SparseArray",
    "block_array",
    "coo_array",
    "csc_array",
    "csr_array",
    "diags_array",
    "eye_array",
    "hstack",
    "issparse",
    "kron",
    "linalg",
    "random_array",
    "vstack",
]
