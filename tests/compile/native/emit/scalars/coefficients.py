"""The coefficients that are not those of a power series: this file, run as a program, prints them.

Only the complementary error function has such: ``(1 + 2 x) exp(x^2) erfc(x)`` varies so little that one polynomial in
``t = (x - CENTRE) / (x + CENTRE)`` is enough for all x >= 1/4 (M. M. Shepherd and J. G. Laframboise, "Chebyshev
approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity", Mathematics of Computation 36, 1981). For float32
there is also one for ``log erfc(x)`` in ``x - 1``, for x from 1 to 4; it needs to be most exact at 1, where most of its
points are.
"""

from __future__ import annotations

import mpmath

from wengert.compile.native.emit.scalars.maths.error import CENTRE, END, RADIUS

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


if __name__ == "__main__":
    print(f"# CENTRE = {CENTRE}, RADIUS = {RADIUS}, DEGREE = {DEGREE}")
    for coefficient in coefficients():
        print(f"    {coefficient!r},")
    print(f"# END = {END}, LOG_DEGREE = {LOG_DEGREE}")
    for coefficient in coefficients_of_logarithm():
        print(f"    {coefficient!r},")
