"""Bessel functions: the derivative in the argument is a difference of neighbouring orders (DLMF 10.6.1, 10.29.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import elementwise as e
from .linear_maps import NOT_DIFFERENTIABLE, NOT_WRITTEN, adjoint, linear, missing, scale
from .scipy_functions import special, special_part

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

jv = special("jv", _VZ, _real_order, _difference(lambda: jv))
yv = special("yv", _VZ, _real_order, _difference(lambda: yv))
hankel1 = special("hankel1", _VZ, _real_order, _difference(lambda: hankel1))
"""Of a complex argument."""
hankel2 = special("hankel2", _VZ, _real_order, _difference(lambda: hankel2))
"""Of a complex argument."""
iv = special("iv", _VZ, _real_order, _mean(lambda: iv))
kv = special("kv", _VZ, _real_order, lambda v, z: -_mean(lambda: kv)(v, z))
kve = special("kve", _VZ, _real_order, lambda v, z, out: out - _mean(lambda: kve)(v, z))


def _is_complex(z: Any) -> bool:
    return getattr(z, "dtype", None) is not None and z.dtype.kind == "c"


def _damped_along_real(slope: Callable[[Any, Any], Any]) -> Any:
    """The map of a function that SciPy multiplies by exp(-|Re z|), which is not complex linear."""

    def part(z: Any) -> Any:
        return e.real(z) if _is_complex(z) else z

    def apply(dz: Any, v: Any, z: Any, out: Any) -> Any:
        return scale(dz, slope(v, z)) - scale(part(dz), out * e.sign(part(z)))

    def transpose(ct: Any, v: Any, z: Any, out: Any) -> Any:
        return scale(ct, adjoint(slope(v, z))) - part(scale(ct, adjoint(out))) * e.sign(part(z))

    return linear(apply, transpose)


def _damped_along_imaginary(slope: Callable[[Any, Any], Any]) -> Any:
    """The map of a function that SciPy multiplies by exp(-|Im z|); a real z leaves it as it is."""

    def apply(dz: Any, v: Any, z: Any, out: Any) -> Any:
        moved = scale(dz, slope(v, z))
        return moved - scale(e.imag(dz), out * e.sign(e.imag(z))) if _is_complex(z) else moved

    def transpose(ct: Any, v: Any, z: Any, out: Any) -> Any:
        moved = scale(ct, adjoint(slope(v, z)))
        return moved - 1j * e.real(scale(ct, adjoint(out))) * e.sign(e.imag(z)) if _is_complex(z) else moved

    return linear(apply, transpose)


jve = special("jve", _VZ, _real_order, _damped_along_imaginary(_difference(lambda: jve)))
yve = special("yve", _VZ, _real_order, _damped_along_imaginary(_difference(lambda: yve)))
ive = special("ive", _VZ, _real_order, _damped_along_real(_mean(lambda: ive)))

# -- of whole order --------------------------------------------------------------------------------

yn = special("yn", _NX, _whole_order, lambda n, x: _difference(lambda: yn)(n, x))
kn = special("kn", _NX, _whole_order, lambda n, x: -_mean(lambda: kn)(n, x))

j0 = special("j0", _X, lambda x: -j1(x))
j1 = special("j1", _X, lambda x: 0.5 * (j0(x) - jv(2, x)))
y0 = special("y0", _X, lambda x: -y1(x))
y1 = special("y1", _X, lambda x: 0.5 * (y0(x) - yv(2, x)))
i0 = special("i0", _X, lambda x: i1(x))
i1 = special("i1", _X, lambda x: 0.5 * (i0(x) + iv(2, x)))
i0e = special("i0e", _X, lambda x, out: i1e(x) - e.sign(x) * out)
i1e = special("i1e", _X, lambda x, out: 0.5 * (i0e(x) + ive(2, x)) - e.sign(x) * out)
k0 = special("k0", _X, lambda x: -k1(x))
k1 = special("k1", _X, lambda x: -0.5 * (k0(x) + kv(2, x)))
k0e = special("k0e", _X, lambda x, out: out - k1e(x))
k1e = special("k1e", _X, lambda x, out: out - 0.5 * (k0e(x) + kve(2, x)))

# -- Airy functions --------------------------------------------------------------------------------

airy = (
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


spherical_jn_slope = _spherical_slope(lambda: spherical_jn, -1)
spherical_yn_slope = _spherical_slope(lambda: spherical_yn, -1)
spherical_in_slope = _spherical_slope(lambda: spherical_in, 1)


def spherical_kn_slope(n: Any, z: Any) -> Any:
    return -_spherical_slope(lambda: spherical_kn, 1)(n, z)


spherical_jn = special("spherical_jn", _NZ, _whole_order, spherical_jn_slope)
spherical_yn = special("spherical_yn", _NZ, _whole_order, spherical_yn_slope)
spherical_in = special("spherical_in", _NZ, _whole_order, spherical_in_slope)
spherical_kn = special("spherical_kn", _NZ, _whole_order, spherical_kn_slope)
