"""Draws from densities, under the names and in the parametrisation of ``numpy.random.Generator``.

Each differentiates in its parameters. The dtype is that asked for, or that of the parameters that are arrays of floats,
or float64; the shape is `size`, or that of the parameters together.
"""

from __future__ import annotations

import math
from typing import Any

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special

from . import standard as s
from .implicit import gamma_numbers, log_gamma_numbers, vonmises_numbers, wald_numbers
from .parameters import asked, checked, not_negative, positive
from .source import Source, drawn, moved

Size = Any
"""An int, a tuple of ints, or ``None``."""


class Continuous(Source):
    """The draws from densities."""

    # -- uniform -----------------------------------------------------------------------------------

    def random(self, size: Size = None, dtype: Any = None) -> Tensor:
        """Uniform numbers in [0, 1): multiples of 2^-52, in float32 of 2^-23.

        >>> import wengert as wg
        >>> wg.random.default_rng(0).random(2, "float32")
        tensor([0.00729382, 0.02089119], dtype=float32)
        """
        return self._standard(s.standard_uniform, asked("random", {}, size, dtype))

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """Uniform numbers in [low, high).

        >>> import wengert as wg
        >>> rng = wg.random.default_rng(0)
        >>> wg.grad(lambda high: rng.uniform(0.0, high))(2.0) < 1
        tensor(True)
        """
        want = asked("uniform", {"low": low, "high": high}, size, dtype)
        low, high = want.parameters
        numbers = self._standard(s.standard_uniform, want)
        if type(low) is type(high) and type(low) in (int, float) and (low, high) == (0, 1):
            return numbers
        return np.maximum(moved(numbers, low, high - low), low)

    def triangular(self, left: Any, mode: Any, right: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Numbers whose density rises from `left` to `mode` and falls to `right`.

        Raises:
            ValueError: they are not in that order.
        """
        want = asked("triangular", {"left": left, "mode": mode, "right": right}, size, dtype)
        left, mode, right = want.parameters
        advice = "write rng.triangular(left, mode, right)"
        checked("triangular", "mode less left", mode - left, lambda v: v >= 0, "left <= mode", advice)
        checked("triangular", "right less mode", right - mode, lambda v: v >= 0, "mode <= right", advice)
        u, width = self._standard(s.standard_uniform, want), right - left
        is_below = u * width < mode - left
        rising = left + np.sqrt(np.where(is_below, u * width * (mode - left), 1))
        return np.where(is_below, rising, right - np.sqrt(np.where(is_below, 1, (1 - u) * width * (right - mode))))

    # -- normal ------------------------------------------------------------------------------------

    def standard_normal(self, size: Size = None, dtype: Any = None) -> Tensor:
        """Normal numbers of mean 0 and standard deviation 1.

        >>> import wengert as wg
        >>> wg.random.default_rng(0).standard_normal(3).shape
        (3,)
        """
        return self._standard(s.standard_normal, asked("standard_normal", {}, size, dtype))

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """Normal numbers of mean `loc` and standard deviation `scale`.

        >>> import wengert as wg
        >>> rng = wg.random.default_rng(0)
        >>> wg.grad(lambda loc: rng.normal(loc, 2.0, size=5).sum())(1.0)
        tensor(5.)
        """
        want = asked("normal", {"loc": loc, "scale": scale}, size, dtype)
        loc, scale = want.parameters
        scale = not_negative("normal", "scale", scale)
        return moved(self._standard(s.standard_normal, want), loc, scale)

    def lognormal(self, mean: Any = 0.0, sigma: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """The exponential of normal numbers of mean `mean` and standard deviation `sigma`."""
        want = asked("lognormal", {"mean": mean, "sigma": sigma}, size, dtype)
        mean, sigma = want.parameters
        sigma = not_negative("lognormal", "sigma", sigma)
        return np.exp(moved(self._standard(s.standard_normal, want), mean, sigma))

    def multivariate_normal(self, mean: Any, cov: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Vectors of shape (n,), normal with mean `mean` (n,) and covariance `cov` (n, n), by its Cholesky factor.

        Raises:
            ValueError: the shapes do not fit.
        """
        mean, cov = np.asarray(mean), np.asarray(cov)
        if mean.ndim != 1 or cov.shape != (len(mean), len(mean)):
            raise ValueError(
                f"[multivariate_normal] a mean of shape {mean.shape} and a covariance of shape {cov.shape} were given, "
                "wanted (n,) and (n, n); write numpy.diag(variances) for independent components"
            )
        shape = asked("multivariate_normal", {}, size).shape
        want = asked("multivariate_normal", {"mean": mean, "cov": cov[0]}, (*shape, len(mean)), dtype)
        factor = np.linalg.cholesky(cov.astype(want.dtype))
        return want.parameters[0] + self._standard(s.standard_normal, want) @ factor.T

    # -- functions of one uniform number -----------------------------------------------------------

    def standard_exponential(self, size: Size = None, dtype: Any = None) -> Tensor:
        """Exponential numbers of mean 1."""
        return self._standard(s.standard_exponential, asked("standard_exponential", {}, size, dtype))

    def exponential(self, scale: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """Exponential numbers of mean `scale`."""
        want = asked("exponential", {"scale": scale}, size, dtype)
        scale = not_negative("exponential", "scale", *want.parameters)
        return moved(self._standard(s.standard_exponential, want), 0, scale)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """Gumbel numbers: what the greatest of many is like."""
        return self._located("gumbel", s.standard_gumbel, loc, scale, size, dtype)

    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """Laplace (double exponential) numbers."""
        return self._located("laplace", s.standard_laplace, loc, scale, size, dtype)

    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """Logistic numbers."""
        return self._located("logistic", s.standard_logistic, loc, scale, size, dtype)

    def standard_cauchy(self, size: Size = None, dtype: Any = None) -> Tensor:
        """Cauchy numbers of median 0 and scale 1."""
        return self._standard(s.standard_cauchy, asked("standard_cauchy", {}, size, dtype))

    def _located(self, op: str, draw: Any, loc: Any, scale: Any, size: Size, dtype: Any) -> Tensor:
        want = asked(op, {"loc": loc, "scale": scale}, size, dtype)
        loc, scale = want.parameters
        scale = not_negative(op, "scale", scale)
        return moved(self._standard(draw, want), loc, scale)

    def rayleigh(self, scale: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """The lengths of two normal numbers of standard deviation `scale`."""
        want = asked("rayleigh", {"scale": scale}, size, dtype)
        scale = not_negative("rayleigh", "scale", *want.parameters)
        return moved(np.sqrt(2 * self._standard(s.standard_exponential, want)), 0, scale)

    def weibull(self, a: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Weibull numbers of shape `a` and scale 1: a power of exponential ones."""
        want = asked("weibull", {"a": a}, size, dtype)
        return self._standard(s.standard_exponential, want) ** (1 / positive("weibull", "a", *want.parameters))

    def pareto(self, a: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Lomax numbers of shape `a`: Pareto ones less 1."""
        want = asked("pareto", {"a": a}, size, dtype)
        return np.expm1(self._standard(s.standard_exponential, want) / positive("pareto", "a", *want.parameters))

    def power(self, a: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Numbers in [0, 1] of density a x^(a - 1)."""
        want = asked("power", {"a": a}, size, dtype)
        return np.exp(np.log(self._standard(s.open_uniform, want)) / positive("power", "a", *want.parameters))

    # -- gamma and what is made of it --------------------------------------------------------------

    def standard_gamma(self, shape: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Gamma numbers of shape `shape` and scale 1."""
        return self.gamma(shape, 1.0, size, dtype)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Size = None, dtype: Any = None) -> Tensor:
        """Gamma numbers of shape `shape` and scale `scale`, with implicit derivatives in the shape.

        >>> import wengert as wg
        >>> rng = wg.random.default_rng(0)
        >>> slopes = wg.grad(lambda a: rng.gamma(a, 2.0, size=4000).mean())(3.0)     # of the mean 2 a
        >>> abs(slopes - 2) < 0.1
        tensor(True)
        """
        want = asked("gamma", {"shape": shape, "scale": scale}, size, dtype)
        a, scale = want.parameters
        a, scale = positive("gamma", "shape", a), not_negative("gamma", "scale", scale)
        return moved(gamma_numbers(self._next_key(), a, want.shape, want.dtype), 0, scale)

    def chisquare(self, df: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Sums of the squares of `df` normal numbers."""
        want = asked("chisquare", {"df": df}, size, dtype)
        half = 0.5 * positive("chisquare", "df", *want.parameters)
        return 2 * gamma_numbers(self._next_key(), half, want.shape, want.dtype)

    def beta(self, a: Any, b: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Beta numbers in [0, 1]: the share of a gamma number of shape `a` in its sum with one of shape `b`."""
        want = asked("beta", {"a": a, "b": b}, size, dtype)
        a, b = want.parameters
        one, other = self._next_keys(2)
        first = log_gamma_numbers(one, positive("beta", "a", a), want.shape, want.dtype)
        return special.expit(first - log_gamma_numbers(other, positive("beta", "b", b), want.shape, want.dtype))

    def f(self, dfnum: Any, dfden: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """The ratio of two means of squares of `dfnum` and `dfden` normal numbers."""
        want = asked("f", {"dfnum": dfnum, "dfden": dfden}, size, dtype)
        above, below = want.parameters
        one, other = self._next_keys(2)
        above, below = positive("f", "dfnum", above), positive("f", "dfden", below)
        mean = gamma_numbers(one, 0.5 * above, want.shape, want.dtype) / above
        return mean / gamma_numbers(other, 0.5 * below, want.shape, want.dtype) * below

    def wald(self, mean: Any, scale: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Times at which a moving Brownian particle first meets a line: numbers of variance mean^3 / scale."""
        want = asked("wald", {"mean": mean, "scale": scale}, size, dtype)
        mean, scale = want.parameters
        mean, scale = positive("wald", "mean", mean), positive("wald", "scale", scale)
        return mean * wald_numbers(self._next_key(), scale / mean, want.shape, want.dtype)

    def standard_t(self, df: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Student's t: normal numbers over the root of a mean of `df` squares."""
        want = asked("standard_t", {"df": df}, size, dtype)
        half = 0.5 * positive("standard_t", "df", *want.parameters)
        one, other = self._next_keys(2)
        square = gamma_numbers(one, half, want.shape, want.dtype) / half
        return drawn(s.standard_normal, other, want) / np.sqrt(square)

    def dirichlet(self, alpha: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Shares that add up to 1 along the last axis: those of gamma numbers of shapes `alpha`, (..., n).

        >>> import wengert as wg
        >>> wg.random.default_rng(0).dirichlet([1.0, 2.0, 3.0], size=2).sum(axis=-1)
        tensor([1., 1.])
        """
        alpha = np.asarray(alpha)
        shape = alpha.shape if size is None else (*asked("dirichlet", {}, size).shape, alpha.shape[-1])
        want = asked("dirichlet", {"alpha": alpha}, shape, dtype)
        a = positive("dirichlet", "alpha", *want.parameters)
        return special.softmax(log_gamma_numbers(self._next_key(), a, want.shape, want.dtype), axis=-1)

    def vonmises(self, mu: Any, kappa: Any, size: Size = None, dtype: Any = None) -> Tensor:
        """Angles from -pi to pi around `mu`, of concentration `kappa`, with implicit derivatives in it."""
        want = asked("vonmises", {"mu": mu, "kappa": kappa}, size, dtype)
        mu, kappa = want.parameters
        kappa = not_negative("vonmises", "kappa", kappa)
        angle = mu + vonmises_numbers(self._next_key(), kappa, want.shape, want.dtype)
        return angle - 2 * math.pi * np.floor((angle + math.pi) / (2 * math.pi))
