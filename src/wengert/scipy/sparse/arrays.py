"""Sparse matrices as values: numbers that are a tensor, at places that are fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
from scipy import sparse

import wengert as wg
import wengert.numpy as np

from ...ops.indexing.gather import scatter_add
from ...ops.matrices.sparse import Pattern, is_sparse, mismatch, times, times_from_left
from .reading import places_of_dense, read_compressed, read_coordinates, shape_of

_FORMATS: dict[str, Any] = {}
"""The class of each format."""


class SparseArray:
    """A matrix of which few numbers are not zero; `csr_array`, `csc_array` and the like are its kinds.

    Attributes:
        data: the numbers, a tensor; of shape (nnz,), but for blocks and diagonals.
        shape: of the matrix.
        format: as SciPy calls the kind: ``"csr"``, ``"csc"``, ``"coo"``, ``"bsr"`` or ``"dia"``.
    """

    __array_ufunc__ = None
    format = ""
    data: Any
    shape: tuple[int, int]
    ndim = 2

    def __init_subclass__(cls) -> None:
        if cls.format:
            _FORMATS[cls.format] = cls

    # -- what it is --------------------------------------------------------------------------------

    @property
    def dtype(self) -> Any:
        return np.asarray(self.data).dtype

    @property
    def numbers(self) -> Any:
        """The numbers that are stored, one for each of `coords`."""
        return self.data

    @property
    def nnz(self) -> int:
        """How many numbers are stored."""
        return len(self.coords[0])

    @property
    def size(self) -> int:
        return self.nnz

    @property
    def coords(self) -> tuple[Any, Any]:
        """The row and the column of each number."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of dtype {self.dtype}, shape {self.shape}, with {self.nnz} numbers>"

    # -- other kinds -------------------------------------------------------------------------------

    def tocsr(self, copy: bool = False) -> csr_array:
        """The same matrix sorted by rows, with one number a place."""
        return csr_array((self.numbers, self.coords), shape=self.shape)

    def tocsc(self, copy: bool = False) -> csc_array:
        """The same matrix sorted by columns, with one number a place."""
        return csc_array((self.numbers, self.coords), shape=self.shape)

    def tocoo(self, copy: bool = False) -> coo_array:
        """The same matrix, with the row and the column of each number."""
        return coo_array((self.numbers, self.coords), shape=self.shape)

    def tobsr(self, blocksize: Any = None, copy: bool = False) -> Any:
        """The same matrix in dense blocks of a size, by default as SciPy estimates it."""
        return _FORMATS["bsr"](self, blocksize=blocksize)

    def todia(self, copy: bool = False) -> Any:
        """The same matrix by its diagonals."""
        return _FORMATS["dia"](self)

    def asformat(self, format: str | None) -> Any:
        """The same matrix in a format: ``"csr"``, ``"csc"``, ``"coo"``, ``"bsr"`` or ``"dia"``.

        Raises:
            ValueError: it is another one.
        """
        if format in (None, self.format):
            return self
        if format not in _FORMATS:
            raise ValueError(
                f"[asformat] the format is {format!r}, wanted 'csr', 'csc', 'coo', 'bsr' or 'dia'; write "
                f"A.to_scipy().asformat({format!r}) for a matrix of SciPy's, which has no derivative"
            )
        return getattr(self, f"to{format}")()

    def toarray(self) -> wg.Tensor:
        """The matrix with its zeros, of shape `shape`."""
        rows, columns = self.coords
        places = rows.astype(int) * self.shape[1] + columns
        return np.reshape(_added_up(self.numbers, places, self.shape[0] * self.shape[1]), self.shape)

    todense = toarray

    def to_scipy(self) -> Any:
        """The values as a matrix of SciPy's, of the same format; it has no derivative."""
        matrix = sparse.coo_array((wg.tensor(self.numbers).numpy(), self.coords), shape=self.shape)
        return matrix.asformat(self.format)

    # -- arithmetic --------------------------------------------------------------------------------

    def with_data(self, data: Any) -> Any:
        """Other numbers at the same places."""
        raise NotImplementedError

    def __matmul__(self, other: Any) -> Any:
        own = self.tocsr()
        return own @ other

    def __rmatmul__(self, other: Any) -> Any:
        own = self.tocsr()
        return other @ own

    def dot(self, other: Any) -> Any:
        """``A @ other``."""
        return self @ other

    def __neg__(self) -> Any:
        return self.with_data(-self.data)

    def __abs__(self) -> Any:
        return self.tocsr().with_data(np.abs(self.tocsr().data))

    def __mul__(self, other: Any) -> Any:
        return self.with_data(self.data * other) if _is_scalar(other) else self.multiply(other)

    def __rmul__(self, other: Any) -> Any:
        return self.with_data(other * self.data) if _is_scalar(other) else self.multiply(other)

    def __truediv__(self, other: Any) -> Any:
        if not _is_scalar(other):
            raise TypeError(
                f"[divide] a sparse matrix was divided by an array of shape {numpy.shape(other)}, wanted a number, "
                "since zeros divided are no zeros everywhere; write A * (1 / array), or A.toarray() / array"
            )
        return self.with_data(self.data / other)

    def multiply(self, other: Any) -> csr_array:
        """The product of elements at the same place, with a sparse matrix, or an array that broadcasts."""
        own = self.tocsr()
        if isinstance(other, SparseArray) or is_sparse(other):
            return _product_of_elements(own, as_sparse(other).tocsr())
        return own.with_data(own.data * np.broadcast_to(other, own.shape)[own.coords])

    def __add__(self, other: Any) -> csr_array:
        other = as_sparse(_not_dense(other, "+"))
        _check_same_shape(self, other, "+")
        parts = [(m.numbers, m.coords) for m in (self, other)]
        data = np.concatenate([np.asarray(data) for data, _ in parts])
        coords = tuple(numpy.concatenate(pair) for pair in zip(*(coords for _, coords in parts), strict=True))
        return csr_array((data, coords), shape=self.shape)

    def __radd__(self, other: Any) -> csr_array:
        return as_sparse(_not_dense(other, "+")) + self

    def __sub__(self, other: Any) -> csr_array:
        return self + -as_sparse(_not_dense(other, "-"))

    def __rsub__(self, other: Any) -> csr_array:
        return -self + other

    def power(self, n: Any) -> Any:
        """Each number to the power of `n`, which is positive."""
        own = self.tocsr()
        return own.with_data(own.data**n)

    def conj(self) -> Any:
        """The complex conjugate."""
        return self.with_data(np.conj(self.data))

    def astype(self, dtype: Any) -> Any:
        """The numbers in another dtype."""
        return self.with_data(np.asarray(self.data).astype(dtype))

    # -- parts -------------------------------------------------------------------------------------

    @property
    def T(self) -> Any:  # noqa: N802 - as of arrays
        """The transposed matrix; nothing moves."""
        return self.transpose()

    def transpose(self) -> Any:
        """The transposed matrix; nothing moves."""
        raise NotImplementedError

    def diagonal(self, k: int = 0) -> wg.Tensor:
        """The k-th diagonal, of length `min(shape)` for k = 0."""
        rows, columns = self.coords
        count = max(0, min(self.shape[0] + min(k, 0), self.shape[1] - max(k, 0)))
        chosen = numpy.flatnonzero(columns.astype(int) - rows == k)
        return _added_up(np.take(self.numbers, chosen), numpy.minimum(rows, columns)[chosen], count)

    def trace(self, offset: int = 0) -> wg.Tensor:
        """The sum along a diagonal."""
        return np.sum(self.diagonal(offset))

    def sum(self, axis: int | None = None) -> wg.Tensor:
        """The sum of all numbers, of each column (``axis=0``) or of each row (``axis=1``)."""
        if axis is None:
            return np.sum(self.numbers)
        kept = 1 - axis % 2
        return _added_up(self.numbers, self.coords[kept], self.shape[kept])

    def __getitem__(self, index: Any) -> Any:
        """A part: rows, columns, slices as SciPy's; a row or a single number comes as a tensor."""
        numbered = as_numbered(self.tocsr())
        part = numbered[index]
        if not sparse.issparse(part):
            return np.sum(np.take(self.tocsr().data, numpy.atleast_1d(part)[numpy.atleast_1d(part) > 0] - 1))
        if part.ndim == 1:
            return rearranged(lambda m: m[index].reshape(1, -1), self).toarray()[0]
        return rearranged(lambda m: m[index], self)


def _added_up(data: Any, places: Any, count: int) -> Any:
    return scatter_add(np.asarray(data), places, axis=0, length=count)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, SparseArray) and not is_sparse(value) and numpy.ndim(value) == 0


def _not_dense(value: Any, op: str) -> Any:
    """An operand of a sum.

    Raises:
        TypeError: it is no sparse matrix, so that the result would be none.
    """
    if isinstance(value, SparseArray) or is_sparse(value):
        return value
    raise TypeError(
        f"[{op}] a sparse matrix and an operand of shape {numpy.shape(value)} were given, wanted two sparse matrices; "
        f"write A.toarray() {op} other, whose result is dense"
    )


def _check_same_shape(a: Any, b: Any, op: str) -> None:
    if tuple(a.shape) != tuple(b.shape):
        raise ValueError(
            f"[{op}] the shapes of two sparse matrices are {a.shape} and {b.shape}, wanted the same; write A.T for a "
            "matrix transposed"
        )


# -- sorted by rows or by columns ------------------------------------------------------------------


class _Compressed(SparseArray):
    """Sorted by rows or by columns, with one number a place.

    Attributes:
        pattern: where the numbers are.
    """

    is_turned = False
    pattern: Pattern

    def __init__(self, arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> None:
        data, self.pattern = _read(arg1, shape, self.is_turned, type(self).__name__)
        self.data: Any = np.asarray(data, dtype=dtype)

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return self.pattern.shape

    @property
    def coords(self) -> tuple[Any, Any]:
        return self.pattern.rows, self.pattern.columns

    @property
    def indices(self) -> Any:
        """The column of each number, or its row."""
        return self.pattern.indices

    @property
    def indptr(self) -> Any:
        """Where the numbers of each row begin, or of each column; and their count."""
        return self.pattern.pointers

    def with_data(self, data: Any) -> Any:
        return _made(type(self), data, self.pattern)

    def transpose(self) -> Any:
        return _made(_KIND[not self.is_turned], self.data, self.pattern.T)

    def tocsr(self, copy: bool = False) -> csr_array:
        return _in_order(self, False)

    def tocsc(self, copy: bool = False) -> csc_array:
        return _in_order(self, True)

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, SparseArray) or is_sparse(other):
            return _product(self.tocsr(), as_sparse(other).tocsr())
        return times(np.asarray(self.data), np.asarray(other), self.pattern)

    def __rmatmul__(self, other: Any) -> Any:
        if is_sparse(other):
            return _product(as_sparse(other).tocsr(), self.tocsr())
        return times_from_left(np.asarray(other), np.asarray(self.data), self.pattern)


class csr_array(_Compressed):  # noqa: N801 - SciPy's name
    """As ``scipy.sparse.csr_array``, with numbers that are a tensor: it differentiates in them.

    The places of the numbers are fixed: NumPy's integers, which no derivative and no recording follows. Each has one
    number, and they are sorted: numbers given for the same place are added up.

    It is a node of trees with one leaf, `data`: `wengert.grad` in a matrix gives a matrix, of the same places.

    Args:
        arg1: ``(data, indices, indptr)``, ``(data, (row, col))``, a sparse matrix, of SciPy's too, an array with few
            numbers that are not zero, or a shape.
        shape: of the matrix; by default as small as can be.
        dtype: of the numbers.
        copy: as SciPy's; nothing here is written to.

    Raises:
        ValueError: indices, pointers, numbers or the shape contradict each other.
        TypeError: the places have no values, or are no integers.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy import sparse
    >>> A = sparse.csr_array(([1.0, 2.0, 3.0], [0, 2, 1], [0, 2, 3]), shape=(2, 3))
    >>> A @ np.array([1.0, 10.0, 100.0])
    tensor([201.,  30.])
    >>> wg.grad(lambda A: np.sum((A @ np.ones(3)) ** 2))(A).data
    tensor([6., 6., 6.])
    """

    format = "csr"


class csc_array(_Compressed):  # noqa: N801 - SciPy's name
    """As ``scipy.sparse.csc_array``, with numbers that are a tensor; see `csr_array`.

    >>> from wengert.scipy import sparse
    >>> sparse.csc_array(([1.0, 2.0, 3.0], [0, 1, 0], [0, 2, 3]), shape=(2, 2)).toarray()
    tensor([[1., 3.],
            [2., 0.]])
    """

    format = "csc"
    is_turned = True


_KIND: dict[bool, Any] = {False: csr_array, True: csc_array}
"""The class by whether the numbers are sorted by columns."""


def csr_of(data: Any, pattern: Pattern) -> csr_array:
    """A matrix sorted by rows, of numbers at known places."""
    return _made(csr_array, data, pattern)


def _made(kind: Any, data: Any, pattern: Pattern) -> Any:
    """A matrix of numbers, which may be anything that stands for them in a tree, at known places."""
    matrix = object.__new__(kind)
    matrix.data, matrix.pattern = data, pattern
    return matrix


def _in_order(matrix: Any, is_turned: bool) -> Any:
    """A matrix sorted by rows, or by columns."""
    if matrix.is_turned == is_turned:
        return matrix
    return rearranged(lambda m: m.tocsc() if is_turned else m.tocsr(), matrix)


def _read(given: Any, shape: Any, is_turned: bool, name: str) -> tuple[Any, Pattern]:
    """The numbers and the places of what a matrix is made from."""
    if is_sparse(given):
        return _read(_numbers_and_places(given), given.shape, is_turned, name)
    if isinstance(given, SparseArray):
        own = given.tocsc() if is_turned else given.tocsr()
        return own.data, own.pattern
    if isinstance(given, tuple) and len(given) == 3:
        return canonical(*read_compressed(given, shape, is_turned, name), is_turned)
    if isinstance(given, tuple) and len(given) == 2 and not numpy.isscalar(given[0]):
        return canonical(*read_coordinates(given, shape, name), is_turned)
    if isinstance(given, tuple):
        nothing = numpy.zeros(0, int)
        return canonical(numpy.zeros(0), (nothing, nothing), shape_of(given, name), is_turned)
    coords = places_of_dense(given, name)
    return canonical(np.asarray(given)[coords], coords, numpy.shape(given), is_turned)


def _numbers_and_places(matrix: Any) -> tuple[Any, Any]:
    """Those of a matrix of SciPy's; the numbers of a sorted one are not asked for, and may be inputs of a program."""
    if matrix.format not in ("csr", "csc") or len(matrix.data) != matrix.indptr[-1]:
        matrix = matrix.tocoo()
        return matrix.data, matrix.coords
    lines = numpy.repeat(numpy.arange(len(matrix.indptr) - 1), numpy.diff(matrix.indptr))
    return np.array(matrix.data), (matrix.indices, lines) if matrix.format == "csc" else (lines, matrix.indices)


def canonical(data: Any, coords: Any, shape: Any, is_turned: bool) -> tuple[Any, Pattern]:
    """The numbers sorted, with those of one place added up."""
    major, minor = (coord.astype(numpy.intp) for coord in (coords[::-1] if is_turned else coords))
    lengths = shape[::-1] if is_turned else shape
    keys = major * lengths[1] + minor
    if keys.size and not (keys[1:] > keys[:-1]).all():
        keys, targets = numpy.unique(keys, return_inverse=True)
        data = _added_up(data, targets, keys.size)
        major, minor = numpy.divmod(keys, max(lengths[1], 1))
    pointers = numpy.searchsorted(major, numpy.arange(lengths[0] + 1))
    return data, Pattern(tuple(shape), minor, pointers, is_turned)


# -- in any order ----------------------------------------------------------------------------------


class coo_array(SparseArray):  # noqa: N801 - SciPy's name
    """As ``scipy.sparse.coo_array``: numbers, their rows and columns, in any order, added up where they meet.

    Args:
        arg1: ``(data, (row, col))``, a sparse matrix, of SciPy's too, an array, or a shape.
        shape: of the matrix; by default as small as can be.
        dtype: of the numbers.
        copy: as SciPy's; nothing here is written to.

    Raises:
        ValueError: places, numbers or the shape contradict each other.
        TypeError: the places have no values, or are no integers.

    >>> from wengert.scipy import sparse
    >>> sparse.coo_array(([1.0, 2.0, 4.0], ([0, 1, 0], [1, 0, 1])), shape=(2, 2)).toarray()
    tensor([[0., 5.],
            [2., 0.]])
    """

    format = "coo"

    def __init__(self, arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> None:
        is_pair = isinstance(arg1, tuple) and len(arg1) == 2 and not numpy.isscalar(arg1[0])
        if is_pair:
            data, self._coords, self.shape = read_coordinates(arg1, shape, "coo_array")
        else:
            data, pattern = _read(arg1, shape, False, "coo_array")
            self._coords, self.shape = (pattern.rows, pattern.columns), pattern.shape
        self.data: Any = np.asarray(data, dtype=dtype)

    @property
    def coords(self) -> tuple[Any, Any]:
        return self._coords

    @property
    def row(self) -> Any:
        """The row of each number."""
        return self._coords[0]

    @property
    def col(self) -> Any:
        """The column of each number."""
        return self._coords[1]

    def with_data(self, data: Any) -> Any:
        return _coo(data, _Places(self._coords, self.shape))

    def transpose(self) -> Any:
        return _coo(self.data, _Places(self._coords[::-1], (self.shape[1], self.shape[0])))

    def tocoo(self, copy: bool = False) -> coo_array:
        return self


class _Places:
    """Where the numbers of a `coo_array` are, as trees compare it."""

    def __init__(self, coords: Any, shape: tuple[int, int]) -> None:
        self.coords = coords
        self.shape = shape

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Places) and self.shape == other.shape and numpy.array_equal(self.coords, other.coords)

    def __hash__(self) -> int:
        return hash((self.shape, len(self.coords[0])))


def _coo(data: Any, places: _Places) -> coo_array:
    matrix = object.__new__(coo_array)
    matrix.data, matrix._coords, matrix.shape = data, places.coords, places.shape
    return matrix


# -- matrices from matrices ------------------------------------------------------------------------


def as_sparse(value: Any) -> Any:
    """A sparse matrix, of SciPy's too, as one of ours."""
    if isinstance(value, SparseArray):
        return value
    if is_sparse(value):
        return csc_array(value) if value.format == "csc" else csr_array(value)
    return csr_array(value)


def as_numbered(matrix: Any, first: int = 1) -> Any:
    """SciPy's matrix of the same places, whose numbers are those of the places themselves."""
    return matrix.pattern.filled(numpy.arange(first, first + matrix.nnz))


def renumbered(matrix: Any, places: Any) -> Any:
    """The numbers of a matrix where `as_numbered` has put theirs, and 0 where there is none."""
    data = np.asarray(matrix.data)
    return np.take(np.concatenate([np.zeros(1, data.dtype), data]), places)


def rearranged(arrange: Callable[..., Any], *matrices: Any) -> csr_array:
    """What SciPy makes of matrices by putting their numbers elsewhere, each at most once at a place."""
    own = [_sorted_somehow(as_sparse(matrix)) for matrix in matrices]
    starts = numpy.cumsum([1, *(matrix.nnz for matrix in own)])
    found = arrange(*(as_numbered(matrix, first) for matrix, first in zip(own, starts, strict=False)))
    data = np.asarray(own[0].data) if len(own) == 1 else np.concatenate([np.asarray(m.data) for m in own])
    found = found if found.format in ("csr", "csc") else found.tocsr()
    found.sort_indices()
    is_turned = found.format == "csc"
    pattern = Pattern((found.shape[0], found.shape[1]), found.indices, found.indptr, is_turned)
    return _made(_KIND[is_turned], np.take(data, found.data - 1), pattern)


def _sorted_somehow(matrix: Any) -> Any:
    return matrix if matrix.format in ("csr", "csc") else matrix.tocsr()


def _product_of_elements(a: csr_array, b: csr_array) -> csr_array:
    _check_same_shape(a, b, "multiply")
    keys = [rows.astype(numpy.intp) * a.shape[1] + columns for rows, columns in (a.coords, b.coords)]
    both, left, right = numpy.intersect1d(*keys, assume_unique=True, return_indices=True)
    return csr_array((np.take(a.data, left) * np.take(b.data, right), numpy.divmod(both, max(a.shape[1], 1))), a.shape)


def _product(a: csr_array, b: csr_array) -> csr_array:
    """The product of two sparse matrices: all pairs of numbers that meet, added up where they go.

    Source: F. G. Gustavson, "Two fast algorithms for sparse matrices: multiplication and permuted transposition"
    (1978).
    """
    if a.shape[1] != b.shape[0]:
        raise mismatch(a.shape, b.shape)
    left, right = _meetings(a.indices, b.indptr)
    data = np.take(a.data, left) * np.take(b.data, right)
    return csr_array((data, (a.coords[0][left], b.indices[right])), shape=(a.shape[0], b.shape[1]))


def _meetings(columns: Any, pointers: Any) -> tuple[Any, Any]:
    """For all numbers of the first matrix and those in the row of the second that it multiplies, their places."""
    counts = numpy.diff(pointers)[columns]
    left = numpy.repeat(numpy.arange(len(columns)), counts)
    within = numpy.arange(len(left)) - numpy.repeat(numpy.cumsum(counts) - counts, counts)
    return left, numpy.repeat(pointers[:-1][columns], counts) + within


# -- trees -----------------------------------------------------------------------------------------


def only(children: Sequence[Any]) -> Any:
    (data,) = children
    return data


for _kind in (csr_array, csc_array):
    wg.trees.register(
        _kind,
        lambda matrix: ((matrix.data,), matrix.pattern, ("data",)),
        lambda pattern, children: _made(_KIND[pattern.is_turned], only(children), pattern),
    )
wg.trees.register(
    coo_array,
    lambda matrix: ((matrix.data,), _Places(matrix.coords, matrix.shape), ("data",)),
    lambda places, children: _coo(only(children), places),
)
