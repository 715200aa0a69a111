"""Sums over eigenvalues or singular values, of numbers that are computed from them one by one.

The derivative of the sum of g(w) is tr(V diag(g') V^H dX), for equal values too, where those of the values by
themselves are not known. Source: A. Lewis, "Derivatives of spectral functions" (1996), theorem 1.1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.node import Node
from ...core.primitive import Primitive
from ...core.recording import PICK, general as bind_general
from ...core.state import records
from ...core.tensor import Tensor
from ..broadcast import broadcast_to, expand, sum as sum_over
from ..elementwise import (
    conjugate,
    multiply,
    negative,
    real,
)
from ..factors import scale
from ..shape import reshape
from ..slope import elementwise_sources
from .decompositions import DECOMPOSITIONS
from .parts import as_column, hermitian_part, total
from .spectral_functions import (
    BASE,
    batch_of_rows,
    by_parameters,
    hermitian_function,
    operands_of,
    singular_function,
    slope_of,
)


class _SumMap:
    """The joint linear map of a sum over the values: by the matrix, and by parameters."""

    needs = range(sys.maxsize)

    def __init__(self, function: Callable[..., Any], seen: Callable[[Any], Any]) -> None:
        self.function = function
        self.seen = seen

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        slopes, parts = slope_of(node, 0, bit).value, []
        if tangents[0] is not None and slopes is not None:
            weights, moving = self.function(*residuals[:BASE], slopes), self.seen(tangents[0])
            products = real(scale(moving, conjugate(weights))) if moving.dtype.kind == "c" else scale(moving, weights)
            rank = len(products.shape)
            parts.append(sum_over(products, axis=(rank - 2, rank - 1), keepdims=False))
        row = by_parameters(node, 0, tangents[BASE], tangents[1], bit)
        if row is not None:
            parts.append(sum_over(row, axis=(len(row.shape) - 1,), keepdims=False))
        return total(*parts) if parts else None

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        known, found = slope_of(node, 0, bit), [None] * len(wanted)
        column = reshape(cotangent, shape=(*cotangent.shape, 1))
        if wanted[0] and known.value is not None:
            weights = self.function(*residuals[:BASE], known.value)
            found[0] = self.seen(scale(as_column(column), weights))
        if wanted[BASE] and known.has_others:
            found[BASE] = broadcast_to(column, shape=node.forms[BASE].shape)
            found[1] = None if known.value is None else negative(multiply(column, known.value))
        return found


def _define(name: str, function: Callable[..., Any], seen: Callable[[Any], Any]) -> Any:
    primitive = Primitive(
        name,
        lambda x, values, left, right, numbers: numpy.add.reduce(numbers, axis=-1),
        ("x", "values", "left", "right", "numbers"),
        lambda x, values, left, right, numbers: Abstract(numbers.shape[:-1], numbers.dtype),
        joint=_SumMap(function, seen),
        batch=batch_of_rows,
    )
    primitive.operation = bind_general(primitive)
    return primitive.operation


sum_over_eigenvalues: Final = _define("sum_over_eigenvalues", hermitian_function, hermitian_part)
sum_over_singular_values: Final = _define("sum_over_singular_values", singular_function, lambda x: x)


def sum_over_values(x: Tensor, axis: tuple[int, ...], keepdims: bool) -> Tensor | None:
    """A sum as one over the values of a decomposition, if it is one."""
    last = x.ndim - 1
    if last not in axis or x.dtype.kind != "f":
        return None
    origin = next(elementwise_sources(x._node, x.shape, _origin_of), None)
    if origin is None or origin.residuals is None or not origin.watch & records():
        return None
    base = operands_of(origin)
    if base[1].shape != x.shape:
        return None
    made = DECOMPOSITIONS[origin.primitive].total(*base, x)
    rest = tuple(i for i in axis if i != last)
    made = sum_over(made, axis=rest, keepdims=False) if rest else made
    return expand(made, x, axis, False) if keepdims else made


def _origin_of(node: Node) -> Node | None:
    """The decomposition whose values a node is."""
    if node.primitive is not PICK:
        return None
    origin = node.parents[0]
    known = DECOMPOSITIONS.get(origin.primitive)
    return None if known is None or node.params["index"] != known.values else origin
