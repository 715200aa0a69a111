"""``jax.numpy``: `wengert.numpy` with arrays that nobody writes to, in single precision by default."""

from __future__ import annotations

from typing import Any, Final

import wengert.numpy as _np

from ...names import missing_name as _missing_name
from ..array import Array as Array
from .creation import (
    arange as arange,
    array as array,
    asarray as asarray,
    empty as empty,
    eye as eye,
    full as full,
    full_like as full_like,
    geomspace as geomspace,
    identity as identity,
    linspace as linspace,
    logspace as logspace,
    ones as ones,
    zeros as zeros,
)
from .indexers import c_ as c_, mgrid as mgrid, ogrid as ogrid, r_ as r_, s_ as s_
from .tables import DTYPES as _DTYPES, FUNCTIONS as _FUNCTIONS, NAMESPACES as _NAMESPACES

ndarray = Array
e: Final = _np.e
inf: Final = _np.inf
nan: Final = _np.nan
pi: Final = _np.pi
newaxis: Final = None
euler_gamma: Final = _np.euler_gamma

globals().update({name: value for name, value in _FUNCTIONS.items() if name not in globals()})
globals().update(_NAMESPACES)
globals().update(_DTYPES)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jnp")
