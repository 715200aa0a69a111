"""Polynomials as arrays of coefficients, and the window with a parameter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, REAL, Case, Maker, apart, uniform

LEADING = uniform((2,), 0.5, 1.5)


def both(name: str, function: Callable[..., Any], *makers: Maker, dtypes: tuple[str, ...] = EVERY) -> Case:
    """A row from a function of the module (ours or NumPy's) and the arrays."""
    return Case(name, partial(function, np), makers, partial(function, numpy), dtypes)


CASES = [
    both("polyval", lambda m, p, x: m.polyval(p, x), uniform((4,)), uniform((2, 3))),
    both("polyadd", lambda m, a, b: m.polyadd(a, b), uniform((4,)), uniform((2,))),
    both("polysub", lambda m, a, b: m.polysub(a, b), uniform((2,)), uniform((3,))),
    both("polymul", lambda m, a, b: m.polymul(a, b), uniform((4,)), uniform((2,))),
    both(
        "polydiv_quotient", lambda m, a, b: m.polydiv(a, b)[0], uniform((4,)), uniform((2,), 0.5, 1.5), dtypes=REAL[1:]
    ),
    both("polydiv_rest", lambda m, a, b: m.polydiv(a, b)[1], uniform((5,)), uniform((3,), 0.5, 1.5), dtypes=REAL[1:]),
    both("kaiser", lambda m, beta: m.kaiser(6, beta), uniform((), 1.0, 3.0), dtypes=REAL[1:]),
    both("polyder", lambda m, p: m.polyder(p), uniform((4,))),
    both("polyder_second", lambda m, p: m.polyder(p, 2), uniform((5,))),
    both("polyint", lambda m, p: m.polyint(p), uniform((3,)), dtypes=("float64", "complex128")),
    both("polyint_second", lambda m, p, k: m.polyint(p, 2, k), uniform((3,)), uniform((2,)), dtypes=REAL[1:]),
    both("poly", lambda m, z: m.poly(z), apart((3,)), dtypes=("float64",)),
    both("polyfit", lambda m, x, y: m.polyfit(x, y, 2), apart((6,)), uniform((6,)), dtypes=("float64",)),
    both(
        "polyfit_weighted",
        lambda m, x, y, w: m.polyfit(x, y, 1, w=w),
        apart((6,)),
        uniform((6, 2)),
        uniform((6,), 0.5, 2.0),
        dtypes=("float64",),
    ),
    # NumPy may give the roots in another order, so what is compared does not depend on it.
    both("roots", lambda m, p: m.sum(m.roots(p) ** 3), uniform((4,), 0.5, 1.5), dtypes=("float64", "complex128")),
]
