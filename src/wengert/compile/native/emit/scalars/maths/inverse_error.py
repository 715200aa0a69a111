"""The inverse of the error function: x times a function of w = -log(1 - x^2) that varies little.

M. B. Giles, "Approximating the erfinv function", GPU Computing Gems, Jade edition (2011), chapter 10: near 0 a
polynomial in w, and in the tails one in its root.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ....facts.lowered import DOUBLE
from ....ir.scalar import Scalar
from .arithmetic import polynomial
from .logarithm import log_of_normal


class Piece(NamedTuple):
    """erfinv(x) / x for w from one end to another, in powers of w (or its root) less a centre.

    Attributes:
        begin: the least w.
        end: the greatest.
        by_root: whether it is a polynomial in the root of w.
        coefficients: as printed by ``python tests/compile/native/emit/scalars/coefficients.py``.
    """

    begin: float
    end: float
    by_root: bool
    centre: float
    coefficients: Sequence[float]

    def at(self, w: Scalar, root: Scalar) -> Scalar:
        return polynomial((root if self.by_root else w) - self.centre, self.coefficients)


SINGLE_PIECES = (
    Piece(
        0.0,
        5.0,
        False,
        1.0,
        (
            1.1273743985796687,
            0.24783287746290628,
            0.004250649751238458,
            -0.0023764059218931302,
            0.00010025087743139696,
            3.82147038366021e-05,
            -4.3769974763206066e-06,
            -5.35386261882938e-07,
            1.439169677940051e-07,
            -8.931925970244222e-09,
        ),
    ),
    Piece(
        5.0,
        16.0,
        True,
        3.0,
        (
            2.832976794473863,
            1.0016750658410518,
            0.009445743820559802,
            -0.0076391390344015256,
            0.005682678522078122,
            -0.003587815770102154,
            0.001497222508820111,
            -7.604790170802735e-05,
            -0.0003199266729325994,
            0.00012924175469266932,
        ),
    ),
)
DOUBLE_PIECES = (
    Piece(
        0.0,
        6.25,
        False,
        2.0,
        (
            1.3772152115148184,
            0.24976806887075081,
            -0.001968143541781298,
            -0.0016921483697711574,
            0.0002159377892789118,
            7.581550375848819e-06,
            -4.874470698522109e-06,
            3.169428843009555e-07,
            6.90621484351561e-08,
            -1.2896044147268837e-08,
            -2.5632820720945354e-10,
            2.939168846120602e-10,
            -2.1235177333819803e-11,
            -4.329315770221526e-12,
            8.456319416986076e-13,
            1.6471811539680322e-14,
            -1.9724278641668668e-14,
            1.4496982087641117e-15,
            2.9017749342521864e-16,
            -5.92576637517051e-17,
            1.508280624917688e-19,
            1.1394209675241987e-18,
            -1.4943563354106906e-19,
            6.2212106655163985e-21,
            1.9990089227177485e-22,
            -1.9123778045391186e-23,
        ),
    ),
    Piece(
        6.25,
        16.0,
        True,
        3.25,
        (
            3.0838856104922208,
            1.0052589676941655,
            0.005370914553555033,
            -0.0037512085082247342,
            0.00249144209795696,
            -0.0016882755354488555,
            0.0009532893415794137,
            -0.0003550378137852452,
            2.4031512865758357e-05,
            6.828711739251955e-05,
            -4.732068066544697e-05,
            1.2465028224217455e-05,
            2.93257845538535e-06,
            -3.985705945648173e-06,
            1.4815977874022539e-06,
            -2.761716223816241e-08,
            -2.4549818963339823e-07,
            1.3158663683192966e-07,
            -2.091453334773126e-08,
            -1.5305397964152548e-08,
            7.680200479077053e-09,
        ),
    ),
    Piece(
        16.0,
        39.0625,
        True,
        5.0,
        (
            4.849906401408584,
            1.010300464864545,
            -0.00013871931837803662,
            -0.0002150301198124161,
            7.599527804098121e-05,
            -1.968177098331766e-05,
            4.526053088650738e-06,
            -9.930270767176146e-07,
            2.2904999637178546e-07,
            -6.756625675781253e-08,
            2.9026560247694944e-08,
            -1.522948040597956e-08,
            7.80843776925128e-09,
            -3.5105490422816453e-09,
            1.3284326550171806e-09,
            -4.0187219573484517e-10,
            6.314178507821449e-11,
            2.5111428618235706e-11,
            -1.9005351643530266e-11,
            3.7200474843457825e-12,
        ),
    ),
)


def erfinv(x: Scalar) -> Scalar:
    """Infinite at 1 and -1, and NaN beyond."""
    w = -log_of_normal((-x).fma(x, 1.0))
    root = w.sqrt()
    first, *others = DOUBLE_PIECES if x.dtype == DOUBLE else SINGLE_PIECES
    factor = first.at(w, root)
    for piece in others:
        factor = piece.at(w, root).where(w.compare(">=", piece.begin), factor)
    size = x.absolute()
    result = x.constant(math.inf).copysign(x).where(size.compare("==", 1.0), x * factor)
    is_inside = size.compare("<=", 1.0)
    return result.where(is_inside, math.nan)
