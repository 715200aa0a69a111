"""What elementwise operations are in C, on operands of the dtypes that their kind says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...compile.native.facts.lowered import COPY, KINDS, LoweringKind
from ...core.primitive import Primitive, by_primitive
from ...core.recording import ALIAS
from ...ops import elementwise as e, factors as m
from ...ops.special import statistical as special
from .terms import ATOM, BITWISE, CHOICE, COMPARISON, CTYPES, LOGICAL, PRODUCT, SHIFT, SUM, UNARY, Blocks, Term

BOOL = numpy.dtype(bool)
GUARDS = ("scale", "clear", "open_mask")
"""The functions by which zero wins."""


class Scalars:
    """Terms of a function in the making, as formulas make them; what is known of numbers is left out.

    Attributes:
        has_guards: whether zero wins against what is not finite, as in the derivatives of what was not chosen.
        left_out: whether a guard was left out.
        decides: whether something is chosen by a value, so that what is not finite need not show in the results.
    """

    def __init__(self, blocks: Blocks, has_guards: bool) -> None:
        self.blocks = blocks
        self.has_guards = has_guards
        self.left_out = False
        self.decides = False

    def literal(self, number: Any, like: Term) -> Term:
        return self.blocks.literal(number, like.dtype)

    def _folded(self, function: Any, *operands: Term) -> Term | None:
        """The literal that an operation on literals is."""
        if any(o.number is None for o in operands):
            return None
        with numpy.errstate(all="ignore"):
            return self.blocks.literal(function(*[o.number for o in operands]), operands[0].dtype)

    def add(self, x: Term, y: Term) -> Term:
        if _is_zero(x):
            return y
        if _is_zero(y):
            return x
        if y.text == "-{}":
            return self.subtract(x, y.operands[0])
        return self._folded(numpy.add, x, y) or self.blocks.term("{} + {}", (x, y), x.dtype, SUM)

    def subtract(self, x: Term, y: Term) -> Term:
        if _is_zero(y):
            return x
        if _is_zero(x):
            return self.negative(y)
        if y.text == "-{}":
            return self.add(x, y.operands[0])
        return self._folded(numpy.subtract, x, y) or self.blocks.term("{} - {}", (x, y), x.dtype, SUM)

    def multiply(self, x: Term, y: Term) -> Term:
        for one, other in ((x, y), (y, x)):
            if _is(one, 1):
                return other
            if _is(one, -1):
                return self.negative(other)
        return self._folded(numpy.multiply, x, y) or self.blocks.term("{} * {}", (x, y), x.dtype, PRODUCT)

    def divide(self, x: Term, y: Term) -> Term:
        if _is(y, 1):
            return x
        return self._folded(numpy.divide, x, y) or self.blocks.term("{} / {}", (x, y), x.dtype, PRODUCT)

    def negative(self, x: Term) -> Term:
        if x.text == "-{}":
            return x.operands[0]
        return self._folded(numpy.negative, x) or self.blocks.term("-{}", (x,), x.dtype, UNARY)

    def compare(self, sign: str, x: Term, y: Term) -> Term:
        self.decides = True
        return self.blocks.term(f"{{}} {sign} {{}}", (x, y), BOOL, COMPARISON)

    def where(self, condition: Term, x: Term, y: Term) -> Term:
        if condition.number is not None:
            return x if condition.number else y
        return x if x is y else self.blocks.term("{} ? {} : {}", (condition, x, y), x.dtype, CHOICE)

    def call(self, name: str, *operands: Term) -> Term:
        """A function of ``math.h``, of the precision of its operands."""
        suffix = "f" if operands[0].dtype.name == "float32" else ""
        text = f"{name}{suffix}({', '.join(['{}'] * len(operands))})"
        return self.blocks.term(text, operands, operands[0].dtype, ATOM)

    def helper(self, name: str, *operands: Term) -> Term:
        """A function that is written out before."""
        self.decides |= name not in GUARDS
        kind = operands[0].dtype.name
        return self.blocks.term(f"{name}_{kind}({', '.join(['{}'] * len(operands))})", operands, operands[0].dtype)

    def cast(self, x: Term, dtype: Any) -> Term:
        dtype = numpy.dtype(dtype)
        if x.dtype == dtype:
            return x
        if x.number is not None:
            with numpy.errstate(all="ignore"):
                return self.blocks.literal(x.number, dtype)
        if dtype == BOOL:
            return self.compare("!=", x, self.literal(0, x))
        return self.blocks.term(f"({CTYPES[dtype.name]}){{}}", (x,), dtype, UNARY)


def _is_zero(term: Term) -> bool:
    return term.number is not None and term.number == 0


def _is(term: Term, number: int) -> bool:
    """Whether a term is known to be a number."""
    return term.number is not None and term.number == number


Formula = Callable[..., Term]


def _function(name: str) -> Formula:
    return lambda c, *operands: c.call(name, *operands)


def _helper(name: str) -> Formula:
    return lambda c, *operands: c.helper(name, *operands)


def _comparison(sign: str) -> Formula:
    return lambda c, x, y: c.compare(sign, x, y)


def _operator(sign: str, binding: int) -> Formula:
    return lambda c, x, y: c.blocks.term(f"{{}} {sign} {{}}", (x, y), x.dtype, binding)


def _same(c: Scalars, x: Term, *others: Term) -> Term:
    return x


def _guarded(c: Scalars, x: Term, y: Term) -> Term:
    """A product in which a zero that is known wins."""
    for one in (x, y):
        if one.number is not None and one.number == 0:
            return c.literal(0, x)
    for one, other in ((x, y), (y, x)):
        if one.number is not None and numpy.isfinite(one.number):
            return c.multiply(one, other)
    return c.helper("scale", x, y) if c.has_guards else _unguarded(c, c.multiply(x, y))


def _unguarded(c: Scalars, term: Term) -> Term:
    c.left_out = True
    return term


def _cleared(c: Scalars, x: Term, by: Term) -> Term:
    return c.helper("clear", x, by) if c.has_guards else _unguarded(c, x)


def _open(c: Scalars, x: Term, by: Term) -> Term:
    return c.helper("open_mask", x, by) if c.has_guards else _unguarded(c, c.literal(1, x))


def _sign(c: Scalars, x: Term) -> Term:
    if x.dtype.kind != "f":
        zero, one = c.literal(0, x), c.literal(1, x)
        return c.where(c.compare(">", x, zero), one, c.where(c.compare("<", x, zero), c.literal(-1, x), zero))
    return c.helper("sign", x)


def _absolute(c: Scalars, x: Term) -> Term:
    if x.dtype.kind == "f":
        return c.call("fabs", x)
    return x if x.dtype.kind in "bu" else c.where(c.compare("<", x, c.literal(0, x)), c.negative(x), x)


def _extreme(sign: str, name: str) -> Formula:
    def formula(c: Scalars, x: Term, y: Term) -> Term:
        return c.helper(name, x, y) if x.dtype.kind == "f" else c.where(c.compare(sign, x, y), x, y)

    return formula


def _gap(c: Scalars, x: Term, y: Term) -> Term:
    return c.where(c.compare("==", x, y), c.literal(0, x), c.subtract(x, y))


def _power(c: Scalars, x: Term, y: Term) -> Term:
    """Small whole powers are products."""
    if y.number is not None:
        if y.number == 2:
            return c.multiply(x, x)
        if y.number == 3:
            return c.multiply(c.multiply(x, x), x)
        if y.number == 0.5:
            return c.call("sqrt", x)
        if y.number == -1:
            return c.divide(c.literal(1, x), x)
    return c.call("pow", x, y) if x.dtype.kind == "f" else c.helper("power", x, y)


def _reciprocal_square(scale: float, factor: float) -> Formula:
    """``factor / cosh(scale x)^2``."""

    def formula(c: Scalars, x: Term) -> Term:
        inverse = c.divide(c.literal(1, x), c.call("cosh", c.multiply(c.literal(scale, x), x)))
        return c.multiply(c.literal(factor, x), c.multiply(inverse, inverse))

    return formula


def _logistic(c: Scalars, x: Term) -> Term:
    one = c.literal(1, x)
    return c.divide(one, c.add(one, c.call("exp", c.negative(x))))


def _cos_of_arcsin(c: Scalars, x: Term) -> Term:
    one = c.literal(1, x)
    return c.call("sqrt", c.multiply(c.subtract(one, x), c.add(one, x)))


def _normal(c: Scalars, x: Term) -> Term:
    half = c.literal(0.5, x)
    return c.multiply(half, c.call("erfc", c.multiply(c.literal(-(0.5**0.5), x), x)))


def _whole_division(integers: str, floats: str) -> Formula:
    return lambda c, x, y: c.helper(floats if x.dtype.kind == "f" else integers, x, y)


FORMULAS: dict[Primitive, Formula] = by_primitive(
    {
        **dict.fromkeys((ALIAS, COPY, e.stop_gradient, e.positive, e.unsettled, *e.CASTS), _same),
        e.add: Scalars.add,
        e.subtract: Scalars.subtract,
        e.multiply: Scalars.multiply,
        e.divide: Scalars.divide,
        e.reciprocal: lambda c, x: c.divide(c.literal(1, x), x),
        e.negative: Scalars.negative,
        e.square: lambda c, x: c.multiply(x, x),
        e.gap: _gap,
        e.absolute: _absolute,
        e.fabs: _absolute,
        e.sign: _sign,
        e.phase: _sign,
        e.maximum: _extreme(">", "maximum"),
        e.minimum: _extreme("<", "minimum"),
        e.relu: lambda c, x: _extreme(">", "maximum")(c, x, c.literal(0, x)),
        e.ones_like: lambda c, x: c.literal(1, x),
        e.zeros_like: lambda c, x: c.literal(0, x),
        **dict.fromkeys(m.GUARDED_PRODUCTS, _guarded),
        m.clear: _cleared,
        m.OPEN_MASK: _open,
        e.direction: _helper("direction"),
        e.floor_divide: _whole_division("floor_divide", "floor_quotient"),
        e.remainder: _whole_division("remainder", "floor_remainder"),
        e.fmod: lambda c, x, y: c.call("fmod", x, y) if x.dtype.kind == "f" else _operator("%", PRODUCT)(c, x, y),
        e.power: _power,
        e.log_of: _function("log"),
        e.sqrt: _function("sqrt"),
        e.cbrt: _function("cbrt"),
        **{f: _function(f.primitive.name) for f in (e.exp, e.exp2, e.expm1, e.log10, e.log1p, e.log2)},
        **{f: _function(f.primitive.name) for f in (e.sin, e.cos, e.tan, e.sinh, e.cosh, e.tanh, e.hypot)},
        **{f: _function(f.primitive.name) for f in (e.floor, e.ceil, e.trunc, e.rint, e.copysign)},
        e.arcsin: _function("asin"),
        e.arccos: _function("acos"),
        e.arctan: _function("atan"),
        e.arctan2: _function("atan2"),
        e.arcsinh: _function("asinh"),
        e.arccosh: _function("acosh"),
        e.arctanh: _function("atanh"),
        e.logaddexp: _helper("logaddexp"),
        e.sech_squared: _reciprocal_square(1.0, 1.0),
        e.logistic_slope: _reciprocal_square(0.5, 0.25),
        **dict.fromkeys((e.sigmoid, special.expit), _logistic),
        e.cos_of_arcsin: _cos_of_arcsin,
        special.erf: _function("erf"),
        special.erfc: _function("erfc"),
        special.ndtr: _normal,
        special.exp_of_square: lambda c, x, factor: c.call("exp", c.multiply(factor, c.multiply(x, x))),
        e.equal: _comparison("=="),
        e.not_equal: _comparison("!="),
        e.less: _comparison("<"),
        e.less_equal: _comparison("<="),
        e.greater: _comparison(">"),
        e.greater_equal: _comparison(">="),
        e.logical_and: _operator("&&", LOGICAL),
        e.logical_or: _operator("||", LOGICAL),
        e.logical_xor: _comparison("!="),
        e.logical_not: lambda c, x: c.blocks.term("!{}", (x,), BOOL, UNARY),
        e.bitwise_and: _operator("&", BITWISE),
        e.bitwise_or: _operator("|", BITWISE),
        e.bitwise_xor: _operator("^", BITWISE),
        e.left_shift: _operator("<<", SHIFT),
        e.right_shift: _operator(">>", SHIFT),
        e.isnan: lambda c, x: c.blocks.term("isnan({})", (x,), BOOL),
        e.isinf: lambda c, x: c.blocks.term("isinf({})", (x,), BOOL),
        e.isfinite: lambda c, x: c.blocks.term("isfinite({})", (x,), BOOL),
        e.where: Scalars.where,
    }
)
"""The formula of each elementwise operation."""


def scalar(c: Scalars, primitive: Primitive, operands: Sequence[Term], result: numpy.dtype) -> Term:
    """An elementwise operation on scalars, cast as its kind wants them."""
    found = FORMULAS[primitive](c, *_cast(c, KINDS[primitive], operands, result))
    return c.cast(found, result)


def _cast(c: Scalars, kind: LoweringKind, operands: Sequence[Term], result: numpy.dtype) -> list[Term]:
    if kind is LoweringKind.CHOICE:
        condition, *others = operands
        return [c.cast(condition, BOOL), *(c.cast(o, result) for o in others)]
    if kind is LoweringKind.COMPARISON:
        common = numpy.result_type(*(o.dtype for o in operands))
        return [c.cast(o, common) for o in operands]
    if kind is LoweringKind.LOGICAL:
        return [c.cast(o, BOOL) for o in operands]
    return list(operands) if kind is LoweringKind.CLASS else [c.cast(o, result) for o in operands]
