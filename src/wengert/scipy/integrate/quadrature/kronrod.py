"""The pair of Gauss and Kronrod rules with 10 and 21 nodes, and the error that their difference tells.

Source: R. Piessens, E. de Doncker-Kapenga, C. W. Überhuber and D. K. Kahaner, "QUADPACK" (1983), rule QK21.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

POSITIVE_NODES = [
    0.995657163025808080735527280689003, 0.973906528517171720077964012084452, 0.930157491355708226001207180059508,
    0.865063366688984510732096688423493, 0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
    0.562757134668604683339000099272694, 0.433395394129247190799265943165784, 0.294392862701460198131126603103866,
    0.148874338981631210884826001129720,
]  # fmt: skip
KRONROD_WEIGHTS = [
    0.011694638867371874278064396062192, 0.032558162307964727478818972459390, 0.054755896574351996031381300244580,
    0.075039674810919952767043140916190, 0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
    0.123491976262065851077958109831074, 0.134709217311473325928054001771707, 0.142775938577060080797094273138717,
    0.147739104901338491374841515972068, 0.149445554002916905664936468389821,
]  # fmt: skip
GAUSS_WEIGHTS = [
    0.0, 0.066671344308688137593568809893332, 0.0, 0.149451349150580593145776339657697, 0.0,
    0.219086362515982043995534934228163, 0.0, 0.269266719309996355091226921569469, 0.0,
    0.295524224714752870173892994651338, 0.0,
]  # fmt: skip


def _mirrored(half: list[float]) -> numpy.ndarray:
    """Weights of all nodes from those of the positive ones and of the one in the middle."""
    return numpy.array([*half, *half[-2::-1]])


NODES = (1 + numpy.array([-x for x in POSITIVE_NODES] + [0.0] + POSITIVE_NODES[::-1])) / 2
"""The nodes on the interval from 0 to 1."""

KRONROD = _mirrored(KRONROD_WEIGHTS) / 2
GAUSS = _mirrored(GAUSS_WEIGHTS) / 2
ROUNDING = 50 * numpy.finfo(float).eps


class Estimate(NamedTuple):
    """What a rule says of an integral.

    Attributes:
        value: the integral.
        error: how far the value may be off.
        rounding: the part of it that is due to rounding, below which no error is told.
    """

    value: Any
    error: Any
    rounding: Any


def estimate(y: Any, width: Any) -> Estimate:
    """The integrals from the values at the nodes, of shape (intervals, 21, n), of intervals of one width."""
    value = _weighed(KRONROD, y)
    difference = numpy.abs(value - _weighed(GAUSS, y))
    size = _weighed(KRONROD, numpy.abs(y))
    variation = _weighed(KRONROD, numpy.abs(y - value[:, None]))
    scaled = 200 * difference / numpy.where(variation > 0, variation, 1.0)
    error = numpy.where(variation > 0, variation * numpy.minimum(1.0, scaled * numpy.sqrt(scaled)), difference)
    rounding = ROUNDING * size
    return Estimate(value * width, numpy.maximum(error, rounding) * width, rounding * width)


def _weighed(weights: numpy.ndarray, y: Any) -> Any:
    return numpy.sum(weights[:, None] * y, axis=1)
