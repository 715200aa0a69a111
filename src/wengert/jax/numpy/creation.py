"""Arrays from nothing, from numbers, and of the form of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy

import wengert.numpy as np

from ..array import Array, WeakArray, as_tensor, kind_of, of
from ..dtypes import canonical, default_float

__all__ = [
    "arange", "array", "asarray", "empty", "eye", "full", "full_like", "geomspace", "identity", "linspace", "logspace",
    "ones", "zeros",
]  # fmt: skip


def array(object: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0, **_: Any) -> Array:
    """An array of numbers, nested lists or arrays; one Python number is weak.

    >>> import wengert.jax.numpy as jnp
    >>> jnp.array([1, 2]), jnp.array(1.0)
    (Array([1, 2], dtype=int32), Array(1., dtype=float32, weak_type=True))
    """
    found = as_tensor(object, dtype)
    shaped = found if found.ndim >= ndmin else found.reshape((1,) * (ndmin - found.ndim) + found.shape)
    return of(shaped, kind_of((object,)) if dtype is None else Array)


def asarray(a: Any, dtype: Any = None, **_: Any) -> Array:
    """An array; itself if it is one."""
    return array(a, dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Numbers from `start` to before `stop`."""
    bounds = [each.item() if isinstance(each, Array) else each for each in (start, stop, step)]
    return array(numpy.arange(*[each for each in bounds if each is not None]), dtype)


def _between(below: Callable[..., Any]) -> Callable[..., Any]:
    """Numbers between two, which may be computed; with ``retstep`` also how far they are apart."""

    def make(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, dtype: Any = None, **kwargs: Any) -> Any:
        wanted = canonical(dtype or default_float())
        found = below(as_tensor(start), as_tensor(stop), num, endpoint=endpoint, **kwargs)
        if isinstance(found, tuple):
            return of(found[0].astype(wanted)), of(np.asarray(found[1]).astype(wanted))
        return of(found.astype(wanted))

    make.__name__, make.__doc__ = below.__name__, f"`wengert.numpy.{below.__name__}`, of the default dtype."
    return make


linspace: Final = _between(np.linspace)
logspace: Final = _between(np.logspace)
geomspace: Final = _between(np.geomspace)


def _made(below: Callable[..., Any]) -> Callable[..., Array]:
    def make(shape: Any, dtype: Any = None, **_: Any) -> Array:
        return of(below(shape, dtype=canonical(dtype or default_float())))

    make.__name__, make.__doc__ = below.__name__, f"`wengert.numpy.{below.__name__}`, of the default dtype."
    return make


zeros: Final = _made(np.zeros)
ones: Final = _made(np.ones)
empty: Final = _made(np.empty)


def full(shape: Any, fill_value: Any, dtype: Any = None, **_: Any) -> Array:
    """An array with one value everywhere."""
    value = as_tensor(fill_value, dtype)
    kind = kind_of((fill_value,)) if dtype is None else Array
    return of(np.broadcast_to(value, (shape,) if isinstance(shape, int) else tuple(shape)), kind)


def full_like(a: Any, fill_value: Any, dtype: Any = None, shape: Any = None, **_: Any) -> Array:
    """An array of the form of another, with one value everywhere."""
    kind = WeakArray if dtype is None and kind_of((a,)) is WeakArray else Array
    example = as_tensor(a)
    return of(full(example.shape if shape is None else shape, fill_value, dtype or example.dtype)._tensor, kind)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None, **_: Any) -> Array:
    """The identity."""
    return of(np.eye(N, M, k, dtype=canonical(dtype or default_float())))


def identity(n: int, dtype: Any = None) -> Array:
    """The identity."""
    return eye(n, dtype=dtype)
