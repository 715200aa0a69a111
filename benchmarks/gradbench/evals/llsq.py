"""Least squares: a polynomial, by Horner's rule, beside the sign function at `n` places of [-1, 1]; its gradient."""

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
        value, _ = library.scan(lambda value, c: (value * t + c, None), m.zeros_like(t), m.flip(x, (0,)))
        return m.sum((m.sign(t) - value) ** 2) / 2

    return f


def arrays(given: Input) -> list[numpy.ndarray]:
    """Coefficients and places; the latter are an operand, so that no library computes with them while it compiles."""
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
