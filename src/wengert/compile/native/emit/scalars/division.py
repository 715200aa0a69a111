"""Division with a remainder, as NumPy has it: of integers without traps, of floats with its rounding."""

from __future__ import annotations

from ...ir.scalar import Scalar
from ...ir.types import Value


def _divided(x: Scalar, y: Scalar) -> tuple[Scalar, Scalar]:
    """The quotient and the remainder of integers, towards zero; by 0 both are 0, and by -1 nothing overflows."""
    builder = x.builder
    if x.dtype.kind == "u":
        return _divided_without_sign(x, y)
    is_zero, is_turn = y.compare("==", 0), y.compare("==", -1)
    safe = y.constant(1).where(builder.or_(is_zero, is_turn), y)
    quotient, rest = x.like(builder.sdiv(x.value, safe.value)), x.like(builder.srem(x.value, safe.value))
    return x.constant(0).where(is_zero, (-x).where(is_turn, quotient)), rest


def _divided_without_sign(x: Scalar, y: Scalar) -> tuple[Scalar, Scalar]:
    is_zero = y.compare("==", 0)
    safe, nothing = y.constant(1).where(is_zero, y), x.constant(0)
    quotient, rest = x.like(x.builder.udiv(x.value, safe.value)), x.like(x.builder.urem(x.value, safe.value))
    return nothing.where(is_zero, quotient), nothing.where(is_zero, rest)


def _disagrees(rest: Scalar, y: Scalar) -> Value:
    """Whether a remainder is not zero, and not of the sign of the divisor."""
    signs = rest.builder.xor(rest.compare("<", 0), y.compare("<", 0))
    return rest.builder.and_(rest.compare("!=", 0), signs)


def _float_remainder(x: Scalar, y: Scalar) -> Scalar:
    return x.like(x.builder.frem(x.value, y.value))


def fmod(x: Scalar, y: Scalar) -> Scalar:
    """The remainder, of the sign of `x`."""
    return _float_remainder(x, y) if x.is_float else _divided(x, y)[1]


def remainder(x: Scalar, y: Scalar) -> Scalar:
    """The remainder, of the sign of `y`."""
    rest = fmod(x, y)
    moved = (rest + y).where(_disagrees(rest, y), rest)
    if not x.is_float:
        return moved.where(y.compare("!=", 0), 0)
    return rest.constant(0.0).copysign(y).where(rest.compare("==", 0), moved)


def floor_divide(x: Scalar, y: Scalar) -> Scalar:
    """The largest whole number that is not more than the quotient."""
    if not x.is_float:
        quotient, rest = _divided(x, y)
        return (quotient - 1).where(_disagrees(rest, y), quotient).where(y.compare("!=", 0), 0)
    rest = _float_remainder(x, y)
    near = (x - rest) / y
    near = (near - 1.0).where(_disagrees(rest, y), near)
    whole = near.floor()
    whole = (whole + 1.0).where((near - whole).compare(">", 0.5), whole)
    whole = near.constant(0.0).copysign(x / y).where(near.compare("==", 0), whole)
    return (x / y).where(y.compare("==", 0), whole)
