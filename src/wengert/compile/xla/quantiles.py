"""Where quantiles are among sorted elements, by the methods of NumPy.

Source: R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages" (1996).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...ops.axes.sort import CONTINUOUS
from .imported import jnp
from .refused import UnsuitableError


def _inverted(q: Any, count: Any) -> Any:
    """The first element up to which there is at least the share `q`."""
    return jnp.ceil(q * count) - 1


def _averaged(q: Any, count: Any) -> Any:
    """The same; half way to the next one, where the share is exactly `q`."""
    place = q * count - 1
    return jnp.where(place == jnp.floor(place), place + 0.5, jnp.ceil(place))


DISCRETE: dict[str, Callable[[Any, Any], Any]] = {
    "lower": lambda q, count: jnp.floor(q * (count - 1)),
    "higher": lambda q, count: jnp.ceil(q * (count - 1)),
    "nearest": lambda q, count: jnp.rint(q * (count - 1)),
    "midpoint": lambda q, count: 0.5 * (jnp.floor(q * (count - 1)) + jnp.ceil(q * (count - 1))),
    "inverted_cdf": _inverted,
    "averaged_inverted_cdf": _averaged,
}
"""The places by the methods in which they do not move with q; NumPy's other one has rules of its own for ties."""


def place(q: Any, count: Any, method: str) -> Any:
    """The index, with a fraction, of a quantile among sorted elements; 0 where there are none."""
    if method in CONTINUOUS:
        alpha, beta = CONTINUOUS[method]
        found = count * q + alpha + q * (1 - alpha - beta) - 1
    elif method in DISCRETE:
        found = DISCRETE[method](q, count)
    else:
        raise UnsuitableError(f"by the method {method!r}")
    return jnp.clip(found, 0, jnp.maximum(count - 1, 0))
