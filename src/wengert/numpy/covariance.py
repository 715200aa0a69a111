"""Covariance and correlation, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e
from ..ops.contract import adjoint_matrix, matmul
from ..ops.shape import reshape, transpose
from .elementwise import real
from .lift import to_tensor
from .manipulation import concatenate
from .reductions import average, cast, sum

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
    """As ``numpy.cov``, with derivatives in the weights too."""
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)], axis=0)
    x = cast(x, dtype or numpy.result_type(x.dtype, numpy.float64))
    weights = _product(fweights, aweights)
    freedom = (0 if bias else 1) if ddof is None else ddof
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


def _product(fweights: Any, aweights: Any) -> Tensor | None:
    given = [to_tensor(w) for w in (fweights, aweights) if w is not None]
    return None if not given else given[0] if len(given) == 1 else given[0] * given[1]


def _divisor(total: Tensor, freedom: float, weights: Any, aweights: Any) -> Any:
    if aweights is None or freedom == 0:
        return total - freedom
    return total - freedom * sum(weights * to_tensor(aweights)) / total


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
