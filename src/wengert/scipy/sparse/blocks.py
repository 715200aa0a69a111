"""Sparse matrices of dense blocks, and of diagonals: numbers that lie together are multiplied together."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy
from scipy import sparse

import wengert as wg
import wengert.numpy as np

from ...ops.matrices.sparse import Pattern
from .arrays import SparseArray, as_numbered, canonical, csr_array, csr_of, only, renumbered
from .reading import places, shape_of

# -- blocks ----------------------------------------------------------------------------------------


class Blocks:
    """The places of blocks of one size, as trees compare them.

    Attributes:
        pattern: of the blocks, sorted by rows of blocks.
        size: of a block.
    """

    def __init__(self, pattern: Pattern, size: tuple[int, int]) -> None:
        self.pattern = pattern
        self.size = size

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = (n * size for n, size in zip(self.pattern.shape, self.size, strict=True))
        return rows, columns

    @cached_property
    def coords(self) -> tuple[Any, Any]:
        """The row and the column of each number, block by block."""
        (height, width), count = self.size, self.pattern.count
        rows = self.pattern.rows[:, None, None] * height + numpy.arange(height)[:, None]
        columns = self.pattern.columns[:, None, None] * width + numpy.arange(width)
        whole = (count, height, width)
        return numpy.broadcast_to(rows, whole).ravel(), numpy.broadcast_to(columns, whole).ravel()

    @cached_property
    def by_rows(self) -> tuple[Any, Pattern]:
        """Which number comes when the matrix is read row by row, and the pattern of single numbers."""
        return canonical(numpy.arange(len(self.coords[0])), self.coords, self.shape, False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blocks) and self.size == other.size and self.pattern == other.pattern

    def __hash__(self) -> int:
        return hash((self.size, self.pattern))


class bsr_array(SparseArray):  # noqa: N801 - SciPy's name
    """As ``scipy.sparse.bsr_array``: dense blocks of one size, with numbers that are a tensor; see `csr_array`.

    Args:
        arg1: ``(data, indices, indptr)`` with data of shape (blocks, rows, columns), or what `csr_array` takes.
        shape: of the matrix; by default as small as can be.
        dtype: of the numbers.
        copy: as SciPy's; nothing here is written to.
        blocksize: by default as SciPy estimates it.

    Raises:
        ValueError: the blocks do not fill the shape, or indices and pointers contradict each other.

    >>> import wengert.numpy as np
    >>> from wengert.scipy import sparse
    >>> sparse.bsr_array((np.ones((1, 2, 2)), [1], [0, 1]), shape=(2, 4)).toarray()
    tensor([[0., 0., 1., 1.],
            [0., 0., 1., 1.]])
    """

    format = "bsr"
    blocks: Blocks

    def __init__(
        self, arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False, blocksize: Any = None
    ) -> None:
        if isinstance(arg1, tuple) and len(arg1) == 3:
            data, self.blocks = _read_blocks(arg1, shape)
        else:
            data, self.blocks = _into_blocks(csr_array(arg1, shape=shape), blocksize)
        self.data: Any = np.asarray(data, dtype=dtype)

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return self.blocks.shape

    @property
    def blocksize(self) -> tuple[int, int]:
        return self.blocks.size

    @property
    def coords(self) -> tuple[Any, Any]:
        return self.blocks.coords

    @property
    def numbers(self) -> Any:
        return np.ravel(self.data)

    @property
    def indices(self) -> Any:
        """The column of each block."""
        return self.blocks.pattern.indices

    @property
    def indptr(self) -> Any:
        """Where the blocks of each row of blocks begin; and their count."""
        return self.blocks.pattern.pointers

    def with_data(self, data: Any) -> Any:
        return _of_blocks(data, self.blocks)

    def transpose(self) -> Any:
        return bsr_array(self.tocsr().transpose(), blocksize=self.blocksize[::-1])

    def tocsr(self, copy: bool = False) -> csr_array:
        order, pattern = self.blocks.by_rows
        return csr_of(np.take(self.numbers, order), pattern)

    def to_scipy(self) -> Any:
        return sparse.bsr_array((wg.tensor(self.data).numpy(), self.indices, self.indptr), shape=self.shape)


def _of_blocks(data: Any, blocks: Blocks) -> bsr_array:
    matrix = object.__new__(bsr_array)
    matrix.data, matrix.blocks = data, blocks
    return matrix


def _read_blocks(given: tuple[Any, Any, Any], shape: Any) -> tuple[Any, Blocks]:
    data = np.asarray(given[0])
    if data.ndim != 3:
        raise ValueError(
            f"[bsr_array] the numbers have the shape {data.shape}, wanted blocks, of shape (count, rows, columns); "
            "write csr_array for single numbers"
        )
    size = (data.shape[1], data.shape[2])
    if shape is not None:
        shape = shape_of(shape, "bsr_array")
        _check_filled(shape, size)
        shape = (shape[0] // size[0], shape[1] // size[1])
    numbered = csr_array((numpy.arange(1, len(data) + 1), given[1], given[2]), shape=shape)
    if numbered.nnz != len(data):
        raise ValueError(
            f"[bsr_array] {len(data)} blocks have {numbered.nnz} places, wanted one place for each; write their sums"
        )
    return np.take(data, numpy.asarray(numbered.data) - 1, axis=0), Blocks(numbered.pattern, size)


def _into_blocks(matrix: csr_array, blocksize: Any) -> tuple[Any, Blocks]:
    if blocksize is not None:
        _check_filled(matrix.shape, blocksize)
    found = as_numbered(matrix).tobsr(blocksize)
    found.sort_indices()
    rows, columns = found.blocksize
    within = (found.shape[0] // rows, found.shape[1] // columns)
    return renumbered(matrix, found.data), Blocks(Pattern(within, found.indices, found.indptr), (rows, columns))


def _check_filled(shape: tuple[int, int], size: tuple[int, int]) -> None:
    if min(size) < 1 or shape[0] % size[0] or shape[1] % size[1]:
        raise ValueError(
            f"[bsr_array] the shape is {shape} and blocks have {tuple(size)}, wanted a shape that blocks fill; write "
            "blocksize=(1, 1), or csr_array"
        )


# -- diagonals -------------------------------------------------------------------------------------

MOST_SHIFTED = 32
"""With so many diagonals products are sums of shifted arrays, with more they are those of `csr_array`."""


class Diagonals:
    """Which diagonals a matrix has, as trees compare it.

    Attributes:
        offsets: how far each is above the main one.
        length: of the lines in which their numbers are kept, by columns.
    """

    def __init__(self, offsets: tuple[int, ...], length: int, shape: tuple[int, int]) -> None:
        self.offsets = offsets
        self.length = length
        self.shape = shape

    def columns(self, offset: int) -> tuple[int, int]:
        """The first column in which a diagonal has a number, and the one behind the last."""
        first = max(offset, 0)
        return first, max(first, min(self.shape[1], self.length, self.shape[0] + offset))

    @cached_property
    def kept(self) -> tuple[Any, Any, Any]:
        """Of each number its place in the lines, its row and its column."""
        ranges = [self.columns(offset) for offset in self.offsets]
        columns = numpy.concatenate([numpy.zeros(0, int), *(numpy.arange(*pair) for pair in ranges)])
        counts = [end - first for first, end in ranges]
        line = numpy.repeat(numpy.arange(len(ranges)), counts)
        return line * self.length + columns, columns - numpy.repeat(numpy.array(self.offsets, int), counts), columns

    @property
    def _key(self) -> tuple[Any, ...]:
        return self.offsets, self.length, self.shape

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Diagonals) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


class dia_array(SparseArray):  # noqa: N801 - SciPy's name
    """As ``scipy.sparse.dia_array``: diagonals, with numbers that are a tensor; see `csr_array`.

    Args:
        arg1: ``(data, offsets)``, with ``data[i, j]`` in column j of the diagonal ``offsets[i]``, or what `csr_array`
            takes.
        shape: of the matrix; to be given with diagonals.
        dtype: of the numbers.
        copy: as SciPy's; nothing here is written to.

    Raises:
        ValueError: there is not one line for each diagonal, or a diagonal is given twice.

    >>> import wengert.numpy as np
    >>> from wengert.scipy import sparse
    >>> A = sparse.dia_array((np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), [0, 1]), shape=(3, 3))
    >>> A.toarray()
    tensor([[1., 5., 0.],
            [0., 2., 6.],
            [0., 0., 3.]])
    >>> A @ np.ones(3)
    tensor([6., 8., 3.])
    """

    format = "dia"
    diagonals: Diagonals

    def __init__(self, arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> None:
        is_pair = isinstance(arg1, tuple) and len(arg1) == 2 and not numpy.isscalar(arg1[0])
        data, self.diagonals = _read_diagonals(arg1, shape) if is_pair else _into_diagonals(csr_array(arg1, shape))
        self.data: Any = np.asarray(data, dtype=dtype)

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return self.diagonals.shape

    @property
    def offsets(self) -> Any:
        """How far each diagonal is above the main one."""
        return numpy.array(self.diagonals.offsets, int)

    @property
    def coords(self) -> tuple[Any, Any]:
        return self.diagonals.kept[1:]

    @property
    def numbers(self) -> Any:
        return np.take(np.ravel(self.data), self.diagonals.kept[0])

    def with_data(self, data: Any) -> Any:
        return _of_diagonals(data, self.diagonals)

    def transpose(self) -> Any:
        return dia_array(self.tocsr().transpose())

    def __matmul__(self, other: Any) -> Any:
        is_array = not isinstance(other, SparseArray) and not sparse.issparse(other)
        few = 0 < len(self.diagonals.offsets) <= MOST_SHIFTED
        if not is_array or not few or np.ndim(other) not in (1, 2) or np.shape(other)[0] != self.shape[1]:
            return super().__matmul__(other)
        return _sum_of_shifted(np.asarray(self.data), np.asarray(other), self.diagonals)

    def to_scipy(self) -> Any:
        return sparse.dia_array((wg.tensor(self.data).numpy(), self.offsets), shape=self.shape)


def _sum_of_shifted(data: Any, x: Any, diagonals: Diagonals) -> Any:
    """Each diagonal times what it meets, at the rows where it does."""
    total: Any = None
    for line, offset in enumerate(diagonals.offsets):
        first, end = diagonals.columns(offset)
        factor = data[line, first:end]
        met = (factor if x.ndim == 1 else factor[:, None]) * x[first:end]
        rows = [(first - offset, diagonals.shape[0] - (end - offset)), *[(0, 0)] * (x.ndim - 1)]
        moved = np.pad(met, rows)
        total = moved if total is None else total + moved
    return total


def _of_diagonals(data: Any, diagonals: Diagonals) -> dia_array:
    matrix = object.__new__(dia_array)
    matrix.data, matrix.diagonals = data, diagonals
    return matrix


def _read_diagonals(given: tuple[Any, Any], shape: Any) -> tuple[Any, Diagonals]:
    data = np.asarray(given[0])
    data = data[None] if data.ndim == 1 else data
    offsets = places(numpy.atleast_1d(given[1]), "offsets", "dia_array")
    if shape is None:
        raise ValueError("[dia_array] no shape was given, wanted that of the matrix; write shape=(rows, columns)")
    if data.ndim != 2 or len(offsets) != len(data) or len({*offsets.tolist()}) != len(offsets):
        raise ValueError(
            f"[dia_array] the numbers have the shape {data.shape} and the offsets are {offsets.tolist()}, wanted a "
            "line of numbers for each offset, and each offset once; write diags_array for diagonals of any lengths"
        )
    return data, Diagonals(tuple(offsets.tolist()), data.shape[1], shape_of(shape, "dia_array"))


def _into_diagonals(matrix: csr_array) -> tuple[Any, Diagonals]:
    found = as_numbered(matrix).todia()
    return renumbered(matrix, found.data), Diagonals(tuple(found.offsets.tolist()), found.data.shape[1], matrix.shape)


# -- trees -----------------------------------------------------------------------------------------

wg.trees.register(
    bsr_array,
    lambda matrix: ((matrix.data,), matrix.blocks, ("data",)),
    lambda blocks, children: _of_blocks(only(children), blocks),
)
wg.trees.register(
    dia_array,
    lambda matrix: ((matrix.data,), matrix.diagonals, ("data",)),
    lambda diagonals, children: _of_diagonals(only(children), diagonals),
)
