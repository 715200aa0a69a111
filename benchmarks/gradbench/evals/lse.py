"""The logarithm of a sum of exponentials, without overflow, and its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library


def log_sum_exp(library: Library, _: Input) -> Function:
    m = library.numpy

    def f(x: Any) -> Any:
        largest = m.max(x)
        return largest + m.log(m.sum(m.exp(x - largest)))

    return f


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for n in (2_500, 80_000, 1_280_000):
        yield Case(f"n={n:,}", {"x": rng.random(n)}, is_quick=n == 2_500)


EVAL = Eval(
    name="lse",
    functions={
        "primal": log_sum_exp,
        "gradient": lambda library, given: library.grad(log_sum_exp(library, given)),
    },
    arrays=lambda given: [numpy.asarray(given["x"])],
    integers=lambda given: [len(given["x"])],
    cases=cases,
)
