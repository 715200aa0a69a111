"""What ``x[index]`` means: NumPy's rules, brought to the primitives of `wengert.ops.indexing.gather`."""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Sequence
from itertools import pairwise
from types import EllipsisType, NoneType
from typing import Any, NamedTuple

import numpy

from ...core.abstract import Abstract
from ...core.recording import decided, stood_in
from ...core.tensor import Tensor
from ..broadcast import broadcast_to
from ..elementwise import add, astype, where
from ..join import stacked
from ..operands import holds_tensor
from ..shape import reshape
from .gather import ALL, block, gather, move_axes, ravel_index, scatter_add, scatter_set, slice_set, unslice

BASIC = frozenset({int, slice, NoneType, EllipsisType, numpy.int64, numpy.int32})
"""Types of indices that need no thought."""

INVALID = (
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid "
    "indices"
)


def taken(x: Any, index: Any) -> Any:
    """What ``x[index]`` gives, with any index that NumPy knows; index arrays may be tensors."""
    constant = constant_index(index)
    return parse(x.shape, index).take(x) if constant is None else block(x, constant)


def constant_index(index: Any) -> tuple[Any, ...] | None:
    """The index as a tuple, with arrays for lists and tensors; ``None`` if one of these has no value yet."""
    entries = index if type(index) is tuple else (index,)
    made = tuple([i if type(i) in BASIC else _constant_entry(i) for i in entries])
    return None if any(type(i) is Abstract for i in made) else made


def _constant_entry(index: Any) -> Any:
    if isinstance(index, (list, tuple)) and holds_tensor(index):
        index = stacked(index)
    if type(index) is Tensor:
        return stood_in(index)._value
    if isinstance(index, (list, tuple)) and not index:
        return numpy.zeros(0, numpy.intp)
    return numpy.array(index) if isinstance(index, (list, tuple, bool, numpy.generic, numpy.ndarray)) else index


def index_set(x: Any, index: Any, value: Any) -> Any:
    """A copy of `x` in which ``x[index] = value`` was done; of several writes to a place the last wins."""
    mask = _abstract_mask(index, value)
    if mask is not None:
        return where(_over(mask, x), _fill(value, x), x)
    constant = constant_index(index)
    if constant is None:
        plan = parse(x.shape, index)
        return plan.write(x, fit_value(value, plan.shape_of(x.shape), x.dtype))
    return slice_set(x, fit_value(value, _shape_at(x, constant), x.dtype), index=constant)


def index_add(x: Any, index: Any, value: Any) -> Any:
    """A copy of `x` with `value` added at `index`; several additions to a place add up."""
    mask = _abstract_mask(index, value)
    if mask is not None:
        return add(x, where(_over(mask, x), _fill(value, x), 0))
    constant = constant_index(index)
    if constant is None:
        plan = parse(x.shape, index)
        return plan.accumulate(x, fit_value(value, plan.shape_of(x.shape), x.dtype))
    return add(x, unslice(fit_value(value, _shape_at(x, constant), x.dtype), index=constant, shape=x.shape))


def _shape_at(x: Any, index: tuple[Any, ...]) -> tuple[int, ...]:
    return numpy.broadcast_to(numpy.False_, x.shape)[index].shape


# -- what is written -------------------------------------------------------------------------------


def fit_value(value: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """What is written, in the shape and dtype of the place where it goes.

    Raises:
        ValueError: it does not broadcast to that shape.
        TypeError: it is complex, and the place is real.
    """
    if type(value) is complex and dtype.kind != "c":
        raise TypeError(
            f"[setitem] a complex number was written into a tensor of dtype {dtype}, wanted a real one; write "
            "z.real, or convert the tensor with x.astype(complex)"
        )
    if type(value) is not Tensor:
        value = numpy.asarray(value)
    if value.dtype.kind == "c" and dtype.kind not in "cO":
        warnings.warn(
            "Casting complex values to real discards the imaginary part",
            numpy.exceptions.ComplexWarning,
            stacklevel=4,
        )
    if value.dtype != dtype:
        value = astype(value, dtype=dtype)
    return value if value.shape == shape else _broadcast(value, shape)


def _broadcast(value: Any, shape: tuple[int, ...]) -> Any:
    own = value.shape
    extra = len(own) - len(shape)
    if extra > 0 and shape and math.prod(own[:extra]) == 1:
        own = own[extra:]
        value = reshape(value, shape=own)
    if len(own) > len(shape) or any(n not in (1, m) for n, m in zip(own[::-1], shape[::-1], strict=False)):
        raise ValueError(
            f"[setitem] could not broadcast input array from shape {value.shape} into shape {shape}; wanted a value "
            "that fits the place it is written to; write x[index].shape to see that shape"
        )
    return broadcast_to(value, shape=shape)


# -- masks without values --------------------------------------------------------------------------


def _abstract_mask(index: Any, value: Any) -> Any:
    """The index, if it is one boolean tensor whose values are not known, and need not be for a scalar `value`."""
    if type(index) is Tensor and index.dtype.kind == "b":
        index = stood_in(index)
        if type(index._value) is Abstract and (numpy.shape(value) == () or decided(index, "setitem") is None):
            return index
    return None


def _over(mask: Any, x: Any) -> Any:
    """The mask with an axis for each axis of `x`."""
    lead = len(mask.shape)
    if mask.shape != x.shape[:lead]:
        raise IndexError(
            f"[setitem] the boolean index has shape {mask.shape} and the tensor {x.shape}, wanted the same lengths; "
            "write a mask of the shape of the tensor, or of its first axes"
        )
    return reshape(mask, shape=(*mask.shape, *(1,) * (len(x.shape) - lead)))


def _fill(value: Any, x: Any) -> Any:
    """A value that does not depend on how many elements a mask selects."""
    if type(value) is not Tensor:
        value = numpy.asarray(value)
    if value.shape != ():
        raise TypeError(
            f"[setitem] a value of shape {value.shape} was written through a boolean index without a value yet, as "
            "inside vmap, wanted a scalar; write x = np.where(mask, values, x) with values for all elements"
        )
    return fit_value(value, (), x.dtype)


# -- parsing ---------------------------------------------------------------------------------------


class IndexPlan(NamedTuple):
    """An index as two steps: a basic index, then one index array along some axes of its result.

    Attributes:
        block: the basic index, or ``None`` if it takes everything.
        index: the index array into the axes below, merged; ``None`` if there is none.
        axes: axes of the block that the index array replaces.
        front: its axes go to the front, where NumPy puts those of index arrays that are apart.
    """

    block: tuple[Any, ...] | None
    index: Any
    axes: tuple[int, ...]
    front: bool

    def take(self, x: Any) -> Any:
        part = self._part(x)
        if self.index is None:
            return part
        return gather(self._merge(part), self.index, axis=self._axis)

    def shape_of(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of what the index takes from an array of shape `shape`."""
        part = self._part(numpy.broadcast_to(numpy.False_, shape))
        if self.index is None:
            return part.shape
        rest = [n for a, n in enumerate(part.shape) if a not in self.axes]
        return (*rest[: self._axis], *self.index.shape, *rest[self._axis :])

    def write(self, x: Any, value: Any) -> Any:
        if self.index is not None:
            part = self._part(x)
            written = scatter_set(self._merge(part), value, self.index, axis=self._axis)
            value = self._unmerge(written, part.shape)
        return value if self.block is None else slice_set(x, value, index=self.block)

    def accumulate(self, x: Any, value: Any) -> Any:
        return add(x, self.spread(value, x.shape))

    def spread(self, value: Any, shape: tuple[int, ...]) -> Any:
        """Zeros of a shape to which the value is added; the transpose of `take`."""
        if self.index is not None:
            part = self._part(numpy.broadcast_to(numpy.False_, shape)).shape
            length = math.prod(part[a] for a in self.axes)
            value = self._unmerge(scatter_add(value, self.index, axis=self._axis, length=length), part)
        return value if self.block is None else unslice(value, index=self.block, shape=shape)

    @property
    def _axis(self) -> int:
        return 0 if self.front else self.axes[0]

    def _part(self, x: Any) -> Any:
        return x if self.block is None else block(x, index=self.block)

    def _merge(self, part: Any) -> Any:
        """The indexed axes side by side, and made one."""
        count = len(self.axes)
        if count == 1 and not self.front:
            return part
        for place, axis in enumerate(self.axes):
            part = move_axes(part, axis, 1, self._axis + place)
        shape = part.shape
        start, end = self._axis, self._axis + count
        return reshape(part, shape=(*shape[:start], math.prod(shape[start:end]), *shape[end:]))

    def _unmerge(self, merged: Any, shape: tuple[int, ...]) -> Any:
        """The inverse of `_merge`, where the block has shape `shape`."""
        count = len(self.axes)
        if count == 1 and not self.front:
            return merged
        lengths = [shape[a] for a in self.axes]
        start = self._axis
        part = reshape(merged, shape=(*merged.shape[:start], *lengths, *merged.shape[start + 1 :]))
        for place, axis in reversed(list(enumerate(self.axes))):
            part = move_axes(part, self._axis + place, 1, axis)
        return part


class _Mask(NamedTuple):
    """A boolean index array."""

    values: Any


def parse(shape: tuple[int, ...], index: Any) -> IndexPlan:
    """Bring an index into an array of shape `shape` to a plan.

    Raises:
        IndexError: NumPy would raise one.
        TypeError: a boolean index has no value yet, inside `vmap`.
    """
    items = [_item(i) for i in (index if type(index) is tuple else (index,))]
    items = _complete(items, shape)
    if not any(_is_array(i) for i in items):
        return IndexPlan(tuple(items), None, (), False)
    return _Parser(shape).run(items)


def _is_array(item: Any) -> bool:
    return isinstance(item, (numpy.ndarray, Tensor, _Mask))


def _item(index: Any) -> Any:
    """One entry of an index: int, slice, ``None``, ``...``, integer array (or tensor), or mask."""
    if type(index) in BASIC:
        return index
    if isinstance(index, (list, tuple)) and holds_tensor(index):
        index = stacked(index)
    if type(index) is Tensor:
        index = stood_in(index)
        if type(index._value) is Abstract:
            known = decided(index, "getitem") if index.dtype.kind == "b" else None
            return _abstract_item(index) if known is None else _array_item(known, index)
        index = index._value
    if isinstance(index, (list, tuple, numpy.ndarray, numpy.generic, bool)):
        return _array_item(numpy.asarray(index), index)
    try:
        return operator.index(index)
    except TypeError:
        raise IndexError(INVALID) from None


def _abstract_item(index: Tensor) -> Tensor:
    if index.dtype.kind == "b":
        raise TypeError(
            f"[getitem] the boolean index of shape {index.shape} has no value yet, as inside vmap, so the number of "
            "elements it selects is not known; wanted an operation whose result has a known shape; write "
            "np.where(mask, x, 0), or call the function without vmap in a Python loop"
        )
    if index.dtype.kind not in "iu":
        raise IndexError(INVALID)
    return index


def _array_item(array: Any, given: Any) -> Any:
    if array.dtype.kind == "b":
        return _Mask(array)
    if isinstance(given, list) and array.size == 0:
        array = array.astype(numpy.intp)
    if array.dtype.kind not in "iu":
        raise IndexError(INVALID if array.ndim == 0 or isinstance(given, list) else _NOT_INTEGER)
    return int(array) if array.ndim == 0 else array


_NOT_INTEGER = "arrays used as indices must be of integer (or boolean) type"


def _consumed(item: Any) -> int:
    """How many axes an entry of an index stands for."""
    if item is None or item is Ellipsis:
        return 0
    return item.values.ndim if type(item) is _Mask else 1


def _complete(items: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """The entries with an ellipsis, so that they stand for all axes."""
    used = sum(_consumed(i) for i in items)
    if used > len(shape):
        raise IndexError(f"too many indices for array: array is {len(shape)}-dimensional, but {used} were indexed")
    count = sum(i is Ellipsis for i in items)
    if count > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    return items if count else [*items, Ellipsis]


class _Parser:
    """Goes through the entries of an index with at least one array.

    Attributes:
        axis: the axis of the array that comes next.
        block: the basic index, so far.
        arrays: index arrays, each with its axis in the block.
        groups: how many runs of neighbouring index arrays there are.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.axis = 0
        self.block: list[Any] = []
        self.arrays: list[tuple[int, Any]] = []
        self.groups = 0
        self.apart = True
        self.mask: Any = None

    def run(self, items: Sequence[Any]) -> IndexPlan:
        left = len(self.shape) - sum(_consumed(i) for i in items)
        for item in items:
            if item is Ellipsis:
                self.basic([ALL] * left, left)
            elif item is None:
                self.basic([None], 0)
            elif type(item) is slice:
                self.basic([item], 1)
            elif type(item) is _Mask:
                self.add_mask(item.values)
            else:
                self.add_array(item)
        return self.plan()

    def basic(self, entries: list[Any], consumed: int) -> None:
        self.block += entries
        self.axis += consumed
        self.apart = True

    def add_array(self, array: Any, entry: Any = ALL, consumed: int = 1) -> None:
        self.groups += self.apart
        self.apart = False
        self.arrays.append((len(self.block), numpy.asarray(array) if type(array) is int else array))
        self.block.append(entry)
        self.axis += consumed

    def add_mask(self, mask: Any) -> None:
        """A mask is as many index arrays as it has axes; one without axes makes a new axis of length 0 or 1."""
        if mask.ndim == 0:
            self.add_array(numpy.zeros(int(mask), numpy.intp), None, 0)
        for place, length in enumerate(mask.shape):
            if self.shape[self.axis + place] != length:
                raise IndexError(
                    f"boolean index did not match indexed array along axis {self.axis + place}; size of axis is "
                    f"{self.shape[self.axis + place]} but size of corresponding boolean axis is {length}"
                )
        for array in mask.nonzero() if mask.ndim else ():
            self.add_array(array)

    def plan(self) -> IndexPlan:
        axes, arrays = zip(*self.arrays, strict=True)
        block = None if all(entry == ALL for entry in self.block) else tuple(self.block)
        lengths = [self.length(axis) for axis in axes]
        front = self.groups > 1 and any(array.ndim for array in arrays)
        return IndexPlan(block, _merged_index(arrays, lengths), axes, front or _scattered(axes))

    def length(self, axis: int) -> int:
        """The length of an axis of the block that an index array replaces."""
        if self.block[axis] is None:
            return 1
        return self.shape[sum(entry is not None for entry in self.block[:axis])]


def _scattered(axes: Sequence[int]) -> bool:
    return any(b != a + 1 for a, b in pairwise(axes))


def _merged_index(arrays: Sequence[Any], lengths: Sequence[int]) -> Any:
    """Index arrays into several axes as one into those axes merged."""
    if len(arrays) == 1:
        return arrays[0]
    try:
        numpy.broadcast_shapes(*[array.shape for array in arrays])
    except ValueError:
        shapes = " ".join(str(array.shape) for array in arrays)
        raise IndexError(
            f"shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}"
        ) from None
    return ravel_index(*arrays, lengths=tuple(lengths))
