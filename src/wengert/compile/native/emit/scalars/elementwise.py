"""The lowering table: what each elementwise primitive is in scalar operations."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy
from llvmlite import ir

from .....core.search import first
from ...ir.scalar import TYPES, Scalar, Value
from . import division, maths

Lowered = Callable[..., Scalar]


def _is_kept(t: Scalar, by: Scalar) -> Value:
    """False where zero meets infinity or NaN: the product is NaN although one side is zero."""
    builder = t.builder
    return builder.or_(builder.not_((t * by).is_nan()), builder.and_(t.compare("!=", 0.0), by.compare("!=", 0.0)))


def _scale(t: Scalar, by: Scalar) -> Scalar:
    return (t * by).where(_is_kept(t, by), 0.0)


def _clear(x: Scalar, by: Scalar) -> Scalar:
    return x.where(_is_kept(x, by), 0.0)


def _open_mask(x: Scalar, by: Scalar) -> Scalar:
    return x.constant(1.0).where(_is_kept(x, by), 0.0)


def _extreme(operator: str, intrinsic: str) -> Lowered:
    """The larger or smaller; NaN if either is."""

    def lowered(x: Scalar, y: Scalar) -> Scalar:
        if x.is_float:
            return x.like(x._call(intrinsic, [x.value, y.value]))
        return x.where(x.compare(operator, y), y)

    return lowered


maximum = _extreme(">", "llvm.maximum")
minimum = _extreme("<", "llvm.minimum")


def _sign(x: Scalar) -> Scalar:
    sign = x.constant(1).where(x.compare(">", 0), x.constant(-1).where(x.compare("<", 0), x.constant(0)))
    return x.where(x.is_nan(), sign) if x.is_float else sign


def _absolute(x: Scalar) -> Scalar:
    return x.absolute() if x.is_float else (-x).where(x.compare("<", 0), x)


def _rounded(intrinsic: str) -> Lowered:
    return lambda x: x.like(x._call(intrinsic, [x.value])) if x.is_float else x


_SIMPLE_POWERS: dict[float, Callable[[Scalar], Scalar]] = {
    0.0: lambda x: x.constant(1.0),
    1.0: lambda x: x,
    2.0: lambda x: x * x,
    3.0: lambda x: x * x * x,
    4.0: lambda x: (x * x) * (x * x),
    -1.0: lambda x: 1.0 / x,
    0.5: lambda x: x.sqrt(),
    -0.5: lambda x: 1.0 / maths.root(x),
}
"""By multiplication or a root, if the exponent is a constant."""


def _power(x: Scalar, y: Scalar) -> Scalar:
    constant = y.value.constant if isinstance(y.value, ir.Constant) else None
    simple = _SIMPLE_POWERS.get(constant) if isinstance(constant, float) else None
    return simple(x) if simple else maths.power(x, y)


def _comparison(operator: str) -> Lowered:
    return lambda x, y: x.flag(x.compare(operator, y))


def _logical(name: str) -> Lowered:
    return lambda x, y: x.flag(getattr(x.builder, name)(x.value, y.value))


def _direction(x: Scalar, y: Scalar) -> Scalar:
    """x / hypot(x, y); 0 at the origin, and of a single infinity its sign or 0."""
    radius = maths.VECTORISED["hypot"](x, y)
    cosine = x.constant(0.0).where(radius.compare("==", 0.0), x / radius)
    is_along = x.builder.and_(x.absolute().compare("==", math.inf), y.absolute().compare("<", math.inf))
    return x.constant(1.0).copysign(x).where(is_along, cosine)


ARITHMETIC: dict[str, Lowered] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "negative": lambda x: -x,
    "positive": lambda x: x,
    "stop_gradient": lambda x: x,
    "gap": lambda x, y: x.constant(0).where(x.compare("==", y), x - y),
    "square": lambda x: x * x,
    "absolute": _absolute,
    "sign": _sign,
    "maximum": maximum,
    "minimum": minimum,
    "ones_like": lambda x: x.constant(1),
    "zeros_like": lambda x: x.constant(0),
    "relu": lambda x: maximum(x, x.constant(0)),
    "alias": lambda x: x,
    "astype": lambda x: x,
    "copy": lambda x: x,
    "floor_divide": division.floor_divide,
    "remainder": division.remainder,
    "fmod": division.fmod,
}
"""On operands of the result's dtype, float or integer."""

REAL: dict[str, Lowered] = {
    "divide": lambda x, y: x / y,
    "reciprocal": lambda x: 1.0 / x,
    "sqrt": lambda x: x.sqrt(),
    "scale": _scale,
    "weigh": _scale,
    "clear": _clear,
    "open_mask": _open_mask,
    "floor": _rounded("llvm.floor"),
    "ceil": _rounded("llvm.ceil"),
    "trunc": _rounded("llvm.trunc"),
    "rint": _rounded("llvm.rint"),
    "copysign": lambda x, y: x.copysign(y),
    "fabs": lambda x: x.absolute(),
    "phase": _sign,
    "cos_of_arcsin": lambda x: ((1.0 - x) * (1.0 + x)).sqrt(),
    "direction": _direction,
    **maths.VECTORISED,
    "power": _power,
}
"""On floating operands of the result's dtype."""

COMPARISON: dict[str, Lowered] = {
    "equal": _comparison("=="),
    "not_equal": _comparison("!="),
    "less": _comparison("<"),
    "less_equal": _comparison("<="),
    "greater": _comparison(">"),
    "greater_equal": _comparison(">="),
}
"""On operands of one dtype, to a bool."""

LOGICAL: dict[str, Lowered] = {
    "logical_and": _logical("and_"),
    "logical_or": _logical("or_"),
    "logical_xor": _logical("xor"),
    "logical_not": lambda x: x.flag(x.builder.not_(x.value)),
}
"""On bools."""

BITWISE: dict[str, Lowered] = {
    "bitwise_and": lambda x, y: x.like(x.builder.and_(x.value, y.value)),
    "bitwise_or": lambda x, y: x.like(x.builder.or_(x.value, y.value)),
    "bitwise_xor": lambda x, y: x.like(x.builder.xor(x.value, y.value)),
    "invert": lambda x: x.like(x.builder.not_(x.value)),
}
"""On bools and integers of the result's dtype."""

CLASSES: dict[str, Lowered] = {
    "isnan": lambda x: x.flag(x.is_nan()),
    "isfinite": lambda x: x.flag(x.absolute().compare("<", math.inf)),
    "isinf": lambda x: x.flag(x.absolute().compare("==", math.inf)),
}
"""On a float, to a bool."""

NATIVE_DTYPES = frozenset(TYPES)


def is_lowered(name: str, operands: list[numpy.dtype], result: numpy.dtype) -> bool:
    """Whether an elementwise primitive has a native form on these dtypes."""
    if any(d.name not in NATIVE_DTYPES for d in (*operands, result)):
        return False
    if name in ARITHMETIC:
        return result.kind in "fi" or name in ("alias", "copy", "astype", "stop_gradient", "ones_like", "zeros_like")
    if name in REAL:
        return result.kind == "f"
    if name in CLASSES:
        return operands[0].kind == "f"
    if name in BITWISE:
        return result.kind in "bi"
    return name in COMPARISON or name in LOGICAL or name == "where"


def lower(name: str, operands: list[Scalar], result: numpy.dtype) -> Scalar:
    """The scalar operations of an elementwise primitive."""
    if name == "where":
        condition, x, y = operands
        return x.cast(result).where(condition.cast(numpy.dtype(bool)).value, y.cast(result))
    if name in COMPARISON:
        common = numpy.result_type(*(o.dtype for o in operands))
        return COMPARISON[name](*(o.cast(common) for o in operands))
    if name in LOGICAL:
        return LOGICAL[name](*(o.cast(numpy.dtype(bool)) for o in operands))
    if name in CLASSES:
        return CLASSES[name](*operands)
    table = first(table for table in (ARITHMETIC, REAL, BITWISE) if name in table)
    return table[name](*(o.cast(result) for o in operands))
