"""While loops with as many turns as it takes differentiate in reverse, eagerly and compiled, one program for all."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np

ECCENTRICITY = 0.8
ANOMALIES = (0.1, 1.0, 2.5, 3.1)


def eccentric_anomaly(mean: Any) -> tuple[Any, Any]:
    """Kepler's equation E - e sin(E) = M by Newton's method, and how many turns it took."""
    angle, turns = mean * 1.0, 0
    while abs(angle - ECCENTRICITY * np.sin(angle) - mean) > 1e-13:
        angle = angle - (angle - ECCENTRICITY * np.sin(angle) - mean) / (1 - ECCENTRICITY * np.cos(angle))
        turns += 1
    return angle, turns


def anomaly(mean: Any) -> Any:
    return eccentric_anomaly(mean)[0]


compiled = wg.jit(eccentric_anomaly, structured=True)
gradient = wg.jit(wg.grad(lambda mean: compiled(mean)[0]))


def exact_slope(mean: float) -> float:
    """dE/dM = 1 / (1 - e cos(E)), by differentiating Kepler's equation."""
    return 1 / (1 - ECCENTRICITY * math.cos(anomaly(mean).item()))


def seconds(f: Callable[[float], Any]) -> float:
    times = []
    for _ in range(30):
        start = time.perf_counter()
        f(2.5)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> dict[str, Any]:
    turns, errors = [], []
    for mean in ANOMALIES:
        steps = compiled(mean)[1].item()
        eager, native, exact = wg.grad(anomaly)(mean).item(), gradient(mean).item(), exact_slope(mean)
        print(f"M = {mean}: {steps} turns, dE/dM = {eager:.12f} eagerly, {native:.12f} compiled, {exact:.12f} exactly")
        turns.append(steps)
        errors += [abs(eager / exact - 1), abs(native / exact - 1)]
    cost = seconds(gradient) / seconds(compiled)
    programs = sum(len(paths) for paths in compiled.programs.values())
    print(f"{programs} program for all of them; the gradient takes {cost:.1f} times the value")
    return {"turns": turns, "error": max(errors), "programs": programs, "cost": cost}


if __name__ == "__main__":
    main()
