"""Limits of an integral, infinite ones too, and the substitution that brings them to 0 and 1.

A finite interval is mapped by a cubic whose slope is zero at both ends, so that singularities there grow weak; see
L. F. Shampine, "Vectorized adaptive quadrature in MATLAB", Journal of Computational and Applied Mathematics 211 (2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def kind_of(first: Any, last: Any) -> Any:
    """Which of `SUBSTITUTIONS` these limits ask for: an integer, of the limits' own kind."""
    low, high = numpy.minimum(first, last), numpy.maximum(first, last)
    kind = numpy.where(high == numpy.inf, 1, 0) + numpy.where(low == -numpy.inf, 2, 0)
    return kind if type(kind) is wg.Tensor else int(kind)


def substituted(s: Any, kind: Any, first: Any, last: Any) -> tuple[Any, Any]:
    """Where an integrand is to be read for points between 0 and 1, and the slope that belongs there."""
    if type(kind) is int:
        return SUBSTITUTIONS[kind](s, first, last)
    return wg.switch(kind, SUBSTITUTIONS, s, first, last)


def piece(s: Any, edges: Sequence[Any]) -> tuple[Any, Any, Any]:
    """The points s, which lie between k and k + 1, in the k-th piece: from 0 to 1, and its limits."""
    if len(edges) == 2:
        return s, edges[0], edges[1]
    k = numpy.clip(numpy.floor(numpy.min(s)), 0, len(edges) - 2).astype(int)
    every = np.stack(edges) if type(k) is wg.Tensor else numpy.stack(edges)
    return s - k, every[k], every[k + 1]


def _finite(s: Any, first: Any, last: Any) -> tuple[Any, Any]:
    """x = first + (last - first) s^2 (3 - 2 s), from the nearer end, so that a singularity there is approached."""
    width = last - first
    rest = 1 - s
    near_first, near_last = first + width * s * s * (3 - 2 * s), last - width * rest * rest * (1 + 2 * s)
    return numpy.where(s < 0.5, near_first, near_last), 6 * width * s * rest


def _to_infinity(s: Any, first: Any, last: Any) -> tuple[Any, Any]:
    """x = low + (1 - s)^2 / 2 s, whose end at infinity is s = 0."""
    return numpy.minimum(first, last) + (1 - s) ** 2 / (2 * s), _direction(first, last) * _slope_to_infinity(s)


def _from_infinity(s: Any, first: Any, last: Any) -> tuple[Any, Any]:
    return numpy.maximum(first, last) - (1 - s) ** 2 / (2 * s), _direction(first, last) * _slope_to_infinity(s)


def _slope_to_infinity(s: Any) -> Any:
    return (1 - s * s) / (2 * s * s)


def _whole_line(s: Any, first: Any, last: Any) -> tuple[Any, Any]:
    """x = t / (1 - t^2) with t = 2 s - 1."""
    t, rest = 2 * s - 1, 4 * s * (1 - s)
    return t / rest, _direction(first, last) * 2 * (1 + t * t) / (rest * rest)


def _direction(first: Any, last: Any) -> Any:
    return numpy.where(first < last, 1.0, -1.0)


SUBSTITUTIONS = (_finite, _to_infinity, _from_infinity, _whole_line)
"""By where the interval is infinite: nowhere, above, below, at both ends."""
