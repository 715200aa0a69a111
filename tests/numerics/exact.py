"""Values and derivatives of elementwise functions where floating point is hard, from mpmath.

Each row is a function of one number, the same in mpmath, and points: tiny and huge ones, far in the tails, beside a
pole or a root. ``python -m tests.numerics.exact`` writes what is right (value, first and second derivative) into
``exact.json``, by central differences with so many digits that 25 are left; that takes a minute or two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath
from mpmath import mpf

import wengert.numpy as np
import wengert.scipy.special as sp

DATA = Path(__file__).with_suffix(".json")
STEP = mpf(10) ** -25

TINY = [1e-300, -1e-300, 1e-20, -1e-20, 1e-8, 1e-3, -1e-3]
MIDDLE = [0.3, -0.3, 0.9, 1.0, -1.0, 1.5, -2.5, 3.0]
TAILS = [10.0, -10.0, 20.0, -20.0, 36.7, -36.7, 40.0, -40.0, 300.0, -300.0]
HUGE = [1e5, -1e5, 1e10, -1e10, 1e100, -1e100, 1e155, 1e200, -1e200, 1e300, -1e300]
ROUNDED = (1e-13, 1e-13, 1e-13)
"""Where the operand is multiplied by a constant before an exponential."""

USUAL = TINY + MIDDLE + TAILS
EVERY = USUAL + HUGE
POSITIVE = [x for x in EVERY if x > 0]
UNIT = [x for x in EVERY if abs(x) < 1] + [1 - 1e-10, -1 + 1e-15]


@dataclass(frozen=True)
class Row:
    """A function of one number.

    Attributes:
        ours: the function under test.
        exact: the same in mpmath.
        points: where it is tried.
        digits: how many digits mpmath computes with; few where the function is dear.
        tolerance: relative tolerances of value, first and second derivative.
        compiled: whether it is also tried as machine code.
    """

    ours: Callable[[Any], Any]
    exact: Callable[[Any], Any]
    points: Sequence[float]
    digits: int = 900
    tolerance: tuple[float, float, float] = (1e-14, 1e-14, 2e-14)
    compiled: bool = True


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _cbrt(x: Any) -> Any:
    return mpmath.sign(x) * mpmath.cbrt(abs(x))


ELEMENTWISE: dict[str, Row] = {
    "exp": Row(np.exp, mpmath.exp, USUAL),
    "expm1": Row(np.expm1, mpmath.expm1, USUAL),
    "exp2": Row(np.exp2, lambda x: mpf(2) ** x, USUAL),
    "log": Row(np.log, mpmath.log, POSITIVE),
    "log1p": Row(np.log1p, lambda x: mpmath.log(1 + x), [x for x in EVERY if x > -1]),
    "log2": Row(np.log2, lambda x: mpmath.log(x) / mpmath.log(2), POSITIVE),
    "log10": Row(np.log10, lambda x: mpmath.log(x) / mpmath.log(10), POSITIVE),
    "sqrt": Row(np.sqrt, mpmath.sqrt, POSITIVE),
    "cbrt": Row(np.cbrt, _cbrt, EVERY),
    "square": Row(np.square, lambda x: x * x, [*USUAL, 1e100]),
    "reciprocal": Row(np.reciprocal, lambda x: 1 / x, EVERY),
    "power": Row(lambda x: x**2.5, lambda x: x ** mpf(2.5), POSITIVE),
    "power by its exponent": Row(lambda y: np.power(2.5, y), lambda y: mpf(2.5) ** y, [0.0, *USUAL], 900, ROUNDED),
    "sin": Row(np.sin, mpmath.sin, [*USUAL, 1e10]),
    "cos": Row(np.cos, mpmath.cos, [*USUAL, 1e10]),
    "tan": Row(np.tan, mpmath.tan, [*USUAL, 1.5707963267948966]),
    "arcsin": Row(np.arcsin, mpmath.asin, UNIT),
    "arccos": Row(np.arccos, mpmath.acos, UNIT[2:]),
    "arctan": Row(np.arctan, mpmath.atan, EVERY),
    "arctan2 by y": Row(lambda y: np.arctan2(y, 1.0), mpmath.atan, [0.0, *EVERY]),
    "arctan2 by x": Row(lambda x: np.arctan2(1.0, x), lambda x: mpmath.atan2(1, x), [0.0, *EVERY[2:]]),
    "hypot by x": Row(lambda x: np.hypot(x, 1.0), lambda x: mpmath.sqrt(x * x + 1), [0.0, *EVERY]),
    "hypot by y": Row(lambda y: np.hypot(1.0, y), lambda y: mpmath.sqrt(y * y + 1), [0.0, *EVERY]),
    "sinh": Row(np.sinh, mpmath.sinh, USUAL),
    "cosh": Row(np.cosh, mpmath.cosh, USUAL),
    "tanh": Row(np.tanh, mpmath.tanh, USUAL),
    "arcsinh": Row(np.arcsinh, mpmath.asinh, EVERY),
    "arccosh": Row(np.arccosh, mpmath.acosh, [*(x for x in EVERY if x > 1), 1 + 1e-10]),
    "arctanh": Row(np.arctanh, mpmath.atanh, UNIT),
    "sinc": Row(
        np.sinc,
        lambda x: mpmath.sin(mpmath.pi * x) / (mpmath.pi * x),
        [*TINY, 0.3, -0.3, 0.099, 0.101, 1.5, -2.5, 100.5],
        900,
        (2e-13, 2e-14, 1e-13),
    ),
    "expit": Row(sp.expit, _sigmoid, USUAL[2:]),
    "softplus": Row(sp.softplus, lambda x: mpmath.log(1 + mpmath.exp(x)), USUAL),
    "log_expit": Row(sp.log_expit, lambda x: -mpmath.log(1 + mpmath.exp(-x)), USUAL),
    "logaddexp": Row(lambda x: np.logaddexp(x, 1.0), lambda x: mpmath.log(mpmath.exp(x) + mpmath.e), USUAL),
    "logaddexp2": Row(
        lambda x: np.logaddexp2(x, 1.0), lambda x: mpmath.log(2**x + 2) / mpmath.log(2), USUAL, 900, ROUNDED
    ),
}

TABLE: dict[str, Row] = {**ELEMENTWISE}


def right(row: Row, point: float) -> list[float]:
    """Value, first and second derivative."""
    with mpmath.workdps(row.digits):
        x = mpf(point)
        step = STEP * (abs(x) if x and (abs(x) < 1 or abs(x) > 1e5) else 1)
        value, above, below = (row.exact(v) for v in (x, x + step, x - step))
        return [float(value), float((above - below) / (2 * step)), float((above - 2 * value + below) / step**2)]


def write() -> None:
    """Compute what is right at every point."""
    found = {name: [right(row, point) for point in row.points] for name, row in TABLE.items()}
    rows = [f"{json.dumps(name)}: {json.dumps(values)}" for name, values in found.items()]
    DATA.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    write()
