"""``jax.numpy``: `wengert.numpy` with arrays that nobody writes to, in single precision by default."""

from __future__ import annotations

from typing import Any

import numpy as _numpy

import wengert.numpy as _np

from ...names import missing_name as _missing_name
from ..array import Array as Array, as_tensor, of as _of
from ..dtypes import canonical as _canonical, default_float as _default_float
from . import tables as _tables

ndarray = Array
e, inf, nan, pi, newaxis, euler_gamma = _np.e, _np.inf, _np.nan, _np.pi, None, _np.euler_gamma

globals().update(_tables.FUNCTIONS)
globals().update(_tables.NAMESPACES)
globals().update(_tables.DTYPES)


def array(object: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0) -> Array:
    """An array of numbers, nested lists or arrays.

    >>> import wengert.jax.numpy as jnp
    >>> jnp.array([1, 2])
    Array([1, 2], dtype=int32)
    """
    found = as_tensor(object, dtype)
    return _of(found if found.ndim >= ndmin else found.reshape((1,) * (ndmin - found.ndim) + found.shape))


def asarray(a: Any, dtype: Any = None, **_: Any) -> Array:
    """An array; itself if it is one."""
    return array(a, dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Array:
    """Numbers from `start` to before `stop`."""
    bounds = [each.item() if isinstance(each, Array) else each for each in (start, stop, step)]
    return array(_numpy.arange(*[each for each in bounds if each is not None]), dtype)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Array:
    """`num` numbers from `start` to `stop`."""
    found = _np.linspace(as_tensor(start), as_tensor(stop), num, endpoint=endpoint)
    return _of(found.astype(_canonical(dtype or _default_float())))


def _made(below: Any) -> Any:
    def make(shape: Any, dtype: Any = None, **_: Any) -> Array:
        return _of(below(shape, dtype=_canonical(dtype or _default_float())))

    make.__name__, make.__doc__ = below.__name__, f"`wengert.numpy.{below.__name__}`, of the default dtype."
    return make


zeros, ones, empty = _made(_np.zeros), _made(_np.ones), _made(_np.empty)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Array:
    """An array with one value everywhere."""
    value = as_tensor(fill_value, dtype)
    return _of(_np.broadcast_to(value, (shape,) if isinstance(shape, int) else tuple(shape)))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Array:
    """The identity."""
    return _of(_np.eye(N, M, k, dtype=_canonical(dtype or _default_float())))


def identity(n: int, dtype: Any = None) -> Array:
    """The identity."""
    return eye(n, dtype=dtype)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jnp")
