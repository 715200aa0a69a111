"""Well-known hard problems with reference solutions.

Sources: F. Mazzia and C. Magherini, "Test Set for Initial Value Problem Solvers" (2008): ROBER, OREGO, HIRES, van der
Pol and Pleiades; E. Hairer and G. Wanner, "Solving Ordinary Differential Equations II" (1996), section IV.1: the
Brusselator with diffusion; E. N. Lorenz, "Deterministic nonperiodic flow" (1963). The references of the last two are
on what SciPy's DOP853 and Radau, with tolerances of 1e-13, agree up to 1e-12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert.numpy as np


class Gate(NamedTuple):
    """A problem and its solution at the end.

    Attributes:
        fun, y0, last: as `solve_ivp` takes them, from t = 0.
        solution: the state at the end.
        smallest: the absolute tolerance in units of the relative one.
        growth: by how much a small disturbance at the start is larger at the end.
    """

    fun: Callable[..., Any]
    y0: Any
    last: float
    solution: Any
    smallest: float = 1.0
    growth: float = 1.0


def rober(t: Any, y: Any) -> Any:
    a, b, c = y
    return np.stack([-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2])


def orego(t: Any, y: Any) -> Any:
    a, b, c = y
    return np.stack([77.27 * (b + a * (1 - 8.375e-6 * a - b)), (c - (1 + a) * b) / 77.27, 0.161 * (a - c)])


def hires(t: Any, y: Any) -> Any:
    a, b, c, d, e, f, g, h = y
    return np.stack([
        -1.71 * a + 0.43 * b + 8.32 * c + 0.0007,
        1.71 * a - 8.75 * b,
        -10.03 * c + 0.43 * d + 0.035 * e,
        8.32 * b + 1.71 * c - 1.12 * d,
        -1.745 * e + 0.43 * f + 0.43 * g,
        -280 * f * h + 0.69 * d + 1.71 * e - 0.43 * f + 0.69 * g,
        280 * f * h - 1.81 * g,
        -280 * f * h + 1.81 * g,
    ])  # fmt: skip


def van_der_pol(t: Any, y: Any) -> Any:
    return np.stack([y[1], 1e3 * (1 - y[0] ** 2) * y[1] - y[0]])


MASSES = numpy.arange(1.0, 8.0)


def pleiades(t: Any, state: Any) -> Any:
    """Seven stars in a plane: x, y, and their speeds."""
    x, y, speed = state[:7], state[7:14], state[14:]
    dx, dy = x[None, :] - x[:, None], y[None, :] - y[:, None]
    cubes = (dx**2 + dy**2 + numpy.eye(7)) ** 1.5
    return np.concatenate([speed, np.sum(MASSES * dx / cubes, axis=1), np.sum(MASSES * dy / cubes, axis=1)])


CELLS = 16


def brusselator(t: Any, y: Any) -> Any:
    """Reaction and diffusion on a line of cells, with u = 1 and v = 3 at the ends."""
    u, v = y[:CELLS], y[CELLS:]
    rate = 0.02 * (CELLS + 1) ** 2

    def diffused(w: Any, end: float) -> Any:
        ends = numpy.full(1, end)
        padded = np.concatenate([ends, w, ends])
        return rate * (padded[2:] - 2 * w + padded[:-2])

    return np.concatenate([1 + u**2 * v - 4 * u + diffused(u, 1.0), 3 * u - u**2 * v + diffused(v, 3.0)])


PLACES = numpy.arange(1, CELLS + 1) / (CELLS + 1)


def lorenz(t: Any, y: Any) -> Any:
    return np.stack([10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]])


PLEIADES_START = numpy.array([
    3.0, 3.0, -1.0, -3.0, 2.0, -2.0, 2.0, 3.0, -3.0, 2.0, 0.0, 0.0, -4.0, 4.0,
    0.0, 0.0, 0.0, 0.0, 0.0, 1.75, -1.5, 0.0, 0.0, 0.0, -1.25, 1.0, 0.0, 0.0,
])  # fmt: skip

GATES = {
    "ROBER": Gate(
        rober, [1.0, 0.0, 0.0], 1e11, [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050], 1e-6
    ),
    "OREGO": Gate(orego, [1.0, 2.0, 3.0], 360.0, [1.000814870318523, 1228.178521549917, 132.0554942846706], 1e-3),
    "HIRES": Gate(
        hires,
        [1.0, 0, 0, 0, 0, 0, 0, 0.0057],
        321.8122,
        [
            0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
            0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2,
        ],
        1e-3,
    ),
    "van der Pol": Gate(van_der_pol, [2.0, 0.0], 2000.0, [1.706167732170469, -0.8928097010248125e-3], 1e-2),
    "Pleiades": Gate(pleiades, PLEIADES_START, 3.0, [
        0.3706139143970502, 3.237284092057233, -3.222559032418324, 0.6597091455775310, 0.3425581707156584,
        1.562172101400631, -0.7003092922212495, -3.943437585517392, -3.271380973972550, 5.225081843456543,
        -2.590612434977470, 1.198213693392275, -0.2429682344935824, 1.091449240428980,
    ], growth=133.0),
    "Brusselator": Gate(
        brusselator, numpy.concatenate([1 + numpy.sin(2 * numpy.pi * PLACES), numpy.full(CELLS, 3.0)]), 10.0, [
            0.8496015897928352, 0.7183694144927607, 0.6155402191740923, 0.5412486252846329, 0.4908253234831519,
            0.4585671236468805, 0.4397137030747005, 0.4310908224453774, 0.4311560348163836, 0.4399215006595176,
            0.4589527069650061, 0.4914388376077901, 0.5421281464116505, 0.6166516028077724, 0.7195189420217699,
            0.8503936970078548,
        ],
    ),
    "Lorenz": Gate(lorenz, [1.0, 1.0, 1.0], 5.0, [-6.512113699419495, -6.974042788416774, 23.924129572103528]),
}  # fmt: skip
