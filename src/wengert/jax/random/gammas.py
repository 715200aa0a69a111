"""Gamma numbers, by rejection, and what is made of them."""

from __future__ import annotations

from math import prod
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special, stats

from ..array import Array, as_tensor, of
from .inverses import exponential, spread
from .keys import sizes, split
from .normals import normal
from .orders import rademacher
from .uniforms import real_dtype, uniform

__all__ = [
    "ball", "beta", "chisquare", "dirichlet", "f", "gamma", "generalized_normal", "loggamma", "t",
]  # fmt: skip


def gamma(key: Array, a: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Gamma numbers of scale 1, which differentiate in `a`: a number keeps its share as `a` moves.

    Source: G. Marsaglia and W. W. Tsang (2000); M. Figurnov, S. Mohamed and A. Mnih (2018) for the derivative.

    >>> from wengert import jax
    >>> jax.random.gamma(jax.random.key(0), 2.0).round(4)
    Array(1.5898, dtype=float32)
    """
    return of(_drawn(key, a, shape, real_dtype(dtype), is_log=False))


def loggamma(key: Array, a: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """The logarithms of gamma numbers, also of those that are too small for their dtype."""
    return of(_drawn(key, a, shape, real_dtype(dtype), is_log=True))


def _drawn(key: Array, a: Any, shape: Any, dtype: Any, *, is_log: bool) -> Any:
    """Gamma numbers, each with a key of its own."""
    whole = spread(shape, a)
    parameter = np.broadcast_to(as_tensor(a, dtype), whole)
    keys = split(key, prod(whole))._tensor
    one = wg.vmap(lambda key, a: _one(of(key), a, is_log))
    drawn = one(keys, wg.stop_gradient(parameter).reshape(-1)).reshape(whole)
    return _keeping_share(drawn, parameter, is_log)


def _one(key: Array, a: Any, is_log: bool) -> Any:
    """A gamma number, or its logarithm; one of a + 1 times a power of a uniform number if a < 1."""
    dtype = a.dtype
    is_large = a >= 1
    d = np.where(is_large, a, a + 1) - dtype.type(1 / 3)
    c = dtype.type(1 / 3) / np.sqrt(d)

    def is_refused(state: Any) -> Any:
        _, square, cube, share = state
        is_outside = share >= 1 - dtype.type(0.0331) * square**2
        return is_outside & (np.log(share) >= square / 2 + d * (1 - cube + np.log(cube)))

    def again(state: Any) -> Any:
        new_key, normal_key, share_key = map(_words, split(of(state[0]), 3))
        x, root = _positive(normal_key, c)
        return new_key, x * x, root**3, uniform(of(share_key), (), dtype)._tensor

    first, share_key = map(_words, split(key))
    start = first, *(np.asarray(number).astype(dtype) for number in (0.0, 1.0, 2.0))
    cube = wg.while_loop(is_refused, again, start)[2]
    if is_log:
        shares = -exponential(of(share_key), (), dtype)._tensor
        return np.log(d) + np.log(cube) + np.where(is_large | (shares == 0), 0, shares / a)
    shares = 1 - uniform(of(share_key), (), dtype)._tensor
    return d * cube * np.where(is_large, 1, shares ** (1 / a))


def _words(key: Array) -> Any:
    return key._tensor


def _positive(key: Any, c: Any) -> tuple[Any, Any]:
    """A normal number x, drawn until 1 + c x is positive, and this."""

    def again(state: Any) -> Any:
        new_key, part = map(_words, split(of(state[0])))
        x = normal(of(part), (), c.dtype)._tensor
        return new_key, x, 1 + x * c

    start = key, np.zeros((), c.dtype), -np.ones((), c.dtype)
    return wg.while_loop(lambda state: state[2] <= 0, again, start)[1:]


def _keeping_share(drawn: Any, a: Any, is_log: bool) -> Any:
    """Numbers that were drawn, with the derivative in `a` of what keeps its share."""

    def rule(primals: Any, out: Any, tangents: Any) -> Any:
        x = np.maximum(np.exp(out), np.finfo(out.dtype).tiny) if is_log else out
        change = wg.jvp(lambda a: special.gammainc(a, x), (primals[1],), (tangents[1],))[1]
        slope = -change / stats.gamma.pdf(x, primals[1])
        return slope / x if is_log else slope

    return wg.custom_derivative(lambda drawn, a: drawn, jvp=rule)(drawn, a)


# -- what is made of them --------------------------------------------------------------------------


def beta(key: Array, a: Any, b: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Beta numbers: the share of one gamma number in the sum of two."""
    whole, wanted = spread(shape, a, b), real_dtype(dtype)
    logarithms = [loggamma(part, each, whole, wanted)._tensor for part, each in zip(split(key), (a, b), strict=True)]
    largest = np.maximum(*logarithms)
    one, other = (np.exp(each - largest) for each in logarithms)
    return of(one / (one + other))


def dirichlet(key: Array, alpha: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Dirichlet's shares, which add up to 1 along the last axis."""
    wanted = real_dtype(dtype)
    given = as_tensor(alpha, wanted)
    whole = given.shape if shape is None else (*sizes(shape), given.shape[-1])
    return of(special.softmax(loggamma(key, of(given), whole, wanted)._tensor, axis=-1))


def chisquare(key: Array, df: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Chi-squared numbers."""
    wanted = real_dtype(dtype)
    return of(2 * np.exp(loggamma(key, of(as_tensor(df, wanted) / 2), shape, wanted)._tensor))


def f(key: Array, dfnum: Any, dfden: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Numbers of the F distribution."""
    wanted = real_dtype(dtype)
    whole = spread(shape, dfnum, dfden)
    below_key, above_key = split(key)
    above, below = (
        chisquare(part, df, whole, wanted)._tensor / as_tensor(df, wanted)
        for part, df in ((above_key, dfnum), (below_key, dfden))
    )
    return of(above / below)


def t(key: Array, df: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Student's numbers."""
    wanted, whole = real_dtype(dtype), spread(shape, df)
    half = as_tensor(df, wanted) / 2
    normal_key, gamma_key = split(key)
    spreads = np.sqrt(half / gamma(gamma_key, of(half), whole, wanted)._tensor)
    return of(normal(normal_key, whole, wanted)._tensor * spreads)


def generalized_normal(key: Array, p: Any, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Numbers whose density falls as exp(-abs(x)^p)."""
    wanted = real_dtype(dtype)
    length_key, sign_key = split(key)
    lengths = gamma(length_key, 1 / p, sizes(shape), wanted)._tensor
    return of(rademacher(sign_key, shape, wanted)._tensor * lengths ** (1 / p))


def ball(key: Array, d: int, p: Any = 2, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """Points in the ball of a norm, uniformly (F. Barthe, O. Guedon, S. Mendelson, A. Naor, 2005)."""
    wanted = real_dtype(dtype)
    point_key, length_key = split(key)
    points = generalized_normal(point_key, p, (*sizes(shape), d), wanted)._tensor
    lengths = np.sum(np.abs(points) ** p, axis=-1) + exponential(length_key, shape, wanted)._tensor
    return of(points / (lengths ** (1 / p))[..., None])
