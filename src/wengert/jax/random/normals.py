"""Normal numbers, and what is made of them."""

from __future__ import annotations

from math import sqrt
from typing import Any

import wengert.numpy as np
from wengert.scipy import special

from ..array import Array, as_tensor, of
from .inverses import spread
from .keys import sizes, split
from .orders import rademacher
from .uniforms import real_dtype, uniform

__all__ = [
    "double_sided_maxwell", "lognormal", "maxwell", "multivariate_normal", "normal", "orthogonal", "wald",
]  # fmt: skip


def normal(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Standard normal numbers; complex ones have parts of half the variance.

    >>> from wengert import jax
    >>> jax.random.normal(jax.random.key(0)).round(4)
    Array(1.6226, dtype=float32)
    """
    wanted = real_dtype(dtype)
    if wanted.kind == "c":
        parts = [normal(part, shape, wanted.type(0).real.dtype)._tensor for part in split(key)]
        return of((parts[0] + 1j * parts[1]) / parts[0].dtype.type(sqrt(2)))
    low = np.nextafter(np.asarray(-1.0).astype(wanted), np.asarray(0.0).astype(wanted))
    drawn = special.erfinv(uniform(key, shape, wanted, of(low), 1.0)._tensor)
    return of((wanted.type(sqrt(2)) * drawn).astype(wanted))


def lognormal(key: Array, sigma: Any = 1.0, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Numbers whose logarithms are normal."""
    wanted = real_dtype(dtype)
    return of(np.exp(normal(key, spread(shape, sigma), wanted)._tensor * as_tensor(sigma, wanted)))


def maxwell(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """The lengths of normal vectors in space."""
    return of(np.linalg.norm(normal(key, (*sizes(shape), 3), dtype)._tensor, axis=-1))


def double_sided_maxwell(key: Array, loc: Any, scale: Any, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Maxwell's numbers to both sides of a place."""
    wanted = real_dtype(dtype)
    of_parameters = spread(None, loc, scale)
    whole = (*(sizes(shape) or of_parameters), *of_parameters)
    length_key, sign_key = split(key)
    lengths = maxwell(length_key, whole, wanted)._tensor
    signs = rademacher(sign_key, whole, wanted)._tensor
    return of(signs * lengths * as_tensor(scale, wanted) + as_tensor(loc, wanted))


def wald(key: Array, mean: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Wald's numbers: when Brownian motion with a drift arrives (J. Michael, W. Schucany, R. Haas, 1976)."""
    wanted = real_dtype(dtype)
    middle, whole = as_tensor(mean, wanted), spread(shape, mean)
    normal_key, uniform_key = split(key)
    square = normal(normal_key, whole, wanted)._tensor ** 2
    root = np.sqrt(4 * middle * square + middle**2 * square**2)
    found = middle + middle**2 * square / 2 - middle / 2 * root
    is_near = uniform(uniform_key, whole, wanted)._tensor <= middle / (middle + found)
    return of(np.where(is_near, found, middle**2 / found))


def multivariate_normal(
    key: Array, mean: Any, cov: Any, shape: Any = None, dtype: Any = None, method: str = "cholesky", **_: Any
) -> Array:
    """Normal vectors of means and covariances.

    Args:
        key: the key.
        mean: of shape (..., n).
        cov: of shape (..., n, n).
        shape: of what is drawn, without the last axis.
        dtype: of what is drawn.
        method: how a covariance is taken apart: ``"cholesky"``, ``"eigh"`` or ``"svd"``.
    """
    wanted = real_dtype(dtype)
    middle, spreads = as_tensor(mean, wanted), as_tensor(cov, wanted)
    whole = np.broadcast_shapes(middle.shape[:-1], spreads.shape[:-2]) if shape is None else sizes(shape)
    drawn = normal(key, (*whole, middle.shape[-1]), wanted)._tensor
    return of(middle + np.einsum("...ij,...j->...i", _factor(spreads, method), drawn))


def _factor(covariance: Any, method: str) -> Any:
    """A matrix that gives a covariance, times its transpose.

    Raises:
        ValueError: the method is another.
    """
    if method == "cholesky":
        return np.linalg.cholesky(covariance)
    if method == "eigh":
        values, vectors = np.linalg.eigh(covariance)
    elif method == "svd":
        vectors, values, _ = np.linalg.svd(covariance)
    else:
        raise ValueError(
            f'[multivariate_normal] method={method!r} was given, wanted "cholesky", "eigh" or "svd"; write '
            'method="cholesky"'
        )
    return vectors * np.sqrt(values[..., None, :])


def orthogonal(key: Array, n: int, shape: Any = (), dtype: Any = None, m: int | None = None, **_: Any) -> Array:
    """Matrices whose columns (or rows, of those with more columns) are orthogonal and of length 1."""
    columns = n if m is None else m
    drawn = normal(key, (*sizes(shape), max(n, columns), min(n, columns)), dtype)._tensor
    q, r = np.linalg.qr(drawn)
    turned = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
    return of(turned.mT if n < columns else turned)
