"""Going through elements one by one: ``np.nditer`` and ``np.ndenumerate``, whose elements keep their derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from ...core.dtypes.kinds import result_type
from ...core.tensor import Tensor
from ...core.views import laid_out, view
from ...ops.indexing.views import BLOCK
from ..protocols.lift import to_tensor

__all__ = ["ndenumerate", "nditer"]

FLAGS = {
    "multi_index",
    "c_index",
    "f_index",
    "zerosize_ok",
    "refs_ok",
    "copy_if_overlap",
    "grow_inner",
    "delay_bufalloc",
}
"""The flags of an iterator that are understood or need not be."""

READ_ONLY = (
    "an element that np.nditer gives to be read was written to, wanted one that may be written; write "
    "np.nditer(x, op_flags=['readwrite'])"
)


def ndenumerate(arr: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """As ``numpy.ndenumerate``: each index with its element."""
    if not isinstance(arr, Tensor):
        arr = to_tensor(arr, "ndenumerate")
    return ((index, arr[index]) for index in numpy.ndindex(*arr.shape))


def nditer(
    op: Any, flags: Any = (), op_flags: Any = None, op_dtypes: Any = None, order: Any = "K", **options: Any
) -> Any:
    """As ``numpy.nditer``, element by element: each is a view, through which operands are written with derivatives.

    Raises:
        ValueError: elements are asked for in pieces (``external_loop``, ``buffered``), or by axes of one's own.
    """
    operands = list(op) if isinstance(op, (list, tuple)) and any(isinstance(x, Tensor) for x in op) else [op]
    if not any(isinstance(x, Tensor) for x in operands):
        return numpy.nditer(op, flags, op_flags, op_dtypes, order, **options)
    unknown = sorted({*flags} - FLAGS) + sorted({*options} - {"casting"})
    if unknown:
        raise ValueError(
            f"[nditer] {unknown[0]} was asked for, wanted element by element, which is how tensors are gone through; "
            "write x.ravel() for all elements at once, and np.broadcast_arrays(x, y) for several operands"
        )
    return Elements(operands, set(flags), _for_each(op_flags, len(operands)), op_dtypes, order)


def _for_each(op_flags: Any, count: int) -> list[Sequence[str]]:
    """The flags of each operand, which may be given once for all."""
    if op_flags is None:
        return [("readonly",)] * count
    return [op_flags] * count if isinstance(op_flags[0], str) else list(op_flags)


class Elements:
    """An iterator over the elements of operands that broadcast.

    Attributes:
        operands: what is gone through; zeros where ``None`` was given.
        multi_index: where it is.
    """

    def __init__(
        self, operands: Sequence[Any], flags: set[str], op_flags: Sequence[Sequence[str]], dtypes: Any, order: Any
    ) -> None:
        given = [None if x is None else to_tensor(x, "nditer") for x in operands]
        shown: Any = [laid_out(x) for x in given if x is not None]
        kept: Any = ["multi_index", *(flags & {"zerosize_ok"})]
        self._theirs: Any = numpy.nditer(shown, kept, order=order)
        self._flags = flags
        self.shape: Any = self._theirs.shape
        self.operands: tuple[Tensor, ...] = tuple(
            Tensor(numpy.zeros(self.shape, _dtype(dtypes, i, given))) if x is None else x for i, x in enumerate(given)
        )
        self._may_write = [x is None or "readonly" not in f for x, f in zip(given, op_flags, strict=True)]

    @property
    def multi_index(self) -> tuple[int, ...]:
        return self._theirs.multi_index

    @property
    def index(self) -> int:
        """The number of the element, by rows (``c_index``) or by columns (``f_index``)."""
        order = "F" if "f_index" in self._flags else "C"
        return int(numpy.ravel_multi_index(self.multi_index, self.shape, order=order)) if self.shape else 0

    @property
    def finished(self) -> bool:
        return self._theirs.finished

    @property
    def itersize(self) -> int:
        return self._theirs.itersize

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def value(self) -> Any:
        """The element of the operand, or a tuple of those of several."""
        found = [self[i] for i in range(len(self.operands))]
        return tuple(found) if len(found) > 1 else found[0]

    def __getitem__(self, i: int) -> Tensor:
        x = self.operands[i]
        own = self.multi_index[self.ndim - x.ndim :]
        index = tuple(0 if length == 1 else place for place, length in zip(own, x.shape, strict=True))
        return view(x, BLOCK, "" if self._may_write[i] else READ_ONLY, index=(*index, ...))

    def __setitem__(self, i: int, value: Any) -> None:
        self[i][...] = value

    def iternext(self) -> bool:
        return self._theirs.iternext()

    def reset(self) -> None:
        self._theirs.reset()

    def __len__(self) -> int:
        return len(self.operands)

    def __iter__(self) -> Iterator[Any]:
        self.reset()
        while not self.finished:
            yield self.value
            self.iternext()

    def __enter__(self) -> Elements:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def close(self) -> None:
        """Nothing, since writes are never put off."""


def _dtype(dtypes: Any, i: int, given: Sequence[Any]) -> Any:
    """The dtype of an operand that is to be made."""
    asked = None if dtypes is None else dtypes[i] if isinstance(dtypes, (list, tuple)) else dtypes
    return asked or result_type(*[x.dtype for x in given if x is not None])
