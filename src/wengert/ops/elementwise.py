"""Elementwise primitives: one line each, with the derivative beside the function.

The factors are written in the library's own operations, so that they have derivatives in their turn.
At kinks each returns the subgradient that the conventions name: 0 for ``abs`` and ``sign`` at 0, and
an equal share among the tied for ``maximum`` and ``minimum``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import copysign as copy_sign, factorial, inf, log, pi
from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import is_inexact, is_short, result_type
from ..core.kin import Lent
from ..core.lending import is_lent
from ..core.primitive import Primitive, primitives
from ..core.recording import general as bind_general, named
from ..core.tensor import Tensor
from .factors import (
    ElementwiseShape,
    adjoint,
    batch_elementwise,
    conjugate,
    divided,
    elementwise,
    factor,
    multiply,
    scale,
)
from .facts import ARITHMETIC, FUNCTION, HARMLESS, MOVEMENT, state_facts
from .linear_maps import Map, Rule, linear, maps_for
from .operands import number_dtype
from .sizes import noted, with_limit_at_zero

__all__ = ["conjugate", "multiply", "scale"]

_X = ("x",)
_XY = ("x", "y")


def _identity(dx: Any) -> Any:
    return dx


_same = linear(_identity, _identity)
_opposite = linear(lambda dx: negative(dx), lambda ct: negative(ct))


def with_parameters(name: str, evaluate: Any, operands: tuple[str, ...], *rules: Any) -> Any:
    """Define an elementwise primitive that takes keyword parameters (`rules` are built maps or ``None``)."""
    maps = maps_for(operands, rules)
    primitive = Primitive(name, evaluate, operands, ElementwiseShape(evaluate), maps, batch=batch_elementwise)
    primitive.operation = bind_general(primitive)
    return primitive.operation


# -- arithmetic ------------------------------------------------------------------------------------

add: Final = elementwise("add", numpy.add, _XY, _same, _same)
negative: Final = elementwise("negative", numpy.negative, _X, _opposite)
positive: Final = elementwise("positive", numpy.positive, _X, _same)
subtract: Final = elementwise("subtract", numpy.subtract, _XY, _same, _opposite)
divide: Final = elementwise("divide", numpy.divide, _XY, lambda y: _inverse(y), lambda y, out: -out / y)
reciprocal: Final = elementwise("reciprocal", numpy.reciprocal, _X, lambda out: -out * out)
square: Final = elementwise("square", numpy.square, _X, lambda x: 2 * x)
remainder: Final = elementwise("remainder", numpy.remainder, _XY, _same, lambda x, y: -floor_divide(x, y))
fmod: Final = elementwise("fmod", numpy.fmod, _XY, _same, lambda x, y, out: -rint((x - out) / y))
modf_fraction: Final = elementwise("modf_fraction", lambda x: numpy.modf(x)[0], _X, _same)
ldexp: Final = elementwise(
    "ldexp", numpy.ldexp, _XY, linear(lambda dx, y: ldexp(dx, y), lambda ct, y: ldexp(ct, y)), None
)
mantissa: Final = elementwise(
    "mantissa", lambda x: numpy.frexp(x)[0], _X, lambda x: ldexp(ones_like(x), negative(exponent(x)))
)


def _inverse(y: Any) -> Any:
    """1 / y; a Python number 0 gives infinity, as in NumPy, instead of raising."""
    if type(y) in (float, int, bool, complex) and y == 0:
        return copy_sign(inf, y.real)
    return 1 / y


def ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 where y is 0."""
    zero = equal(y, 0)
    return where(zero, 0, x / where(zero, 1, y))


def _power(x: Any, y: Any) -> Any:
    """``x ** y``, by the operator: NumPy has short cuts there for the exponents 2, 1, 0.5, -1."""
    return x**y if isinstance(x, (numpy.ndarray, numpy.generic)) else numpy.power(x, y)


def power_by_base(x: Any, y: Any) -> Any:
    """y x^(y-1), and 0 where y is 0, also at x = 0, where it does not depend on y (as x^y log x is 0 there)."""
    if type(y) is int or type(y) is float:
        return y * power(x, y - 1) if y != 0 else zeros_like(x)
    if type(y) is Tensor:
        y = where(equal(x, 0), stop_gradient(y), y)
    return scale(y, power(x, y - 1))


def power_by_exponent(x: Any, out: Any) -> Any:
    """x^y log x, and 0 where x is 0."""
    base = _in_dtype(x, out.dtype)
    return scale(out, log_of(where(equal(base, 0), 1, base)))


def _in_dtype(x: Any, dtype: Any) -> Any:
    if not hasattr(x, "dtype"):
        return dtype.type(x)
    return x if x.dtype == dtype else astype(x, dtype=dtype)


def _noting_roots(rule: Rule) -> Callable[[Sequence[str], int], Map]:
    """The factor of a power by its base; the power 0.5 is a size, whose tangent is noted as that of `sqrt` is."""

    def build(operands: Sequence[str], position: int) -> Map:
        plain = factor(rule)(operands, position)

        def apply(dx: Any, residuals: Sequence[Any], node: Any) -> Any:
            tangent = plain.apply(dx, residuals, node)
            if type(tangent) is Tensor and is_half(residuals[1]):
                noted(tangent, power(*residuals[:2]), lambda: 0.5 * dx)
            return tangent

        def transpose(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
            cotangent: Any = plain.transpose(ct, residuals, node)  # type: ignore[misc]
            is_root = type(cotangent) is Tensor and is_half(residuals[1])
            return with_limit_at_zero(cotangent, ct, 0.5, power(*residuals[:2])) if is_root else cotangent

        return Map(apply, transpose, plain.needs, plain.unguarded)

    return build


def is_half(y: Any) -> bool:
    """Whether an exponent is that of a square root."""
    return type(y) is not Tensor and numpy.ndim(y) == 0 and y == 0.5


power: Final = elementwise("power", _power, _XY, _noting_roots(power_by_base), power_by_exponent)


def power_raises(dtype: Any) -> bool:
    """Whether a power of this dtype may raise: one of integers does if the exponent is negative."""
    return not is_inexact(dtype)


# -- exponentials and logarithms -------------------------------------------------------------------

exp: Final = elementwise("exp", numpy.exp, _X, lambda out: out)
exp2: Final = elementwise("exp2", numpy.exp2, _X, lambda out: log(2) * out)
expm1: Final = elementwise("expm1", numpy.expm1, _X, lambda x: exp(x))
log_of: Final = elementwise("log", numpy.log, _X, lambda x: 1 / x)
log2: Final = elementwise("log2", numpy.log2, _X, lambda x: (1 / log(2)) / x)
log10: Final = elementwise("log10", numpy.log10, _X, lambda x: (1 / log(10)) / x)
log1p: Final = elementwise("log1p", numpy.log1p, _X, lambda x: 1 / (1 + x))


def _gap(x: Any, y: Any) -> Any:
    with numpy.errstate(invalid="ignore"):
        return numpy.where(numpy.equal(x, y), 0, numpy.subtract(x, y))


gap: Final = elementwise("gap", _gap, _XY, _same, _opposite)
"""``x - y``, and 0 also where both are the same infinity."""
logaddexp: Final = elementwise(
    "logaddexp",
    numpy.logaddexp,
    _XY,
    lambda x, y: sigmoid(gap(x, y)),
    lambda x, y: sigmoid(gap(y, x)),
    has_routine=True,
)
logaddexp2: Final = elementwise(
    "logaddexp2",
    numpy.logaddexp2,
    _XY,
    lambda x, y: sigmoid(log(2) * gap(x, y)),
    lambda x, y: sigmoid(log(2) * gap(y, x)),
    has_routine=True,
)


sqrt: Final = elementwise(
    "sqrt",
    numpy.sqrt,
    _X,
    linear(
        lambda dx, out: noted(scale(dx, 0.5 / out), out, lambda: 0.5 * dx),
        lambda ct, out: with_limit_at_zero(scale(ct, adjoint(0.5 / out)), ct, 0.5, out),
    ),
)
cbrt: Final = elementwise("cbrt", numpy.cbrt, _X, lambda out: (1 / 3) / (out * out))

# -- trigonometric and hyperbolic functions --------------------------------------------------------

sin: Final = elementwise("sin", numpy.sin, _X, lambda x: cos(x))
cos: Final = elementwise("cos", numpy.cos, _X, lambda x: -sin(x))
tan: Final = elementwise("tan", numpy.tan, _X, lambda out: 1 + out * out)
arcsin: Final = elementwise("arcsin", numpy.arcsin, _X, lambda x: 1 / cos_of_arcsin(x))
arccos: Final = elementwise("arccos", numpy.arccos, _X, lambda x: -1 / cos_of_arcsin(x))
arctan: Final = elementwise("arctan", numpy.arctan, _X, lambda x: square(1 / _leg(x)))
sinh: Final = elementwise("sinh", numpy.sinh, _X, lambda x: cosh(x))
cosh: Final = elementwise("cosh", numpy.cosh, _X, lambda x: sinh(x))
tanh: Final = elementwise(
    "tanh", numpy.tanh, _X, divided(lambda x: sech_squared(x), lambda ct, x: _over_cosh_squared(ct, x))
)
arcsinh: Final = elementwise("arcsinh", numpy.arcsinh, _X, lambda x: 1 / _leg(x))
arccosh: Final = elementwise("arccosh", numpy.arccosh, _X, lambda x: 1 / (sqrt(x - 1) * sqrt(x - -1)))
arctanh: Final = elementwise("arctanh", numpy.arctanh, _X, lambda x: square(1 / cos_of_arcsin(x)))
arctan2: Final = elementwise(
    "arctan2",
    numpy.arctan2,
    ("y", "x"),
    lambda y, x: ratio(direction(x, y), hypot(x, y)),
    lambda y, x: -ratio(direction(y, x), hypot(x, y)),
)
hypot: Final = elementwise(
    "hypot",
    numpy.hypot,
    _XY,
    linear(
        lambda dx, x, y, out: noted(scale(dx, direction(x, y)), out, lambda: dx * x),
        lambda ct, x, y, out: with_limit_at_zero(scale(ct, direction(x, y)), ct, x, out),
    ),
    linear(
        lambda dy, x, y, out: noted(scale(dy, direction(y, x)), out, lambda: dy * y),
        lambda ct, x, y, out: with_limit_at_zero(scale(ct, direction(y, x)), ct, y, out),
    ),
    has_routine=True,
)
sinc: Final = elementwise("sinc", numpy.sinc, _X, lambda x: _sinc_slope(x))
deg2rad: Final = elementwise("deg2rad", numpy.deg2rad, _X, linear(lambda dx: deg2rad(dx), lambda ct: deg2rad(ct)))
rad2deg: Final = elementwise("rad2deg", numpy.rad2deg, _X, linear(lambda dx: rad2deg(dx), lambda ct: rad2deg(ct)))


# -- what their derivatives are made of: none of these cancels, at any order ------------------------


def _sech_squared(x: Any) -> Any:
    if x.dtype.kind != "c":
        return numpy.square(numpy.reciprocal(numpy.cosh(x)))
    power = numpy.exp(numpy.where(x.real < 0, 2 * x, -2 * x))
    return 4 * power / numpy.square(1 + power)


def _over_cosh_squared(ct: Any, x: Any) -> Any:
    cosine = numpy.cosh(x)
    quotient = ct / cosine
    quotient /= cosine
    return quotient


sech_squared: Final = elementwise(
    "sech_squared", _sech_squared, _X, lambda x, out: -2 * out * tanh(x), has_routine=True
)
"""1 / cosh(x)^2, the slope of `tanh`: ``1 - tanh(x)^2`` has no digit left where x is 20."""


def _cos_of_arcsin(x: Any) -> Any:
    """From ``x - 1`` and ``x - -1``, since these keep the sign of a zero that says on which side of a cut x is."""
    if x.dtype.kind == "c":
        return numpy.sqrt(-(x - 1)) * numpy.sqrt(x - -1)
    return numpy.sqrt((1 - x) * (1 + x))


cos_of_arcsin: Final = elementwise("cos_of_arcsin", _cos_of_arcsin, _X, lambda x, out: -x / out)
"""The root of 1 - x^2."""


def _leg(x: Any) -> Any:
    """The root of 1 + x^2; of a complex x on the side of the cut on which it is."""
    return sqrt(square(x) - -1) if x.dtype.kind == "c" else hypot(x, 1)


def _direction(x: Any, y: Any) -> Any:
    radius = numpy.hypot(x, y)
    x = numpy.asarray(x, radius.dtype)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        inside = numpy.where(numpy.equal(radius, 0), 0, numpy.divide(x, radius))
    return numpy.where(numpy.isinf(x) & numpy.isfinite(y), numpy.sign(x), inside)


direction: Final = elementwise(
    "direction",
    _direction,
    _XY,
    lambda x, y: ratio(square(direction(y, x)), hypot(x, y)),
    lambda x, y: -ratio(direction(x, y) * direction(y, x), hypot(x, y)),
)
"""x / hypot(x, y): the cosine of the angle of the point (x, y), and 0 at the origin."""

_SINC_SERIES = [(-1) ** k * 2 * k * pi ** (2 * k) / factorial(2 * k + 1) for k in range(1, 9)]
"""d sinc / dx = sum over k of this times x^(2k-1); eight terms are exact to rounding for |x| < 0.1."""


def _sinc_slope(x: Any) -> Any:
    """d sinc / dx = (cos pi x - sinc x) / x, and near 0, where that cancels, its series.

    Whole turns are taken off x before the multiplication by pi rounds.
    """
    near = less(absolute(x), 0.1)
    safe = where(near, 1, x)
    small = where(near, x, 0)
    series = small * 0
    for coefficient in reversed(_SINC_SERIES):
        series = series * small * small + coefficient * small
    angle = pi * (safe - 2 * rint(0.5 * real_part(safe)))
    return where(near, series, (cos(angle) - sin(angle) / (pi * safe)) / safe)


# -- kinks -----------------------------------------------------------------------------------------


def _absolute_apply(dx: Any, x: Any, out: Any) -> Any:
    if x.dtype.kind == "c":
        return noted(real(scale(dx, conjugate(phase(x)))), out, lambda: real(conjugate(x) * dx))
    return noted(scale(dx, phase(x)), out, lambda: dx * x)


def _absolute_transpose(ct: Any, x: Any, out: Any) -> Any:
    """A smooth function of |x|^2 has a ct that vanishes with |x|, and second derivatives at 0."""
    direction = phase(x) if x.dtype.kind == "c" else sign(x)
    return with_limit_at_zero(scale(ct, direction), ct, x, out)


def _turn(d: Any, x: Any, out: Any) -> Any:
    """The part of `d` at a right angle to x, over |x|: symmetric in the plane, so its own transpose."""
    if x.dtype.kind != "c":
        return zeros_like(d)
    return ratio(d - out * real(conjugate(out) * d), absolute(x))


absolute: Final = elementwise("absolute", numpy.absolute, _X, linear(_absolute_apply, _absolute_transpose))
fabs: Final = elementwise("fabs", numpy.fabs, _X, linear(_absolute_apply, _absolute_transpose))
sign: Final = elementwise("sign", numpy.sign, _X, None)
phase: Final = elementwise("phase", numpy.sign, _X, linear(_turn, _turn))
"""x / |x|, and 0 where x is 0: of a real x its sign, but with a place in the list."""


def _share(larger: Any, equals: Any, like: Any) -> Any:
    """The weight of an operand: 1 where it wins, 1/2 where the two tie, 0 where it loses."""
    return astype(larger, dtype=like.dtype) + 0.5 * astype(equals, dtype=like.dtype)


maximum: Final = elementwise(
    "maximum",
    numpy.maximum,
    _XY,
    lambda x, y: _share(greater(x, y), equal(x, y), _wider(x, y)),
    lambda x, y: _share(greater(y, x), equal(x, y), _wider(x, y)),
)
minimum: Final = elementwise(
    "minimum",
    numpy.minimum,
    _XY,
    lambda x, y: _share(less(x, y), equal(x, y), _wider(x, y)),
    lambda x, y: _share(less(y, x), equal(x, y), _wider(x, y)),
)
fmax: Final = elementwise(
    "fmax",
    numpy.fmax,
    _XY,
    lambda x, y: _share(logical_or(greater(x, y), isnan(y)), equal(x, y), _wider(x, y)),
    lambda x, y: _share(logical_or(greater(y, x), isnan(x)), equal(x, y), _wider(x, y)),
)
fmin: Final = elementwise(
    "fmin",
    numpy.fmin,
    _XY,
    lambda x, y: _share(logical_or(less(x, y), isnan(y)), equal(x, y), _wider(x, y)),
    lambda x, y: _share(logical_or(less(y, x), isnan(x)), equal(x, y), _wider(x, y)),
)


def _wider(x: Any, y: Any) -> Any:
    """Whichever operand is an array (the other may be a Python number, whose dtype is weak)."""
    return x if hasattr(x, "dtype") else y


def _tie(value: Any, x: Any, low: Any, high: Any, out: Any) -> Any:
    """The weight of one of three operands: 1 where it alone equals the result, else its share among the tied."""
    shares = [astype(equal(operand, out), dtype=out.dtype) for operand in (value, x, low, high)]
    return ratio(shares[0], shares[1] + shares[2] + shares[3])


clip: Final = elementwise(
    "clip",
    numpy.clip,
    ("x", "low", "high"),
    lambda x, low, high, out: _tie(x, x, low, high, out),
    lambda x, low, high, out: _tie(low, x, low, high, out),
    lambda x, low, high, out: _tie(high, x, low, high, out),
)

# -- complex numbers -------------------------------------------------------------------------------

real: Final = elementwise("real", numpy.real, _X, linear(lambda dx: real(dx), lambda ct: ct + 0j))
"""The real part of a complex operand."""
imag: Final = elementwise("imag", numpy.imag, _X, linear(lambda dx: imag(dx), lambda ct: imaginary(ct)))
"""The imaginary part of a complex operand."""


def real_part(x: Any) -> Any:
    """The real part of a real or complex operand."""
    return real(x) if x.dtype.kind == "c" else x


def _imaginary(x: Any) -> Any:
    out = numpy.zeros(numpy.shape(x), numpy.result_type(x, numpy.complex64))
    out.imag = x
    return out


imaginary: Final = elementwise("imaginary", _imaginary, _X, linear(lambda dx: imaginary(dx), lambda ct: imag(ct)))
"""i times a real operand, whose infinities stay in one part."""

# -- functions of machine learning -----------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x): accurate in the lower tail too, and 0 where e^-x overflows."""
    if x.dtype.kind in "bui":
        x = x.astype(float)
    with numpy.errstate(over="ignore"):
        return 1 / (1 + numpy.exp(-x))


logistic_slope: Final = elementwise(
    "logistic_slope",
    lambda x: 0.25 * _sech_squared(0.5 * x),
    _X,
    lambda x, out: -out * tanh(0.5 * x),
    has_routine=True,
)
"""The slope of the logistic function, s(x) s(-x): ``s(x) (1 - s(x))`` has no digit left where x is 40."""


def _times_logistic_slope(ct: Any, x: Any, out: Any) -> Any:
    product = ct * out
    product /= 1 + numpy.exp(x)
    return product


by_logistic_slope: Final = divided(lambda x: logistic_slope(x), _times_logistic_slope)

sigmoid: Final = elementwise("sigmoid", _sigmoid, _X, by_logistic_slope, has_routine=True)
relu: Final = elementwise(
    "relu", lambda x: numpy.maximum(x, 0), _X, lambda out: astype(greater(out, 0), dtype=out.dtype)
)
heaviside: Final = elementwise(
    "heaviside",
    numpy.heaviside,
    _XY,
    None,
    linear(lambda dy, x: where(equal(x, 0), dy, 0), lambda ct, x: where(equal(x, 0), ct, 0)),
)


def _nextafter(x: Any, y: Any) -> Any:
    """Of short numbers in one dtype, since the next number is another one in each."""
    dtype = result_type(x, y)
    if is_short(dtype):
        x, y = numpy.asarray(x, dtype), numpy.asarray(y, dtype)
    return numpy.nextafter(x, y)


nextafter: Final = elementwise("nextafter", _nextafter, _XY, _same, None)
copysign: Final = elementwise("copysign", numpy.copysign, _XY, lambda x, out: sign(x) * sign(out), None)


def _where_finite(d: Any, x: Any) -> Any:
    if x.dtype.kind != "c":
        return where(isfinite(x), d, 0)
    return where(isfinite(real(x)), real(d), 0) + imaginary(where(isfinite(imag(x)), imag(d), 0))


nan_to_num: Final = with_parameters("nan_to_num", numpy.nan_to_num, _X, linear(_where_finite, _where_finite))
"""``nan_to_num(x, nan=, posinf=, neginf=)``."""


# -- no derivative: piecewise constant or logical --------------------------------------------------


def _constant(name: str, evaluate: Any, operands: tuple[str, ...] = _X) -> Any:
    return elementwise(name, evaluate, operands, *(None for _ in operands))


floor: Final = _constant("floor", numpy.floor)
ceil: Final = _constant("ceil", numpy.ceil)
trunc: Final = _constant("trunc", numpy.trunc)
rint: Final = _constant("rint", numpy.rint)
floor_divide: Final = _constant("floor_divide", numpy.floor_divide, _XY)
equal: Final = _constant("equal", numpy.equal, _XY)
not_equal: Final = _constant("not_equal", numpy.not_equal, _XY)
less: Final = _constant("less", numpy.less, _XY)
less_equal: Final = _constant("less_equal", numpy.less_equal, _XY)
greater: Final = _constant("greater", numpy.greater, _XY)
greater_equal: Final = _constant("greater_equal", numpy.greater_equal, _XY)
logical_and: Final = _constant("logical_and", numpy.logical_and, _XY)
logical_or: Final = _constant("logical_or", numpy.logical_or, _XY)
logical_xor: Final = _constant("logical_xor", numpy.logical_xor, _XY)
logical_not: Final = _constant("logical_not", numpy.logical_not)
bitwise_and: Final = _constant("bitwise_and", numpy.bitwise_and, _XY)
bitwise_or: Final = _constant("bitwise_or", numpy.bitwise_or, _XY)
bitwise_xor: Final = _constant("bitwise_xor", numpy.bitwise_xor, _XY)
invert: Final = _constant("invert", numpy.invert)
left_shift: Final = _constant("left_shift", numpy.left_shift, _XY)
right_shift: Final = _constant("right_shift", numpy.right_shift, _XY)
isnan: Final = _constant("isnan", numpy.isnan)
isinf: Final = _constant("isinf", numpy.isinf)
isfinite: Final = _constant("isfinite", numpy.isfinite)
signbit: Final = _constant("signbit", numpy.signbit)
spacing: Final = _constant("spacing", numpy.spacing)
nextafter.primitive.moves = spacing.primitive.moves = True  # they are not the rounded ones of float32
fix: Final = _constant("fix", numpy.fix)
modf_integral: Final = _constant("modf_integral", lambda x: numpy.modf(x)[1])
exponent: Final = _constant("exponent", lambda x: numpy.frexp(x)[1])
gcd: Final = _constant("gcd", numpy.gcd, _XY)
lcm: Final = _constant("lcm", numpy.lcm, _XY)
bitwise_count: Final = _constant("bitwise_count", numpy.bitwise_count)
isposinf: Final = _constant("isposinf", numpy.isposinf)
isneginf: Final = _constant("isneginf", numpy.isneginf)
iscomplex: Final = _constant("iscomplex", numpy.iscomplex)
isreal: Final = _constant("isreal", numpy.isreal)
round: Final = with_parameters("round", numpy.round, _X, None)
"""``round(x, decimals=)``."""
isclose: Final = with_parameters("isclose", numpy.isclose, _XY, None, None)
"""``isclose(x, y, rtol=, atol=, equal_nan=)``."""
ones_like: Final = _constant("ones_like", numpy.ones_like)
zeros_like: Final = _constant("zeros_like", numpy.zeros_like)
full_like: Final = _constant("full_like", numpy.full_like, _XY)

stopped: Final = _constant("stop_gradient", lambda x: x)


def stop_gradient(x: Any) -> Any:
    """The same value, a constant for every derivative; it is the caller's memory if that of `x` is."""
    made = stopped(x)
    if type(x) is Tensor and is_lent(x):
        made._kin = Lent()
    return made


named(stop_gradient, stopped.primitive)

unsettled: Final = elementwise(
    "unsettled",
    lambda x, of, flags: x + numpy.zeros_like(of),
    ("x", "of", "flags"),
    lambda flags: where(flags, numpy.nan, 1.0),
    lambda flags: where(flags, numpy.nan, 0.0),
    None,
)
"""``unsettled(x, of, flags)`` is `x`, but its derivatives by both are not known (NaN) where a flag is true."""

# -- conversion -----------------------------------------------------------------------------------


def _cast(x: Any, dtype: Any) -> Any:
    """Convert; a complex value that becomes real loses its imaginary part without a warning."""
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        x = numpy.real(x)
    return x.astype(dtype)


def _astype_shape(x: Abstract, dtype: Any) -> Abstract:
    return Abstract(x.shape, numpy.dtype(dtype))


def _make_astype(rule: Any) -> Any:
    primitive = Primitive(
        "astype",
        lambda x, dtype: _cast(numpy.asarray(x), numpy.dtype(dtype)),
        ("x",),
        _astype_shape,
        maps_for(("x",), [rule]),
        batch=batch_elementwise,
        moves=True,
    )
    primitive.operation = bind_general(primitive)
    return primitive.operation


_convert = _make_astype(
    linear(lambda dx, dtype: astype(dx, dtype=dtype), lambda ct, like: astype(ct, dtype=like.dtype))
)
truncate: Final = _make_astype(None)

CASTS = primitives(_convert, truncate)
"""The primitives of `astype`."""


def astype(x: Any, dtype: Any) -> Any:
    """``astype(x, dtype=)``: linear, but to integers and booleans a step function, without derivative."""
    dtype = number_dtype(dtype, "astype")
    return (_convert if is_inexact(dtype) else truncate)(x, dtype=dtype)


# -- choosing --------------------------------------------------------------------------------------

where: Final = elementwise(
    "where",
    numpy.where,
    ("condition", "x", "y"),
    None,
    linear(lambda dx, condition: where(condition, dx, 0), lambda ct, condition: where(condition, ct, 0)),
    linear(lambda dy, condition: where(condition, 0, dy), lambda ct, condition: where(condition, 0, ct)),
    has_routine=True,
)


# -- facts -----------------------------------------------------------------------------------------

state_facts(ARITHMETIC, add, subtract, positive, divide, reciprocal, square, absolute, sign, maximum, minimum, relu)
state_facts(ARITHMETIC, equal, not_equal, less, less_equal, greater, greater_equal, where)
state_facts(ARITHMETIC, logical_and, logical_or, logical_not)
state_facts(ARITHMETIC._replace(is_finite_of_finite=True, is_zero_of_zero=True), negative)
state_facts(FUNCTION, exp, expm1, log_of, log1p, sqrt, tan, arcsin, arccos, arctan, arctan2, sinh, phase)
state_facts(FUNCTION._replace(is_finite_of_finite=True, is_zero_of_zero=True), sin, tanh)
state_facts(FUNCTION._replace(is_finite_of_finite=True, is_never_zero=True), cos)
state_facts(FUNCTION._replace(is_finite_of_finite=True), sech_squared, logistic_slope)
state_facts(FUNCTION._replace(is_never_zero=True), cosh)
state_facts(MOVEMENT, gap, real, imag, *CASTS, ones_like, zeros_like, full_like)
state_facts(HARMLESS, power, remainder, fmod, floor_divide, floor, ceil, trunc, rint, fix, round, gcd, lcm)
state_facts(HARMLESS, exp2, log2, log10, logaddexp, logaddexp2, cbrt, arcsinh, arccosh, arctanh, hypot, sinc)
state_facts(HARMLESS, cos_of_arcsin, direction, sigmoid, deg2rad, rad2deg, ldexp, mantissa, exponent, spacing)
state_facts(HARMLESS, modf_fraction, modf_integral, nextafter, copysign, signbit, fabs, fmax, fmin, clip, heaviside)
state_facts(HARMLESS, logical_xor, bitwise_and, bitwise_or, bitwise_xor, bitwise_count, invert, left_shift, right_shift)
state_facts(HARMLESS, isnan, isinf, isfinite, isposinf, isneginf, iscomplex, isreal, isclose, nan_to_num)
state_facts(HARMLESS, imaginary, stop_gradient, unsettled)
