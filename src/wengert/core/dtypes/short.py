"""Operations in a short dtype: in the wide one, rounded once at the end.

So of each primitive that computes there is another, made when it is first asked for, whose operands, residuals and
result are stored in the short dtype. Its rules are those of the primitive itself, given residuals made wide; the walks
round what they give, as they bring every (co)tangent to the form of its operand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..abstract import Abstract
from ..node import Node
from ..primitive import JointMap, LinearMap, Primitive
from ..routines import by_size
from .kinds import WIDER, has_short_dtype, shortened, wide


def has_short(values: Sequence[Any]) -> bool:
    """Whether a short dtype is among those of some operands."""
    return any(map(has_short_dtype, values))


def evaluated(primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
    """The raw result of a primitive, whatever the dtypes of its raw operands are."""
    if WIDER and has_short(values):
        primitive = rounded(primitive)
    return primitive.evaluate(*values, **params)


def rounded(primitive: Primitive) -> Primitive:
    """The primitive to call where operands are of a short dtype."""
    if primitive.moves:
        return primitive
    if primitive.rounded is None:
        primitive.rounded = _rounded(primitive)
    return primitive.rounded


def _rounded(primitive: Primitive) -> Primitive:
    made = Primitive(
        primitive.name,
        _rounding(primitive.evaluate, _widened_value, _rounded_value),
        primitive.operands,
        _rounding(primitive.shape, _widened_form, _rounded_form),
        [None if m is None else _Widened(m, primitive) for m in primitive.maps],
        None if primitive.joint is None else _WidenedJoint(primitive.joint, primitive),
        primitive.batch,
        primitive.many,
    )
    if primitive.is_elementwise:
        made.evaluate = _in_one_pass(made)
    made.operation = primitive.operation
    made.wide, made.rounded = primitive, made
    return made


def _in_one_pass(primitive: Primitive) -> Callable[..., Any]:
    """What evaluates an elementwise primitive: on many elements machine code that converts as it goes."""
    converting, evaluate = primitive.evaluate, by_size(primitive)
    return lambda *values, **params: (converting if params else evaluate)(*values, **params)


Conversion = Callable[..., Any]


def _rounding(compute: Callable[..., Any], widened: Conversion, rounded: Conversion) -> Callable[..., Any]:
    """What computes in the wide dtype, and rounds the result, or each of many."""

    def computed(*values: Any, **params: Any) -> Any:
        result = compute(*map(widened, values), **params)
        if type(result) is tuple:
            return tuple(rounded(r, values) for r in result)
        return rounded(result, values)

    return computed


def _widened_value(value: Any) -> Any:
    """A value (raw, or a tensor) of a short dtype in the wide one; others as they are."""
    return value.astype(wide(value.dtype)) if has_short_dtype(value) else value


def _rounded_value(result: Any, operands: Sequence[Any]) -> Any:
    dtype = shortened(result.dtype, operands)
    with numpy.errstate(over="ignore", under="ignore", invalid="ignore"):
        return result if dtype == result.dtype else result.astype(dtype)


def _widened_form(form: Any) -> Any:
    return Abstract(form.shape, wide(form.dtype)) if has_short_dtype(form) else form


def _rounded_form(form: Any, operands: Sequence[Any]) -> Any:
    return Abstract(form.shape, shortened(form.dtype, operands))


# -- rules -----------------------------------------------------------------------------------------


def _all_widened(values: Any) -> Any:
    """Residuals, or the (co)tangents of many operands or results: ``None`` stays what it is."""
    return tuple([_widened_value(v) for v in values]) if isinstance(values, (tuple, list)) else _widened_value(values)


def _wide_node(node: Node, primitive: Primitive) -> Node:
    """The node as one of the primitive itself."""
    made = object.__new__(Node)
    made.primitive = primitive
    made.parents, made.residuals, made.params = node.parents, node.residuals, node.params
    made.watch, made.sequence = node.watch, node.sequence
    made.forms = None if node.forms is None else tuple([_all_widened_forms(f) for f in node.forms])
    return made


def _all_widened_forms(forms: Any) -> Any:
    return tuple(map(_widened_form, forms)) if type(forms) is tuple else _widened_form(forms)


Transpose = Callable[[Any, Any, Any], Any]


def _on_wide(rule: Transpose, primitive: Primitive) -> Transpose:
    """A rule of a linear map, given all it reads in the wide dtype."""
    return lambda vector, residuals, node: rule(
        _all_widened(vector), _all_widened(residuals), _wide_node(node, primitive)
    )


class _Widened:
    """The linear map of a primitive, of residuals and (co)tangents in a short dtype."""

    def __init__(self, wide_map: LinearMap, primitive: Primitive) -> None:
        self.needs = wide_map.needs
        self.apply = _on_wide(wide_map.apply, primitive)
        self.transpose = wide_map.transpose and _on_wide(wide_map.transpose, primitive)
        self.unguarded = wide_map.unguarded and _on_wide(wide_map.unguarded, primitive)


class _WidenedJoint:
    """The same of a joint map."""

    def __init__(self, wide_map: JointMap, primitive: Primitive) -> None:
        apply, transpose = wide_map.apply, wide_map.transpose
        self.needs = wide_map.needs
        self.apply = apply and (
            lambda tangents, residuals, node, bit: apply(
                _all_widened(tangents), _all_widened(residuals), _wide_node(node, primitive), bit
            )
        )
        self.transpose = transpose and (
            lambda cotangent, residuals, node, wanted, bit: transpose(
                _all_widened(cotangent), _all_widened(residuals), _wide_node(node, primitive), wanted, bit
            )
        )
