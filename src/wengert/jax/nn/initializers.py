"""``jax.nn.initializers``: initial values of parameters."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any, Final

import wengert.numpy as np

from ...names import missing_name as _missing_name
from .. import random
from ..array import Array, of
from ..dtypes import canonical, default_float

__all__ = [
    "constant", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "kaiming_normal", "kaiming_uniform",
    "lecun_normal", "lecun_uniform", "normal", "ones", "orthogonal", "truncated_normal", "uniform",
    "variance_scaling", "xavier_normal", "xavier_uniform", "zeros",
]  # fmt: skip

Initializer = Callable[..., Array]

OF_TRUNCATED = 0.87962566103423978
"""The standard deviation of a standard normal number within two of them."""


def constant(value: Any, dtype: Any = None) -> Initializer:
    """One value everywhere."""

    def init(key: Any, shape: Any, dtype: Any = dtype, *_: Any) -> Array:
        return of(np.full(tuple(shape), value, canonical(dtype or default_float())))

    return init


zeros: Final = constant(0.0)
ones: Final = constant(1.0)


def uniform(scale: float = 1e-2, dtype: Any = None) -> Initializer:
    """Uniform numbers from 0 to a scale."""
    return lambda key, shape, dtype=dtype, *_: random.uniform(key, shape, dtype) * scale


def normal(stddev: float = 1e-2, dtype: Any = None) -> Initializer:
    """Normal numbers."""
    return lambda key, shape, dtype=dtype, *_: random.normal(key, shape, dtype) * stddev


def truncated_normal(stddev: float = 1e-2, dtype: Any = None, lower: float = -2.0, upper: float = 2.0) -> Initializer:
    """Normal numbers within bounds, of which the standard deviation is given."""

    def init(key: Any, shape: Any, dtype: Any = dtype, *_: Any) -> Array:
        scale = stddev / OF_TRUNCATED if (lower, upper) == (-2.0, 2.0) else stddev
        return random.truncated_normal(key, lower, upper, shape, dtype) * scale

    return init


def orthogonal(scale: float = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """Rows (or columns) that are orthogonal to each other."""

    def init(key: Any, shape: Any, dtype: Any = dtype, *_: Any) -> Array:
        columns = shape[column_axis]
        rows = prod(shape) // columns
        q, r = np.linalg.qr(random.normal(key, (max(rows, columns), min(rows, columns)), dtype)._tensor)
        turned = q * np.sign(np.diagonal(r))
        others = [length for place, length in enumerate(shape) if place != column_axis % len(shape)]
        whole = (turned if rows >= columns else turned.T).reshape((*others, columns))
        return of(scale * np.moveaxis(whole, -1, column_axis))

    return init


def variance_scaling(
    scale: float, mode: str, distribution: str, in_axis: int = -2, out_axis: int = -1, batch_axis: Any = (),
    dtype: Any = None,
) -> Initializer:  # fmt: skip
    """Values whose variance is a scale over a fan: ``"fan_in"``, ``"fan_out"`` or ``"fan_avg"``.

    Raises:
        ValueError: the mode or the distribution is another.
    """
    if distribution not in DRAWN or mode not in FANS:
        raise ValueError(
            f"[variance_scaling] mode={mode!r}, distribution={distribution!r} were given, wanted one of "
            f'{", ".join(FANS)} and one of {", ".join(DRAWN)}; write mode="fan_in", distribution="normal"'
        )

    def init(key: Any, shape: Any, dtype: Any = dtype, *_: Any) -> Array:
        around = prod(shape) / (shape[in_axis] * shape[out_axis])
        variance = scale / (FANS[mode](shape[in_axis], shape[out_axis]) * around)
        return DRAWN[distribution](key, shape, dtype, sqrt(variance))

    return init


FANS = {
    "fan_in": lambda inputs, outputs: inputs,
    "fan_out": lambda inputs, outputs: outputs,
    "fan_avg": lambda inputs, outputs: (inputs + outputs) / 2,
}
"""How many numbers one depends on, or goes into."""

DRAWN = {
    "uniform": lambda key, shape, dtype, spread: random.uniform(key, shape, dtype, -1.0) * (spread * sqrt(3)),
    "normal": lambda key, shape, dtype, spread: random.normal(key, shape, dtype) * spread,
    "truncated_normal": lambda key, shape, dtype, spread: (
        random.truncated_normal(key, -2.0, 2.0, shape, dtype) * (spread / OF_TRUNCATED)
    ),
}
"""Numbers of a standard deviation."""


def _scaled(scale: float, mode: str, distribution: str) -> Callable[..., Initializer]:
    def make(in_axis: int = -2, out_axis: int = -1, batch_axis: Any = (), dtype: Any = None) -> Initializer:
        return variance_scaling(scale, mode, distribution, in_axis, out_axis, batch_axis, dtype)

    return make


xavier_uniform: Final = _scaled(1.0, "fan_avg", "uniform")
glorot_uniform: Final = xavier_uniform
xavier_normal: Final = _scaled(1.0, "fan_avg", "truncated_normal")
glorot_normal: Final = xavier_normal
kaiming_uniform: Final = _scaled(2.0, "fan_in", "uniform")
he_uniform: Final = kaiming_uniform
kaiming_normal: Final = _scaled(2.0, "fan_in", "truncated_normal")
he_normal: Final = kaiming_normal
lecun_uniform: Final = _scaled(1.0, "fan_in", "uniform")
lecun_normal: Final = _scaled(1.0, "fan_in", "truncated_normal")


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.nn.initializers")
