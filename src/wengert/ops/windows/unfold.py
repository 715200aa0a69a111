"""The windows themselves, and the sum of windows where they meet: each is the transpose of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ..facts import HARMLESS, state_facts
from ..linear_maps import Map
from .geometry import Axes, Axis, as_they_are, counts_of, dilated, filled, spread, taps, windows_of

Size = Sequence[int]


def lengths_of(x: Any, axes: Axes) -> tuple[int, ...]:
    """Those of the axes that windows move along: the last."""
    return x.shape[len(x.shape) - len(axes) :]


def lead_of(x: Any, rank: int) -> tuple[int, ...]:
    """The lengths of the axes before the last `rank`."""
    return x.shape[: len(x.shape) - rank]


def held(x: Any, size: Size, axes: Axes) -> list[Any]:
    """For each place in the window what all windows hold there, of a raw array as it is."""
    return [x[index] for _, index in taps(axes, size, counts_of(axes, lengths_of(x, axes), size))]


def _unfold(x: Any, size: Size, axes: Axes) -> Any:
    x, axes = filled(x, axes, 0), as_they_are(axes)
    found = windows_of(x, axes, size, counts_of(axes, lengths_of(x, axes), size))
    rank, lead = len(axes), x.ndim - len(axes)
    return found.transpose(*range(lead), *range(lead + rank, lead + 2 * rank), *range(lead, lead + rank))


def _unfold_form(x: Any, size: Size, axes: Axes) -> Abstract:
    return Abstract((*lead_of(x, len(axes)), *counts_of(axes, lengths_of(x, axes), size), *size), x.dtype)


def _fold(windows: Any, lengths: Sequence[int], size: Size, axes: Axes) -> Any:
    padded = [axis.padded(n) for axis, n in zip(axes, lengths, strict=True)]
    out = numpy.zeros((*lead_of(windows, 2 * len(axes)), *padded), windows.dtype)
    for place, index in taps(as_they_are(axes), size, counts_of(axes, lengths, size)):
        out[index] += windows[(..., *place)]
    return without_padding(out, lengths, axes)


def without_padding(x: Any, lengths: Sequence[int], axes: Axes) -> Any:
    """What was between the elements and at the ends left out."""
    ends = [_cut(axis, n) for axis, n in zip(axes, lengths, strict=True)]
    whole = spread(x, tuple(ends))
    return whole[(..., *(slice(None, None, axis.input_dilation) for axis in axes))]


def _cut(axis: Axis, length: int) -> Axis:
    """The padding that undoes a padding."""
    return Axis(low=-axis.low, high=dilated(length, axis.input_dilation) + axis.low - axis.padded(length))


def _fold_form(windows: Any, lengths: Sequence[int], size: Size, axes: Axes) -> Abstract:
    return Abstract((*lead_of(windows, 2 * len(axes)), *lengths), windows.dtype)


def _moves(name: str, evaluate: Any, form: Any, transpose: Callable[[Any, Any], Any]) -> Any:
    """Define an operation that moves elements and is its own derivative, and give the function that calls it."""
    own = Map(
        lambda dx, residuals, node: operation(dx, **node.params),
        lambda ct, residuals, node: transpose(ct, node),
        frozenset(),
    )
    batch = lambda size, operands, batched, node: operation(operands[0], **node.params)
    primitive = Primitive(name, evaluate, ("x",), form, [own], batch=batch, moves=evaluate is _unfold)
    primitive.operation = operation = bind_general(primitive)
    return operation


unfold: Final = _moves(
    "unfold",
    _unfold,
    _unfold_form,
    lambda ct, node: fold(ct, lengths=lengths_of(node.forms[0], node.params["axes"]), **node.params),
)
"""``unfold(x, size=, axes=)``: the windows over the last axes, in as many axes behind those of their places."""

fold: Final = _moves(
    "fold",
    _fold,
    _fold_form,
    lambda ct, node: unfold(ct, size=node.params["size"], axes=node.params["axes"]),
)
"""``fold(windows, lengths=, size=, axes=)``: the transpose of `unfold`, which adds up where windows meet."""

state_facts(HARMLESS, unfold, fold)
