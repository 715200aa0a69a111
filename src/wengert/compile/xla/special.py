"""Special functions: those of ``jax.scipy.special``, and formulas of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...core.primitive import Primitive, by_primitive
from ...ops.special import bessel, gamma as g, incomplete as i, statistical as s
from .elementwise import is_complex
from .imported import jnp, special

ROOT_OF_TWO_PI = math.sqrt(2 * math.pi)


def _exp_of_square(x: Any, by: Any) -> Any:
    """By parts of x, of which the first has so few digits that its square is exact."""
    if is_complex(x):
        return jnp.exp(by * x * x)
    wide, by = jnp.clip(x, -1e3, 1e3).astype("float64"), by.astype("float64")
    high = wide.astype("float32").astype("float64")
    return jnp.exp(by * high * high) * jnp.exp(by * (wide - high) * (wide + high))


def _normal_hazard(x: Any) -> Any:
    below = 2 / ROOT_OF_TWO_PI / special.erfcx(-jnp.minimum(x, 0) / math.sqrt(2))
    above = jnp.exp(-0.5 * x * x) / ROOT_OF_TWO_PI / special.ndtr(x)
    return jnp.where(x < 0, below, above)


def _log_expit(x: Any) -> Any:
    return jnp.minimum(x, 0) - jnp.log1p(jnp.exp(-jnp.abs(x)))


def _powm1(x: Any, y: Any) -> Any:
    safe = jnp.where(x > 0, x, 1)
    return jnp.where(x > 0, jnp.expm1(y * jnp.log(safe)), jnp.power(x, y) - 1)


def _exprel(x: Any) -> Any:
    return jnp.where(x == 0, 1, jnp.expm1(x) / jnp.where(x == 0, 1, x))


def _huber(delta: Any, r: Any) -> Any:
    size = jnp.abs(r)
    inside = jnp.where(size <= delta, 0.5 * r * r, delta * (size - 0.5 * delta))
    return jnp.where(delta < 0, math.inf, inside)


def _pseudo_huber(delta: Any, r: Any) -> Any:
    """delta (hypot(delta, r) - delta), without the difference."""
    whole = jnp.hypot(delta, r) + delta
    return jnp.where(whole == 0, 0, delta * r * (r / jnp.where(whole == 0, 1, whole)))


def _betaincc(a: Any, b: Any, x: Any) -> Any:
    return special.betainc(b, a, 1 - x)


def _gamma_density(a: Any, x: Any) -> Any:
    return jnp.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    return jnp.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))


def _rgamma(x: Any) -> Any:
    """1 / gamma(x), and 0 at its poles."""
    return jnp.where((x <= 0) & (x == jnp.floor(x)), 0, 1 / special.gamma(x))


def _erfcinv(y: Any) -> Any:
    return -special.ndtri(0.5 * y) / math.sqrt(2)


def _inverse_of_power(y: Any, power: Any) -> Any:
    """log((1 + p y)^(1/p)), which is y where p is 0."""
    safe = jnp.where(power == 0, 1, power)
    return jnp.where(power == 0, y, jnp.log1p(power * y) / safe)


def _part(function: Any, index: int) -> Callable[[Any], Any]:
    """One of the results of a function of several."""
    return lambda x: function(x)[index]


def _polygamma(n: Any, x: Any) -> Any:
    """Order 0 is digamma."""
    return jnp.where(n == 0, special.digamma(x), special.polygamma(jnp.maximum(n, 1).astype("int64"), x))


SPECIAL_FORMS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        s.erf: special.erf,
        s.erfc: special.erfc,
        s.erfcx: special.erfcx,
        s.erfi: lambda z: 2 / math.sqrt(math.pi) * jnp.exp(z * z) * special.dawsn(z),
        s.erfinv: special.erfinv,
        s.erfcinv: _erfcinv,
        s.wofz: special.wofz,
        s.dawsn: special.dawsn,
        s.exp_of_square: _exp_of_square,
        s.normal_hazard: _normal_hazard,
        s.ndtr: special.ndtr,
        s.log_ndtr: special.log_ndtr,
        s.ndtri: special.ndtri,
        s.expit: lambda x: 1 / (1 + jnp.exp(-x)),
        s.logit: special.logit,
        s.log_expit: _log_expit,
        s.log_two_cosh: lambda x: jnp.logaddexp(x, -x),
        s.exp10: lambda x: jnp.power(10.0, x),
        s.cosm1: lambda x: -2 * jnp.square(jnp.sin(0.5 * x)),
        s.powm1: _powm1,
        s.xlogy: special.xlogy,
        s.xlog1py: special.xlog1py,
        s.exprel: _exprel,
        s.boxcox: special.boxcox,
        s.boxcox1p: special.boxcox1p,
        s.inv_boxcox: lambda y, lmbda: jnp.exp(_inverse_of_power(y, lmbda)),
        s.inv_boxcox1p: lambda y, lmbda: jnp.expm1(_inverse_of_power(y, lmbda)),
        s.entr: special.entr,
        s.rel_entr: special.rel_entr,
        s.kl_div: special.kl_div,
        s.huber: _huber,
        s.pseudo_huber: _pseudo_huber,
        s.expi: special.expi,
        s.exp1: special.exp1,
        s.expn: special.expn,
        s.spence: special.spence,
        s.hyp1f1: special.hyp1f1,
        s.hyp2f1: special.hyp2f1,
        **{part: _part(special.sici, i) for i, part in enumerate(s.sici)},
        **{part: _part(special.fresnel, i) for i, part in enumerate(s.fresnel)},
        s.owens_t: special.owens_t,
        g.digamma: special.digamma,
        g.gamma: special.gamma,
        g.gammaln: special.gammaln,
        g.loggamma: special.loggamma,
        g.rgamma: _rgamma,
        g.gammasgn: special.gammasgn,
        g.gammaln_rise: lambda a, b: special.gammaln(a + b) - special.gammaln(a),
        g.polygamma_rise: lambda n, a, b: _polygamma(n, a + b) - _polygamma(n, a),
        g.betaln: special.betaln,
        g.beta: special.beta,
        g.factorial: lambda n: special.factorial(n),
        g.zeta: special.zeta,
        g.riemann_zeta: lambda x: special.zeta(x, jnp.ones_like(x)),
        g.polygamma: _polygamma,
        i.gammainc: special.gammainc,
        i.gammaincc: special.gammaincc,
        i.gamma_density: _gamma_density,
        i.betainc: special.betainc,
        i.betaincc: _betaincc,
        i.beta_density: _beta_density,
        bessel.numpy_i0: special.i0,
        bessel.i0: special.i0,
        bessel.i1: special.i1,
        bessel.i0e: special.i0e,
        bessel.i1e: special.i1e,
    }
)
"""Of real operands. Of SciPy's other functions there is no public form in JAX."""
