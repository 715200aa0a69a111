"""Values and derivatives of elementwise functions where floating point is hard, from mpmath.

Each row is a function of one number, the same in mpmath, and points: tiny and huge ones, far in the tails, beside a
pole or a root. ``python -m tests.numerics.exact`` writes what is right (value, first and second derivative) into
``exact.json``, by central differences with so many digits that 25 are left; that takes a minute or two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath
from mpmath import mpf

import wengert.numpy as np
import wengert.scipy.special as sp

from .densities import DENSITIES
from .rows import EVERY, MIDDLE, POSITIVE, ROUNDED, TINY, UNIT, USUAL, Row

DATA = Path(__file__).with_suffix(".json")
STEP = mpf(10) ** -25


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


def _normal(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _betaln(a: Any, b: Any) -> Any:
    return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


FAR = [*(x for x in TINY + MIDDLE if abs(x) > 1e-19), 5.0, -5.0, 11.9, 12.1, -20.0, 30.0]
SCIPY = (2e-13, 2e-14, 5e-14)
"""Where SciPy's value itself is less accurate."""
LOOSE = (1e-14, 2e-13, 1e-12)
"""Where a derivative is found from functions that SciPy has to full precision, and loses some digits."""

SPECIAL: dict[str, Row] = {
    "erf": Row(sp.erf, mpmath.erf, FAR, 500, SCIPY),
    "erfc": Row(sp.erfc, mpmath.erfc, [x for x in FAR if x < 25], 500, SCIPY),
    "erfcx": Row(
        sp.erfcx, lambda x: mpmath.exp(x * x) * mpmath.erfc(x), [*(x for x in FAR if x > -19), 1e3, 1e8], 160, SCIPY
    ),
    "erfi": Row(sp.erfi, mpmath.erfi, [x for x in FAR if abs(x) < 25], 500, SCIPY),
    "dawsn": Row(
        sp.dawsn,
        lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x),
        FAR,
        500,
        LOOSE,
    ),
    "ndtr": Row(sp.ndtr, _normal, FAR, 500, SCIPY),
    "log_ndtr": Row(sp.log_ndtr, lambda x: mpmath.log(_normal(x)), [*FAR, -1e3, -1e5, -1e8], 500, SCIPY),
    "logit": Row(sp.logit, lambda x: mpmath.log(x / (1 - x)), [x for x in UNIT if x > 0], 900, SCIPY),
    "exprel": Row(sp.exprel, lambda x: mpmath.expm1(x) / x, USUAL[2:], 900, LOOSE, False),
    "powm1 by x": Row(lambda x: sp.powm1(x, 2.5), lambda x: x ** mpf(2.5) - 1, [x for x in POSITIVE if x < 1e90]),
    "powm1 by y": Row(lambda y: sp.powm1(2.5, y), lambda y: mpf(2.5) ** y - 1, [0.0, *USUAL], 900, ROUNDED),
    "xlogy by y": Row(lambda y: sp.xlogy(2.5, y), lambda y: 2.5 * mpmath.log(y), POSITIVE),
    "xlogy": Row(lambda x: sp.xlogy(x, x), lambda x: x * mpmath.log(x), POSITIVE),
    "xlog1py": Row(lambda x: sp.xlog1py(x, x), lambda x: x * mpmath.log(1 + x), TINY + POSITIVE),
    "entr": Row(sp.entr, lambda x: -x * mpmath.log(x), POSITIVE, 900, SCIPY, False),
    "rel_entr by x": Row(lambda x: sp.rel_entr(x, 1.0), lambda x: x * mpmath.log(x), POSITIVE, 900, SCIPY, False),
    "kl_div by x": Row(
        lambda x: sp.kl_div(x, 1.0),
        lambda x: x * mpmath.log(x) - x + 1,
        [*(x for x in POSITIVE if x != 1), 1 + 2.0**-30],
        900,
        (1.0, 2e-14, 2e-14),
        False,
    ),
    "boxcox by its power": Row(
        lambda p: sp.boxcox(2.5, p), lambda p: (mpf(2.5) ** p - 1) / p, TINY[2:] + MIDDLE, 900, LOOSE, False
    ),
    "boxcox1p by its power": Row(
        lambda p: sp.boxcox1p(1.5, p), lambda p: (mpf(2.5) ** p - 1) / p, TINY[2:] + MIDDLE, 900, LOOSE, False
    ),
    "pseudo_huber by r": Row(
        lambda r: sp.pseudo_huber(1.5, r), lambda r: mpf(1.5) ** 2 * (mpmath.sqrt(1 + (r / 1.5) ** 2) - 1), EVERY
    ),
    "pseudo_huber by delta": Row(
        lambda d: sp.pseudo_huber(d, 1.5), lambda d: d**2 * (mpmath.sqrt(1 + (1.5 / d) ** 2) - 1), POSITIVE
    ),
    "spence": Row(
        sp.spence, lambda z: mpmath.polylog(2, 1 - z), [1e-8, 1e-3, 0.3, 0.9, 0.95, 1.05, 1.5, 3.0], 120, LOOSE, False
    ),
    "polygamma": Row(
        lambda x: sp.polygamma(1, x),
        lambda x: mpmath.psi(1, x),
        [1e-8, 0.3, 3.0, 1e5, 1e10, -0.5, -9.75, -10.25, -300.75],
        160,
        ROUNDED,
        False,
    ),
    "betaln": Row(
        lambda x: sp.betaln(x, 2.5), lambda x: _betaln(x, mpf(2.5)), [1e-8, 0.3, 3.0, 100.0, 1e5, 1e8, 1e15], 200,
        ROUNDED, False,
    ),
    "betaln beside 1e8": Row(
        lambda x: sp.betaln(1e8, x), lambda x: _betaln(x, mpf(1e8)), [1e-8, 0.3, 3.0, 100.0, 1e5, 1e8, 1e15], 200,
        ROUNDED, False,
    ),
    "i0e": Row(
        sp.i0e, lambda x: mpmath.besseli(0, x) * mpmath.exp(-x), [0.3, 5.0, 19.9, 20.1, 300.0, 1e5], 160, LOOSE, False
    ),
    "i1e": Row(
        sp.i1e, lambda x: mpmath.besseli(1, x) * mpmath.exp(-x), [0.3, 5.0, 19.9, 20.1, 300.0, 1e5], 160, LOOSE, False
    ),
    "k0e": Row(
        sp.k0e, lambda x: mpmath.besselk(0, x) * mpmath.exp(x), [0.3, 5.0, 19.9, 20.1, 300.0, 1e5], 160, LOOSE, False
    ),
    "k1e": Row(
        sp.k1e, lambda x: mpmath.besselk(1, x) * mpmath.exp(x), [0.3, 5.0, 19.9, 20.1, 300.0, 1e5], 160, LOOSE, False
    ),
}  # fmt: skip

TABLE: dict[str, Row] = {**ELEMENTWISE, **SPECIAL, **DENSITIES}


def right(row: Row, point: float) -> list[float]:
    """Value, first and second derivative."""
    with mpmath.workdps(row.digits):
        x = mpf(point)
        step = STEP * (abs(x) if x and (abs(x) < 1 or abs(x) > 1e5) else 1)
        value, above, below = (row.exact(v) for v in (x, x + step, x - step))
        noise = abs(value) * mpf(10) ** (5 - row.digits)
        rise, bend = (d if abs(d) > noise else mpf(0) for d in (above - below, above - 2 * value + below))
        return [float(value), float(rise / (2 * step)), float(bend / step**2)]


def write() -> None:
    """Compute what is right at every point."""
    found = {name: [right(row, point) for point in row.points] for name, row in TABLE.items()}
    rows = [f"{json.dumps(name)}: {json.dumps(values)}" for name, values in found.items()]
    DATA.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    write()
