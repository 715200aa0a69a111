"""In-place writes differentiate: a recurrence that fills an array element by element."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

STEPS = 20


def logistic_map(rate: Any) -> Any:
    """The orbit of x -> rate x (1 - x), written into an array as one would in NumPy."""
    orbit = np.zeros(STEPS)
    orbit[0] = 0.3
    for i in range(1, STEPS):
        orbit[i] = rate * orbit[i - 1] * (1 - orbit[i - 1])
    orbit *= 2
    return np.sum(orbit)


def main() -> dict[str, float]:
    slope = wg.grad(logistic_map)(2.5).item()
    _, forward = wg.jvp(logistic_map, (2.5,), (1.0,))
    step = 1e-6
    difference = (logistic_map(2.5 + step) - logistic_map(2.5 - step)).item() / (2 * step)
    print(f"reverse mode {slope:.12g}, forward mode {forward.item():.12g}, central difference {difference:.9g}")
    return {"reverse": slope, "forward": forward.item(), "difference": float(numpy.float64(difference))}


if __name__ == "__main__":
    main()
