"""y' = (x_0, x_1 y_0, x_2 y_1, ...) until time 2 by `s` steps of Runge and Kutta; the last number's gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library

END = 2.0


def solution(library: Library, given: Input) -> Function:
    m, steps = library.numpy, given["s"]
    size = END / steps

    def f(x: Any) -> Any:
        def slope(y: Any) -> Any:
            return m.concatenate([x[:1], x[1:] * y[:-1]])

        def step(y: Any, _: Any) -> Any:
            k1 = slope(y)
            k2 = slope(y + size * k1 / 2)
            k3 = slope(y + size * k2 / 2)
            k4 = slope(y + size * k3)
            return y + size * (k1 + 2 * k2 + 2 * k3 + k4) / 6, None

        return library.scan(step, m.zeros_like(x), None, length=steps)[0]

    return f


def gradient(library: Library, given: Input) -> Function:
    f = solution(library, given)
    return library.grad(lambda x: f(x)[-1])


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for n, s in ((1_000, 10), (1_000, 100), (10_000, 100)):
        yield Case(f"n={n:,}, s={s}", {"x": rng.random(n), "s": s}, is_quick=s == 10)


EVAL = Eval(
    name="ode",
    functions={"primal": solution, "gradient": gradient},
    arrays=lambda given: [numpy.asarray(given["x"])],
    integers=lambda given: [len(given["x"]), given["s"]],
    cases=cases,
)
