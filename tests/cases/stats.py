"""Distributions, against SciPy; it computes in double precision, whatever it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import scipy.stats

from wengert.scipy import stats

from .case import REAL, Case, Maker, fixed, positive_definite, uniform

SHAPE = (2, 3)
LINE = (-2.0, 2.0)
HALF = (0.2, 3.0)
UNIT = (0.1, 0.9)

DENSITY = ("logpdf", "pdf")
CUMULATIVE = ("cdf", "sf", "logcdf", "logsf")
QUANTILE = ("ppf", "isf")


def _case(family: str, function: str, makers: Sequence[Maker], label: str = "", **case: Any) -> Case:
    theirs = getattr(getattr(scipy.stats, family), function)

    def reference(*args: Any) -> Any:
        return numpy.asarray(theirs(*args), args[0].dtype)

    ours = getattr(getattr(stats, family), function)
    return Case(f"{family}_{function}{label}", ours, tuple(makers), reference, REAL, **case)


def _continuous(
    family: str,
    on: tuple[float, float],
    *shapes: tuple[float, float],
    functions: Sequence[str] = (*DENSITY, *CUMULATIVE, *QUANTILE),
    **case: Any,
) -> list[Case]:
    """Each function, with `loc` and `scale`."""
    parameters = [*(uniform(SHAPE[1:], *limits) for limits in shapes), uniform(()), uniform((), 0.9, 1.1)]
    rows = []
    for name in functions:
        low, high = UNIT if name in QUANTILE else (on[0] + 1, on[1] + 1) if on == HALF else on
        rows.append(_case(family, name, [uniform(SHAPE, low, high), *parameters], **case))
    return rows


def _on_interval(family: str, *parameters: tuple[float, float]) -> list[Case]:
    """Each function, on the unit interval, of all parameters."""
    makers = [uniform(SHAPE, *UNIT), *(uniform(SHAPE[1:], *limits) for limits in parameters)]
    return [_case(family, name, makers) for name in (*DENSITY, *CUMULATIVE, *QUANTILE)]


def _discrete(family: str, values: Sequence[int], *shapes: tuple[float, float]) -> list[Case]:
    """Each function, of given counts."""
    k = numpy.asarray(values)
    rows = []
    for name in ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf"):
        ours, theirs = getattr(getattr(stats, family), name), getattr(getattr(scipy.stats, family), name)
        rows.append(
            Case(
                f"{family}_{name}",
                lambda *p, f=ours: f(k, *p),
                tuple(uniform((2, 1), *limits) for limits in shapes),
                lambda *p, f=theirs: numpy.asarray(f(k, *p), p[0].dtype),
                ("float64",),
            )
        )
    return rows


def _trials(name: str) -> Case:
    """The binomial distribution, with a fixed number of trials."""
    # The logarithm of the upper tail is -inf at n itself.
    k, n = numpy.arange(5 if name == "logsf" else 6), 5
    ours, theirs = getattr(stats.binom, name), getattr(scipy.stats.binom, name)
    return Case(
        f"binom_{name}", lambda p: ours(k, n, p), (uniform((2, 1), *UNIT),), lambda p: theirs(k, n, p), ("float64",)
    )


def _shares(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
    values = rng.uniform(0.2, 1.0, (3, 2))
    return numpy.asarray(values / values.sum(axis=0), dtype)


CONTINUOUS = [
    *_continuous("norm", LINE),
    *_continuous("t", LINE, (1.5, 5.0)),
    *_continuous("laplace", (0.3, 2.0)),
    *_continuous("logistic", LINE),
    *_continuous("cauchy", LINE),
    *_continuous("gumbel_r", LINE),
    *_continuous("gumbel_l", LINE),
    *_continuous("vonmises", LINE, HALF, functions=(*DENSITY, "cdf", "sf")),
    *_continuous("expon", HALF),
    *_continuous("gamma", HALF, HALF),
    *_continuous("chi2", HALF, HALF),
    *_continuous("invgamma", HALF, (1.0, 3.0)),
    *_continuous("lognorm", HALF, (0.5, 1.5)),
    *_continuous("halfnorm", HALF),
    *_continuous("weibull_min", HALF, (0.7, 2.0)),
    *_continuous("pareto", (2.5, 5.0), (0.7, 2.0)),
    *_on_interval("uniform", (-2.0, -1.0), (4.0, 5.0)),
    *_on_interval("beta", HALF, HALF),
    *_continuous("truncnorm", (-0.3, 0.3), (-3.0, -2.0), (2.0, 3.0)),
]

DISCRETE = [
    *_discrete("poisson", [0, 1, 3, 7], HALF),
    *_discrete("geom", [1, 2, 5], UNIT),
    *_discrete("bernoulli", [0], UNIT),
    *_discrete("nbinom", [0, 1, 4], HALF, UNIT),
    *(_trials(name) for name in ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf")),
]

POINTS = uniform((4, 3))
MATRIX = positive_definite((3, 3))

SEVERAL = [
    _case("multivariate_normal", "logpdf", (POINTS, uniform((3,)), MATRIX), order=2),
    _case("multivariate_normal", "pdf", (POINTS, uniform((3,)), uniform((3,), 0.5, 2)), label="_diagonal"),
    _case("multivariate_normal", "logpdf", (uniform((4,)), uniform(()), uniform((), 0.5, 2)), label="_line"),
    Case(
        "multivariate_normal_entropy",
        lambda cov: stats.multivariate_normal.entropy(None, cov),
        (MATRIX,),
        lambda cov: numpy.asarray(scipy.stats.multivariate_normal.entropy(None, cov), cov.dtype),
    ),
    _case("multivariate_t", "logpdf", (POINTS, uniform((3,)), MATRIX, uniform((), 2, 5))),
    _case("multivariate_t", "pdf", (POINTS, uniform((3,)), MATRIX, uniform((), 2, 5))),
    Case(
        "dirichlet_logpdf",
        lambda x, alpha: stats.dirichlet.logpdf(x[:2], alpha),
        (_shares, uniform((3,), 0.5, 3)),
        lambda x, alpha: numpy.asarray(scipy.stats.dirichlet.logpdf(x[:2], alpha), x.dtype),
    ),
    Case(
        "dirichlet_pdf",
        lambda x, alpha: stats.dirichlet.pdf(x[:2], alpha),
        (_shares, uniform((3,), 0.5, 3)),
        lambda x, alpha: numpy.asarray(scipy.stats.dirichlet.pdf(x[:2], alpha), x.dtype),
    ),
    Case(
        "multinomial_pmf",
        lambda p: stats.multinomial.pmf([[2, 0, 1], [1, 1, 1]], 3, p / p.sum()),
        (uniform((3,), 0.2, 1.0),),
        lambda p: scipy.stats.multinomial.pmf([[2, 0, 1], [1, 1, 1]], 3, p / p.sum()),
        ("float64",),
    ),
    Case(
        "multinomial_logpmf",
        lambda p: stats.multinomial.logpmf([[2, 0, 1], [1, 1, 1]], 3, p / p.sum()),
        (uniform((3,), 0.2, 1.0),),
        lambda p: scipy.stats.multinomial.logpmf([[2, 0, 1], [1, 1, 1]], 3, p / p.sum()),
        ("float64",),
    ),
    Case(
        "wishart_pdf",
        stats.wishart.pdf,
        (MATRIX, fixed(4.5), positive_definite((3, 3))),
        lambda x, df, scale: numpy.asarray(scipy.stats.wishart.pdf(x, float(df), scale), x.dtype),
    ),
    Case(
        "wishart_logpdf",
        stats.wishart.logpdf,
        (MATRIX, fixed(4.5), positive_definite((3, 3))),
        lambda x, df, scale: numpy.asarray(scipy.stats.wishart.logpdf(x, float(df), scale), x.dtype),
    ),
]

CASES = [*CONTINUOUS, *DISCRETE, *SEVERAL]
