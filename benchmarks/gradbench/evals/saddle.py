"""A saddle point: an argmin over an argmax, both by gradient descent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library
from .descent import gradient_of, maximum, minimum


def argmin_of_max(modes: str, library: Library, _: Input) -> Function:
    """Both points: (4,)."""
    m = library.numpy
    of_min, of_max = (gradient_of(library, mode) for mode in modes)

    def f(x: Any, y: Any) -> Any:
        return m.sum(x**2) - m.sum(y**2)

    def highest(x: Any, start: Any) -> Any:
        return maximum(library, lambda y: f(x, y), of_max(lambda y: f(x, y)), start)

    def points(start: Any) -> Any:
        outer = lambda x: f(x, highest(x, start))
        x = minimum(library, outer, of_min(outer), start)
        return m.concatenate([x, highest(x, start)])

    return points


def cases() -> Iterator[Case]:
    yield Case("start=(1, 1)", {"start": [1.0, 1.0]}, is_quick=True)


EVAL = Eval(
    name="saddle",
    functions={modes: partial(argmin_of_max, modes) for modes in ("ff", "fr", "rf", "rr")},
    arrays=lambda given: [numpy.array(given["start"])],
    cases=cases,
    in_loops=frozenset(("rf", "rr")),
    too_long=frozenset(("torch",)),
)
