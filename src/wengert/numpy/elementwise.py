"""Elementwise functions, under NumPy's names."""

from __future__ import annotations

from math import pi
from typing import Any, Final

import numpy

from ..core.dtypes import kinds
from ..core.tensor import Tensor
from ..core.views import view
from ..ops import elementwise as e
from ..ops.indexing.views import IMAG, REAL
from ..ops.operands import whole_number
from ..ops.special.bessel import numpy_i0
from .protocols.lift import PYTHON_NUMBERS, to_tensor, weak
from .protocols.output import into
from .protocols.ufuncs import in_order, lift, universal, with_options
from .protocols.values import concrete
from .sorting import nonzero

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "allclose", "angle", "arccos", "arccosh", "arcsin", "arcsinh",
    "arctan", "arctan2", "arctanh", "around", "array_equal", "array_equiv", "asin", "asinh", "atan", "atan2", "atanh",
    "bitwise_and", "bitwise_count", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "cbrt", "ceil", "clip", "conj", "conjugate", "copysign", "cos", "cosh",
    "deg2rad", "degrees", "divide", "divmod", "equal", "exp", "exp2", "expm1", "fabs", "fix", "float_power", "floor",
    "floor_divide", "fmax", "fmin", "fmod", "frexp", "gcd", "greater", "greater_equal", "heaviside", "hypot", "i0",
    "imag", "invert", "isclose", "iscomplex", "iscomplexobj", "isfinite", "isinf", "isnan", "isneginf", "isposinf",
    "isreal", "isrealobj", "lcm", "ldexp", "left_shift", "less", "less_equal", "log", "log10", "log1p", "log2",
    "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "mod",
    "modf", "multiply", "nan_to_num", "negative", "nextafter", "not_equal", "positive", "pow", "power", "rad2deg",
    "radians", "real", "real_if_close", "reciprocal", "remainder", "right_shift", "rint", "round", "sign", "signbit",
    "sin", "sinc", "sinh", "spacing", "sqrt", "square", "subtract", "tan", "tanh", "true_divide", "trunc", "where",
]  # fmt: skip

# -- arithmetic ------------------------------------------------------------------------------------

add: Final = lift(e.add)
subtract: Final = lift(e.subtract)
multiply: Final = lift(e.multiply)
true_divide: Final = lift(e.divide)
divide: Final = true_divide
floor_divide: Final = lift(e.floor_divide)
mod: Final = lift(e.remainder)
remainder: Final = mod
fmod: Final = lift(e.fmod)
negative: Final = lift(e.negative)
positive: Final = lift(e.positive)
reciprocal: Final = lift(e.reciprocal)
square: Final = lift(e.square)
pow: Final = lift(e.power)
power: Final = pow
gcd: Final = lift(e.gcd)
lcm: Final = lift(e.lcm)
ldexp: Final = lift(e.ldexp)
_fraction = lift(e.modf_fraction)
_integral = lift(e.modf_integral)
_mantissa = lift(e.mantissa)
_exponent = lift(e.exponent)


@universal(numpy.divmod)
def divmod(x1: Any, x2: Any) -> tuple[Tensor, Tensor]:
    """``(x1 // x2, x1 % x2)``; the quotient has derivative 0."""
    return floor_divide(x1, x2), remainder(x1, x2)


@universal(numpy.modf)
def modf(x: Any) -> tuple[Tensor, Tensor]:
    """The fractional part, which has derivative 1, and the integral part, which has derivative 0."""
    return _fraction(x), _integral(x)


@universal(numpy.frexp)
def frexp(x: Any) -> tuple[Tensor, Tensor]:
    """Mantissa and exponent; the exponent counts as a constant."""
    return _mantissa(x), _exponent(x)


@universal(numpy.float_power)
def float_power(x1: Any, x2: Any) -> Tensor:
    """As ``numpy.float_power``: `power` in double precision at least."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    dtype = numpy.result_type(x1.dtype, x2.dtype, numpy.float64)
    return e.power(e.astype(x1, dtype=dtype), e.astype(x2, dtype=dtype))


# -- exponentials and logarithms -------------------------------------------------------------------

exp: Final = lift(e.exp)
exp2: Final = lift(e.exp2)
expm1: Final = lift(e.expm1)
log: Final = lift(e.log_of)
log2: Final = lift(e.log2)
log10: Final = lift(e.log10)
log1p: Final = lift(e.log1p)
logaddexp: Final = lift(e.logaddexp)
logaddexp2: Final = lift(e.logaddexp2)
sqrt: Final = lift(e.sqrt)
cbrt: Final = lift(e.cbrt)
i0: Final = lift(numpy_i0)

# -- trigonometric and hyperbolic functions --------------------------------------------------------

sin: Final = lift(e.sin)
cos: Final = lift(e.cos)
tan: Final = lift(e.tan)
asin: Final = lift(e.arcsin)
arcsin: Final = asin
acos: Final = lift(e.arccos)
arccos: Final = acos
atan: Final = lift(e.arctan)
arctan: Final = atan
atan2: Final = lift(e.arctan2)
arctan2: Final = atan2
sinh: Final = lift(e.sinh)
cosh: Final = lift(e.cosh)
tanh: Final = lift(e.tanh)
asinh: Final = lift(e.arcsinh)
arcsinh: Final = asinh
acosh: Final = lift(e.arccosh)
arccosh: Final = acosh
atanh: Final = lift(e.arctanh)
arctanh: Final = atanh
hypot: Final = lift(e.hypot)
sinc: Final = lift(e.sinc)
radians: Final = lift(e.deg2rad)
deg2rad: Final = radians
degrees: Final = lift(e.rad2deg)
rad2deg: Final = degrees

# -- kinks -----------------------------------------------------------------------------------------

abs: Final = lift(e.absolute)
absolute: Final = abs
fabs: Final = lift(e.fabs)
maximum: Final = lift(e.maximum)
minimum: Final = lift(e.minimum)
fmax: Final = lift(e.fmax)
fmin: Final = lift(e.fmin)
heaviside: Final = lift(e.heaviside)
copysign: Final = lift(e.copysign)


@universal(numpy.sign)
def sign(x: Any) -> Tensor:
    """As ``numpy.sign``: for complex x it is x / \\|x\\|, which has a derivative (0 at 0)."""
    x = to_tensor(x)
    return e.phase(x) if x.dtype.kind == "c" else e.sign(x)


def clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **options: Any
) -> Tensor:
    """As ``numpy.clip``; at a bound the operand and the bound share the derivative equally."""
    if not (a_min is None and a_max is None) and not (min is None and max is None):
        raise ValueError(
            "[clip] bounds were given by position (or as a_min=, a_max=) and as min=, max= too, wanted one of the two; "
            "write clip(x, low, high) or clip(x, min=low, max=high)"
        )
    if options:
        return with_options(clip, None, (a, a_min if min is None else min, a_max if max is None else max),
                            in_order("clip", {"out": out, **options}))  # fmt: skip
    found = _between(to_tensor(a), weak(a_min if min is None else min), weak(a_max if max is None else max))
    return found if out is None else into(out, found, "clip")


def _between(x: Tensor, low: Any, high: Any) -> Tensor:
    if x.dtype.kind in "iu":
        low, high = _within_range(low, high, numpy.iinfo(x.dtype))
    if low is None and high is None:
        return e.positive(x)
    if high is None:
        return e.maximum(x, low)
    if low is None:
        return e.minimum(x, high)
    return e.clip(x, low, high)


def _within_range(low: Any, high: Any, limits: Any) -> tuple[Any, Any]:
    """The bounds, without a Python int out of the range of the dtype, which bounds nothing."""
    return (
        None if type(low) is int and low <= limits.min else low,
        None if type(high) is int and high >= limits.max else high,
    )


# -- complex numbers -------------------------------------------------------------------------------

conj: Final = lift(e.conjugate)
conjugate: Final = conj


def real(val: Any) -> Tensor:
    """The real part, a view; a real operand is returned as it is."""
    x = to_tensor(val)
    return view(x, REAL) if x.dtype.kind == "c" else x


def imag(val: Any) -> Tensor:
    """The imaginary part, a view; zeros for a real operand."""
    x = to_tensor(val)
    return view(x, IMAG) if x.dtype.kind == "c" else e.zeros_like(x)


def angle(z: Any, deg: bool = False) -> Tensor:
    """As ``numpy.angle``; the derivative at 0 is 0."""
    z = to_tensor(z)
    radians = e.arctan2(imag(z), e.real(z)) if z.dtype.kind == "c" else e.arctan2(0, z)
    return radians * (180 / pi) if deg else radians


def real_if_close(a: Any, tol: float = 100) -> Tensor:
    """As ``numpy.real_if_close``: looks at the values."""
    x = to_tensor(a)
    if x.dtype.kind == "c" and numpy.isrealobj(numpy.real_if_close(concrete(x, "real_if_close"), tol)):
        return e.real(x)
    return x


def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex."""
    return not iscomplexobj(x)


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return to_tensor(x).dtype.kind == "c"


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """As ``numpy.nan_to_num``: what is replaced has derivative 0. With ``copy=False`` a tensor is written in place."""
    given = to_tensor(x)
    if kinds.is_floating(given.dtype):
        largest = float(kinds.finfo(given.dtype).max)
        posinf, neginf = largest if posinf is None else posinf, -largest if neginf is None else neginf
    found = e.nan_to_num(given, nan=nan, posinf=posinf, neginf=neginf)
    if copy or type(x) is not Tensor:
        return found
    x[...] = found
    return x


# -- piecewise constant, integer or logical: derivative 0 ------------------------------------------

floor: Final = lift(e.floor)
ceil: Final = lift(e.ceil)
trunc: Final = lift(e.trunc)
fix: Final = lift(e.fix)
rint: Final = lift(e.rint)
spacing: Final = lift(e.spacing)
nextafter: Final = lift(e.nextafter)
equal: Final = lift(e.equal)
not_equal: Final = lift(e.not_equal)
less: Final = lift(e.less)
less_equal: Final = lift(e.less_equal)
greater: Final = lift(e.greater)
greater_equal: Final = lift(e.greater_equal)
logical_and: Final = lift(e.logical_and)
logical_or: Final = lift(e.logical_or)
logical_xor: Final = lift(e.logical_xor)
logical_not: Final = lift(e.logical_not)
bitwise_and: Final = lift(e.bitwise_and)
bitwise_or: Final = lift(e.bitwise_or)
bitwise_xor: Final = lift(e.bitwise_xor)
bitwise_invert: Final = lift(e.invert)
invert: Final = bitwise_invert
bitwise_not: Final = bitwise_invert
bitwise_left_shift: Final = lift(e.left_shift)
left_shift: Final = bitwise_left_shift
bitwise_right_shift: Final = lift(e.right_shift)
right_shift: Final = bitwise_right_shift
bitwise_count: Final = lift(e.bitwise_count)
isnan: Final = lift(e.isnan)
isinf: Final = lift(e.isinf)
isfinite: Final = lift(e.isfinite)
isposinf: Final = lift(e.isposinf)
isneginf: Final = lift(e.isneginf)
isreal: Final = lift(e.isreal)
iscomplex: Final = lift(e.iscomplex)
signbit: Final = lift(e.signbit)


def round(a: Any, decimals: int = 0, out: Any = None) -> Tensor:
    """As ``numpy.round``; the derivative is 0."""
    found = e.round(to_tensor(a), decimals=whole_number(decimals, "decimals"))
    return found if out is None else into(out, found, "round")


around = round


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Tensor:
    """As ``numpy.isclose``; the tolerances may be arrays."""
    x, y = to_tensor(a), weak(b)
    if type(rtol) in PYTHON_NUMBERS and type(atol) in PYTHON_NUMBERS:
        return e.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)
    y = y * 1.0
    near = e.less_equal(e.absolute(x - y), weak(atol) + weak(rtol) * e.absolute(y))
    close = e.logical_or(e.logical_and(near, e.isfinite(y)), e.equal(x, y))
    return e.logical_or(close, e.logical_and(e.isnan(x), e.isnan(y))) if equal_nan else close


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close; a Python bool."""
    return bool(concrete(isclose(a, b, rtol, atol, equal_nan), "allclose").all())


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether two arrays have the same shape and elements; a Python bool."""
    first, second = (concrete(to_tensor(a), "array_equal") for a in (a1, a2))
    return bool(numpy.array_equal(first, second, equal_nan))


def array_equiv(a1: Any, a2: Any) -> bool:
    """Whether two arrays can be broadcast to the same elements; a Python bool."""
    first, second = (concrete(to_tensor(a), "array_equiv") for a in (a1, a2))
    return bool(numpy.array_equiv(first, second))


# -- choosing --------------------------------------------------------------------------------------


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """As ``numpy.where``; the side that is not chosen has derivative 0, whatever its own derivative is there."""
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError(
            "[where] one of x and y was given, wanted both or neither; write where(condition, x, y) to choose, "
            "or where(condition) for the indices"
        )
    return e.where(to_tensor(condition), weak(x), weak(y))
