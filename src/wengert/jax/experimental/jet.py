"""``jax.experimental.jet``: Taylor coefficients along curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..array import arrays, of
from ..dtypes import default_float
from ..tree_util import tree_map

__all__ = ["jet"]


def jet(
    fun: Callable[..., Any], primals: Sequence[Any], series: Sequence[Any], *, factorial_scaled: bool = True, **_: Any
) -> tuple[Any, Any]:
    """The value of a function, and its derivatives along a curve.

    Args:
        fun: a function of arrays.
        primals: the arguments where the curve begins.
        series: for each argument the derivatives of the curve, from the first on.
        factorial_scaled: they are derivatives; otherwise coefficients of a Taylor series, which are those over k!.

    >>> from wengert.jax.experimental.jet import jet
    >>> jet(lambda x: x**3, (2.0,), ((1.0, 0.0),))
    (Array(8., dtype=float32), [Array(12., dtype=float32), Array(12., dtype=float32)])
    """
    order = max(len(terms) for terms in series)
    factors = [factorial(k) if factorial_scaled else 1 for k in range(order + 1)]

    def along(time: Any) -> Any:
        return arrays(fun(*(_at(time, *curve, factors) for curve in zip(arrays(tuple(primals)), series, strict=True))))

    begin, speed = (of(np.asarray(number).astype(default_float())) for number in (0.0, 1.0))
    coefficients = wg.taylor(along, order)(begin, speed)
    found = [tree_map(lambda each, k=k: each[k] * factors[k], coefficients) for k in range(order + 1)]
    return found[0], found[1:]


def _at(time: Any, start: Any, terms: Sequence[Any], factors: Sequence[int]) -> Any:
    """A point of the curve: its start, and the sum of terms times powers of the time."""
    point = start
    for k, term in enumerate(terms, 1):
        point = tree_map(lambda x, c, k=k: x + c * (time**k / factors[k]), point, term)
    return point
