"""Special functions, against SciPy."""

from __future__ import annotations

from typing import Any

import numpy
import scipy.special

import wengert.scipy.special as sp

from .case import COMPLEX, EVERY, REAL, Case, Maker, uniform

SHAPE = (2, 3)
UNIT = (0.1, 0.9)
ANY = (-2.0, 2.0)
ABOVE = (0.3, 4.0)


def _of(name: str, *ranges: tuple[float, float], dtypes: tuple[str, ...] = REAL, label: str = "", **case: Any) -> Case:
    """A function of arrays drawn from these ranges, the later ones broadcast."""
    makers = [uniform(SHAPE[n % 2 :], *limits) for n, limits in enumerate(ranges)]
    return Case(name + label, getattr(sp, name), tuple(makers), getattr(scipy.special, name), dtypes, **case)


def _with(name: str, label: str, *leading: Any, on: tuple[float, float] = ANY, dtypes: Any = REAL, **case: Any) -> Case:
    """A function whose leading arguments are fixed: an order, a degree, a parameter."""
    ours, theirs = getattr(sp, name), getattr(scipy.special, name)
    return Case(
        f"{name}_{label}",
        lambda x: ours(*leading, x),
        (uniform(SHAPE, *on),),
        lambda x: theirs(*leading, x),
        dtypes,
        **case,
    )


def _over_axes(name: str, label: str, *makers: Maker, dtypes: tuple[str, ...] = REAL, **params: Any) -> Case:
    """A sum or softmax; a second array is the weights."""
    ours, theirs = getattr(sp, name), getattr(scipy.special, name)

    def call(function: Any) -> Any:
        if len(makers) == 2:
            return lambda x, b: function(x, b=b, **params)
        return lambda x: function(x, **params)

    return Case(f"{name}_{label}", call(ours), makers, call(theirs), dtypes)


ORDERS = numpy.array([[0, 1, 3], [2, 5, 1]])
BLOCK = uniform((2, 3, 2), -3, 3)

GAMMA = [
    _of("gamma", ABOVE),
    _of("gamma", (-0.9, -0.1), label="_negative"),
    _of("gamma", ABOVE, dtypes=COMPLEX, label="_complex"),
    _of("gammaln", ABOVE),
    _of("gammaln", (-0.9, -0.1), label="_negative"),
    _of("loggamma", ABOVE, dtypes=REAL),
    _of("loggamma", ABOVE, dtypes=COMPLEX, label="_complex"),
    _of("gammasgn", (-0.9, -0.1), order=0),
    _of("rgamma", (-3.0, 4.0)),
    _of("digamma", ABOVE),
    _of("psi", (-0.9, -0.1), label="_negative"),
    _of("digamma", (-1.5, 3.0), dtypes=COMPLEX, label="_complex"),
    _of("rgamma", (-1.5, 3.0), dtypes=COMPLEX, label="_complex"),
    _with("polygamma", "1", 1, on=ABOVE),
    _with("polygamma", "orders", ORDERS, on=ABOVE),
    _of("beta", ABOVE, ABOVE),
    _of("betaln", ABOVE, ABOVE),
    _of("binom", (4.0, 9.0), (0.2, 3.0)),
    _of("binom", (0.2, 1.8), (3.1, 3.9), label="_beyond"),
    _of("factorial", (0.2, 5.0)),
    Case(
        "multigammaln",
        lambda a: sp.multigammaln(a, 3),
        (uniform(SHAPE, 1.5, 5),),
        lambda a: numpy.asarray(scipy.special.multigammaln(a, 3), a.dtype),
    ),
    _with("zeta", "hurwitz", 2.5, on=ABOVE),
    Case("zeta_riemann", sp.zeta, (uniform(SHAPE, 1.5, 5),), scipy.special.zeta, order=0),
    _of("gammainc", ABOVE, ABOVE),
    _of("gammaincc", ABOVE, ABOVE),
    _of("gammaincinv", ABOVE, UNIT),
    _of("gammainccinv", ABOVE, UNIT),
    _of("betainc", ABOVE, ABOVE, UNIT),
    _of("betaincc", ABOVE, ABOVE, UNIT),
    _of("betaincinv", ABOVE, ABOVE, (0.3, 0.7)),
    _of("betainccinv", ABOVE, ABOVE, (0.3, 0.7)),
    _of("stdtr", ABOVE, ANY),
    _of("stdtrit", (1.0, 4.0), (0.6, 0.9)),
]

ERRORS = [
    *(_of(name, ANY, dtypes=EVERY) for name in ("erf", "erfc", "erfcx", "erfi", "dawsn", "wofz")),
    _of("erfcx", (9.0, 30.0), label="_far"),
    _of("dawsn", (9.0, 30.0), label="_far"),
    _of("erfinv", UNIT),
    _of("erfcinv", UNIT),
    _of("ndtr", ANY),
    _of("ndtri", UNIT),
    _of("ndtri_exp", (-3.0, -0.1)),
    _of("log_ndtr", (-6.0, 3.0)),
]

BESSEL = [
    *(_of(name, ANY) for name in ("j0", "j1", "i0", "i0e", "i1", "i1e")),
    *(_of(name, ABOVE) for name in ("y0", "y1", "k0", "k0e", "k1", "k1e")),
    *(_with(name, "1.5", 1.5, on=ABOVE, dtypes=EVERY) for name in ("jv", "yv", "iv", "kv", "jve", "yve", "ive", "kve")),
    *(_with(name, "0.5", 0.5, on=ABOVE, dtypes=EVERY) for name in ("hankel1", "hankel2")),
    _with("jn", "orders", ORDERS, on=ABOVE),
    _with("yn", "orders", ORDERS, on=ABOVE),
    _with("kn", "orders", ORDERS, on=ABOVE),
]

SPHERICAL = [
    *(
        _with(f"spherical_{f}", "orders", ORDERS, on=ABOVE, dtypes=("float64", "complex128"))
        for f in ("jn", "yn", "in", "kn")
    ),
    *(
        Case(
            f"spherical_{f}_derivative",
            lambda z, f=f: getattr(sp, f"spherical_{f}")(ORDERS, z, derivative=True),
            (uniform(SHAPE, *ABOVE),),
            lambda z, f=f: getattr(scipy.special, f"spherical_{f}")(ORDERS, z, derivative=True),
            ("float64",),
        )
        for f in ("jn", "yn", "in", "kn")
    ),
    _of("airy", ANY, dtypes=EVERY),
]

EXPONENTIALS = [
    *(_of(name, ANY) for name in ("expit", "log_expit", "exprel", "exp10", "exp2", "expm1", "cosm1", "sinc")),
    _of("exprel", (1.5, 4.0), label="_far"),
    _of("logit", UNIT),
    _of("log1p", (-0.5, 2.0)),
    _of("cbrt", ABOVE),
    _of("powm1", ABOVE, ANY),
    Case("softplus", sp.softplus, (uniform(SHAPE, *ANY),), lambda x: numpy.logaddexp(x, 0)),
    _of("xlogy", ABOVE, ABOVE, dtypes=EVERY),
    _of("xlog1py", ABOVE, ABOVE, dtypes=EVERY),
    *(_of(name, ABOVE, ANY) for name in ("boxcox", "boxcox1p")),
    *(_of(name, ABOVE, ABOVE) for name in ("inv_boxcox", "inv_boxcox1p")),
    _of("inv_boxcox", (0.1, 1.0), (-0.09, 0.09), label="_near"),
    _over_axes("logsumexp", "all", BLOCK, dtypes=EVERY),
    _over_axes("logsumexp", "axes", BLOCK, axis=(0, -1), keepdims=True),
    _over_axes("logsumexp", "weights", BLOCK, uniform((3, 1), 0.5, 2), axis=1),
    _over_axes("logsumexp", "signs", BLOCK, uniform((3, 1), -2, 2), axis=1, return_sign=True, keepdims=True),
    _over_axes("logsumexp", "complex_signs", BLOCK, axis=2, return_sign=True, dtypes=COMPLEX),
    _over_axes("softmax", "all", BLOCK),
    _over_axes("softmax", "axis", BLOCK, axis=1),
    _over_axes("log_softmax", "all", BLOCK),
    _over_axes("log_softmax", "axes", BLOCK, axis=(0, 2)),
]

ENTROPIES = [
    _of("entr", ABOVE),
    _of("rel_entr", ABOVE, ABOVE),
    _of("kl_div", ABOVE, ABOVE),
    _of("huber", (0.2, 0.5), (0.6, 2.0)),
    _of("huber", (2.0, 3.0), (-1.0, 1.0), label="_within"),
    _of("pseudo_huber", ABOVE, ANY),
]

INTEGRALS = [
    _of("expi", ABOVE),
    _of("exp1", ABOVE, dtypes=EVERY),
    _with("expn", "orders", ORDERS, on=ABOVE),
    *(_of(name, ABOVE, dtypes=EVERY) for name in ("sici", "shichi", "fresnel")),
    _of("owens_t", ANY, ANY),
    _with("hyp0f1", "1.5", 1.5, dtypes=EVERY),
    _with("hyp1f1", "parameters", 0.5, 1.5, dtypes=EVERY),
    _with("hyp2f1", "parameters", 0.5, 0.8, 1.5, on=(-0.5, 0.5), dtypes=("float64", "complex128")),
    _of("spence", (1.3, 4.0), dtypes=EVERY),
    _of("spence", (0.95, 1.05), label="_near"),
    _of("ellipk", UNIT),
    _of("ellipk", (-0.09, 0.09), label="_near"),
    _of("ellipkm1", UNIT),
    _of("ellipkm1", (0.91, 1.05), label="_near"),
    _of("ellipe", UNIT),
    _of("ellipe", (-0.09, 0.09), label="_near"),
    _of("lambertw", ABOVE, dtypes=COMPLEX),
    Case(
        "lambertw_branch",
        lambda z: sp.lambertw(z, k=-1),
        (uniform(SHAPE, 0.5, 2),),
        lambda z: scipy.special.lambertw(z, k=-1),
        ("complex128",),
    ),
]

POLYNOMIALS = [
    *(
        _with(f"eval_{name}", "degrees", ORDERS, on=(-0.9, 0.9))
        for name in ("legendre", "chebyt", "chebyu", "hermite", "hermitenorm", "laguerre")
    ),
    _with("eval_genlaguerre", "degrees", ORDERS, 0.5, on=(-0.9, 0.9)),
    _with("eval_gegenbauer", "degrees", ORDERS, 0.7, on=(-0.9, 0.9)),
    _with("eval_jacobi", "degrees", ORDERS, 0.5, 1.2, on=(-0.9, 0.9)),
]

CASES = [*GAMMA, *ERRORS, *BESSEL, *SPHERICAL, *EXPONENTIALS, *ENTROPIES, *INTEGRALS, *POLYNOMIALS]
