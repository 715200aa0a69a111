"""Numbers with mean 0 and variance 1 along axes: ``axis`` is a tuple of non-negative ints.

The derivative of (x - mean) / s, where s is the root of the variance and a number, is symmetric: of v, what is left
without its mean, and without its part along the result, over s.
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ...core.routines import by_size
from ...core.state import RECORDING, observers, records
from ...core.tensor import Tensor
from .. import elementwise as e
from ..broadcast import sum
from ..facts import HARMLESS, state_facts
from ..linear_maps import linear, maps_for


def _count(x: Any, axis: tuple[int, ...]) -> int:
    count = 1
    for i in axis:
        count *= x.shape[i]
    return count


def _mean(x: Any, axis: tuple[int, ...]) -> Any:
    return sum(x, axis=axis, keepdims=True) / _count(x, axis)


def _evaluate(x: Any, axis: tuple[int, ...], number: float) -> Any:
    centred = x - _mean(x, axis)
    return centred / numpy.sqrt(_mean(numpy.square(centred), axis) + number)


def _pulled(v: Any, x: Any, axis: tuple[int, ...], number: float) -> Any:
    if type(v) is numpy.ndarray and type(x) is numpy.ndarray:
        return STANDARDIZED_PULL.evaluate(v, x, axis=axis, number=number)
    centred = x - _mean(x, axis)
    return _along(v, centred, e.sqrt(_mean(e.square(centred), axis) + number), axis)


def _pulled_back(v: Any, x: Any, axis: tuple[int, ...], number: float) -> Any:
    centred = x - _mean(x, axis)
    return _along(v, centred, numpy.sqrt(_mean(numpy.square(centred), axis) + number), axis)


def _along(v: Any, centred: Any, scale: Any, axis: tuple[int, ...]) -> Any:
    out = centred / scale
    return (v - _mean(v, axis) - out * _mean(v * out, axis)) / scale


def _like_last(*forms: Any, axis: tuple[int, ...], number: float) -> Abstract:
    return Abstract(forms[-1].shape, forms[-1].dtype)


STANDARDIZED_PULL = Primitive("standardized_pull", _pulled_back, ("v", "x"), _like_last)
STANDARDIZED_PULL.evaluate = by_size(STANDARDIZED_PULL)
"""The derivative at x along v, of raw arrays."""

_STANDARDIZED = Primitive(
    "standardized",
    _evaluate,
    ("x",),
    _like_last,
    maps_for(
        ("x",),
        [
            linear(
                lambda dx, x, axis, number: _pulled(dx, x, axis, number),
                lambda ct, x, axis, number: _pulled(ct, x, axis, number),
            )
        ],
    ),
)
_STANDARDIZED.evaluate = by_size(_STANDARDIZED)
standardized: Final = bind_general(_STANDARDIZED)
_STANDARDIZED.operation = standardized
"""``standardized(x, axis=, number=)``: (x - mean) / sqrt(variance + number)."""


def is_known_array(x: Tensor) -> bool:
    """Whether a tensor has real numbers and nobody records: then `standardized` takes less time than its parts."""
    if observers or type(x._value) is not numpy.ndarray or x._node.watch & records() >= RECORDING:
        return False
    return x._value.dtype.name in ("float32", "float64")


state_facts(HARMLESS, standardized, STANDARDIZED_PULL)
