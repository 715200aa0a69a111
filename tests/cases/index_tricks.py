"""Functions of parts: of the vectors along an axis, of several axes in turn, piece by piece."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, REAL, Case, uniform

CUBE = (uniform((2, 3, 4)),)


def _cubes(m: Any, x: Any) -> Any:
    return m.apply_along_axis(lambda v: v * v * v[0], 1, x)


def _sums(m: Any, x: Any) -> Any:
    return m.apply_over_axes(m.sum, x * x * x, (0, -1))


def _pieces(m: Any, x: Any) -> Any:
    return m.piecewise(x, [x > 0.3, x < -0.2], [lambda v: v**3, lambda v: v * v, 0.0])


def _squared(m: Any, x: Any) -> Any:
    with m.nditer([x, None]) as elements:
        for element, square in elements:
            square[...] = element**2
        return elements.operands[1]


def _weighed(m: Any, x: Any) -> Any:
    return m.stack([element**2 * sum(index) for index, element in m.ndenumerate(x)])


CASES = [
    Case("apply_along_axis", partial(_cubes, np), CUBE, partial(_cubes, numpy), EVERY),
    Case("apply_over_axes", partial(_sums, np), CUBE, partial(_sums, numpy), EVERY),
    Case("nditer", partial(_squared, np), CUBE, partial(_squared, numpy), EVERY),
    Case("ndenumerate", partial(_weighed, np), CUBE, partial(_weighed, numpy), EVERY),
    Case("piecewise", partial(_pieces, np), CUBE, partial(_pieces, numpy), REAL),
]
