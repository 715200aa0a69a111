"""Operations that move, take apart and put together, piece by piece."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .....core.graph import GraphNode, form_of_operand
from .boxes import broadcast, transposed
from .pieces import Box, Cuts, Interval, Pieces, is_single, lengths_of, reshaped, stretched, united
from .run import Piecewise
from .steps import AxisStep, steps_of


def transpose(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """Pieces in the other order, each transposed."""
    (x,), axes = operands, node.params["axes"]
    own = run.cuts_of(x)

    def cell(box: Box) -> Any:
        part = run.part(x, tuple(box[axes.index(axis)] for axis in range(len(axes))))
        return None if part is None else transposed(part, axes)

    return run.made(node, united(least, tuple(own[axis] for axis in axes)), cell)


def broadcast_to(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """Each piece broadcast."""
    (x,) = operands

    def cell(box: Box) -> Any:
        part = run.aligned(x, box)
        return None if part is None else broadcast(part, lengths_of(box))

    return run.made(node, united(least, stretched(run.cuts_of(x), node.form.shape)), cell)


# -- reshaping -------------------------------------------------------------------------------------


def reshape(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """Where axes that are cut into single elements become others that are, between the same others."""
    (x,) = operands
    own = run.cuts_of(x)
    (singles, others), (singles_there, others_there) = _sections(own), _sections(least)
    if [own[axis][-1] for axis in others] != [least[axis][-1] for axis in others_there]:
        return None
    if any(_size(own, old) != _size(least, new) for old, new in zip(singles, singles_there, strict=True)):
        return None
    cuts = list(least)
    for axis, there in zip(others, others_there, strict=True):
        cuts[there] = tuple(sorted({*own[axis], *least[there]}))

    def cell(box: Box) -> Any:
        part = run.part(x, _renumbered(box, least, own))
        return None if part is None else reshaped(part, lengths_of(box))

    return run.made(node, tuple(cuts), cell)


def _sections(cuts: Cuts) -> tuple[list[list[int]], list[int]]:
    """The axes of single elements before, between and behind the other axes; and these."""
    singles: list[list[int]] = [[]]
    others = []
    for axis, own in enumerate(cuts):
        if is_single(own):
            singles[-1].append(axis)
        else:
            others.append(axis)
            singles.append([])
    return singles, others


def _size(cuts: Cuts, axes: Sequence[int]) -> int:
    return int(numpy.prod([cuts[axis][-1] for axis in axes], dtype=int))


def _renumbered(box: Box, cuts: Cuts, own: Cuts) -> Box:
    """The box of the elements at the same numbers in an array of another shape."""
    (singles, others), (inner, others_there) = _sections(cuts), _sections(own)
    found: dict[int, Interval] = {there: box[axis] for axis, there in zip(others, others_there, strict=True)}
    for old, new in zip(singles, inner, strict=True):
        number = 0
        for axis in old:
            number = number * cuts[axis][-1] + box[axis][0]
        for axis in reversed(new):
            number, place = divmod(number, own[axis][-1])
            found[axis] = place, place + 1
    return tuple(found[axis] for axis in range(len(own)))


# -- taking apart ----------------------------------------------------------------------------------


def block(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """The pieces that an index takes, or their parts."""
    (x,) = operands
    steps, own = steps_of(node.params["index"], form_of_operand(x).shape), run.cuts_of(x)
    if steps is None:
        return None
    found = [step.cuts_inside(() if step.axis is None else own[step.axis]) for step in steps if step.is_kept]
    if any(cuts is None for cuts in found):
        return None

    def cell(box: Box) -> Any:
        intervals = iter(box)
        inner = [step.inner(next(intervals) if step.is_kept else (0, 1)) for step in steps]
        part = run.part(x, tuple(i for i, step in zip(inner, steps, strict=True) if step.axis is not None))
        return None if part is None else reshaped(part, lengths_of(box))

    return run.made(node, united(least, tuple(cuts for cuts in found if cuts is not None)), cell)


# -- putting together ------------------------------------------------------------------------------


def unslice(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """A value among zeros."""
    return _put(run, node, operands[0], least, lambda box: None)


def slice_set(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """A value in the place of a part of another."""
    ground, v = operands
    return _put(run, node, v, united(least, run.cuts_of(ground)), lambda box: run.part(ground, box))


def _put(run: Piecewise, node: GraphNode, x: Any, least: Cuts, ground: Callable[[Box], Any]) -> Pieces | None:
    shape = node.form.shape
    steps = steps_of(node.params["index"], shape)
    if steps is None or any(step.axis is None for step in steps):
        return None
    inner = iter(run.cuts_of(x))
    around = [
        step.cuts_around(n, next(inner) if step.is_kept else (0, 1)) for step, n in zip(steps, shape, strict=True)
    ]

    def cell(box: Box) -> Any:
        found = [step.outer(interval) for step, interval in zip(steps, box, strict=True)]
        if any(interval is None for interval in found):
            return ground(box)
        part = run.part(x, _kept(found, steps))
        return None if part is None else reshaped(part, lengths_of(box))

    return run.made(node, united(least, tuple(around)), cell)


def _kept(intervals: Sequence[Interval | None], steps: Sequence[AxisStep]) -> Box:
    each = zip(intervals, steps, strict=True)
    return tuple(interval for interval, step in each if interval is not None and step.is_kept)


def concatenate(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """The pieces of each operand, one behind the other."""
    axis = node.params["axis"]
    starts = [0, *itertools.accumulate(form_of_operand(operand).shape[axis] for operand in operands)]
    own = [run.cuts_of(operand) for operand in operands]
    along = {start + cut for start, cuts in zip(starts, own, strict=False) for cut in cuts[axis]}
    across = united(least, *((*cuts[:axis], least[axis], *cuts[axis + 1 :]) for cuts in own))
    cuts = (*across[:axis], tuple(sorted({*along, *least[axis]})), *across[axis + 1 :])

    def cell(box: Box) -> Any:
        number = bisect_right(starts, box[axis][0]) - 1
        local = box[axis][0] - starts[number], box[axis][1] - starts[number]
        return run.part(operands[number], (*box[:axis], local, *box[axis + 1 :]))

    return run.made(node, cuts, cell)


def stack(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """The pieces of each operand at its place of a new axis."""
    axis = node.params["axis"]
    own = united(*(run.cuts_of(operand) for operand in operands))

    def cell(box: Box) -> Any:
        part = run.part(operands[box[axis][0]], (*box[:axis], *box[axis + 1 :]))
        return None if part is None else reshaped(part, lengths_of(box))

    return run.made(node, united(least, (*own[:axis], tuple(range(len(operands) + 1)), *own[axis:])), cell)
