"""The ways to views: operations whose result shares the elements of their operand, and how each is written through."""

from __future__ import annotations

from typing import Any

from numpy import arange, ndarray

from ...core.abstract import Abstract
from ...core.kin import Params, Way
from ...core.node import UNTRACKED
from ...core.placed import PLACED
from ...core.recording import stood_in
from ...core.state import observers, state
from ...core.tensor import Tensor
from ...core.views import new, tied, view, whole
from ..broadcast import broadcast_to
from ..einsum import einsum, lengths_of
from ..elementwise import imag, real, stopped
from ..shape import reshape, transpose
from .gather import block, slice_set
from .index import BASIC, constant_index, index_set, taken

# -- ``x[index]`` ----------------------------------------------------------------------------------


def _part(x: Any, index: tuple[Any, ...]) -> Any:
    """As `block`, but the memory is shared, however small the part, where nobody watches."""
    if type(x) is not Tensor:
        return x[index]
    value = x._value
    if x._node.watch & state.on or observers or type(value) is Abstract:
        return block(x, index)
    return Tensor(value[index])


def _one_index(shape: tuple[int, ...], first: Params, second: Params) -> Params | None:
    """The one index for two that consist of slices."""
    outer, inner = first["index"], second["index"]
    if not all(type(entry) is slice for entry in (*outer, *inner)):
        return None
    kept = [range(n)[entry] for n, entry in zip(shape, outer, strict=False)]
    kept += [range(n) for n in shape[len(outer) : len(inner)]]
    kept = [r[entry] for r, entry in zip(kept, inner, strict=False)] + kept[len(inner) :]
    return {"index": tuple(map(_as_slice, kept))}


def _as_slice(places: range) -> slice:
    if not places:
        return slice(0, 0)
    return slice(places.start, places.stop if places.stop >= 0 else None, places.step)


BLOCK = Way(_part, lambda x, value, index: slice_set(x, value, index=index), _one_index)
"""A basic index: ``index`` is a tuple of integers, slices, ``None`` and ``...``."""

ITEM = Way(taken, lambda x, value, index: index_set(x, index, value))
"""The same with integers among them that are tensors without a value yet."""


def getitem(x: Tensor, index: Any) -> Tensor:
    """``x[index]``, with any index that NumPy knows, whose arrays may be tensors; a view if it is a basic one.

    Every ``x[i]`` passes here, so it takes as few steps as can be.
    """
    if type(index) in BASIC:
        index = (index,)
    elif not (type(index) is tuple and BASIC.issuperset(map(type, index))):
        return _any_item(x, index)
    value = x._value
    if x._node.watch or observers or type(value) is Abstract:
        made = block(x, index)
        value = made._value
    else:
        value = value[index]
        made = new(Tensor)
        made._value = value
        made._node = UNTRACKED
        made._kin = None
    kind = type(value)
    if kind is ndarray or ((kind is Abstract or kind in PLACED) and (value.shape or Ellipsis in index)):
        return tied(made, x, BLOCK, {"index": _fixed(index) if _may_change(index) else index})
    return made


def _may_change(index: tuple[Any, ...]) -> bool:
    """Whether there are tensors in slices, which may be written to later."""
    for entry in index:
        if type(entry) is slice:
            start, stop, step = entry.start, entry.stop, entry.step
            if type(start) is Tensor or type(stop) is Tensor or type(step) is Tensor:
                return True
    return False


def _fixed(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """A basic index with integers for the tensors in slices."""
    return tuple([slice(*map(_number, (i.start, i.stop, i.step))) if type(i) is slice else i for i in index])


def _number(end: Any) -> int | None:
    return None if end is None else end.__index__()


def _any_item(x: Tensor, index: Any) -> Tensor:
    """``x[index]`` with arrays or tensors in the index; a tensor that is one integer is as good as a number."""
    made = taken(x, index)
    entries = index if type(index) is tuple else (index,)
    if not made.shape or not all(type(i) in BASIC or _is_integer(i) for i in entries):
        return made
    constant = constant_index(index)
    if constant is not None:
        return tied(made, x, BLOCK, {"index": _fixed(tuple([i if type(i) in BASIC else int(i) for i in constant]))})
    return tied(made, x, ITEM, {"index": _fixed(tuple(map(_as_it_is, entries)))})


def _is_integer(entry: Any) -> bool:
    return type(entry) is Tensor and entry.shape == () and entry.dtype.kind in "iu"


def _as_it_is(entry: Any) -> Any:
    """An entry of an index, with what a tensor holds now."""
    if type(entry) is not Tensor:
        return entry
    held = stood_in(entry)
    return Tensor(held._value, held._node)


# -- other shapes ----------------------------------------------------------------------------------

RESHAPE = Way(
    reshape, lambda x, value, shape: reshape(value, shape=x.shape), lambda shape, first, second: {**first, **second}
)
"""``shape`` is complete, without -1."""

TRANSPOSE = Way(
    transpose,
    lambda x, value, axes: transpose(value, axes=tuple(sorted(range(len(axes)), key=axes.__getitem__))),
    lambda shape, first, second: {"axes": tuple(first["axes"][axis] for axis in second["axes"])},
)
"""``axes`` is a permutation."""

SPREAD = Way(broadcast_to, None)
"""``broadcast_to``, whose elements are seen in several places."""


def reshaped(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    return tied(reshape(x, shape=shape), x, RESHAPE, {"shape": shape})


def transposed(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    return tied(transpose(x, axes=axes), x, TRANSPOSE, {"axes": axes})


def _placed(x: Any, value: Any, inputs: tuple[str, ...], output: str) -> Any:
    """`x` with other elements where all axes of one letter have one index."""
    lengths = lengths_of(inputs, [x.shape])
    index = [arange(lengths[letter]).reshape([-1 if o == letter else 1 for o in output]) for letter in inputs[0]]
    return index_set(x, tuple(index), value)


DIAGONALS = Way(einsum, _placed)
"""Axes that are named by one letter go together."""


def arranged(x: Tensor, letters: str, output: str) -> Tensor:
    """The elements of `x`, whose axes have these letters, along the letters of the output; none is missing there."""
    if len(letters) == len(output):
        return transposed(x, tuple(letters.index(letter) for letter in output))
    return view(x, DIAGONALS, inputs=(letters,), output=output)


# -- the same elements, as something else ----------------------------------------------------------

DETACHED = whole(stopped)
"""What no derivative follows."""

REAL = Way(real, lambda z, value: value + 1j * imag(z))
IMAG = Way(imag, lambda z, value: real(z) + 1j * value)
