"""Unbiased estimates of differential operators, from derivatives along random directions.

In n dimensions a Laplacian takes n directions, and an estimate of it as few as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .distributions.base import source_of

Operator = Callable[..., Any]


def laplacian_estimate(f: Callable[..., Any], samples: int = 1, directions: str = "signs", rng: Any = None) -> Operator:
    """An unbiased estimate of the Laplacian of a function, the trace of its Hessian.

    Args:
        f: a function of a real array, and of anything after it.
        samples: how many directions are drawn at each call; at most as many as numbers for ``"axes"``.
        directions: ``"signs"``, of the least variance of those that are independent; ``"normal"``; or ``"axes"``,
            different axes at random, along which a function may cost less.
        rng: a generator or a key; that of the module by default.

    Returns:
        A function of the same arguments, whose result has the structure and shapes of that of `f`.

    Raises:
        ValueError: there are no such directions, or not as many axes.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.random.laplacian_estimate(lambda x: np.sum(x**4), samples=2)(np.array([1.0, 2.0]))
    tensor(60.)

    Source: M. F. Hutchinson, "A stochastic estimator of the trace of the influence matrix" (1989); Z. Shi et al.,
    "Stochastic Taylor derivative estimator" (2024), section 4.
    """
    _check(directions, samples, "laplacian_estimate")

    def estimated(x: Any, *args: Any, **kwargs: Any) -> Any:
        point = np.asarray(x)
        rows, weight = _drawn(point, samples, directions, rng, "laplacian_estimate")
        weights = np.full(samples, weight, point.dtype)
        return wg.directional_sum(lambda x: f(x, *args, **kwargs), 2)(point, rows, weights)

    return estimated


def divergence_estimate(
    f: Callable[..., Any], samples: int = 1, directions: str = "signs", rng: Any = None
) -> Operator:
    """An unbiased estimate of the divergence of a vector field, the trace of its Jacobian.

    Args:
        f: a function of a real array, and of anything after it, whose result has the shape of that array.
        samples, directions, rng: as of `laplacian_estimate`.

    Returns:
        A function of the same arguments, whose result is a scalar.

    Raises:
        ValueError: there are no such directions, or not as many axes.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.random.divergence_estimate(lambda x: x**3)(np.array([1.0, 2.0]))
    tensor(15.)

    Source: W. Grathwohl et al., "FFJORD: free-form continuous dynamics for scalable reversible generative models"
    (2019), section 3.
    """
    _check(directions, samples, "divergence_estimate")

    def estimated(x: Any, *args: Any, **kwargs: Any) -> Any:
        point = np.asarray(x)
        rows, weight = _drawn(point, samples, directions, rng, "divergence_estimate")
        _, push = wg.linearize(lambda x: f(x, *args, **kwargs), point)
        return weight * np.sum(wg.vmap(lambda row: np.sum(row * push(row)))(rows))

    return estimated


def biharmonic_estimate(f: Callable[..., Any], samples: int = 1, rng: Any = None) -> Operator:
    """An unbiased estimate of the Laplacian of the Laplacian: a third of the mean fourth derivative along normal draws.

    Args:
        f: a function of a real array, and of anything after it.
        samples: how many directions are drawn at each call.
        rng: as of `laplacian_estimate`.

    Returns:
        A function of the same arguments, whose result has the structure and shapes of that of `f`.

    Raises:
        ValueError: no direction is to be drawn.

    >>> import wengert as wg, wengert.numpy as np
    >>> estimate = wg.random.biharmonic_estimate(lambda x: np.sum(x**2) ** 2, samples=40_000, rng=wg.random.key(0))
    >>> bool(abs(estimate(np.array([1.0, 2.0])) - 64) < 2)
    True

    Source: Z. Shi et al., "Stochastic Taylor derivative estimator" (2024), section 4.
    """
    _check("normal", samples, "biharmonic_estimate")

    def estimated(x: Any, *args: Any, **kwargs: Any) -> Any:
        point = np.asarray(x)
        rows, weight = _drawn(point, samples, "normal", rng, "biharmonic_estimate")
        weights = np.full(samples, weight / 3, point.dtype)
        return wg.directional_sum(lambda x: f(x, *args, **kwargs), 4)(point, rows, weights)

    return estimated


KINDS = ("signs", "normal", "axes")


def _check(directions: str, samples: int, op: str) -> None:
    if directions not in KINDS:
        raise ValueError(
            f"[{op}] directions is {directions!r}, wanted one of {', '.join(KINDS)}; write directions='signs'"
        )
    if not samples >= 1:
        raise ValueError(f"[{op}] samples is {samples}, wanted at least one direction; write samples=1")


def _drawn(point: Any, samples: int, directions: str, rng: Any, op: str) -> tuple[Any, float]:
    """Directions along a first axis, and the weight of each."""
    source, shape = source_of(rng), (samples, *point.shape)
    if directions == "axes":
        if samples > point.size:
            raise ValueError(
                f"[{op}] samples is {samples}, wanted at most the {point.size} axes that there are; write "
                "directions='signs'"
            )
        chosen = source.permutation(point.size)[:samples]
        rows = np.asarray(numpy.eye(point.size))[chosen].reshape(shape)
        return rows.astype(point.dtype), point.size / samples
    draws = source.standard_normal(shape)
    return (np.sign(draws) if directions == "signs" else draws).astype(point.dtype), 1 / samples
