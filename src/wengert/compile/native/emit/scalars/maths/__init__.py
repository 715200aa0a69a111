"""Elementary functions as formulas, without branches, so that loops over them vectorise.

Each is exact to at most 2 units in the last place in float32 and float64 over the whole range, powers to 4 and slopes
to 3 (as measured by the tests against `mpmath`), and has the special values of IEEE 754 and NumPy. Polynomials are
power series, economised on the interval where they are used.
"""

from typing import Any

from .error import erf, erfc
from .exponential import (
    exp,
    exp2,
    expm1,
    logistic_slope,
    sigmoid,
)
from .hyperbolic import (
    arccosh,
    arcsinh,
    arctanh,
    cosh,
    sech_squared,
    sinh,
    tanh,
)
from .logarithm import (
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
)
from .power import (
    cbrt,
    hypot,
    power,
    root,
    rsqrt,
)
from .trigonometric import (
    arccos,
    arcsin,
    arctan,
    arctan2,
    cos,
    sin,
    tan,
)

VECTORISED: dict[str, Any] = {
    "arccos": arccos,
    "arccosh": arccosh,
    "arcsin": arcsin,
    "arcsinh": arcsinh,
    "arctan": arctan,
    "arctan2": arctan2,
    "arctanh": arctanh,
    "cbrt": cbrt,
    "cos": cos,
    "cosh": cosh,
    "erf": erf,
    "erfc": erfc,
    "exp": exp,
    "exp2": exp2,
    "expit": sigmoid,
    "expm1": expm1,
    "hypot": hypot,
    "log": log,
    "log10": log10,
    "log1p": log1p,
    "log2": log2,
    "logaddexp": logaddexp,
    "logaddexp2": logaddexp2,
    "logistic_slope": logistic_slope,
    "power": power,
    "rsqrt": rsqrt,
    "sech_squared": sech_squared,
    "sigmoid": sigmoid,
    "sin": sin,
    "sinh": sinh,
    "tan": tan,
    "tanh": tanh,
}
"""By the name of the primitive."""

__all__ = ["VECTORISED", "power", "root", "rsqrt"]
