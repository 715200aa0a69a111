"""Functions that become complex where real numbers would leave their domain, under the names of ``numpy.emath``.

Whether they do depends on values, so inside `wengert.vmap` and loops, where there are none, write ``np.sqrt(x + 0j)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy

from ..core.tensor import Tensor
from . import elementwise as e
from .protocols.lift import to_tensor
from .protocols.values import concrete

__all__ = ["arccos", "arcsin", "arctanh", "log", "log10", "log2", "logn", "power", "sqrt"]


def _complex_where(leaves: Callable[[Any], Any], x: Any) -> Tensor:
    """The operand, complex if a real element leaves the domain."""
    x = to_tensor(x, "emath")
    if x.dtype.kind != "c" and numpy.any(leaves(numpy.asarray(concrete(x, "emath")))):
        return x + numpy.zeros((), numpy.complex64 if x.dtype in _SINGLE else numpy.complex128)
    return x


_SINGLE = tuple(map(numpy.dtype, ("f2", "f4", "i1", "u1", "i2", "u2", "?")))


def _negative(x: Any) -> Any:
    return x < 0


def _outside(x: Any) -> Any:
    return abs(x) > 1


def _extended(function: Callable[[Any], Tensor], leaves: Callable[[Any], Any]) -> Callable[[Any], Tensor]:
    def call(x: Any) -> Tensor:
        return function(_complex_where(leaves, x))

    call.__name__ = call.__qualname__ = function.__name__
    call.__doc__ = f"As ``numpy.emath.{function.__name__}``; differentiable."
    return call


sqrt: Final = _extended(e.sqrt, _negative)
log: Final = _extended(e.log, _negative)
log2: Final = _extended(e.log2, _negative)
log10: Final = _extended(e.log10, _negative)
arccos: Final = _extended(e.arccos, _outside)
arcsin: Final = _extended(e.arcsin, _outside)
arctanh: Final = _extended(e.arctanh, _outside)


def logn(n: Any, x: Any) -> Tensor:
    """As ``numpy.emath.logn``: the logarithm to the base `n`; differentiable in both."""
    return log(x) / log(n)


def power(x: Any, p: Any) -> Tensor:
    """As ``numpy.emath.power``; differentiable in both."""
    exponent = to_tensor(p, "emath")
    if exponent.dtype.kind in "iu" and numpy.any(numpy.asarray(concrete(exponent, "emath")) < 0):
        exponent = exponent * 1.0
    return e.power(_complex_where(_negative, x), exponent)
