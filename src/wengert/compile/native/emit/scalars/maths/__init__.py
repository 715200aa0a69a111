"""Elementary functions as formulas, without branches, so that loops over them vectorise.

Each is exact to at most 2 units in the last place in float32 and float64 over the whole range, powers and the inverse
of the error function to 4 and slopes to 3 (as measured by the tests against `mpmath`), and has the special values of
IEEE 754 and NumPy. Polynomials are power series, economised on the interval where they are used.
"""

from typing import Any

from ......ops import elementwise as e
from ......ops.special import statistical as special
from .error import erf, erfc, ndtr
from .exponential import (
    exp,
    exp2,
    exp_of_square,
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
from .inverse_error import erfinv
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

ELEMENTARY: dict[Any, Any] = {
    e.arccos: arccos,
    e.arccosh: arccosh,
    e.arcsin: arcsin,
    e.arcsinh: arcsinh,
    e.arctan: arctan,
    e.arctan2: arctan2,
    e.arctanh: arctanh,
    e.cbrt: cbrt,
    e.cos: cos,
    e.cosh: cosh,
    special.erf: erf,
    special.erfc: erfc,
    special.erfinv: erfinv,
    e.exp: exp,
    e.exp2: exp2,
    special.exp_of_square: exp_of_square,
    special.expit: sigmoid,
    e.expm1: expm1,
    e.hypot: hypot,
    e.log_of: log,
    e.log10: log10,
    e.log1p: log1p,
    e.log2: log2,
    e.logaddexp: logaddexp,
    e.logaddexp2: logaddexp2,
    e.logistic_slope: logistic_slope,
    special.ndtr: ndtr,
    e.power: power,
    e.sech_squared: sech_squared,
    e.sigmoid: sigmoid,
    e.sin: sin,
    e.sinh: sinh,
    e.tan: tan,
    e.tanh: tanh,
}
"""The formula of each elementary function of `ops`."""

__all__ = ["ELEMENTARY", "hypot", "power", "root", "rsqrt"]
