"""The lowering table: what each elementwise primitive is in scalar operations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy
from llvmlite import ir

from .....core.primitive import Primitive, by_primitive
from .....core.recording import ALIAS
from .....ops import elementwise as e, factors as m
from ...facts.lowered import COPY, KINDS, LoweringKind
from ...ir.scalar import Scalar
from ...ir.short_floats import SHORT_FLOATS
from ...ir.types import Value
from . import division, maths

ScalarRule = Callable[..., Scalar]

BOOL, SINGLE = numpy.dtype(bool), numpy.dtype(numpy.float32)


def _is_kept(t: Scalar, by: Scalar, product: Scalar) -> Value:
    """False where zero meets infinity or NaN: the product is NaN although one side is zero."""
    is_number, builder = product.compare("==", product), t.builder
    return builder.or_(is_number, builder.and_(t.compare("!=", 0.0), by.compare("!=", 0.0)))


def guarded_product(t: Scalar, by: Scalar) -> Scalar:
    """A product in which zero times infinity or NaN is zero."""
    product = t * by
    return product.where(_is_kept(t, by, product), 0.0)


def _clear(x: Scalar, by: Scalar) -> Scalar:
    return x.where(_is_kept(x, by, x * by), 0.0)


def _open_mask(x: Scalar, by: Scalar) -> Scalar:
    return x.constant(1.0).where(_is_kept(x, by, x * by), 0.0)


def _extreme(operator: str, intrinsic: str) -> ScalarRule:
    """The larger or smaller; NaN if either is."""

    def lowered(x: Scalar, y: Scalar) -> Scalar:
        if x.is_float:
            return x.like(x._call(intrinsic, [x.value, y.value]))
        return x.where(x.compare(operator, y), y)

    return lowered


maximum: Final = _extreme(">", "llvm.maximum")
minimum: Final = _extreme("<", "llvm.minimum")


def _same(x: Scalar) -> Scalar:
    return x


def _sign(x: Scalar) -> Scalar:
    sign = x.constant(1).where(x.compare(">", 0), x.constant(-1).where(x.compare("<", 0), x.constant(0)))
    return x.where(x.is_nan(), sign) if x.is_float else sign


def _absolute(x: Scalar) -> Scalar:
    return x.absolute() if x.is_float else (-x).where(x.compare("<", 0), x)


def _rounded(intrinsic: str) -> ScalarRule:
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
    exponent = _known(y.value)
    simple = _SIMPLE_POWERS.get(exponent) if isinstance(exponent, float) else None
    return simple(x) if simple else maths.power(x, y)


def _known(value: Value) -> Any:
    """The number that a constant is, for all examples; ``None`` if it is no constant."""
    number = value.constant if isinstance(value, ir.Constant) else None
    return number[0].constant if isinstance(number, tuple) else number


def _comparison(operator: str) -> ScalarRule:
    return lambda x, y: x.flag(x.compare(operator, y))


def _logical(name: str) -> ScalarRule:
    return lambda x, y: x.flag(getattr(x.builder, name)(x.value, y.value))


def _bitwise(name: str) -> ScalarRule:
    return lambda x, y: x.like(getattr(x.builder, name)(x.value, y.value))


def _shift(x: Scalar, count: Scalar, shifted: Scalar, beyond: Scalar) -> Scalar:
    """What is left of a number after a shift: of more bits than it has, nothing but its sign."""
    is_within = count.builder.icmp_unsigned("<", count.value, count.constant(8 * x.dtype.itemsize).value)
    return shifted.where(is_within, beyond)


def _left_shift(x: Scalar, count: Scalar) -> Scalar:
    return _shift(x, count, x << count, x.constant(0))


def _right_shift(x: Scalar, count: Scalar) -> Scalar:
    return _shift(x, count, x >> count, x.constant(-1).where(x.compare("<", 0), x.constant(0)))


def _direction(x: Scalar, y: Scalar) -> Scalar:
    """x / hypot(x, y); 0 at the origin, and of a single infinity its sign or 0."""
    radius = maths.hypot(x, y)
    cosine = x.constant(0.0).where(radius.compare("==", 0.0), x / radius)
    is_along = x.builder.and_(x.absolute().compare("==", math.inf), y.absolute().compare("<", math.inf))
    return x.constant(1.0).copysign(x).where(is_along, cosine)


LOWERED: dict[Primitive, ScalarRule] = by_primitive(
    {
        e.add: lambda x, y: x + y,
        e.subtract: lambda x, y: x - y,
        e.multiply: lambda x, y: x * y,
        e.divide: lambda x, y: x / y,
        e.reciprocal: lambda x: 1.0 / x,
        e.negative: lambda x: -x,
        e.positive: _same,
        e.gap: lambda x, y: x.constant(0).where(x.compare("==", y), x - y),
        e.square: lambda x: x * x,
        e.sqrt: lambda x: x.sqrt(),
        e.absolute: _absolute,
        e.fabs: _absolute,
        e.sign: _sign,
        e.phase: _sign,
        e.unsettled: lambda x, of, flags: x,
        e.copysign: lambda x, y: x.copysign(y),
        e.maximum: maximum,
        e.minimum: minimum,
        e.relu: lambda x: maximum(x, x.constant(0)),
        e.floor_divide: division.floor_divide,
        e.remainder: division.remainder,
        e.fmod: division.fmod,
        e.floor: _rounded("llvm.floor"),
        e.ceil: _rounded("llvm.ceil"),
        e.trunc: _rounded("llvm.trunc"),
        e.rint: _rounded("llvm.rint"),
        e.cos_of_arcsin: lambda x: ((1.0 - x) * (1.0 + x)).sqrt(),
        e.direction: _direction,
        e.ones_like: lambda x: x.constant(1),
        e.zeros_like: lambda x: x.constant(0),
        e.stop_gradient: _same,
        **dict.fromkeys((ALIAS, COPY, *e.CASTS), _same),
        **dict.fromkeys(m.GUARDED_PRODUCTS, guarded_product),
        m.clear: _clear,
        m.OPEN_MASK: _open_mask,
        e.equal: _comparison("=="),
        e.not_equal: _comparison("!="),
        e.less: _comparison("<"),
        e.less_equal: _comparison("<="),
        e.greater: _comparison(">"),
        e.greater_equal: _comparison(">="),
        e.logical_and: _logical("and_"),
        e.logical_or: _logical("or_"),
        e.logical_xor: _logical("xor"),
        e.logical_not: lambda x: x.flag(x.builder.not_(x.value)),
        e.bitwise_and: _bitwise("and_"),
        e.bitwise_or: _bitwise("or_"),
        e.bitwise_xor: _bitwise("xor"),
        e.invert: lambda x: x.like(x.builder.not_(x.value)),
        e.left_shift: _left_shift,
        e.right_shift: _right_shift,
        e.isnan: lambda x: x.flag(x.is_nan()),
        e.isfinite: lambda x: x.flag(x.absolute().compare("<", math.inf)),
        e.isinf: lambda x: x.flag(x.absolute().compare("==", math.inf)),
        e.where: lambda condition, x, y: x.where(condition.value, y),
        **maths.ELEMENTARY,
        e.power: _power,
    }
)
"""What each primitive of `KINDS` is, on operands that have been cast as its kind says."""


def lower(primitive: Primitive, operands: Sequence[Scalar], result: numpy.dtype) -> Scalar:
    """The scalar operations of an elementwise primitive; those of short floats are done in single precision."""
    if KINDS[primitive] is LoweringKind.MOVED and operands[0].dtype == result:  # to the bit, of what is no number too
        return LOWERED[primitive](*operands)
    operands = [o.cast(SINGLE) if o.dtype.name in SHORT_FLOATS else o for o in operands]
    done_in = SINGLE if result.name in SHORT_FLOATS else result
    return LOWERED[primitive](*_cast(KINDS[primitive], operands, done_in)).cast(result)


def _cast(kind: LoweringKind, operands: Sequence[Scalar], result: numpy.dtype) -> list[Scalar]:
    """The operands in the dtypes that a kind is done on."""
    if kind is LoweringKind.CHOICE:
        condition, *others = operands
        return [condition.cast(BOOL), *(o.cast(result) for o in others)]
    if kind is LoweringKind.COMPARISON:
        common = numpy.result_type(*(o.dtype for o in operands))
        return [o.cast(common) for o in operands]
    if kind is LoweringKind.LOGICAL:
        return [o.cast(BOOL) for o in operands]
    return list(operands) if kind is LoweringKind.CLASS else [o.cast(result) for o in operands]
