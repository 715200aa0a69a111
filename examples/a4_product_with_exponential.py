"""(x^2 + 2x) e^x and its derivative (x^2 + 4x + 2) e^x, at 3 and along a curve."""

from __future__ import annotations

import math
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def f(x: Any) -> Any:
    return (x**2 + 2 * x) * np.exp(x)


def slope_by_hand(x: Any) -> Any:
    return (x**2 + 4 * x + 2) * numpy.exp(x)


def main() -> dict[str, float]:
    value, slope = wg.value_and_grad(f)(3.0)
    print(f"at 3: value {value:.5f} (15 e^3 = {15 * math.exp(3):.5f})")
    print(f"      derivative {slope:.5f} (23 e^3 = {23 * math.exp(3):.5f})")
    points = numpy.linspace(-3.0, 3.0, 1001)
    slopes = wg.vmap(wg.grad(f))(points)
    error = float(numpy.max(numpy.abs(slopes.numpy() - slope_by_hand(points))))
    print(f"at 1,001 points at once, with vmap: largest difference from the closed form {error:.1e}")
    return {"value": value.item(), "slope": slope.item(), "largest error": error}


if __name__ == "__main__":
    main()
