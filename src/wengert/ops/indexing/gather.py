"""Primitives that take elements by index and put them back.

Two kinds. A *constant* index is a parameter, and may be all that NumPy knows: `block` takes, its transpose
`unslice` puts back, and `slice_set` writes. An index that is an *operand*, since it may have no value yet, is
one array of integers along one axis: `gather` and its transpose `scatter_add`, and `scatter_set` that writes;
`wengert.ops.indexing.index` brings other indices to that form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import WIDER
from ...core.node import UNTRACKED, Node
from ...core.primitive import Primitive, primitives
from ...core.recording import general as bind_general, named, record
from ...core.state import RECORDING, observers, records
from ...core.tensor import Tensor
from ..broadcast import broadcast_to
from ..elementwise import where
from ..factors import batch_elementwise
from ..facts import MOVEMENT, state_facts
from ..linear_maps import Map
from ..shape import NOTHING, reshape, transpose

ALL = slice(None)

# -- constant indices ------------------------------------------------------------------------------


def without_memory(form: Any) -> Any:
    """An array of the shape and dtype that takes no memory, on which NumPy can try an index."""
    return numpy.broadcast_to(numpy.zeros((), form.dtype), form.shape)


def _block_form(x: Any, index: tuple[Any, ...]) -> Abstract:
    return Abstract(without_memory(x)[index].shape, x.dtype)


def _place(ct: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Zeros with `ct` at the index; what goes to the same place adds up."""
    out = numpy.zeros(shape, ct.dtype)
    _add_block(out, ct, index)
    return out


def _add_block(out: Any, ct: Any, index: tuple[Any, ...]) -> None:
    """Add `ct` at the index, in place."""
    if not _has_integers(index):
        out[index] += ct
        return
    axis = len(index) - 1
    if all(type(entry) is slice and entry == ALL for entry in index[:axis]):
        add_at(out, index[axis], ct, axis)
    else:
        numpy.add.at(out.reshape(-1), _places(index, out.shape).reshape(-1), numpy.reshape(ct, -1))


def _has_integers(index: tuple[Any, ...]) -> bool:
    """Whether the index may take an element more than once."""
    return any(type(entry) is numpy.ndarray and entry.dtype.kind != "b" for entry in index)


def _places(index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Where in the flattened array the elements are that the index takes."""
    return numpy.arange(math.prod(shape)).reshape(shape)[index]


def _last_of_each_place(index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """For each element that the index takes, whether none behind it is the same."""
    return _last_writes(_places(index, shape), math.prod(shape))


def rank_if_apart(index: tuple[Any, ...]) -> int:
    """How many axes NumPy puts first, because the index arrays they come from are apart; 0 if they are not."""
    rank, groups, together = 0, 0, False
    for entry in index:
        is_array = not (entry is None or entry is Ellipsis or type(entry) is slice)
        groups += is_array and not together
        together = is_array
        if type(entry) is numpy.ndarray:
            rank = max(rank, 1 if entry.dtype.kind == "b" else entry.ndim)
    return rank if groups > 1 else 0


def _batch_block(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    index = node.params["index"]
    return move_axes(block(operands[0], index=(ALL, *index)), rank_if_apart(index), 1, 0)


_BLOCK = Primitive(
    "getitem",
    lambda x, index: x[index],
    ("x",),
    _block_form,
    [
        Map(
            lambda dx, residuals, node: block(dx, index=node.params["index"]),
            lambda ct, residuals, node: unslice(ct, index=node.params["index"], shape=node.forms[0].shape),
            frozenset(),
            lambda ct, residuals, node: (unslice if WIDER else _place)(
                ct, index=node.params["index"], shape=node.forms[0].shape
            ),
            add_to=lambda total, ct, node: _add_block(total, ct, node.params["index"]),
        )
    ],
    batch=_batch_block,
    moves=True,
)

SMALL = 8
"""A block is copied if it is at most one part in so many: a view of it would keep all the memory alive, and
make the next write to the tensor copy everything."""


def block(x: Any, index: tuple[Any, ...]) -> Any:
    """``block(x, index=)``: `index` is a tuple of what NumPy knows as an index; masks and integers as arrays.

    Every ``x[i]`` passes here, so it takes as few steps as can be.
    """
    if type(x) is not Tensor:
        return x[index]
    node = x._node
    value = x._value
    watch = node.watch & records()
    if watch >= RECORDING or type(value) is Abstract or observers:
        return record(_BLOCK, (x,), {"index": index})
    out = value[index]
    if type(out) is numpy.ndarray and out.base is not None and SMALL * out.size <= value.size:
        out = out.copy()
    if watch:
        forms = (Abstract(value.shape, value.dtype), Abstract(out.shape, out.dtype))
        return Tensor(out, Node(_BLOCK, (node,), NOTHING, {"index": index}, forms, watch))
    return Tensor(out, UNTRACKED)


_BLOCK.operation = named(block, _BLOCK)


def _batch_unslice(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    index = node.params["index"]
    v = move_axes(operands[0], 0, 1, rank_if_apart(index))
    return unslice(v, index=(ALL, *index), shape=(size, *node.params["shape"]))


_UNSLICE = Primitive(
    "unslice",
    _place,
    ("x",),
    lambda x, index, shape: Abstract(shape, x.dtype),
    [
        Map(
            lambda dx, residuals, node: unslice(dx, **node.params),
            lambda ct, residuals, node: block(ct, index=node.params["index"]),
            frozenset(),
        )
    ],
    batch=_batch_unslice,
)
unslice: Final = bind_general(_UNSLICE)
_UNSLICE.operation = unslice
"""``unslice(x, index=, shape=)``: zeros of a shape to which `x` is added at an index; the transpose of `block`."""


def _set_block(x: Any, v: Any, index: tuple[Any, ...]) -> Any:
    out = numpy.array(x)
    out[index] = v
    return out


def _batch_slice_set(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    x, v = (o if b else broadcast_to(o, shape=(size, *o.shape)) for o, b in zip(operands, batched, strict=True))
    index = node.params["index"]
    return slice_set(x, move_axes(v, 0, 1, rank_if_apart(index)), index=(ALL, *index))


def _kept(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    """The cotangent of what was written, and zero where a later write to the same place won."""
    index = node.params["index"]
    taken = block(ct, index=index)
    if not _has_integers(index):
        return taken
    return where(_last_of_each_place(index, node.forms[0].shape), taken, 0)


SLICE_SET = Primitive(
    "slice_set",
    _set_block,
    ("x", "v"),
    lambda x, v, index: Abstract(x.shape, x.dtype),
    [
        Map(
            lambda dx, residuals, node: _cleared_block(dx, node),
            lambda ct, residuals, node: _cleared_block(ct, node),
            frozenset(),
        ),
        Map(
            lambda dv, residuals, node: slice_set(without_memory(node.forms[0]), dv, index=node.params["index"]),
            _kept,
            frozenset(),
        ),
    ],
    batch=_batch_slice_set,
    moves=True,
)
slice_set: Final = bind_general(SLICE_SET)
SLICE_SET.operation = slice_set
"""``slice_set(x, v, index=)``: `x` with `v`, of the shape of that block, at an index; the last write wins."""


def _cleared_block(x: Any, node: Any) -> Any:
    return slice_set(x, without_memory(node.forms[1]), index=node.params["index"])


# -- an index that is an operand: one array along one axis -----------------------------------------


def _gather_form(x: Any, index: Any, axis: int) -> Abstract:
    if x.shape[axis] == 0 and index.size:
        raise IndexError("cannot do a non-empty take from an empty axes.")
    return Abstract((*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]), x.dtype)


def _batch_gather(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    x, index = operands
    axis, rank = node.params["axis"], node.forms[1].ndim
    if not batched[1]:
        return gather(x, index, axis=axis + 1)
    if not batched[0]:
        return move_axes(gather(x, index, axis=axis), axis, 1, 0)
    merged, flat = _merge_batch(x, axis), _batch_index(index, size, x.shape[axis + 1])
    return move_axes(gather(merged, flat, axis=0), 1, rank, axis + 1)


def move_axes(x: Any, source: int, count: int, destination: int) -> Any:
    """`x` with `count` neighbouring axes from `source` on moved, to begin at `destination`."""
    if source == destination or count == 0:
        return x
    moved = list(range(source, source + count))
    order = [i for i in range(len(x.shape)) if i not in moved]
    order[destination:destination] = moved
    return transpose(x, axes=tuple(order))


def _merge_batch(x: Any, axis: int) -> Any:
    """Axis `axis` of each example brought to the front, and merged with the batch axis."""
    front = move_axes(x, axis + 1, 1, 1)
    return reshape(front, shape=(front.shape[0] * front.shape[1], *front.shape[2:]))


def _unmerge_batch(x: Any, size: int, axis: int) -> Any:
    """The inverse of `_merge_batch`."""
    front = reshape(x, shape=(size, x.shape[0] // size if size else 0, *x.shape[1:]))
    return move_axes(front, 1, 1, axis + 1)


def _batch_index(index: Any, size: int, length: int) -> Any:
    """Batched indices along an axis as indices along that axis merged with the batch axis."""
    rows = numpy.arange(size).reshape(size, *(1,) * (len(index.shape) - 1))
    return ravel_index(rows, index, lengths=(size, length))


_GATHER = Primitive(
    "gather",
    lambda x, index, axis: numpy.take(x, index, axis),
    ("x", "index"),
    _gather_form,
    [
        Map(
            lambda dx, residuals, node: gather(dx, residuals[1], axis=node.params["axis"]),
            lambda ct, residuals, node: scatter_add(
                ct, residuals[1], axis=node.params["axis"], length=node.forms[0].shape[node.params["axis"]]
            ),
            frozenset((1,)),
        ),
        None,
    ],
    batch=_batch_gather,
    moves=True,
)
gather: Final = bind_general(_GATHER)
_GATHER.operation = gather
"""``gather(x, index, axis=)``: `x` with one axis, non-negative, replaced by the axes of an integer array."""


def _scatter_form(v: Any, index: Any, axis: int, length: int) -> Abstract:
    return Abstract((*v.shape[:axis], length, *v.shape[axis + index.ndim :]), v.dtype)


def add_at(out: Any, index: Any, v: Any, axis: int) -> None:
    """``out[..., index, ...] += v`` in memory, adding up duplicates; `out` is contiguous.

    On flat arrays, for which ``numpy.add.at`` has a fast path.
    """
    count = math.prod(out.shape[axis + 1 :])
    before = math.prod(out.shape[:axis])
    places = normal_index(index, out.shape[axis], axis).reshape(1, -1, 1)
    if before * count != 1:
        rows = numpy.arange(before).reshape(-1, 1, 1) * out.shape[axis]
        places = (rows + places) * count + numpy.arange(count)
    numpy.add.at(out.reshape(-1), places.reshape(-1), numpy.reshape(v, -1))


def normal_index(index: Any, length: int, axis: int) -> Any:
    """An integer array without negative numbers.

    Raises:
        IndexError: an index is out of bounds, as NumPy says it.
    """
    index = numpy.asarray(index).astype(numpy.intp, copy=False)
    outside = (index < -length) | (index >= length)
    if outside.any():
        first = index[outside].flat[0]
        raise IndexError(f"index {first} is out of bounds for axis {axis} with size {length}")
    return numpy.where(index < 0, index + length, index)


def _scatter_add(v: Any, index: Any, axis: int, length: int) -> Any:
    v = numpy.asarray(v)
    out = numpy.zeros((*v.shape[:axis], length, *v.shape[axis + numpy.ndim(index) :]), v.dtype)
    add_at(out, index, v, axis)
    return out


def _batch_scatter_add(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    v, index = operands
    axis, length = node.params["axis"], node.params["length"]
    if not batched[1]:
        return scatter_add(v, index, axis=axis + 1, length=length)
    v = v if batched[0] else broadcast_to(v, shape=(size, *v.shape))
    front = move_axes(v, axis + 1, node.forms[1].ndim, 1)
    merged = scatter_add(front, _batch_index(index, size, length), axis=0, length=size * length)
    return _unmerge_batch(merged, size, axis)


_SCATTER_ADD = Primitive(
    "scatter_add",
    _scatter_add,
    ("v", "index"),
    _scatter_form,
    [
        Map(
            lambda dv, residuals, node: scatter_add(dv, residuals[1], **node.params),
            lambda ct, residuals, node: gather(ct, residuals[1], axis=node.params["axis"]),
            frozenset((1,)),
        ),
        None,
    ],
    batch=_batch_scatter_add,
)
scatter_add: Final = bind_general(_SCATTER_ADD)
_SCATTER_ADD.operation = scatter_add
"""``scatter_add(v, index, axis=, length=)``: zeros, to which `v` is added at the indices along an axis."""


def _scatter_set(x: Any, v: Any, index: Any, axis: int) -> Any:
    out = numpy.array(x)
    out[(*(ALL,) * axis, index)] = v
    return out


def _batch_scatter_set(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    axis, rank = node.params["axis"], node.forms[2].ndim
    index = operands[2]
    x, v = (o if b else broadcast_to(o, shape=(size, *o.shape)) for o, b in zip(operands[:2], batched, strict=False))
    if not batched[2]:
        return scatter_set(x, v, index, axis=axis + 1)
    flat = _batch_index(index, size, x.shape[axis + 1])
    merged = scatter_set(_merge_batch(x, axis), move_axes(v, axis + 1, rank, 1), flat, axis=0)
    return _unmerge_batch(merged, size, axis)


def _clear_scattered(dx: Any, residuals: Sequence[Any], node: Any) -> Any:
    return scatter_set(dx, without_memory(node.forms[1]), residuals[2], **node.params)


def _written(dv: Any, residuals: Sequence[Any], node: Any) -> Any:
    return scatter_set(without_memory(node.forms[0]), dv, residuals[2], **node.params)


def _winning(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    """The cotangent of what was written, and zero where a later write to the same place won."""
    axis, form = node.params["axis"], node.forms[0]
    won = last_writes(residuals[2], length=form.shape[axis])
    won = reshape(won, shape=(*won.shape, *(1,) * (form.ndim - axis - 1)))
    return where(won, gather(ct, residuals[2], axis=axis), 0)


_SCATTER_SET = Primitive(
    "scatter_set",
    _scatter_set,
    ("x", "v", "index"),
    lambda x, v, index, axis: Abstract(x.shape, x.dtype),
    [
        Map(_clear_scattered, _clear_scattered, frozenset((2,))),
        Map(_written, _winning, frozenset((2,))),
        None,
    ],
    batch=_batch_scatter_set,
    moves=True,
)
scatter_set: Final = bind_general(_SCATTER_SET)
_SCATTER_SET.operation = scatter_set
"""``scatter_set(x, v, index, axis=)``: `x` with `v` written at the indices along an axis; the last write wins."""


def _last_writes(index: Any, length: int) -> Any:
    index = numpy.asarray(index)
    order = numpy.arange(index.size).reshape(index.shape)
    winner = numpy.zeros(length, order.dtype)
    winner[index] = order
    return winner[index] == order


_LAST_WRITES = Primitive(
    "last_writes",
    _last_writes,
    ("index",),
    lambda index, length: Abstract(index.shape, numpy.dtype(bool)),
    [None],
    batch=lambda size, operands, batched, node: last_writes(
        _batch_index(operands[0], size, node.params["length"]), length=size * node.params["length"]
    ),
)
last_writes: Final = bind_general(_LAST_WRITES)
_LAST_WRITES.operation = last_writes
"""``last_writes(index, length=)``: for each index, whether it is the last of its kind."""


def _ravel_index(*indices: Any, lengths: tuple[int, ...]) -> Any:
    flat: Any = numpy.zeros((), numpy.intp)
    for axis, (index, length) in enumerate(zip(indices, lengths, strict=True)):
        flat = flat * length + normal_index(index, length, axis)
    return flat


_RAVEL_INDEX = Primitive(
    "ravel_index",
    _ravel_index,
    ("*indices",),
    lambda *indices, lengths: Abstract(numpy.broadcast_shapes(*[i.shape for i in indices]), numpy.dtype(numpy.intp)),
    [None],
    batch=batch_elementwise,
)
ravel_index: Final = bind_general(_RAVEL_INDEX)
_RAVEL_INDEX.operation = ravel_index
"""``ravel_index(*indices, lengths=)``: index arrays, one an axis, as one into those axes merged."""

INDEXED = primitives(gather, scatter_add, scatter_set, ravel_index)
"""Operations that raise for an index out of bounds."""


def bounds_of(node: Node) -> list[tuple[Node, int]]:
    """What such an operation demands: for each index that is no constant, the length of its axis."""
    lengths: Sequence[Any] = node.params.get("lengths") or [node.params.get("length")]
    if node.primitive in (_GATHER, _SCATTER_SET):
        assert node.forms is not None  # only an elementwise operation on equal forms keeps none
        lengths = [node.forms[0].shape[node.params["axis"]]]
    bounds = zip(node.parents[-len(lengths) :], lengths, strict=True)
    return [(index, length) for index, length in bounds if index is not UNTRACKED]


state_facts(MOVEMENT, block, unslice, slice_set)
