"""``jax.nn``: functions of layers."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as _wg
import wengert.numpy as _np
from wengert.scipy import special as _special

from ...names import missing_name as _missing_name
from ..array import Array as _Array, as_tensor as _as_tensor, combined as _combined, of as _of
from ..dtypes import default_float as _default_float
from ..lifting import lifted as _lifted, lifted_names as _lifted_names
from ..refused import refuse as _refuse
from . import initializers as initializers

_functional = _wg.nn.functional

globals().update(
    _lifted_names(
        _functional,
        ("relu", "relu6", "elu", "celu", "selu", "leaky_relu", "glu", "silu", "mish", "softplus", "sigmoid"),
    )
)
globals().update(
    {
        name: _lifted(below, name)
        for name, below in {
            "hard_tanh": _functional.hardtanh, "hard_sigmoid": _functional.hardsigmoid,
            "hard_silu": _functional.hardswish, "hard_swish": _functional.hardswish,
            "soft_sign": _functional.softsign, "swish": _functional.silu, "log_sigmoid": _functional.logsigmoid,
            "tanh": _np.tanh, "identity": _np.positive,
        }.items()
    }
)  # fmt: skip


def gelu(x: Any, approximate: bool = True) -> _Array:
    """x times the probability that a normal number is below it."""
    return _combined(lambda given: _functional.gelu(given, "tanh" if approximate else "none"), x)


def squareplus(x: Any, b: Any = 4) -> _Array:
    """(x + sqrt(x² + b)) / 2, which is smooth where `relu` has a kink."""
    return _combined(lambda given, curvature: (given + _np.sqrt(given**2 + curvature)) / 2, x, b)


def softmax(x: Any, axis: Any = -1, where: Any = None, **_: Any) -> _Array:
    """Exponentials over their sum; 0 where a condition does not hold."""
    return _of(_normalized(_special.softmax, x, axis, where, 0.0))


def log_softmax(x: Any, axis: Any = -1, where: Any = None, **_: Any) -> _Array:
    """The logarithm of `softmax`."""
    return _of(_normalized(_special.log_softmax, x, axis, where, -numpy.inf))


def _normalized(below: Any, x: Any, axis: Any, where: Any, elsewhere: float) -> Any:
    given = _as_tensor(x, _floating(x))
    if where is None:
        return below(given, axis=axis)
    holds = _as_tensor(where)
    return _np.where(holds, below(_np.where(holds, given, -numpy.inf), axis=axis), elsewhere)


def _floating(x: Any) -> Any:
    """The dtype of a result in floating point."""
    dtype = _as_tensor(x).dtype
    return _default_float() if dtype.kind in "biu" else dtype


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, **_: Any) -> _Array:
    """The logarithm of the sum of exponentials."""
    weights = None if b is None else _as_tensor(b)
    return _of(_special.logsumexp(_as_tensor(a, _floating(a)), axis=axis, b=weights, keepdims=keepdims))


def logmeanexp(x: Any, axis: Any = None, keepdims: bool = False) -> _Array:
    """The logarithm of the mean of exponentials."""
    given = _as_tensor(x)
    total = logsumexp(x, axis=axis, keepdims=keepdims)
    return total - numpy.log(given.size / max(total.size, 1)).astype(given.dtype)


def one_hot(x: Any, num_classes: int, *, dtype: Any = None, axis: int = -1) -> _Array:
    """1 at the place of each class, 0 elsewhere."""
    found = _as_tensor(x)[..., None] == _np.arange(num_classes)
    return _of(_np.moveaxis(found.astype(dtype or _default_float()), -1, axis))


def standardize(
    x: Any, axis: Any = -1, mean: Any = None, variance: Any = None, epsilon: float = 1e-5, **_: Any
) -> _Array:
    """Less the mean, over the standard deviation."""
    given = _as_tensor(x)
    middle = _np.mean(given, axis=axis, keepdims=True) if mean is None else _as_tensor(mean)
    spread = _np.mean((given - middle) ** 2, axis=axis, keepdims=True) if variance is None else _as_tensor(variance)
    return _of((given - middle) / _np.sqrt(spread + epsilon))


def dot_product_attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None, *, scale: float | None = None,
    is_causal: bool = False, **_: Any,
) -> _Array:  # fmt: skip
    """Values weighted by how well keys fit queries, all of shape (..., length, heads, size).

    Source: A. Vaswani et al., "Attention is all you need" (2017).
    """
    q, k, v = (_np.swapaxes(_as_tensor(each), -2, -3) for each in (query, key, value))
    scores = q @ _np.swapaxes(k, -1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    scores = scores if bias is None else scores + _as_tensor(bias)
    scores = scores if mask is None else _np.where(_as_tensor(mask), scores, -numpy.inf)
    if is_causal:
        scores = _np.where(_np.tril(_np.ones(scores.shape[-2:], bool)), scores, -numpy.inf)
    return _of(_np.swapaxes(_special.softmax(scores, axis=-1) @ v, -2, -3))


def __getattr__(name: str) -> Any:
    _refuse(__name__, name)
    raise _missing_name(__name__, name, {}, "jax.nn")
