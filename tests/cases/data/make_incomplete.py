"""Derivatives of the incomplete gamma and beta functions in their parameters, to 40 digits, for the tests.

Made by ``python tests/cases/data/make_incomplete.py > tests/cases/data/incomplete.json`` (mpmath 1.3 or newer).
Central differences of step 1e-20 in 110 digits: the error of a second difference is below 1e-35 of the scale.
"""

import json
from collections.abc import Callable
from itertools import product

import mpmath

mpmath.mp.dps = 110


def difference(f: Callable[..., mpmath.mpf], at: list[mpmath.mpf], orders: tuple[int, ...]) -> mpmath.mpf:
    """The central difference of f of the given order (0, 1 or 2) in each argument."""
    stencils = {0: [(0, 1)], 1: [(-1, -0.5), (1, 0.5)], 2: [(-1, 1), (0, -2), (1, 1)]}
    steps = [mpmath.mpf(10) ** -20 * min(value, 1) for value in at]
    total = mpmath.mpf(0)
    for terms in product(*(stencils[order] for order in orders)):
        point = [value + shift * step for value, step, (shift, _) in zip(at, steps, terms, strict=True)]
        total += f(*point) * mpmath.fprod(weight for _, weight in terms)
    return total / mpmath.fprod(step**order for step, order in zip(steps, orders, strict=True))


def gamma_rows() -> list[list[float]]:
    rows = []
    for a in (1e-3, 0.03, 0.3, 0.9, 1.0, 1.5, 3.0, 10.0, 37.5, 100.0, 1000.0):
        for x in (1e-8, 1e-3, 0.02, 0.5, 0.99, 1.3, 3.0, 0.9 * a, a, a + a**0.5, a + 5 * a**0.5, a + 12 * a**0.5):
            slope = difference(lambda p, x=x: -mpmath.gammainc(p, x, regularized=True), [mpmath.mpf(a)], (1,))
            if abs(slope) > 1e-40:
                rows.append([a, x, float(slope)])
    return rows


def beta_rows() -> list[list[float]]:
    rows = []
    for a, b in product((1e-3, 0.1, 0.7, 1.0, 2.5, 20.0, 300.0), (1e-3, 0.2, 0.8, 3.5, 15.0, 500.0)):
        mean = a / (a + b)
        spread = (mean * (1 - mean) / (a + b + 1)) ** 0.5
        for x in (1e-5, 0.3, 0.5, 0.9, 0.999, mean, mean + spread, mean - 4 * spread):
            if 0 < x < 1:
                rows.append([a, b, x, *beta_slopes(a, b, x)])
    return [row for row in rows if min(abs(row[3]), abs(row[4])) > 1e-40]


def beta_slopes(a: float, b: float, x: float) -> list[float]:
    def integral(p: mpmath.mpf, q: mpmath.mpf) -> mpmath.mpf:
        return mpmath.betainc(p, q, 0, x, regularized=True)

    at = [mpmath.mpf(a), mpmath.mpf(b)]
    return [float(difference(integral, at, orders)) for orders in ((1, 0), (0, 1))]


if __name__ == "__main__":
    table = {"gammainc": gamma_rows(), "betainc": beta_rows()}
    print(json.dumps(table).replace("], [", "],\n["))
