"""The coefficients that are not those of a power series: ``python tests/compile/native/coefficients.py`` prints them.

Only the complementary error function has such: ``(1 + 2 x) exp(x^2) erfc(x)`` varies so little that one polynomial in
``t = (x - CENTRE) / (x + CENTRE)`` is enough for all x >= 1/4 (M. M. Shepherd and J. G. Laframboise, "Chebyshev
approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity", Mathematics of Computation 36, 1981).
"""

from __future__ import annotations

import mpmath

from wengert.compile.native.maths.error import CENTRE, RADIUS

DEGREE = 23


def scaled_function(t: mpmath.mpf) -> mpmath.mpf:
    """(1 + 2 x) exp(x^2) erfc(x) at x = CENTRE (1 + t) / (1 - t)."""
    x = CENTRE * (1 + t) / (1 - t)
    return (1 + 2 * x) * mpmath.exp(x * x) * mpmath.erfc(x)


def interpolated(function: object, radius: float, degree: int) -> list[float]:
    """The polynomial through the values at the Chebyshev points of [-radius, radius], by powers of t."""
    points = [radius * mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * degree + 2)) for i in range(degree + 1)]
    powers = mpmath.matrix(degree + 1, degree + 1)
    for i, point in enumerate(points):
        for j in range(degree + 1):
            powers[i, j] = point**j
    solution = mpmath.lu_solve(powers, mpmath.matrix([function(point) for point in points]))
    return [float(c) for c in solution]


def coefficients() -> list[float]:
    with mpmath.workprec(400):
        return interpolated(scaled_function, RADIUS, DEGREE)


if __name__ == "__main__":
    print(f"# CENTRE = {CENTRE}, RADIUS = {RADIUS}, DEGREE = {DEGREE}")
    for coefficient in coefficients():
        print(f"    {coefficient!r},")
