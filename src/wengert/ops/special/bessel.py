"""Bessel functions: the derivative in the argument is a difference of neighbouring orders (DLMF 10.6.1, 10.29.1)."""

from __future__ import annotations

from collections.abc import Callable
from math import comb, pi, sqrt
from typing import Any, Final

import numpy

from .. import elementwise as e
from ..elementwise import elementwise
from ..factors import adjoint, scale
from ..linear_maps import NOT_DIFFERENTIABLE, NOT_WRITTEN, linear, missing
from .by_scipy import (
    floating,
    scipy_function,
    special,
    special_part,
)

_X = ("x",)
_VZ = ("v", "z")
_NX = ("n", "x")

_real_order = missing(NOT_WRITTEN, "the derivative of a Bessel function in its order")
_whole_order = missing(NOT_DIFFERENTIABLE, "the order is a whole number")


def _difference(function: Callable[[], Any]) -> Callable[[Any, Any], Any]:
    """(f[v - 1] - f[v + 1]) / 2."""
    return lambda v, z: 0.5 * (function()(v - 1, z) - function()(v + 1, z))


def _mean(function: Callable[[], Any]) -> Callable[[Any, Any], Any]:
    """(f[v - 1] + f[v + 1]) / 2."""
    return lambda v, z: 0.5 * (function()(v - 1, z) + function()(v + 1, z))


# -- of real order ---------------------------------------------------------------------------------

jv: Final = special("jv", _VZ, _real_order, _difference(lambda: jv))
yv: Final = special("yv", _VZ, _real_order, _difference(lambda: yv))
hankel1: Final = special("hankel1", _VZ, _real_order, _difference(lambda: hankel1))
"""Of a complex argument."""
hankel2: Final = special("hankel2", _VZ, _real_order, _difference(lambda: hankel2))
"""Of a complex argument."""
iv: Final = special("iv", _VZ, _real_order, _mean(lambda: iv))
kv: Final = special("kv", _VZ, _real_order, lambda v, z: -_mean(lambda: kv)(v, z))


# -- without their exponential ---------------------------------------------------------------------

_FAR = 20.0
"""From there on, and from four times the square of the order on, thirty terms of the expansions are exact."""


def _far_derivative(n: int, v: Any, x: Any, sign: int) -> Any:
    """The n-th derivative of sum over k of sign^k a_k(v) x^(-k - 1/2), term by term (DLMF 10.40.1, 10.40.2)."""
    term = numpy.ones_like(v * x)
    total = 0.0 * term
    for k in range(31):
        falling = numpy.prod([-(k + 0.5 + j) for j in range(n)])
        total = total + falling * term
        term = term * sign * (4 * v * v - (2 * k + 1) ** 2) / (8 * (k + 1) * x)
    return total * x ** (-n - 0.5)


def _near_derivative(n: int, v: Any, x: Any, name: str) -> Any:
    """The n-th derivative: half a second difference in the order, n times."""
    values = [(-1) ** j * comb(2 * n, j) * scipy_function(name)(v - n + j, x) for j in range(2 * n + 1)]
    return sum(values) / 2**n


def _damped_derivative(n: int, v: Any, x: Any, name: str, sign: int, factor: float) -> Any:
    """Where x is large, a difference would cancel; for x >= 0."""
    far = x > numpy.maximum(_FAR, 4 * v * v)
    with numpy.errstate(all="ignore"):
        near = _near_derivative(n, v, numpy.where(far, 1.0, x), name)
        return numpy.where(far, factor * _far_derivative(n, v, numpy.where(far, x, 2 * _FAR), sign), near)


def _sides(n: int, v: Any, x: Any) -> Any:
    """What multiplies the n-th derivative at |x|: left of 0 the parity, at 0 the mean of both sides."""
    parity = numpy.where(v == numpy.floor(v), 1.0 - 2.0 * ((v + n) % 2), numpy.where(x == 0, 1.0, numpy.nan))
    return numpy.where(x > 0, 1.0, numpy.where(x < 0, parity, 0.5 * (1 + parity)))


def _ive_derivative(n: Any, v: Any, x: Any) -> Any:
    dtype, n = floating(v, x), int(n)
    v, x = numpy.asarray(v, numpy.float64), numpy.asarray(x, numpy.float64)
    inside = _damped_derivative(n, v, numpy.abs(x), "ive", -1, 1 / sqrt(2 * pi))
    return (_sides(n, v, x) * inside).astype(dtype)[()]


def _kve_derivative(n: Any, v: Any, x: Any) -> Any:
    """Close to 0, where several terms overflow, that of the highest order is the largest."""
    dtype, n = floating(v, x), int(n)
    v, x = numpy.asarray(v, numpy.float64), numpy.asarray(x, numpy.float64)
    inside = _damped_derivative(n, v, x, "kve", 1, (-1) ** n * sqrt(pi / 2))
    inside = numpy.where(numpy.isnan(inside) & (x >= 0) & (x < 1), numpy.inf, inside)
    return ((-1) ** n * inside).astype(dtype)[()]


_how_often = missing(NOT_DIFFERENTIABLE, "it counts how often the function is differentiated")

ive_derivative: Final = e.elementwise(
    "ive_derivative",
    _ive_derivative,
    ("n", "v", "x"),
    _how_often,
    _real_order,
    lambda n, v, x: ive_derivative(n + 1, v, x),
)
"""``ive_derivative(n, v, x)``: the n-th derivative of `ive` in its real argument."""

kve_derivative: Final = e.elementwise(
    "kve_derivative",
    _kve_derivative,
    ("n", "v", "x"),
    _how_often,
    _real_order,
    lambda n, v, x: kve_derivative(n + 1, v, x),
)
"""``kve_derivative(n, v, x)``: the n-th derivative of `kve` in its real argument."""


def _kve_slope(v: Any, z: Any, out: Any) -> Any:
    return out - _mean(lambda: kve)(v, z) if _is_complex(z) else kve_derivative(1, v, z)


kve: Final = special("kve", _VZ, _real_order, _kve_slope)


def _is_complex(z: Any) -> bool:
    return getattr(z, "dtype", None) is not None and z.dtype.kind == "c"


def _ive_apply(dz: Any, v: Any, z: Any, out: Any) -> Any:
    """SciPy multiplies by exp(-|Re z|), which is not complex linear."""
    if not _is_complex(z):
        return scale(dz, ive_derivative(1, v, z))
    return scale(dz, _mean(lambda: ive)(v, z)) - scale(e.real(dz), out * e.sign(e.real(z)))


def _ive_transpose(ct: Any, v: Any, z: Any, out: Any) -> Any:
    if not _is_complex(z):
        return scale(ct, ive_derivative(1, v, z))
    slope = _mean(lambda: ive)(v, z)
    return scale(ct, adjoint(slope)) - e.real(scale(ct, adjoint(out))) * e.sign(e.real(z))


def _damped_along_imaginary(slope: Callable[[Any, Any], Any]) -> Any:
    """The map of a function that SciPy multiplies by exp(-|Im z|); a real z leaves it as it is."""

    def apply(dz: Any, v: Any, z: Any, out: Any) -> Any:
        moved = scale(dz, slope(v, z))
        return moved - scale(e.imag(dz), out * e.sign(e.imag(z))) if _is_complex(z) else moved

    def transpose(ct: Any, v: Any, z: Any, out: Any) -> Any:
        moved = scale(ct, adjoint(slope(v, z)))
        if not _is_complex(z):
            return moved
        return moved - e.imaginary(e.real(scale(ct, adjoint(out))) * e.sign(e.imag(z)))

    return linear(apply, transpose)


jve: Final = special("jve", _VZ, _real_order, _damped_along_imaginary(_difference(lambda: jve)))
yve: Final = special("yve", _VZ, _real_order, _damped_along_imaginary(_difference(lambda: yve)))
ive: Final = special("ive", _VZ, _real_order, linear(_ive_apply, _ive_transpose))

# -- of whole order --------------------------------------------------------------------------------

yn: Final = special("yn", _NX, _whole_order, lambda n, x: _difference(lambda: yn)(n, x))
kn: Final = special("kn", _NX, _whole_order, lambda n, x: -_mean(lambda: kn)(n, x))

j0: Final = special("j0", _X, lambda x: -j1(x))
j1: Final = special("j1", _X, lambda x: 0.5 * (j0(x) - jv(2, x)))
y0: Final = special("y0", _X, lambda x: -y1(x))
y1: Final = special("y1", _X, lambda x: 0.5 * (y0(x) - yv(2, x)))
i0: Final = special("i0", _X, lambda x: i1(x))
numpy_i0: Final = elementwise("i0", numpy.i0, _X, lambda x: i1(x))
"""NumPy's, by a series of its own."""
i1: Final = special("i1", _X, lambda x: 0.5 * (i0(x) + iv(2, x)))
i0e: Final = special("i0e", _X, lambda x: ive_derivative(1, 0, x))
i1e: Final = special("i1e", _X, lambda x: ive_derivative(1, 1, x))
k0: Final = special("k0", _X, lambda x: -k1(x))
k1: Final = special("k1", _X, lambda x: -0.5 * (k0(x) + kv(2, x)))
k0e: Final = special("k0e", _X, lambda x: kve_derivative(1, 0, x))
k1e: Final = special("k1e", _X, lambda x: kve_derivative(1, 1, x))

# -- Airy functions --------------------------------------------------------------------------------

airy: Final = (
    special_part("airy", 0, lambda x: airy[1](x)),
    special_part("airy", 1, lambda x: x * airy[0](x)),
    special_part("airy", 2, lambda x: airy[3](x)),
    special_part("airy", 3, lambda x: x * airy[2](x)),
)
"""Ai, Ai', Bi and Bi', which solve w'' = x w."""

# -- spherical Bessel functions (DLMF 10.51) -------------------------------------------------------

_NZ = ("n", "z")


def _spherical_slope(function: Any, upper: int) -> Callable[[Any, Any], Any]:
    """(n f[n - 1] + upper (n + 1) f[n + 1]) / (2 n + 1), which is finite at 0."""

    def slope(n: Any, z: Any) -> Any:
        lower = e.where(e.equal(n, 0), 0, n * function()(e.maximum(n - 1, 0), z))
        return (lower + upper * (n + 1) * function()(n + 1, z)) / (2 * n + 1)

    return slope


spherical_jn_slope: Final = _spherical_slope(lambda: spherical_jn, -1)
spherical_yn_slope: Final = _spherical_slope(lambda: spherical_yn, -1)
spherical_in_slope: Final = _spherical_slope(lambda: spherical_in, 1)


def spherical_kn_slope(n: Any, z: Any) -> Any:
    return -_spherical_slope(lambda: spherical_kn, 1)(n, z)


spherical_jn: Final = special("spherical_jn", _NZ, _whole_order, spherical_jn_slope)
spherical_yn: Final = special("spherical_yn", _NZ, _whole_order, spherical_yn_slope)
spherical_in: Final = special("spherical_in", _NZ, _whole_order, spherical_in_slope)
spherical_kn: Final = special("spherical_kn", _NZ, _whole_order, spherical_kn_slope)
