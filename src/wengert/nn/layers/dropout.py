"""Dropout layers: active in training, and nothing in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

import wengert as wg
import wengert.numpy as np

from .. import functional as F
from ..errors import wrong
from ..module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _Dropout(Module):
    function: ClassVar[Callable[..., Any]]

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        if not 0 <= p <= 1:
            kind = type(self).__name__
            raise wrong(kind, f"p={p}", "a probability from 0 to 1 with which a value is 0", f"write {kind}(0.5)")
        self.p = p

    def forward(self, x: Any) -> wg.Tensor:
        return type(self).function(x, self.p) if self.training else np.asarray(x)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Dropout(_Dropout):
    """`wengert.nn.functional.dropout` in training.

    Args:
        p: the probability with which a value is 0.
        inplace: taken for scripts from PyTorch; a value is never written over.

    >>> import wengert as wg
    >>> wg.nn.Dropout(0.5).eval()([1.0, 2.0])
    tensor([1., 2.])
    """

    function: Final = F.dropout


class Dropout1d(_Dropout):
    """`wengert.nn.functional.dropout1d` in training."""

    function: Final = F.dropout1d


class Dropout2d(_Dropout):
    """`wengert.nn.functional.dropout2d` in training."""

    function: Final = F.dropout2d


class Dropout3d(_Dropout):
    """`wengert.nn.functional.dropout3d` in training."""

    function: Final = F.dropout3d


class AlphaDropout(_Dropout):
    """`wengert.nn.functional.alpha_dropout` in training."""

    function: Final = F.alpha_dropout


class FeatureAlphaDropout(_Dropout):
    """`wengert.nn.functional.feature_alpha_dropout` in training."""

    function: Final = F.feature_alpha_dropout
