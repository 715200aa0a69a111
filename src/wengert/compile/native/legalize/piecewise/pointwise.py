"""Elementwise operations and sums, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce as folded
from itertools import pairwise, product
from typing import Any

import numpy

from .....core.graph import GraphNode, form_of_operand
from .....core.primitive import primitives
from .....ops import elementwise as e
from .....ops.axes import reduce
from .....ops.factors import GUARDED_PRODUCTS, clear
from ....passes.rewriting import apply
from ....passes.squeezing import is_elementwise, squeezed
from .boxes import computed
from .pieces import Box, Cuts, Pieces, lengths_of, reshaped, stretched, united
from .run import Piecewise

SUMS = primitives(e.add, e.subtract)
SCALINGS = primitives(e.multiply, e.divide)
ZERO_OF_ZERO = GUARDED_PRODUCTS | primitives(clear, e.negative, e.positive, e.stop_gradient)
"""Operations that are zero where their first operand is, whatever else they are given."""


def elementwise(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """Each piece of the pieces of the operands."""
    if not is_elementwise(node):
        return None
    cuts = united(least, *(stretched(run.cuts_of(operand), node.form.shape) for operand in operands))

    def cell(box: Box) -> Any:
        return _of_parts(node, operands, [run.aligned(operand, box) for operand in operands], lengths_of(box))

    return run.made(node, cuts, cell)


def _of_parts(node: GraphNode, operands: Sequence[Any], parts: list[Any], shape: tuple[int, ...]) -> Any:
    """The operation on a part of each operand; ``None`` is a zero."""
    if any(part is None for part in parts):
        known = [part for part in parts if part is not None]
        if _stays_zero(node, parts):
            return None
        if node.primitive is e.add.primitive and form_of_operand(known[0]).shape == shape:
            return known[0]
        has_shape = any(form_of_operand(part).shape == shape for part in known)
        zeros = [numpy.broadcast_to(form_of_operand(o).dtype.type(0), () if has_shape else shape) for o in operands]
        parts = [zero if part is None else part for part, zero in zip(parts, zeros, strict=True)]
    return computed(node, parts, shape)


def _stays_zero(node: GraphNode, parts: Sequence[Any]) -> bool:
    """Whether an operation makes zeros of zeros where nothing was put."""
    if node.primitive in SUMS:
        return all(part is None for part in parts)
    return parts[0] is None and (node.primitive in ZERO_OF_ZERO or _is_finite_factor(node, parts[-1]))


def _is_finite_factor(node: GraphNode, factor: Any) -> bool:
    """Whether zeros are multiplied with, or divided by, numbers that leave them zeros."""
    if node.primitive not in SCALINGS or isinstance(factor, GraphNode) or factor is None:
        return False
    return bool(numpy.isfinite(factor).all()) and (node.primitive is e.multiply.primitive or bool(numpy.all(factor)))


# -- sums ------------------------------------------------------------------------------------------


def summed(run: Piecewise, node: GraphNode, operands: Sequence[Any], least: Cuts) -> Pieces | None:
    """The sums of the pieces that lie along the axes of summing."""
    (x,), axes = operands, node.params["axis"]
    form, own = form_of_operand(x), run.cuts_of(x)
    if form.dtype != node.form.dtype or form.dtype.kind != "f":
        return None
    kept = [axis for axis in range(form.ndim) if axis not in axes]
    places = kept if not node.params["keepdims"] else list(range(form.ndim))
    along = [(0, 1) if axis in axes else own[axis] for axis in places]

    def cell(box: Box) -> Any:
        given = dict(zip(places, box, strict=True))
        ranges = [pairwise(own[axis]) if axis in axes else [given[axis]] for axis in range(form.ndim)]
        parts = [run.part(x, inner) for inner in product(*ranges)]
        terms = [_sum(part, axes, lengths_of(box)) for part in parts if part is not None]
        return folded(_added, terms) if terms else None

    return run.made(node, united(least, tuple(along)), cell)


def _sum(part: Any, axes: Sequence[int], shape: tuple[int, ...]) -> Any:
    """The sum of a piece, to which its axes of length 1 add nothing."""
    if not isinstance(part, GraphNode):
        return numpy.sum(part, axis=tuple(axes)).reshape(shape)
    kept = [axis for axis, n in enumerate(part.form.shape) if n != 1]
    over = tuple(kept.index(axis) for axis in axes if axis in kept)
    part = reshaped(part, tuple(part.form.shape[axis] for axis in kept))
    total = apply(reduce.sum.primitive, [part], {"axis": over, "keepdims": False}) if over else part
    return reshaped(total, shape)


def _added(x: Any, y: Any) -> Any:
    made = apply(e.add.primitive, [x, y], {})
    return squeezed(made, [x, y]) or made
