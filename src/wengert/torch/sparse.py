"""``torch.sparse``: matrices of which only some elements are kept, over `wengert.scipy.sparse`."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np
from wengert.fronts.face import behind
from wengert.scipy import sparse

from .creation import as_tensor, tensor
from .device import check_device
from .dtypes import from_numpy_dtype, numpy_dtype
from .size import Size
from .tensor import Tensor, of

__all__ = ["SparseTensor", "addmm", "mm", "sparse_coo_tensor", "sum"]


class SparseTensor:
    """A matrix whose elements are numbers at indices; what it gives in products differentiates in the numbers.

    >>> from wengert import torch
    >>> m = torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3))
    >>> m @ torch.ones(3)
    tensor([3., 4.])
    """

    is_sparse = True

    def __init__(self, indices: Tensor, values: Tensor, size: Size) -> None:
        self._indices = indices
        self._values = values
        self.shape = size

    @property
    def _below(self) -> Any:
        places = tuple(self._indices._tensor.numpy())
        return sparse.csr_array(sparse.coo_array((self._values._tensor, places), shape=tuple(self.shape)))

    @property
    def dtype(self) -> Any:
        """The dtype of the numbers."""
        return from_numpy_dtype(self._values._tensor.dtype)

    def size(self, dim: int | None = None) -> Any:
        """The lengths of the axes, or that of one."""
        return self.shape if dim is None else self.shape[dim]

    def indices(self) -> Tensor:
        """Where the numbers are: a row for each axis."""
        return self._indices

    def values(self) -> Tensor:
        """The numbers."""
        return self._values

    def _nnz(self) -> int:
        """How many numbers are kept."""
        return self._values.shape[0]

    def coalesce(self) -> SparseTensor:
        """The matrix with its indices in order, and numbers at the same indices added up."""
        kept = self._below.tocoo()
        rows = tensor([kept.row.tolist(), kept.col.tolist()])
        return SparseTensor(rows, of(np.asarray(kept.data)), self.shape)

    def to_dense(self) -> Tensor:
        """The matrix with all elements; numbers at the same indices are added up."""
        dense = np.zeros(tuple(self.shape), self._values._tensor.dtype)
        np.add.at(dense, tuple(self._indices._tensor), self._values._tensor)
        return of(dense)

    def t(self) -> SparseTensor:
        """The matrix transposed."""
        return SparseTensor(self._indices.flip(0), self._values, Size(self.shape[::-1]))

    def __matmul__(self, other: Tensor) -> Tensor:
        return of(self._below @ behind(other))

    def __mul__(self, factor: Any) -> SparseTensor:
        return SparseTensor(self._indices, self._values * factor, self.shape)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"tensor(indices={self._indices!r},\n       values={self._values!r},\n       size={tuple(self.shape)})"


def sparse_coo_tensor(
    indices: Any, values: Any, size: Any = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    **_: Any,
) -> SparseTensor:  # fmt: skip
    """A matrix of numbers at indices; its size is that of the largest indices if none is given."""
    check_device(device, "sparse_coo_tensor")
    places, numbers = as_tensor(indices), as_tensor(values)
    if dtype is not None:
        numbers = of(numbers._tensor.astype(numpy_dtype(dtype)))
    shape = Size(size) if size is not None else Size((places.max(1).values + 1).tolist())
    return SparseTensor(places, numbers.requires_grad_() if requires_grad else numbers, shape)


def mm(mat1: SparseTensor, mat2: Tensor) -> Tensor:
    """The product of a sparse matrix and a dense one."""
    return mat1 @ mat2


def addmm(mat: Tensor, mat1: SparseTensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """`beta` `mat` + `alpha` times the product of a sparse matrix and a dense one."""
    return beta * mat + alpha * (mat1 @ mat2)


def sum(input: SparseTensor, dim: Any = None) -> Tensor:
    """The sum of all elements, or along an axis."""
    return input.values().sum() if dim is None else input.to_dense().sum(dim)
