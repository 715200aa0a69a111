"""A charged particle is to hit the origin: an argmin over a loop of Euler's steps, each with a gradient of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library
from .descent import gradient_of, minimum

STEP = 0.1
PLACE, VELOCITY = (0.0, 8.0), (0.75, 0.0)


def distance_from_origin(library: Library, mode: str) -> Function:
    """Squared, where the particle meets the axis, from the place (1,) of a charge."""
    m = library.numpy

    def potential(x: Any, w: Any) -> Any:
        above, below = x[1] - (10 - w), x[1]
        across = (x[0] - 10) ** 2
        return 1 / m.sqrt(across + above**2) + 1 / m.sqrt(across + below**2)

    def moved(state: Any, w: Any) -> Any:
        x, v = state
        return x + STEP * v, v - STEP * gradient_of(library, mode)(lambda y: potential(y, w))(x)

    def squared(control: Any) -> Any:
        w = control[0]
        begin = library.tensor(numpy.array(PLACE)), library.tensor(numpy.array(VELOCITY))

        def step(states: Any) -> Any:
            return states[1], moved(states[1], w)

        (x, v), _ = library.while_loop(lambda states: states[1][0][1] >= 0, step, (begin, moved(begin, w)))
        return (x[0] - x[1] / v[1] * v[0]) ** 2

    return squared


def argmin(modes: str, library: Library, _: Input) -> Function:
    outer, inner = modes
    f = distance_from_origin(library, inner)
    slope = gradient_of(library, outer)(f)
    return lambda w: minimum(library, f, slope, w)[0]


def cases() -> Iterator[Case]:
    yield Case("w=0", {"w": 0.0}, is_quick=True)


EVAL = Eval(
    name="particle",
    functions={modes: partial(argmin, modes) for modes in ("ff", "fr", "rf", "rr")},
    arrays=lambda given: [numpy.array([given["w"]])],
    cases=cases,
    in_loops=frozenset(("rf", "rr")),
    too_long=frozenset(("torch",)),
)
