"""Elementwise primitives that have a native form, and the dtypes on which they have it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Any

import numpy

from ....core.graph import GraphNode
from ....core.primitive import Primitive, primitive_of
from ....core.recording import ALIAS
from ....ops import elementwise as e, factors as m
from ....ops.special import statistical as special
from ....ops.threefry import random_words

NATIVE_DTYPES = frozenset({"float64", "float32", "int64", "int32", "uint64", "uint32", "bool"})
"""The dtypes of machine code."""

ELEMENTWISE_DTYPES = NATIVE_DTYPES | {"float16", "int8", "uint8", "int16", "uint16"}
"""Those of elementwise operations: half precision is computed in single precision and rounded, as by NumPy."""

STORED_DTYPES = ELEMENTWISE_DTYPES | {"bfloat16"}
"""Those of arrays, which are loaded, stored and converted."""

HALF, DOUBLE = numpy.dtype("float16"), numpy.dtype("float64")
SINGLE_OR_DOUBLE = ("float32", "float64")
NATIVE_FLOATS = tuple(map(numpy.dtype, SINGLE_OR_DOUBLE))
"""Those of raw arrays, which may have their bytes in another order."""

COPY = Primitive("copy", numpy.copy, ("x",), lambda x: x, moves=True)
"""``copy(x)``: the same elements in memory of their own."""


def dtype_of(value: Any) -> numpy.dtype:
    """The dtype of a node's result or of a constant."""
    if isinstance(value, GraphNode):
        return value.form.dtype
    return value.dtype if hasattr(value, "dtype") else numpy.asarray(value).dtype


class LoweringKind(Enum):
    """On which operands a primitive is lowered, and to what."""

    MOVED = auto()
    """Of any dtype, to the same number in the result's dtype."""
    ARITHMETIC = auto()
    """On operands of the result's dtype, float or integer."""
    REAL = auto()
    """On floating operands of the result's dtype."""
    ELEMENTARY = auto()
    """The same; a formula so long that it counts as several operations."""
    COMPARISON = auto()
    """On operands of one dtype, to a bool."""
    LOGICAL = auto()
    """On bools."""
    BITWISE = auto()
    """On bools and integers of the result's dtype."""
    SHIFT = auto()
    """On integers of the result's dtype."""
    CLASS = auto()
    """On a float, to a bool."""
    CHOICE = auto()
    """By a bool between operands of the result's dtype."""


def _kinds(**functions: Sequence[Any]) -> dict[Primitive, LoweringKind]:
    return {primitive_of(f): LoweringKind[name.upper()] for name, group in functions.items() for f in group}


KINDS: dict[Primitive, LoweringKind] = _kinds(
    moved=(ALIAS, COPY, *e.CASTS, e.stop_gradient, e.ones_like, e.zeros_like),
    arithmetic=(
        *(e.add, e.subtract, e.multiply, e.negative, e.positive, e.gap, e.square, e.absolute, e.sign),
        *(e.maximum, e.minimum, e.relu, e.floor_divide, e.remainder, e.fmod),
    ),
    real=(
        *(e.divide, e.reciprocal, e.sqrt, e.floor, e.ceil, e.trunc, e.rint, e.copysign, e.fabs, e.phase),
        *(e.cos_of_arcsin, e.direction, e.unsettled, *m.GUARDED_PRODUCTS, m.clear, m.OPEN_MASK),
    ),
    elementary=(
        *(e.arccos, e.arccosh, e.arcsin, e.arcsinh, e.arctan, e.arctan2, e.arctanh, e.cbrt, e.cos, e.cosh, e.exp),
        *(
            e.exp2,
            e.expm1,
            e.hypot,
            e.log_of,
            e.log10,
            e.log1p,
            e.log2,
            e.logaddexp,
            e.logaddexp2,
            e.logistic_slope,
            e.power,
        ),
        *(
            e.sech_squared,
            e.sigmoid,
            e.sin,
            e.sinh,
            e.tan,
            e.tanh,
            special.erf,
            special.erfc,
            special.erfinv,
            special.exp_of_square,
            special.expit,
            special.ndtr,
        ),
    ),
    comparison=(e.equal, e.not_equal, e.less, e.less_equal, e.greater, e.greater_equal),
    logical=(e.logical_and, e.logical_or, e.logical_xor, e.logical_not),
    bitwise=(e.bitwise_and, e.bitwise_or, e.bitwise_xor, e.invert),
    shift=(e.left_shift, e.right_shift),
    **{"class": (e.isnan, e.isfinite, e.isinf)},
    choice=(e.where,),
)
"""The kind of each elementwise primitive that is lowered."""

_ADMITTED = {
    LoweringKind.ARITHMETIC: "fiu",
    LoweringKind.REAL: "f",
    LoweringKind.ELEMENTARY: "f",
    LoweringKind.BITWISE: "biu",
    LoweringKind.SHIFT: "iu",
}
"""The kinds of dtypes that a result may have, where not all may."""


def is_lowered(primitive: Primitive, operands: Sequence[numpy.dtype], result: numpy.dtype) -> bool:
    """Whether an elementwise primitive has a native form on these dtypes."""
    kind = KINDS.get(primitive)
    known = STORED_DTYPES if kind is LoweringKind.MOVED else ELEMENTWISE_DTYPES
    if kind is None or any(dtype.name not in known for dtype in (*operands, result)):
        return False
    if result == HALF and DOUBLE in operands:  # it would be rounded twice
        return False
    if kind is LoweringKind.MOVED:
        return True
    if kind is LoweringKind.CLASS:
        return operands[0].kind == "f"
    if kind is LoweringKind.COMPARISON and _have_no_common_integer(operands):
        return False
    return result.kind in _ADMITTED.get(kind, "bfiu")


def _have_no_common_integer(dtypes: Sequence[numpy.dtype]) -> bool:
    """Whether integers are compared of which one has a sign and the other 64 bits without."""
    return all(dtype.kind in "biu" for dtype in dtypes) and numpy.result_type(*dtypes).kind == "f"


def is_elementary(primitive: Primitive) -> bool:
    """Whether it is an elementary function or makes random words, whose formula is long."""
    return KINDS.get(primitive) is LoweringKind.ELEMENTARY or primitive is random_words.primitive


FUNCTION_WORK = 8
"""Operations that an elementary function is worth, at least."""


def work_of_element(primitive: Primitive) -> int:
    """How many operations an element of the result of an elementwise primitive is, about."""
    return FUNCTION_WORK if is_elementary(primitive) else 1
