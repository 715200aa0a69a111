"""Dropout: values that are 0 by chance in training, and larger by as much elsewhere.

Source: N. Srivastava et al., "Dropout" (2014). Draws are from the generator of `wengert.random`.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..errors import wrong
from .activations import SELU_ALPHA, SELU_SCALE

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def _kept(shape: tuple[int, ...], p: float, op: str) -> wg.Tensor:
    """Which values are kept."""
    if not 0 <= p <= 1:
        raise wrong(op, f"p={p}", "a probability from 0 to 1 with which a value is 0", f"write {op}(x, p=0.5)")
    return wg.random.bernoulli(1 - p, shape, "float32")


def _of_channels(x: wg.Tensor, space: int) -> tuple[int, ...]:
    """The shape of one value for each channel, where so many axes of space follow."""
    return (*x.shape[: x.ndim - space], *(1,) * space)


def _dropped(x: Any, p: float, training: bool, space: int, op: str) -> wg.Tensor:
    x = np.asarray(x)
    if not training or p == 0:
        return x
    kept = _kept(_of_channels(x, space), p, op)
    return np.where(kept, x / (1 - p) if p < 1 else x, 0)


def dropout(x: Any, p: float = 0.5, training: bool = True) -> wg.Tensor:
    """x / (1 - p), and 0 with probability p, each for itself; x if not `training`.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.random.seed(0)
    >>> y = wg.nn.functional.dropout(np.ones(1000), 0.2)
    >>> np.unique(y), bool(abs(np.mean(y) - 1) < 0.1)
    (tensor([0.  , 1.25]), True)
    """
    return _dropped(x, p, training, 0, "dropout")


def dropout1d(x: Any, p: float = 0.5, training: bool = True) -> wg.Tensor:
    """`dropout` of whole channels of (N, C, L)."""
    return _dropped(x, p, training, 1, "dropout1d")


def dropout2d(x: Any, p: float = 0.5, training: bool = True) -> wg.Tensor:
    """`dropout` of whole channels of (N, C, H, W)."""
    return _dropped(x, p, training, 2, "dropout2d")


def dropout3d(x: Any, p: float = 0.5, training: bool = True) -> wg.Tensor:
    """`dropout` of whole channels of (N, C, D, H, W)."""
    return _dropped(x, p, training, 3, "dropout3d")


def alpha_dropout(x: Any, p: float = 0.5, training: bool = True) -> wg.Tensor:
    """Dropout to the lowest value of `selu`, scaled and shifted so that mean 0 and variance 1 stay.

    Source: G. Klambauer et al., "Self-normalizing neural networks" (2017), section "new dropout technique".
    """
    return _alpha_dropped(np.asarray(x), p, training, 0, "alpha_dropout")


def feature_alpha_dropout(x: Any, p: float = 0.5, training: bool = True) -> wg.Tensor:
    """`alpha_dropout` of whole channels of (N, C, ...)."""
    x = np.asarray(x)
    return _alpha_dropped(x, p, training, x.ndim - 2, "feature_alpha_dropout")


def _alpha_dropped(x: wg.Tensor, p: float, training: bool, space: int, op: str) -> wg.Tensor:
    if not training or p == 0:
        return x
    kept = _kept(_of_channels(x, space), p, op)
    if p == 1:
        return np.where(kept, x, 0)
    lowest = -SELU_SCALE * SELU_ALPHA
    scale = 1 / sqrt((1 - p) * (1 + p * lowest**2))
    return scale * np.where(kept, x, lowest) - scale * p * lowest
