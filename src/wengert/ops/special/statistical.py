"""Special functions of one and two variables: error functions, logistic functions, entropies, power transforms.

Each derivative is written so that it does not cancel where the function itself is accurate.
"""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Any, Final

import numpy

from .. import elementwise as e
from ..factors import scale
from ..linear_maps import NOT_DIFFERENTIABLE, NOT_WRITTEN, linear, missing
from .by_scipy import (
    near_zero,
    polynomial,
    scipy_function,
    special,
    special_part,
)

_X = ("x",)
_Z = ("z",)
_XY = ("x", "y")

# -- error functions -------------------------------------------------------------------------------

_PEAK = 2 / sqrt(pi)


def _exp_of_square(x: Any, by: Any) -> Any:
    """By parts of x, of which the first has so few digits that its square is exact."""
    if x.dtype.kind == "c":
        return numpy.exp(by * x * x)
    wide = numpy.clip(x, -1e3, 1e3).astype(numpy.float64)
    high = wide.astype(numpy.float32).astype(numpy.float64)
    out = numpy.exp(by * high * high) * numpy.exp(by * (wide - high) * (wide + high))
    return out.astype(numpy.result_type(x.dtype, numpy.float32), copy=False)[()]


exp_of_square: Final = e.elementwise(
    "exp_of_square",
    _exp_of_square,
    ("x", "by"),
    lambda x, by, out: 2 * by * x * out,
    lambda x, out: x * x * out,
    has_routine=True,
)
"""``exp_of_square(x, by)``: exp(by x^2), without the digits that x^2 loses where it is large."""

erf: Final = special("erf", _Z, lambda z: _PEAK * exp_of_square(z, -1.0), has_routine=True)
erfc: Final = special("erfc", _Z, lambda z: -_PEAK * exp_of_square(z, -1.0), has_routine=True)
erfi: Final = special("erfi", _Z, lambda z: _PEAK * exp_of_square(z, 1.0))
erfinv: Final = special("erfinv", ("y",), lambda out: (1 / _PEAK) * exp_of_square(out, 1.0))
erfcinv: Final = special("erfcinv", ("y",), lambda out: (-1 / _PEAK) * exp_of_square(out, 1.0))
wofz: Final = e.elementwise("wofz", scipy_function("wofz"), _Z, lambda z, out: _PEAK * 1j - 2 * z * out)
"""Of a complex argument."""

_FAR = 7.0
"""Beyond this thirty terms of the asymptotic series of `dawsn` (and of a complex `erfcx`) are exact to rounding."""


def _double_factorials(sign: int) -> list[float]:
    """Those of sum over k >= 1 of sign^(k-1) (2k - 1)!! / (2 x^2)^k, in powers of (7 / x)^2 (DLMF 7.12.1)."""
    step = 1 / (2 * _FAR * _FAR)
    coefficients = [0.0, step]
    for k in range(2, 31):
        coefficients.append(coefficients[-1] * sign * (2 * k - 1) * step)
    return coefficients


_DEPTH = 120
"""So many steps of the continued fraction give full precision from 1 on."""


def _erfc_ratio(n: Any, t: Any) -> Any:
    """From `erfcx` upwards where t is below 1, else from far up downwards: R[n - 1] = 1 / (2 t + 2 n R[n])."""
    wide = numpy.asarray(t, numpy.float64)
    count = int(n)
    with numpy.errstate(all="ignore"):
        near, far = numpy.minimum(wide, 1.0), numpy.maximum(wide, 1.0)
        upwards = sqrt(pi) / 2 * scipy_function("erfcx")(near)
        for k in range(1, count + 1):
            upwards = (1 / upwards - 2 * near) / (2 * k)
        last = count + _DEPTH
        downwards = 1 / (far + numpy.sqrt(far * far + 2 * last))
        for k in range(last, count, -1):
            downwards = 1 / (2 * far + 2 * k * downwards)
    out = numpy.where(wide < 1, upwards, downwards)
    return out.astype(numpy.result_type(t, numpy.float32), copy=False)[()]


def _erfc_ratio_slope(n: Any, t: Any, out: Any) -> Any:
    return -2 * out * ((n + 1) * erfc_ratio(n + 1, t) - n * out)


erfc_ratio: Final = e.elementwise(
    "erfc_ratio", _erfc_ratio, ("n", "t"), missing(NOT_DIFFERENTIABLE, "the order is a whole number"), _erfc_ratio_slope
)
"""``erfc_ratio(n, t)``: the n-th repeated integral of erfc from t on over the one before (DLMF 7.18.7).

That of order 0 is sqrt(pi) / 2 times `erfcx`, and each derivative is made of ratios of the next orders without
cancelling, so that what is written in them keeps its digits far in the tail.
"""


def _erfcx_slope(x: Any, out: Any) -> Any:
    """2 x erfcx(x) - 2 / sqrt(pi), the two nearly equal for large x."""
    if x.dtype.kind != "c":
        return -2 * out * erfc_ratio(1, x)
    far = -_PEAK * polynomial(_double_factorials(-1), e.square(_FAR / x))
    return e.where(e.greater(e.real(x), _FAR), far, 2 * x * out - _PEAK)


def _dawsn_slope(x: Any, out: Any) -> Any:
    """1 - 2 x dawsn(x), the two nearly equal for large x."""
    if x.dtype.kind == "c":
        return 1 - 2 * x * out
    far = -polynomial(_double_factorials(1), e.square(_FAR / x))
    return e.where(e.greater(e.absolute(x), _FAR), far, 1 - 2 * x * out)


erfcx: Final = special("erfcx", _X, _erfcx_slope)
dawsn: Final = special("dawsn", _X, _dawsn_slope)

# -- the normal distribution -----------------------------------------------------------------------

_ROOT = sqrt(2 * pi)


def _hazard(x: Any) -> Any:
    """The density of the normal distribution over its distribution function, without underflow."""
    with numpy.errstate(all="ignore"):
        below = 2 / _ROOT / scipy_function("erfcx")(-numpy.minimum(x, 0) / sqrt(2))
        above = _exp_of_square(x, -0.5) / _ROOT / scipy_function("ndtr")(x)
    return numpy.where(numpy.less(x, 0), below, above)


def _hazard_slope(x: Any, out: Any) -> Any:
    """-out (x + out), the two of which nearly cancel far below."""
    return -sqrt(2) * out * erfc_ratio(1, -x / sqrt(2))


normal_hazard: Final = e.elementwise("normal_hazard", _hazard, _X, _hazard_slope)
ndtr: Final = special("ndtr", _X, lambda x: exp_of_square(x, -0.5) / _ROOT, has_routine=True)
log_ndtr: Final = special("log_ndtr", _X, lambda x: normal_hazard(x))
ndtri: Final = special("ndtri", ("y",), lambda out: _ROOT * exp_of_square(out, 0.5))
ndtri_exp: Final = special("ndtri_exp", ("y",), lambda out: 1 / normal_hazard(out))

# -- logistic functions ----------------------------------------------------------------------------

expit: Final = special("expit", _X, e.by_logistic_slope, has_routine=True)
logit: Final = special("logit", _X, lambda x: 1 / x + 1 / (1 - x))
log_expit: Final = special("log_expit", _X, lambda x: expit(-x), has_routine=True)

log_two_cosh: Final = e.elementwise(
    "log_two_cosh", lambda x: numpy.logaddexp(x, -x), _X, lambda x: e.tanh(x), has_routine=True
)
"""log(2 cosh(x)), without overflow."""

# -- exponentials, logarithms and powers -----------------------------------------------------------

exp10: Final = special("exp10", _X, lambda out: log(10) * out)
cosm1: Final = special("cosm1", _X, lambda x: -e.sin(x))
powm1: Final = special(
    "powm1", _XY, lambda x, y: e.power_by_base(x, y), lambda x, y: e.power_by_exponent(x, e.power(x, y))
)
xlogy: Final = special("xlogy", _XY, lambda y: e.log_of(y), lambda x, y: _over(x, y), has_routine=True)
xlog1py: Final = special("xlog1py", _XY, lambda y: e.log1p(y), lambda x, y: _over(x, 1 + y), has_routine=True)


def _over(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0."""
    neither = e.logical_and(e.equal(x, 0), e.equal(y, 0))
    return e.where(neither, 0, x / e.where(neither, 1, y))


def _series(count: int, coefficient: Any) -> list[float]:
    return [coefficient(k) for k in range(count)]


def _reciprocal_factorials(count: int) -> list[float]:
    return [float(v) for v in 1 / numpy.cumprod([1.0, *range(1, count)])]


_EXPREL_SLOPE = [r / (k + 2) for k, r in enumerate(_reciprocal_factorials(18))]


def _exprel_slope(x: Any) -> Any:
    """(e^x - exprel(x)) / x, near 0 the sum over k of x^k / (k! (k + 2))."""
    return near_zero(x, 1.0, _EXPREL_SLOPE, lambda z: (e.exp(z) - exprel(z)) / z)


exprel: Final = special("exprel", _X, _exprel_slope)


def _transform_by_power(x: Any, power: Any, zero: int, logarithm_of: Any) -> Any:
    """As (b^p - 1) / p = log(b) exprel(p log(b)); -1 / p where the base is 0, which is where x is `zero`."""
    at_zero = e.logical_and(e.equal(x, zero), e.greater(power, 0))
    logarithm = logarithm_of(e.where(at_zero, zero + 1, x))
    positive = e.where(at_zero, power, 1)
    return e.where(at_zero, 1 / (positive * positive), logarithm * logarithm * _exprel_slope(power * logarithm))


boxcox: Final = special(
    "boxcox",
    ("x", "lmbda"),
    lambda x, lmbda: e.power(x, lmbda - 1),
    lambda x, lmbda: _transform_by_power(x, lmbda, 0, e.log_of),
)
boxcox1p: Final = special(
    "boxcox1p",
    ("x", "lmbda"),
    lambda x, lmbda: e.power(1 + x, lmbda - 1),
    lambda x, lmbda: _transform_by_power(x, lmbda, -1, e.log1p),
)

_INVERSE_POWER = _series(16, lambda k: (-1) ** (k + 1) * (k + 1) / (k + 2))


def _inverse_by_power(y: Any, power: Any, value: Any) -> Any:
    """The derivative in p of (1 + p y)^(1/p) = exp(log1p(p y) / p)."""
    u = power * y
    curve = near_zero(u, 0.1, _INVERSE_POWER, lambda v: (v / (1 + v) - e.log1p(v)) / (v * v))
    return value * y * y * curve


inv_boxcox: Final = special(
    "inv_boxcox",
    ("y", "lmbda"),
    lambda y, lmbda, out: out / (1 + lmbda * y),
    lambda y, lmbda, out: _inverse_by_power(y, lmbda, out),
)
inv_boxcox1p: Final = special(
    "inv_boxcox1p",
    ("y", "lmbda"),
    lambda y, lmbda, out: (1 + out) / (1 + lmbda * y),
    lambda y, lmbda, out: _inverse_by_power(y, lmbda, 1 + out),
)

# -- entropies -------------------------------------------------------------------------------------


def _log_of_ratio(x: Any, y: Any) -> Any:
    """log(x / y), of close numbers from their difference."""
    gap = x - y
    close = e.less(e.absolute(gap), 0.5 * y)
    return e.where(close, e.log1p(e.where(close, gap, 0) / y), e.log_of(x) - e.log_of(y))


def _is_inside(x: Any, y: Any) -> Any:
    return e.logical_and(e.greater_equal(x, 0), e.greater(y, 0))


entr: Final = special("entr", _X, lambda x: e.where(e.less(x, 0), 0, -e.log_of(x) - 1))
rel_entr: Final = special(
    "rel_entr",
    _XY,
    lambda x, y: e.where(_is_inside(x, y), _log_of_ratio(x, y) + 1, 0),
    lambda x, y: e.where(_is_inside(x, y), -x / y, 0),
)
kl_div: Final = special(
    "kl_div",
    _XY,
    lambda x, y: e.where(_is_inside(x, y), _log_of_ratio(x, y), 0),
    lambda x, y: e.where(_is_inside(x, y), 1 - x / y, e.where(e.equal(x, 0), 1, 0)),
)

# -- robust losses ---------------------------------------------------------------------------------


def _excess(delta: Any, r: Any) -> Any:
    return e.maximum(e.absolute(r) - delta, 0)


huber: Final = special("huber", ("delta", "r"), _excess, lambda delta, r: r - e.sign(r) * _excess(delta, r))


def _pseudo_huber(delta: Any, r: Any) -> Any:
    """delta (s - delta), where s = hypot(delta, r), without overflow of a square."""
    with numpy.errstate(invalid="ignore"):
        out = delta * (r * (r / (numpy.hypot(delta, r) + delta)))
    out = numpy.where(numpy.equal(delta, 0) | numpy.equal(r, 0), 0, out)
    return numpy.where(numpy.less(delta, 0), numpy.inf, out)


def _pseudo_huber_by_delta(delta: Any, r: Any) -> Any:
    """(s - delta)^2 / s."""
    length = e.hypot(delta, r)
    rise = r * e.ratio(r, length + delta)
    return rise * e.ratio(rise, length)


pseudo_huber: Final = e.elementwise(
    "pseudo_huber",
    _pseudo_huber,
    ("delta", "r"),
    _pseudo_huber_by_delta,
    lambda delta, r: delta * e.direction(r, delta),
)

# -- integrals -------------------------------------------------------------------------------------

expi: Final = special("expi", _X, lambda x: e.exp(x) / x)
exp1: Final = special("exp1", _Z, lambda z: -e.exp(-z) / z)


def _expn_slope(n: Any, x: Any) -> Any:
    """-E[n - 1](x); E[0] is e^-x / x, E[-1] is e^-x (1 + 1 / x) / x."""
    below = e.exp(-x) * (1 + 1 / x) / x
    return -e.where(e.equal(n, 0), below, expn(e.maximum(n - 1, 0), x))


expn: Final = special("expn", ("n", "x"), missing(NOT_DIFFERENTIABLE, "the order is a whole number"), _expn_slope)


def _sinh_ratio(x: Any) -> Any:
    return e.where(e.equal(x, 0), 1, e.sinh(x) / x)


sici: Final = (special_part("sici", 0, lambda x: e.sinc(x / pi)), special_part("sici", 1, lambda x: e.cos(x) / x))
shichi: Final = (special_part("shichi", 0, _sinh_ratio), special_part("shichi", 1, lambda x: e.cosh(x) / x))


def _turned(x: Any) -> Any:
    """pi / 2 x^2, but for whole turns: with the even number n nearest to x, x^2 - n^2 = (x - n) (x + n) counts.

    The first factor is exact; of x^2 itself as many digits are lost as there are turns.
    """
    even = 2 * e.rint(0.5 * e.real_part(x))
    quarters = (x - even) * (x + even)
    return pi / 2 * (quarters - 4 * e.rint(0.25 * e.real_part(quarters)))


fresnel: Final = (
    special_part("fresnel", 0, lambda x: e.sin(_turned(x))),
    special_part("fresnel", 1, lambda x: e.cos(_turned(x))),
)
owens_t: Final = special(
    "owens_t",
    ("h", "a"),
    lambda h, a: -erf(a * h / sqrt(2)) * e.exp(-0.5 * h * h) / (2 * _ROOT),
    lambda h, a: e.exp(-0.5 * h * h * (1 + a * a)) / (2 * pi * (1 + a * a)),
)

_SPENCE = _series(18, lambda k: -((-1) ** k) / (k + 1))


def _spence_slope(z: Any) -> Any:
    """log(z) / (1 - z), near 1 its series."""
    return near_zero(z - 1, 0.1, _SPENCE, lambda w: -e.log_of(z) / w)


spence: Final = special("spence", _Z, _spence_slope)


def _central(count: int) -> list[float]:
    """((2n - 1)!! / (2n)!!)^2, the coefficients of 2 K(m) / pi (DLMF 19.5.1)."""
    ratios = numpy.cumprod([1.0, *((2 * n - 1) / (2 * n) for n in range(1, count))])
    return [float(r * r) for r in ratios]


_CENTRAL = _central(20)
_K_SLOPE = [pi / 2 * n * c for n, c in enumerate(_CENTRAL)][1:]
_E_SLOPE = [-pi / 2 * n * c / (2 * n - 1) for n, c in enumerate(_CENTRAL)][1:]


def _ellipk_slope(m: Any) -> Any:
    """(E - (1 - m) K) / (2 m (1 - m)) (DLMF 19.4.1), near 0 its series."""
    return near_zero(m, 0.1, _K_SLOPE, lambda k: (ellipe(k) - (1 - k) * ellipk(k)) / (2 * k * (1 - k)))


def _ellipkm1_slope(p: Any) -> Any:
    """Minus the above at m = 1 - p, which is accurate for small p."""
    near_one = e.greater(p, 0.9)
    elsewhere = (p * ellipkm1(p) - ellipe(1 - p)) / (2 * p * (1 - p))
    return e.where(near_one, -polynomial(_K_SLOPE, 1 - p), elsewhere)


ellipk: Final = special("ellipk", ("m",), _ellipk_slope)
ellipkm1: Final = special("ellipkm1", ("p",), _ellipkm1_slope)
ellipe: Final = special(
    "ellipe", ("m",), lambda m: near_zero(m, 0.1, _E_SLOPE, lambda k: (ellipe(k) - ellipk(k)) / (2 * k))
)

# -- hypergeometric functions (derivatives: DLMF 15.5.1, 13.3.15) ----------------------------------

_upper = missing(NOT_WRITTEN, "the derivative of a hypergeometric function in a parameter")

hyp0f1: Final = special("hyp0f1", ("v", "z"), _upper, lambda v, z: hyp0f1(v + 1, z) / v)
hyp1f1: Final = special("hyp1f1", ("a", "b", "z"), _upper, _upper, lambda a, b, z: a / b * hyp1f1(a + 1, b + 1, z))
hyp2f1: Final = special(
    "hyp2f1",
    ("a", "b", "c", "z"),
    _upper,
    _upper,
    _upper,
    lambda a, b, c, z: a * b / c * hyp2f1(a + 1, b + 1, c + 1, z),
)

# -- the Lambert W function ------------------------------------------------------------------------


def _lambertw_slope(out: Any) -> Any:
    """By differentiating w e^w = z."""
    return e.exp(-out) / (1 + out)


def _lambertw(z: Any, k: int, tol: float) -> Any:
    return scipy_function("lambertw")(z, k, tol)


lambertw: Final = e.with_parameters(
    "lambertw",
    _lambertw,
    _Z,
    linear(
        lambda dz, out: scale(dz, _lambertw_slope(out)),
        lambda ct, out: scale(ct, e.conjugate(_lambertw_slope(out))),
    ),
)
"""``lambertw(z, k=, tol=)``: complex, whatever `z` is."""

# -- orthogonal polynomials (derivatives: DLMF 18.9.15 to 18.9.26) ---------------------------------

_degree = missing(NOT_DIFFERENTIABLE, "the degree is a whole number")
_parameter = missing(NOT_WRITTEN, "the derivative of a polynomial in its parameter")
_NX = ("n", "x")
_NAX = ("n", "alpha", "x")


def _lowered(n: Any, polynomial_of: Any) -> Any:
    """The polynomial of the next lower degree, which is 0 below degree 0."""
    return e.where(e.equal(n, 0), 0, polynomial_of(n - 1))


def _gegenbauer_slope(n: Any, alpha: Any, x: Any) -> Any:
    return _lowered(n, lambda m: 2 * alpha * eval_gegenbauer(m, alpha + 1, x))


def _laguerre_slope(n: Any, alpha: Any, x: Any) -> Any:
    return _lowered(n, lambda m: -eval_genlaguerre(m, alpha + 1, x))


def _jacobi_slope(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    return _lowered(n, lambda m: 0.5 * (n + alpha + beta + 1) * eval_jacobi(m, alpha + 1, beta + 1, x))


eval_gegenbauer: Final = special("eval_gegenbauer", _NAX, _degree, _parameter, _gegenbauer_slope)
eval_genlaguerre: Final = special("eval_genlaguerre", _NAX, _degree, _parameter, _laguerre_slope)
eval_jacobi: Final = special("eval_jacobi", ("n", "alpha", "beta", "x"), _degree, _parameter, _parameter, _jacobi_slope)
eval_legendre: Final = special(
    "eval_legendre", _NX, _degree, lambda n, x: _lowered(n, lambda m: eval_gegenbauer(m, 1.5, x))
)
eval_chebyt: Final = special("eval_chebyt", _NX, _degree, lambda n, x: _lowered(n, lambda m: n * eval_chebyu(m, x)))
eval_chebyu: Final = special("eval_chebyu", _NX, _degree, lambda n, x: _gegenbauer_slope(n, 1.0, x))
eval_laguerre: Final = special("eval_laguerre", _NX, _degree, lambda n, x: _laguerre_slope(n, 0.0, x))
eval_hermite: Final = special(
    "eval_hermite", _NX, _degree, lambda n, x: _lowered(n, lambda m: 2 * n * eval_hermite(m, x))
)
eval_hermitenorm: Final = special(
    "eval_hermitenorm", _NX, _degree, lambda n, x: _lowered(n, lambda m: n * eval_hermitenorm(m, x))
)
