"""Covariance and correlation, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.tensor import Tensor
from ...ops import elementwise as e
from ...ops.contract import adjoint_matrix, matmul
from ...ops.shape import reshape, transpose
from ..arrays.joining import concatenate
from ..elementwise import real
from ..protocols.lift import to_tensor
from ..reductions import average, cast, sum

__all__ = ["corrcoef", "cov"]


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Tensor:
    """As ``numpy.cov``, with derivatives in the weights too: NaN or infinite if no degree of freedom is left."""
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)], axis=0)
    x = cast(x, dtype or numpy.result_type(x.dtype, numpy.float64))
    if x.shape[0] == 0:
        return Tensor(numpy.zeros((0, 0)))
    fweights, aweights = _weights(fweights, x, "fweights"), _weights(aweights, x, "aweights")
    weights = _product(fweights, aweights)
    freedom = _freedom(ddof, bias)
    mean, total = average(x, axis=1, weights=weights, returned=True)
    x = x - reshape(mean, shape=(x.shape[0], 1))
    divisor = _divisor(e.real(total[0]) if total.dtype.kind == "c" else total[0], freedom, weights, aweights)
    weighted = x if weights is None else x * weights
    products = matmul(x, adjoint_matrix(weighted)) / divisor
    return reshape(products, shape=tuple(n for n in products.shape if n != 1))


def _variables(m: Any, rowvar: bool) -> Tensor:
    """One row for each variable."""
    x = to_tensor(m)
    if x.ndim > 2:
        raise ValueError(f"[cov] an array with {x.ndim} axes was given, wanted at most 2: variables and observations")
    if x.ndim < 2:
        return reshape(x, shape=(1, x.size))
    return x if rowvar else transpose(x, axes=(1, 0))


def _freedom(ddof: int | None, bias: bool) -> int:
    """The degrees of freedom that are lost."""
    if ddof is None:
        return 0 if bias else 1
    if ddof != int(ddof):
        raise ValueError("ddof must be integer")
    return ddof


def _weights(given: Any, x: Tensor, name: str) -> Tensor | None:
    """One weight for each observation."""
    if given is None:
        return None
    weights = to_tensor(given, "cov")
    if weights.ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if weights.shape != x.shape[1:]:
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    if type(weights._value) is not Abstract:
        _check_values(numpy.asarray(weights._value), name)
    return weights


def _check_values(weights: Any, name: str) -> None:
    if name == "fweights" and not numpy.array_equal(weights, numpy.around(weights)):
        raise TypeError("fweights must be integer")
    if numpy.any(weights < 0):
        raise ValueError(f"{name} cannot be negative")


def _product(fweights: Tensor | None, aweights: Tensor | None) -> Tensor | None:
    given = [w for w in (fweights, aweights) if w is not None]
    return None if not given else given[0] if len(given) == 1 else given[0] * given[1]


def _divisor(total: Tensor, freedom: int, weights: Any, aweights: Any) -> Any:
    """How many observations count, without the degrees of freedom that are lost; 0 if there are none left."""
    lost: Any = freedom
    if aweights is not None and freedom != 0:
        lost = freedom * sum(weights * aweights) / total
    left = total - lost
    return e.where(e.less_equal(left, 0), 0, left)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Tensor:
    """As ``numpy.corrcoef``."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    places = numpy.arange(c.shape[0])
    deviation = e.sqrt(real(c[places, places]))
    scaled = c / reshape(deviation, shape=(c.shape[0], 1)) / deviation
    return _within_one(scaled)


def _within_one(c: Tensor) -> Tensor:
    """Rounding may have led outside [-1, 1]."""
    if c.dtype.kind == "c":
        return e.clip(e.real(c), -1, 1) + 1j * e.clip(e.imag(c), -1, 1)
    return e.clip(c, -1, 1)
