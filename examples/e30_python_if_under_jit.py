"""Plain Python `if` and `while` on values, inside a compiled function: each way through it is compiled."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def huber(residual: Any) -> Any:
    """The square of small residuals, the absolute value of large ones: as one would write it down."""
    if np.max(np.abs(residual)) < 1:
        return np.sum(residual**2) / 2
    return np.sum(np.abs(residual) - 0.5)


def square_root(a: Any) -> Any:
    """Newton's iteration, until it has converged."""
    x = (a + 1) / 2
    while np.abs(x * x - a) > 1e-12 * a:
        x = (x + a / x) / 2
    return x


class Descent:
    """Gradient descent whose state is kept only if the loss has fallen; otherwise the step is halved."""

    def __init__(self) -> None:
        self.point = wg.tensor([3.0, -2.0])
        self.rate = wg.tensor(1.0)

    def loss(self, x: Any) -> Any:
        return x[0] ** 4 + x[1] ** 2

    def step(self) -> Any:
        before = self.loss(self.point)
        candidate = self.point - self.rate * wg.grad(self.loss)(self.point)
        if self.loss(candidate) < before:
            self.point = candidate
        else:
            self.rate = self.rate / 2
        return before


def seconds(call: Callable[[], Any], turns: int = 300) -> float:
    """The best of some times of a call."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(turns):
            call()
        best = min(best, (time.perf_counter() - start) / turns)
    return best


def main() -> dict[str, Any]:
    compiled = wg.jit(huber)
    small, large = numpy.full(1000, 0.5), numpy.full(1000, -3.0)
    for x in (small, large, large, small, small, large):
        assert abs(compiled(x).item() - huber(np.asarray(x)).item()) < 1e-9
    print(compiled.report())
    slopes = wg.grad(compiled)(small)[0].item(), wg.grad(compiled)(large)[0].item()
    print(f"slopes on either path: {slopes[0]:g}, {slopes[1]:g}")

    eager = seconds(lambda: (huber(np.asarray(small)), huber(np.asarray(large))))
    both = seconds(lambda: (compiled(small), compiled(large)))
    print(f"both paths in turn: eager {eager * 1e6:.1f} us, compiled {both * 1e6:.1f} us\n")

    root = wg.jit(square_root)
    slope = wg.grad(root)(2.0).item()
    print(f"the root of 2 by a loop: {root(2.0).item():.15g}, its derivative {slope:.15g}")

    plain, fast = Descent(), Descent()
    step = wg.jit(fast.step)
    for _ in range(40):
        assert abs(plain.step() - step()) < 1e-12
    print(f"descent: at {fast.point.numpy().round(6)} with rate {fast.rate.item():g}, in eager code the same")

    changing = wg.jit(lambda x: x * math.sin(np.sum(x)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        right = all(np.allclose(changing(x), x * math.sin(x.sum())) for x in numpy.linspace([0.1, 1], [1, 5], 30))
    print(f"a number that math asks for, another each time: right, and said once: {str(caught[0].message)[:58]}...")
    return {
        "slopes": slopes,
        "root": root(2.0).item(),
        "slope": slope,
        "point": fast.point.tolist(),
        "plain point": plain.point.tolist(),
        "speed-up": eager / both,
        "warnings": len(caught),
        "right": right,
    }


if __name__ == "__main__":
    main()
