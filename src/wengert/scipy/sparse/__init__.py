"""Sparse matrices with numbers that are tensors, as ``scipy.sparse``.

Constants of ``scipy.sparse`` itself, of any format, multiply tensors as they are: ``A @ x``, ``x @ A``. What is here is
for matrices whose numbers have derivatives: fixed places, and a tensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...names import OF_SPARSE as _OF_SPARSE, missing_name as _missing_name
from . import linalg
from .arrays import SparseArray, coo_array, csc_array, csr_array
from .blocks import bsr_array, dia_array
from .building import (
    block_array,
    block_diag,
    diags_array,
    eye_array,
    find,
    hstack,
    issparse,
    kron,
    kronsum,
    random_array,
    tril,
    triu,
    vstack,
)

if not TYPE_CHECKING:

    def __getattr__(name):
        raise _missing_name(__name__, name, _OF_SPARSE, "wengert.scipy.sparse")


__all__ = [
    "SparseArray",
    "block_array",
    "block_diag",
    "bsr_array",
    "coo_array",
    "csc_array",
    "csr_array",
    "dia_array",
    "diags_array",
    "eye_array",
    "find",
    "hstack",
    "issparse",
    "kron",
    "kronsum",
    "linalg",
    "random_array",
    "tril",
    "triu",
    "vstack",
]
