"""Draws by rejection that differentiate in their parameters.

A draw x with distribution function F(x; parameters) keeps its share F as the parameters move, so
dx = -(dF/dparameters) dparameters / p(x): M. Figurnov, S. Mohamed and A. Mnih, "Implicit reparameterization gradients"
(NeurIPS 2018), equation 6.
"""

from __future__ import annotations

import math
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special, stats

from .keys import keys_at
from .pieces import IN_ROUNDS, compiled_for, has_values, in_pieces
from .rejection import gamma_from_one, vonmises
from .standard import open_uniform, standard_normal

Shape = tuple[int, ...]


def keeping_share(x: Tensor, parameter: Tensor, cdf: Any, pdf: Any) -> Tensor:
    """Numbers that were drawn, with the derivative in a parameter of what keeps its share.

    Args:
        x: the numbers.
        parameter: the parameter, of their shape.
        cdf: the distribution function of (x, parameter), differentiable in the parameter.
        pdf: the density of (x, parameter).
    """

    def rule(primals: Any, out: Tensor, tangents: Any) -> Tensor:
        change = wg.jvp(lambda p: cdf(out, p), (primals[1],), (tangents[1],))[1]
        return -change / pdf(out, primals[1])

    return wg.custom_derivative(lambda x, parameter: x, jvp=rule)(x, parameter)


def gamma_numbers(key: Tensor, a: Tensor, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """Gamma numbers of any shapes `a` and scale 1."""
    from_one, log_share = _gamma_parts(key, a, shape, dtype)
    return from_one if log_share is None else from_one * np.exp(log_share)


def log_gamma_numbers(key: Tensor, a: Tensor, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """Their logarithms, also where the numbers are too small for their dtype, as those of small `a` are."""
    from_one, log_share = _gamma_parts(key, a, shape, dtype)
    return np.log(from_one) if log_share is None else np.log(from_one) + log_share


def _gamma_parts(key: Tensor, a: Tensor, shape: Shape, dtype: numpy.dtype) -> tuple[Tensor, Tensor | None]:
    """A gamma number of a or a + 1, and the logarithm of its share: log(u) / a if a < 1, else nothing."""
    one, other = compiled_for(keys_at, (2,))(key)
    a = np.broadcast_to(np.asarray(a, dtype), shape)
    is_small = a < 1
    larger = np.where(is_small, a + 1, a)
    drawn = in_pieces(gamma_from_one, one, shape, dtype, given=[wg.stop_gradient(larger)], longest=IN_ROUNDS)
    from_one = keeping_share(drawn, larger, lambda x, a: special.gammainc(a, x), stats.gamma.pdf)
    if has_values(a) and not np.any(is_small):
        return from_one, None
    log_u = np.log(in_pieces(open_uniform, other, shape, dtype))
    return from_one, np.where(is_small, log_u / np.where(is_small, a, 1), 0)


def vonmises_numbers(key: Tensor, kappa: Tensor, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """Angles around 0 of concentrations `kappa`."""
    kappa = np.broadcast_to(np.asarray(kappa, dtype), shape)
    drawn = in_pieces(vonmises, key, shape, dtype, given=[wg.stop_gradient(kappa)], longest=IN_ROUNDS)
    return keeping_share(drawn, kappa, stats.vonmises.cdf, stats.vonmises.pdf)


def wald_numbers(key: Tensor, phi: Tensor, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """Numbers of Wald's distribution of mean 1 and shape `phi`.

    Source: J. R. Michael, W. R. Schucany and R. W. Haas, "Generating random variates using transformations with
    multiple roots", The American Statistician 30 (1976).
    """
    one, other = compiled_for(keys_at, (2,))(key)
    phi = np.broadcast_to(np.asarray(phi, dtype), shape)
    half = in_pieces(standard_normal, one, shape, dtype) ** 2 / (2 * wg.stop_gradient(phi))
    smaller = 1 / (1 + half + np.sqrt(half * (half + 2)))
    is_smaller = in_pieces(open_uniform, other, shape, dtype) * (1 + smaller) <= 1
    return keeping_share(np.where(is_smaller, smaller, 1 / smaller), phi, wald_cdf, _wald_density)


def wald_cdf(x: Tensor, phi: Tensor) -> Tensor:
    """The distribution function of Wald's distribution of mean 1 and shape `phi` at x > 0."""
    root = np.sqrt(phi / x)
    return special.ndtr(root * (x - 1)) + np.exp(2 * phi + special.log_ndtr(-root * (x + 1)))


def _wald_density(x: Tensor, phi: Tensor) -> Tensor:
    return np.sqrt(phi / (2 * math.pi * x**3)) * np.exp(-0.5 * phi * (x - 1) ** 2 / x)
