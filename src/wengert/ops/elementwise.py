"""Elementwise primitives: one line each, with the derivative beside the function.

The factors are written in the library's own operations, so that they have derivatives in their turn.
At kinks each returns the subgradient that the conventions name: 0 for ``abs`` and ``sign`` at 0, and
an equal share among the tied for ``maximum`` and ``minimum``.
"""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy

from .linear_maps import conjugate, elementwise, linear, multiply, scale

__all__ = ["conjugate", "multiply", "scale"]

_X = ("x",)
_XY = ("x", "y")


def _identity(dx: Any) -> Any:
    return dx


_same = linear(_identity, _identity)

# -- arithmetic ------------------------------------------------------------------------------------

add = elementwise("add", numpy.add, _XY, _same, _same)
negative = elementwise("negative", numpy.negative, _X, linear(lambda dx: negative(dx), lambda ct: negative(ct)))
positive = elementwise("positive", numpy.positive, _X, _same)
subtract = elementwise(
    "subtract", numpy.subtract, _XY, _same, linear(lambda dy: negative(dy), lambda ct: negative(ct))
)
divide = elementwise("divide", numpy.divide, _XY, lambda y: 1 / y, lambda y, out: -out / y)
reciprocal = elementwise("reciprocal", numpy.reciprocal, _X, lambda out: -out * out)
square = elementwise("square", numpy.square, _X, lambda x: 2 * x)
remainder = elementwise("remainder", numpy.remainder, _XY, lambda x: ones_like(x), lambda x, y: -floor_divide(x, y))
fmod = elementwise("fmod", numpy.fmod, _XY, lambda x: ones_like(x), lambda x, y: -trunc(x / y))


def _power(x: Any, y: Any) -> Any:
    """``x ** y``, by the operator: NumPy has short cuts there for the exponents 2, 1, 0.5, -1."""
    return x**y if isinstance(x, (numpy.ndarray, numpy.generic)) else numpy.power(x, y)


def _power_by_base(x: Any, y: Any) -> Any:
    """y x^(y-1), and 0 where y is 0, also at x = 0."""
    if type(y) is int or type(y) is float:
        return y * power(x, y - 1) if y != 0 else zeros_like(x)
    return scale(y, power(x, where(equal(y, 0), ones_like(y), y - 1)))


def _power_by_exponent(x: Any, out: Any) -> Any:
    """x^y log x, and 0 where x is 0."""
    return scale(out, log_of(where(equal(x, 0), ones_like(x), x)))


power = elementwise("power", _power, _XY, _power_by_base, _power_by_exponent)

# -- exponentials and logarithms -------------------------------------------------------------------

exp = elementwise("exp", numpy.exp, _X, lambda out: out)
exp2 = elementwise("exp2", numpy.exp2, _X, lambda out: log(2) * out)
expm1 = elementwise("expm1", numpy.expm1, _X, lambda out: out + 1)
log_of = elementwise("log", numpy.log, _X, lambda x: 1 / x)
log2 = elementwise("log2", numpy.log2, _X, lambda x: (1 / log(2)) / x)
log10 = elementwise("log10", numpy.log10, _X, lambda x: (1 / log(10)) / x)
log1p = elementwise("log1p", numpy.log1p, _X, lambda x: 1 / (1 + x))
logaddexp = elementwise(
    "logaddexp", numpy.logaddexp, _XY, lambda x, y: sigmoid(x - y), lambda x, y: sigmoid(y - x)
)
logaddexp2 = elementwise(
    "logaddexp2",
    numpy.logaddexp2,
    _XY,
    lambda x, y: sigmoid(log(2) * (x - y)),
    lambda x, y: sigmoid(log(2) * (y - x)),
)
sqrt = elementwise("sqrt", numpy.sqrt, _X, lambda out: 0.5 / out)
cbrt = elementwise("cbrt", numpy.cbrt, _X, lambda out: (1 / 3) / (out * out))

# -- trigonometric and hyperbolic functions --------------------------------------------------------

sin = elementwise("sin", numpy.sin, _X, lambda x: cos(x))
cos = elementwise("cos", numpy.cos, _X, lambda x: -sin(x))
tan = elementwise("tan", numpy.tan, _X, lambda out: 1 + out * out)
arcsin = elementwise("arcsin", numpy.arcsin, _X, lambda x: 1 / sqrt(1 - x * x))
arccos = elementwise("arccos", numpy.arccos, _X, lambda x: -1 / sqrt(1 - x * x))
arctan = elementwise("arctan", numpy.arctan, _X, lambda x: 1 / (1 + x * x))
sinh = elementwise("sinh", numpy.sinh, _X, lambda x: cosh(x))
cosh = elementwise("cosh", numpy.cosh, _X, lambda x: sinh(x))
tanh = elementwise("tanh", numpy.tanh, _X, lambda out: 1 - out * out)
arcsinh = elementwise("arcsinh", numpy.arcsinh, _X, lambda x: 1 / sqrt(x * x + 1))
arccosh = elementwise("arccosh", numpy.arccosh, _X, lambda x: 1 / (sqrt(x - 1) * sqrt(x + 1)))
arctanh = elementwise("arctanh", numpy.arctanh, _X, lambda x: 1 / (1 - x * x))
arctan2 = elementwise(
    "arctan2", numpy.arctan2, ("y", "x"), lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)
)
hypot = elementwise("hypot", numpy.hypot, _XY, lambda x, out: _ratio(x, out), lambda y, out: _ratio(y, out))
sinc = elementwise("sinc", numpy.sinc, _X, lambda x: _sinc_slope(x))
deg2rad = elementwise("deg2rad", numpy.deg2rad, _X, lambda x: full_like(x, pi / 180))
rad2deg = elementwise("rad2deg", numpy.rad2deg, _X, lambda x: full_like(x, 180 / pi))


def _ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 where y is 0."""
    safe = where(equal(y, 0), ones_like(y), y)
    return where(equal(y, 0), zeros_like(y), x / safe)


def _sinc_slope(x: Any) -> Any:
    """d sinc / dx = (cos pi x - sinc x) / x; near 0 its series -pi^2 x / 3 + pi^4 x^3 / 30 - ..."""
    near = less(absolute(x), 1e-3)
    safe = where(near, ones_like(x), x)
    square_x = x * x
    series = x * (-(pi**2) / 3 + square_x * (pi**4 / 30 - square_x * (pi**6 / 840)))
    return where(near, series, (cos(pi * safe) - sinc(safe)) / safe)


# -- kinks -----------------------------------------------------------------------------------------


def _absolute_apply(dx: Any, x: Any) -> Any:
    if x.dtype.kind == "c":
        return real(conjugate(phase(x)) * dx)
    return sign(x) * dx


def _absolute_transpose(ct: Any, x: Any) -> Any:
    return phase(x) * ct if x.dtype.kind == "c" else sign(x) * ct


absolute = elementwise("absolute", numpy.absolute, _X, linear(_absolute_apply, _absolute_transpose))
fabs = elementwise("fabs", numpy.fabs, _X, lambda x: sign(x))
sign = elementwise("sign", numpy.sign, _X, None)


def phase(x: Any) -> Any:
    """x / |x| of a complex x, and 0 where x is 0."""
    return _ratio(x, absolute(x) + 0j)


def _share(larger: Any, equals: Any, like: Any) -> Any:
    """The weight of an operand: 1 where it wins, 1/2 where the two tie, 0 where it loses."""
    return astype(larger, dtype=like.dtype) + 0.5 * astype(equals, dtype=like.dtype)


maximum = elementwise(
    "maximum",
    numpy.maximum,
    _XY,
    lambda x, y: _share(greater(x, y), equal(x, y), _wider(x, y)),
    lambda x, y: _share(greater(y, x), equal(x, y), _wider(x, y)),
)
minimum = elementwise(
    "minimum",
    numpy.minimum,
    _XY,
    lambda x, y: _share(less(x, y), equal(x, y), _wider(x, y)),
    lambda x, y: _share(less(y, x), equal(x, y), _wider(x, y)),
)
fmax = elementwise(
    "fmax",
    numpy.fmax,
    _XY,
    lambda x, y: _share(logical_or(greater(x, y), isnan(y)), equal(x, y), _wider(x, y)),
    lambda x, y: _share(logical_or(greater(y, x), isnan(x)), equal(x, y), _wider(x, y)),
)
fmin = elementwise(
    "fmin",
    numpy.fmin,
    _XY,
    lambda x, y: _share(logical_or(less(x, y), isnan(y)), equal(x, y), _wider(x, y)),
    lambda x, y: _share(logical_or(less(y, x), isnan(x)), equal(x, y), _wider(x, y)),
)


def _wider(x: Any, y: Any) -> Any:
    """Whichever operand is an array (the other may be a Python number, whose dtype is weak)."""
    return x if hasattr(x, "dtype") else y


# -- complex numbers -------------------------------------------------------------------------------

real = elementwise("real", numpy.real, _X, linear(lambda dx: real(dx), _identity))
imag = elementwise("imag", numpy.imag, _X, linear(lambda dx: imag(dx), lambda ct: 1j * ct))

# -- functions of machine learning -----------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x), without overflow: (1 + tanh(x / 2)) / 2."""
    return 0.5 * (1 + numpy.tanh(0.5 * x))


sigmoid = elementwise("sigmoid", _sigmoid, _X, lambda out: out * (1 - out))
relu = elementwise("relu", lambda x: numpy.maximum(x, 0), _X, lambda out: astype(greater(out, 0), dtype=out.dtype))
heaviside = elementwise("heaviside", numpy.heaviside, _XY, None, lambda x: astype(equal(x, 0), dtype=x.dtype))
copysign = elementwise("copysign", numpy.copysign, _XY, lambda x, y: sign(x) * copysign(ones_like(x), y), None)
nan_to_num = elementwise("nan_to_num", numpy.nan_to_num, _X, lambda x: astype(isfinite(x), dtype=x.dtype))

# -- no derivative: piecewise constant or logical --------------------------------------------------


def _constant(name: str, evaluate: Any, operands: tuple[str, ...] = _X) -> Any:
    return elementwise(name, evaluate, operands, *(None for _ in operands))


floor = _constant("floor", numpy.floor)
ceil = _constant("ceil", numpy.ceil)
trunc = _constant("trunc", numpy.trunc)
rint = _constant("rint", numpy.rint)
floor_divide = _constant("floor_divide", numpy.floor_divide, _XY)
equal = _constant("equal", numpy.equal, _XY)
not_equal = _constant("not_equal", numpy.not_equal, _XY)
less = _constant("less", numpy.less, _XY)
less_equal = _constant("less_equal", numpy.less_equal, _XY)
greater = _constant("greater", numpy.greater, _XY)
greater_equal = _constant("greater_equal", numpy.greater_equal, _XY)
logical_and = _constant("logical_and", numpy.logical_and, _XY)
logical_or = _constant("logical_or", numpy.logical_or, _XY)
logical_xor = _constant("logical_xor", numpy.logical_xor, _XY)
logical_not = _constant("logical_not", numpy.logical_not)
bitwise_and = _constant("bitwise_and", numpy.bitwise_and, _XY)
bitwise_or = _constant("bitwise_or", numpy.bitwise_or, _XY)
bitwise_xor = _constant("bitwise_xor", numpy.bitwise_xor, _XY)
invert = _constant("invert", numpy.invert)
left_shift = _constant("left_shift", numpy.left_shift, _XY)
right_shift = _constant("right_shift", numpy.right_shift, _XY)
isnan = _constant("isnan", numpy.isnan)
isinf = _constant("isinf", numpy.isinf)
isfinite = _constant("isfinite", numpy.isfinite)
signbit = _constant("signbit", numpy.signbit)
nextafter = _constant("nextafter", numpy.nextafter, _XY)
ones_like = _constant("ones_like", numpy.ones_like)
zeros_like = _constant("zeros_like", numpy.zeros_like)
full_like = _constant("full_like", numpy.full_like, _XY)

stop_gradient = _constant("stop_gradient", lambda x: x)

# -- choosing --------------------------------------------------------------------------------------

where = elementwise(
    "where",
    numpy.where,
    ("condition", "x", "y"),
    None,
    linear(lambda dx, condition: where(condition, dx, 0), lambda ct, condition: where(condition, ct, 0)),
    linear(lambda dy, condition: where(condition, 0, dy), lambda ct, condition: where(condition, 0, ct)),
)

from .shape import astype  # noqa: E402 - the two families use each other
