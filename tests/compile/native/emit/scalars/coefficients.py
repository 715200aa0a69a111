"""The coefficients that are not those of a power series: this file, run as a program, prints them.

Only the error functions have such. Of the complementary one, ``(1 + 2 x) exp(x^2) erfc(x)`` varies so little that one
polynomial in ``t = (x - CENTRE) / (x + CENTRE)`` is enough for all x >= 1/4 (M. M. Shepherd and J. G. Laframboise,
"Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity", Mathematics of Computation 36, 1981). For
float32 there is also one for ``log erfc(x)`` in ``x - 1``, for x from 1 to 4; it needs to be most exact at 1, where its
points are most. For the inverse there are polynomials in ``w = -log(1 - x^2)``, or in its root.
"""

from __future__ import annotations

import mpmath

from wengert.compile.native.emit.scalars.maths.error import CENTRE, END, RADIUS
from wengert.compile.native.emit.scalars.maths.inverse_error import DOUBLE_PIECES, SINGLE_PIECES, Piece

DEGREE = 23
LOG_DEGREE = 7


def scaled_function(t: mpmath.mpf) -> mpmath.mpf:
    """(1 + 2 x) exp(x^2) erfc(x) at x = CENTRE (1 + t) / (1 - t)."""
    x = CENTRE * (1 + t) / (1 - t)
    return (1 + 2 * x) * mpmath.exp(x * x) * mpmath.erfc(x)


def chebyshev_points(count: int) -> list[mpmath.mpf]:
    """Those of [-1, 1]."""
    return [mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def interpolated(function: object, points: list[mpmath.mpf]) -> list[float]:
    """The polynomial through the values at some points, by powers."""
    powers = mpmath.matrix(len(points), len(points))
    for i, point in enumerate(points):
        for j in range(len(points)):
            powers[i, j] = point**j
    solution = mpmath.lu_solve(powers, mpmath.matrix([function(point) for point in points]))
    return [float(c) for c in solution]


def coefficients() -> list[float]:
    with mpmath.workprec(400):
        return interpolated(scaled_function, [RADIUS * point for point in chebyshev_points(DEGREE + 1)])


def coefficients_of_logarithm() -> list[float]:
    with mpmath.workprec(400):
        points = [(END - 1) * ((1 - point) / 2) ** 2 for point in chebyshev_points(LOG_DEGREE + 1)]
        return interpolated(lambda t: mpmath.log(mpmath.erfc(1 + t)), points)


def inverse_error(x: mpmath.mpf) -> mpmath.mpf:
    """The inverse of the error function: by Newton's method for its logarithmic complement."""
    if abs(x) >= 1 or x == 0:
        return mpmath.sign(x) * mpmath.inf if abs(x) == 1 else mpmath.mpf(0)
    return mpmath.sign(x) * _inverse_by_complement(1 - abs(x)) if abs(x) > 0.5 else _inverse_by_function(x)


def _inverse_by_function(x: mpmath.mpf) -> mpmath.mpf:
    y = x * mpmath.sqrt(mpmath.pi) / 2
    for _ in range(NEWTON_STEPS):
        y -= (mpmath.erf(y) - x) * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(y * y)
    return y


def _inverse_by_complement(rest: mpmath.mpf) -> mpmath.mpf:
    y = mpmath.sqrt(-mpmath.log(rest))
    for _ in range(NEWTON_STEPS):
        complement = mpmath.erfc(y)
        y += mpmath.log(complement / rest) * complement * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(y * y)
    return y


NEWTON_STEPS = 12


def quotient_of_inverse(w: mpmath.mpf) -> mpmath.mpf:
    """erfinv(x) / x at w = -log(1 - x^2)."""
    if w == 0:
        return mpmath.sqrt(mpmath.pi) / 2
    x = mpmath.sqrt(-mpmath.expm1(-w))
    inverse = _inverse_by_complement(mpmath.exp(-w) / (1 + x)) if w > 0.5 else _inverse_by_function(x)
    return inverse / x


def coefficients_of_inverse(piece: Piece) -> list[float]:
    with mpmath.workprec(400):
        ends = [mpmath.sqrt(w) if piece.by_root else mpmath.mpf(w) for w in (piece.begin, piece.end)]
        middle, radius = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2
        points = [middle - piece.centre + radius * point for point in chebyshev_points(len(piece.coefficients))]
        power = 2 if piece.by_root else 1
        return interpolated(lambda t: quotient_of_inverse((piece.centre + t) ** power), points)


if __name__ == "__main__":
    print(f"# CENTRE = {CENTRE}, RADIUS = {RADIUS}, DEGREE = {DEGREE}")
    for coefficient in coefficients():
        print(f"    {coefficient!r},")
    print(f"# END = {END}, LOG_DEGREE = {LOG_DEGREE}")
    for coefficient in coefficients_of_logarithm():
        print(f"    {coefficient!r},")
    for piece in (*SINGLE_PIECES, *DOUBLE_PIECES):
        print(f"# from {piece.begin} to {piece.end}")
        for coefficient in coefficients_of_inverse(piece):
            print(f"    {coefficient!r},")
