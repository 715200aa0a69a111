"""Special functions, under the names of ``scipy.special``: the same arguments, broadcasting and dtypes.

SciPy is imported when the first of them is evaluated. Where a function has no derivative in an argument, asking for
it raises and says why: the order of a Bessel function is "not written yet", the degree of a polynomial "not
differentiable". The derivatives of the incomplete gamma and beta functions in their parameters are by quadrature,
and accurate to about 1e-12 of the value (see `wengert.ops.special.incomplete`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi
from typing import Any, Final

import numpy

from ..core.dtypes.kinds import finfo
from ..core.python.recipes import published
from ..core.recording import named
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..numpy.elementwise import cbrt, exp2, expm1, log1p, sinc
from ..numpy.protocols.lift import to_tensor
from ..numpy.protocols.ufuncs import lift
from ..numpy.reductions import cast, every_axis, inexact
from ..ops import elementwise as e
from ..ops.axes import reduce as r, softmax as shares
from ..ops.special import (
    bessel as b,
    gamma as g,
    incomplete as i,
    statistical as s,
)
from .operands import in_one_precision

__all__ = [
    "airy", "beta", "betainc", "betaincc", "betainccinv", "betaincinv", "betaln", "binom", "boxcox", "boxcox1p", "cbrt",
    "cosm1", "dawsn", "digamma", "ellipe", "ellipk", "ellipkm1", "entr", "erf", "erfc", "erfcinv", "erfcx", "erfi",
    "erfinv", "eval_chebyt", "eval_chebyu", "eval_gegenbauer", "eval_genlaguerre", "eval_hermite", "eval_hermitenorm",
    "eval_jacobi", "eval_laguerre", "eval_legendre", "exp1", "exp10", "exp2", "expi", "expit", "expm1", "expn",
    "exprel", "factorial", "fresnel", "gamma", "gammainc", "gammaincc", "gammainccinv", "gammaincinv", "gammaln",
    "gammasgn", "hankel1", "hankel2", "huber", "hyp0f1", "hyp1f1", "hyp2f1", "i0", "i0e", "i1", "i1e", "inv_boxcox",
    "inv_boxcox1p", "iv", "ive", "j0", "j1", "jn", "jv", "jve", "k0", "k0e", "k1", "k1e", "kl_div", "kn", "kv", "kve",
    "lambertw", "log1p", "log_expit", "log_ndtr", "log_softmax", "loggamma", "logit", "logsumexp", "multigammaln",
    "ndtr", "ndtri", "ndtri_exp", "owens_t", "polygamma", "powm1", "pseudo_huber", "psi", "rel_entr", "rgamma",
    "shichi", "sici", "sinc", "softmax", "softplus", "spence", "spherical_in", "spherical_jn", "spherical_kn",
    "spherical_yn", "stdtr", "stdtrit", "wofz", "xlog1py", "xlogy", "y0", "y1", "yn", "yv", "yve", "zeta",
]  # fmt: skip


def _mirror(operation: Callable[..., Any], derivatives: str = "in every argument") -> Callable[..., Tensor]:
    """The public function of an operation."""
    primitive = operation.primitive  # type: ignore[attr-defined]
    several = len(primitive.operands) > 1
    call = named(lambda *operands: operation(*in_one_precision(operands)), primitive) if several else lift(operation)
    call.__doc__ = f"Elementwise, as ``scipy.special.{primitive.name}``; differentiable {derivatives}."
    return call


def _mirror_whole(operation: Callable[..., Any]) -> Callable[..., Tensor]:
    """The public function of an operation whose first operand counts, so that a Python int stays an integer."""
    call = named(lambda n, *rest: operation(to_tensor(n), *in_one_precision(rest)), operation.primitive)  # type: ignore[attr-defined]
    call.__doc__ = f"Elementwise, as ``scipy.special.{call.__name__}``; differentiable in x."
    return call


# -- gamma and beta --------------------------------------------------------------------------------

gamma: Final = _mirror(g.gamma)
gammaln: Final = _mirror(g.gammaln)
loggamma: Final = _mirror(g.loggamma)
gammasgn: Final = _mirror(g.gammasgn, "with derivative 0")
rgamma: Final = _mirror(g.rgamma)
psi: Final = _mirror(g.digamma)
digamma: Final = psi
beta: Final = _mirror(g.beta)
betaln: Final = _mirror(g.betaln)
binom: Final = _mirror(g.binom)
_hurwitz_zeta = _mirror(g.zeta)
_riemann_zeta = _mirror(g.riemann_zeta)

gammainc: Final = _mirror(i.gammainc)
gammaincc: Final = _mirror(i.gammaincc)
gammaincinv: Final = _mirror(i.gammaincinv)
gammainccinv: Final = _mirror(i.gammainccinv)
betainc: Final = _mirror(i.betainc)
betaincc: Final = _mirror(i.betaincc)
betaincinv: Final = _mirror(i.betaincinv)
betainccinv: Final = _mirror(i.betainccinv)
stdtr: Final = _mirror(i.stdtr)
stdtrit: Final = _mirror(i.stdtrit)


def factorial(n: Any) -> Tensor:
    """As ``scipy.special.factorial(n)``: gamma(n + 1), in floating point, and 0 for negative n."""
    return g.factorial(cast(to_tensor(n), numpy.float64))


def polygamma(n: Any, x: Any) -> Tensor:
    """As ``scipy.special.polygamma``: the n-th derivative of `digamma`, in double precision; differentiable in x."""
    return g.polygamma(to_tensor(n), cast(to_tensor(x), numpy.float64))


def multigammaln(a: Any, d: int) -> Tensor:
    """As ``scipy.special.multigammaln``: the logarithm of the multivariate gamma function of dimension `d`.

    Raises:
        ValueError: an `a` is not above ``(d - 1) / 2``.
    """
    x = inexact(to_tensor(a))
    total = d * (d - 1) / 4 * log(pi) + g.gammaln(x)
    for j in range(1, d):
        total = total + g.gammaln(x - j / 2)
    return total


def zeta(x: Any, q: Any = None) -> Tensor:
    """As ``scipy.special.zeta``: Riemann's, or with `q` Hurwitz's; differentiable in q."""
    return _riemann_zeta(x) if q is None else _hurwitz_zeta(x, q)


# -- error functions and the normal distribution ---------------------------------------------------

erf: Final = _mirror(s.erf)
erfc: Final = _mirror(s.erfc)
erfcx: Final = _mirror(s.erfcx)
erfi: Final = _mirror(s.erfi)
erfinv: Final = _mirror(s.erfinv)
erfcinv: Final = _mirror(s.erfcinv)
dawsn: Final = _mirror(s.dawsn)
ndtr: Final = _mirror(s.ndtr)
ndtri: Final = _mirror(s.ndtri)
ndtri_exp: Final = _mirror(s.ndtri_exp)
log_ndtr: Final = _mirror(s.log_ndtr)


def wofz(z: Any) -> Tensor:
    """As ``scipy.special.wofz``: the Faddeeva function, complex for a real argument too."""
    x = to_tensor(z)
    return s.wofz(x if x.dtype.kind == "c" else cast(x, numpy.complex128))


def _complex(z: Tensor) -> Tensor:
    return cast(z, numpy.result_type(z.dtype, numpy.complex64))


# -- Bessel functions ------------------------------------------------------------------------------

j0: Final = _mirror(b.j0)
j1: Final = _mirror(b.j1)
y0: Final = _mirror(b.y0)
y1: Final = _mirror(b.y1)
i0: Final = _mirror(b.i0)
i0e: Final = _mirror(b.i0e)
i1: Final = _mirror(b.i1)
i1e: Final = _mirror(b.i1e)
k0: Final = _mirror(b.k0)
k0e: Final = _mirror(b.k0e)
k1: Final = _mirror(b.k1)
k1e: Final = _mirror(b.k1e)
jn: Final = _mirror(b.jv, "in z")
jv: Final = jn
jve: Final = _mirror(b.jve, "in z")
yn: Final = _mirror_whole(b.yn)
yv: Final = _mirror(b.yv, "in z")
yve: Final = _mirror(b.yve, "in z")
iv: Final = _mirror(b.iv, "in z")
ive: Final = _mirror(b.ive, "in z")
kn: Final = _mirror_whole(b.kn)
kv: Final = _mirror(b.kv, "in z")
kve: Final = _mirror(b.kve, "in z")


def hankel1(v: Any, z: Any) -> Tensor:
    """As ``scipy.special.hankel1``: complex for a real argument too; differentiable in z."""
    order, z = in_one_precision((v, z))
    return b.hankel1(order, _complex(z))


def hankel2(v: Any, z: Any) -> Tensor:
    """As ``scipy.special.hankel2``: complex for a real argument too; differentiable in z."""
    order, z = in_one_precision((v, z))
    return b.hankel2(order, _complex(z))


def airy(z: Any) -> tuple[Tensor, ...]:
    """As ``scipy.special.airy``: Ai, Ai', Bi and Bi'."""
    return _parts(b.airy, z)


def _parts(operations: tuple[Callable[..., Any], ...], x: Any) -> tuple[Tensor, ...]:
    x = to_tensor(x)
    return tuple(operation(x) for operation in operations)


def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Tensor:
    """As ``scipy.special.spherical_jn``; differentiable in z."""
    return (b.spherical_jn_slope if derivative else b.spherical_jn)(to_tensor(n), to_tensor(z))


def spherical_yn(n: Any, z: Any, derivative: bool = False) -> Tensor:
    """As ``scipy.special.spherical_yn``; differentiable in z."""
    return (b.spherical_yn_slope if derivative else b.spherical_yn)(to_tensor(n), to_tensor(z))


def spherical_in(n: Any, z: Any, derivative: bool = False) -> Tensor:
    """As ``scipy.special.spherical_in``; differentiable in z."""
    return (b.spherical_in_slope if derivative else b.spherical_in)(to_tensor(n), to_tensor(z))


def spherical_kn(n: Any, z: Any, derivative: bool = False) -> Tensor:
    """As ``scipy.special.spherical_kn``; differentiable in z."""
    return (b.spherical_kn_slope if derivative else b.spherical_kn)(to_tensor(n), to_tensor(z))


# -- exponentials, logarithms and powers -----------------------------------------------------------

expit: Final = _mirror(s.expit)
logit: Final = _mirror(s.logit)
log_expit: Final = _mirror(s.log_expit)
exprel: Final = _mirror(s.exprel)
exp10: Final = _mirror(s.exp10)
cosm1: Final = _mirror(s.cosm1)
powm1: Final = _mirror(s.powm1)
xlogy: Final = _mirror(s.xlogy)
xlog1py: Final = _mirror(s.xlog1py)
boxcox: Final = _mirror(s.boxcox)
boxcox1p: Final = _mirror(s.boxcox1p)
inv_boxcox: Final = _mirror(s.inv_boxcox)
inv_boxcox1p: Final = _mirror(s.inv_boxcox1p)


def softplus(x: Any) -> Tensor:
    """As ``scipy.special.softplus``: log(1 + exp(x)), without overflow."""
    return e.logaddexp(to_tensor(x), 0)


@teaches_keywords
def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """As ``scipy.special.logsumexp``: log(sum(b exp(a))), without overflow; with `return_sign` also its sign."""
    x = inexact(to_tensor(a))
    axes = every_axis(axis, x.ndim)
    if b is None and not return_sign:
        return r.logsumexp(x, axis=axes, keepdims=keepdims)
    return _weighted_logsumexp(x, b, axes, keepdims, return_sign)


def _weighted_logsumexp(x: Tensor, b: Any, axes: tuple[int, ...], keepdims: bool, return_sign: bool) -> Any:
    weights = e.ones_like(x) if b is None else to_tensor(b)
    is_left_out = e.equal(weights, 0)
    top = _finite_top(e.where(is_left_out, -numpy.inf, x), axes)
    with numpy.errstate(all="ignore"):
        exponents = x - top
        exponents = e.where(is_left_out, e.fmin(exponents, log(float(finfo(x.dtype).max))), exponents)
        total = r.sum(weights * e.exp(exponents), axis=axes, keepdims=keepdims)
        size = e.log_of(e.absolute(total) if return_sign else total)
        out = size + (top if keepdims else r.sum(top, axis=axes, keepdims=False))
    sign = e.phase if total.dtype.kind == "c" else e.sign
    return (out, sign(total)) if return_sign else out


def _finite_top(x: Tensor, axes: tuple[int, ...]) -> Any:
    top = _top(x, axes)
    return e.where(e.isfinite(top), top, 0)


def _top(x: Tensor, axes: tuple[int, ...]) -> Any:
    """The largest real part, a constant by which to shift; 0 where there is none, or where it is -inf or NaN."""
    if x.size == 0:
        return numpy.zeros(r.reduced_shape(x.shape, axes, True), x.dtype)
    top = r.max(e.stop_gradient(e.real(x) if x.dtype.kind == "c" else x), axis=axes, keepdims=True)
    return e.where(e.greater(top, -numpy.inf), top, 0)


@teaches_keywords
def softmax(x: Any, axis: Any = None) -> Tensor:
    """As ``scipy.special.softmax``: exp(x) / sum(exp(x)), over all axes if none is given.

    An infinity takes all of it, as in the limit (where SciPy gives NaN).
    """
    x = inexact(to_tensor(x))
    return shares.softmax(x, axis=every_axis(axis, x.ndim))


@teaches_keywords
def log_softmax(x: Any, axis: Any = None) -> Tensor:
    """As ``scipy.special.log_softmax``: the logarithm of `softmax`, without its underflow."""
    x = inexact(to_tensor(x))
    return shares.log_softmax(x, axis=every_axis(axis, x.ndim))


# -- entropies and losses --------------------------------------------------------------------------

entr: Final = _mirror(s.entr)
rel_entr: Final = _mirror(s.rel_entr)
kl_div: Final = _mirror(s.kl_div)
huber: Final = _mirror(s.huber)
pseudo_huber: Final = _mirror(s.pseudo_huber)

# -- integrals and inverses ------------------------------------------------------------------------

expi: Final = _mirror(s.expi)
exp1: Final = _mirror(s.exp1)
expn: Final = _mirror_whole(s.expn)
spence: Final = _mirror(s.spence)
owens_t: Final = _mirror(s.owens_t)
hyp0f1: Final = _mirror(s.hyp0f1, "in z")
hyp1f1: Final = _mirror(s.hyp1f1, "in z")
hyp2f1: Final = _mirror(s.hyp2f1, "in z")
ellipk: Final = _mirror(s.ellipk)
ellipkm1: Final = _mirror(s.ellipkm1)
ellipe: Final = _mirror(s.ellipe)


def sici(x: Any) -> tuple[Tensor, ...]:
    """As ``scipy.special.sici``: the sine and cosine integrals."""
    return _parts(s.sici, x)


def shichi(x: Any) -> tuple[Tensor, ...]:
    """As ``scipy.special.shichi``: the hyperbolic sine and cosine integrals."""
    return _parts(s.shichi, x)


def fresnel(z: Any) -> tuple[Tensor, ...]:
    """As ``scipy.special.fresnel``: the Fresnel integrals S and C."""
    return _parts(s.fresnel, z)


def lambertw(z: Any, k: int = 0, tol: float = 1e-8) -> Tensor:
    """As ``scipy.special.lambertw``: the branch `k` of the inverse of w exp(w), always complex."""
    return s.lambertw(to_tensor(z), k=k, tol=tol)


# -- orthogonal polynomials ------------------------------------------------------------------------

eval_legendre: Final = _mirror_whole(s.eval_legendre)
eval_chebyt: Final = _mirror_whole(s.eval_chebyt)
eval_chebyu: Final = _mirror_whole(s.eval_chebyu)
eval_hermite: Final = _mirror_whole(s.eval_hermite)
eval_hermitenorm: Final = _mirror_whole(s.eval_hermitenorm)
eval_laguerre: Final = _mirror_whole(s.eval_laguerre)
eval_genlaguerre: Final = _mirror_whole(s.eval_genlaguerre)
eval_gegenbauer: Final = _mirror_whole(s.eval_gegenbauer)
eval_jacobi: Final = _mirror_whole(s.eval_jacobi)

published(__name__, globals())
