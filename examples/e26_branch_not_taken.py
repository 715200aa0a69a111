"""A branch that was not taken, and a norm at zero, leave derivatives finite: in every mode, to second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

POINT = numpy.array([0.0, 0.0])
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sum(where(x > 0, sqrt(x), x))": lambda x: np.sum(np.where(x > 0, np.sqrt(x), x)),
    "norm(x)": lambda x: np.linalg.norm(x),
    "sqrt(sum(x**2))": lambda x: np.sqrt(np.sum(x**2)),
    "x[0] ** x[1]": lambda x: x[0] ** x[1],
}


def derivatives(f: Callable[[Any], Any]) -> list[Any]:
    """The gradient, the Jacobian both ways and the Hessian at zero."""
    return [transform(f)(POINT) for transform in (wg.grad, wg.jacfwd, wg.jacrev, wg.hessian)]


def main() -> dict[str, bool]:
    finite = {}
    for name, f in FUNCTIONS.items():
        found = derivatives(f)
        finite[name] = all(bool(numpy.isfinite(d.numpy()).all()) for d in found)
        print(f"{name:30} gradient {found[0].tolist()}, Hessian {found[-1].tolist()}")
    return finite


if __name__ == "__main__":
    main()
