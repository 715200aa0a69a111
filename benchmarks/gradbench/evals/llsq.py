"""Least squares: a polynomial beside the sign function, at `n` places of [-1, 1], and its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library

COEFFICIENTS = 128


def half_squares(library: Library, _: Input) -> Function:
    m = library.numpy

    def f(x: Any, t: Any) -> Any:
        of_degree_one = m.broadcast_to(t[:, None], (len(t), len(x) - 1))
        powers = m.cumprod(m.concatenate([m.ones_like(t)[:, None], of_degree_one], axis=1), axis=1)
        return m.sum((m.sign(t) - powers @ x) ** 2) / 2

    return f


def arrays(given: Input) -> list[numpy.ndarray]:
    """Coefficients and places; the latter are an operand, so that no library takes their powers while it compiles."""
    return [numpy.asarray(given["x"]), -1 + numpy.arange(given["n"]) * 2 / (given["n"] - 1)]


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for n in (16, 1_024, 16_392):
        yield Case(f"n={n:,}, m={COEFFICIENTS}", {"x": rng.random(COEFFICIENTS), "n": n}, is_quick=n == 16)


EVAL = Eval(
    name="llsq",
    functions={
        "primal": half_squares,
        "gradient": lambda library, given: library.grad(half_squares(library, given)),
    },
    arrays=arrays,
    integers=lambda given: [given["n"], len(given["x"])],
    cases=cases,
)
