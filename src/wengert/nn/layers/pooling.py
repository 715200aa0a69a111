"""Pools as layers: each is the function of the same meaning in `wengert.nn.functional`."""

from __future__ import annotations

from typing import Final

from .. import functional as F
from .of_function import OfFunction

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d",
    "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d", "MaxPool1d",
    "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d",
]  # fmt: skip


class MaxPool1d(OfFunction):
    """`wengert.nn.functional.max_pool1d`."""

    function: Final = F.max_pool1d


class MaxPool2d(OfFunction):
    """`wengert.nn.functional.max_pool2d`.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.MaxPool2d(2)(np.ones((5, 3, 8, 8))).shape
    (5, 3, 4, 4)
    """

    function: Final = F.max_pool2d


class MaxPool3d(OfFunction):
    """`wengert.nn.functional.max_pool3d`."""

    function: Final = F.max_pool3d


class AvgPool1d(OfFunction):
    """`wengert.nn.functional.avg_pool1d`."""

    function: Final = F.avg_pool1d


class AvgPool2d(OfFunction):
    """`wengert.nn.functional.avg_pool2d`."""

    function: Final = F.avg_pool2d


class AvgPool3d(OfFunction):
    """`wengert.nn.functional.avg_pool3d`."""

    function: Final = F.avg_pool3d


class LPPool1d(OfFunction):
    """`wengert.nn.functional.lp_pool1d`."""

    function: Final = F.lp_pool1d


class LPPool2d(OfFunction):
    """`wengert.nn.functional.lp_pool2d`."""

    function: Final = F.lp_pool2d


class LPPool3d(OfFunction):
    """`wengert.nn.functional.lp_pool3d`."""

    function: Final = F.lp_pool3d


class FractionalMaxPool2d(OfFunction):
    """`wengert.nn.functional.fractional_max_pool2d`, which draws anew at each call, in use too."""

    function: Final = F.fractional_max_pool2d


class FractionalMaxPool3d(OfFunction):
    """`wengert.nn.functional.fractional_max_pool3d`, which draws anew at each call, in use too."""

    function: Final = F.fractional_max_pool3d


class AdaptiveAvgPool1d(OfFunction):
    """`wengert.nn.functional.adaptive_avg_pool1d`."""

    function: Final = F.adaptive_avg_pool1d


class AdaptiveAvgPool2d(OfFunction):
    """`wengert.nn.functional.adaptive_avg_pool2d`."""

    function: Final = F.adaptive_avg_pool2d


class AdaptiveAvgPool3d(OfFunction):
    """`wengert.nn.functional.adaptive_avg_pool3d`."""

    function: Final = F.adaptive_avg_pool3d


class AdaptiveMaxPool1d(OfFunction):
    """`wengert.nn.functional.adaptive_max_pool1d`."""

    function: Final = F.adaptive_max_pool1d


class AdaptiveMaxPool2d(OfFunction):
    """`wengert.nn.functional.adaptive_max_pool2d`."""

    function: Final = F.adaptive_max_pool2d


class AdaptiveMaxPool3d(OfFunction):
    """`wengert.nn.functional.adaptive_max_pool3d`."""

    function: Final = F.adaptive_max_pool3d


class MaxUnpool1d(OfFunction):
    """`wengert.nn.functional.max_unpool1d`, called with the numbers and their places."""

    function: Final = F.max_unpool1d
    takes = 2


class MaxUnpool2d(OfFunction):
    """`wengert.nn.functional.max_unpool2d`, called with the numbers and their places."""

    function: Final = F.max_unpool2d
    takes = 2


class MaxUnpool3d(OfFunction):
    """`wengert.nn.functional.max_unpool3d`, called with the numbers and their places."""

    function: Final = F.max_unpool3d
    takes = 2
