"""Numerical integration, and derivatives of integrals in parameters and limits, beside closed forms.

By Leibniz' rule the derivative of an integral is the integral of the derivative, and the integrand at the limits. Five
integrals have known derivatives: the period of a pendulum in its amplitude, an infinite one from Planck's law in the
temperature, a limit itself, an area in the plane, and one whose integrand is zero where its derivative is not, so that
the nodes of the value would not do for the derivative. The last part finds a limit by Newton's method: a quantile.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
from scipy import integrate as scipys, special, stats

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import cumulative_simpson, dblquad, fixed_quad, quad, romb, simpson, trapezoid


def period(amplitude: Any) -> Any:
    """Of a pendulum with g = length = 1: an elliptic integral."""
    k = np.sin(amplitude / 2)
    return 4 * quad(lambda angle: 1 / np.sqrt(1 - (k * np.sin(angle)) ** 2), 0.0, math.pi / 2, epsrel=1e-12)[0]


def period_slope(amplitude: float) -> float:
    """By dK/dm = (E / (1 - m) - K) / 2 m."""
    m = math.sin(amplitude / 2) ** 2
    return 4 * (special.ellipe(m) / (1 - m) - special.ellipk(m)) / (2 * m) * math.sin(amplitude) / 2


def radiance(temperature: Any) -> Any:
    """Of a black body in natural units: pi^4 T^4 / 15."""
    return quad(lambda x: -(x**3) / np.expm1(-x / temperature) * np.exp(-x / temperature), 0.0, np.inf, epsrel=1e-12)[0]


def bell(last: Any) -> Any:
    return quad(lambda x: np.exp(-x * x), -np.inf, last, epsrel=1e-12)[0]


def disc(radius: Any) -> Any:
    def height(x: Any) -> Any:
        return np.sqrt(radius**2 - x * x)

    return dblquad(lambda y, x: 1.0, -radius, radius, lambda x: -height(x), height)[0]


def resonance(strength: Any) -> Any:
    """Zero for strength 0, with a derivative that is a peak of width 1e-4."""
    return quad(lambda x: strength / ((x - 0.312) ** 2 + 1e-8), 0.0, 1.0)[0]


CASES: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "period of a pendulum in its amplitude": (period, 2.0, period_slope(2.0)),
    "radiance in the temperature": (radiance, 1.5, 4 * math.pi**4 * 1.5**3 / 15),
    "bell curve in its limit": (bell, 0.7, math.exp(-0.49)),
    "area of a disc in its radius": (disc, 2.0, 4 * math.pi),
    "resonance in its strength, at 0": (resonance, 0.0, 1e4 * (math.atan(3120) + math.atan(6880))),
}


def on_the_nodes_of_the_value(strength: Any) -> Any:
    """What differentiating a rule with fixed nodes would give for the resonance."""
    return fixed_quad(lambda x: strength / ((x - 0.312) ** 2 + 1e-8), 0.0, 1.0, n=21)[0]


def quantile(level: float, shape: Any) -> Any:
    """Where the gamma distribution has this level, by Newton's method with the derivative in the limit."""

    def excess(last: Any) -> Any:
        return quad(lambda x: x ** (shape - 1) * np.exp(-x) / special.gamma(shape), 0.0, last)[0] - level

    step = wg.jit(lambda x: x - np.divide(*wg.value_and_grad(excess)(x)))
    x = wg.tensor(float(shape))
    for _ in range(8):
        x = step(x)
    return x


def errors_of_samples(counts: list[int]) -> dict[str, list[float]]:
    """Of the derivative in w of the integral of exp(w sin(x)) from 0 to 2, at w = 1, from so many samples."""
    exact = wg.grad(lambda w: quad(lambda x: np.exp(w * np.sin(x)), 0.0, 2.0, epsrel=1e-13)[0])(1.0).item()
    rules: dict[str, Callable[[Any, float], Any]] = {
        "trapezoid": lambda y, dx: trapezoid(y, dx=dx),
        "simpson": lambda y, dx: simpson(y, dx=dx),
        "cumulative_simpson": lambda y, dx: cumulative_simpson(y, dx=dx)[-1],
        "romb": lambda y, dx: romb(y, dx=dx),
    }

    def of_samples(rule: Callable[[Any, float], Any], count: int) -> float:
        x = numpy.linspace(0.0, 2.0, count)
        return wg.grad(lambda w: rule(np.exp(w * np.sin(x)), 2.0 / (count - 1)))(1.0).item()

    def of_gauss(count: int) -> float:
        return wg.grad(lambda w: fixed_quad(lambda x: np.exp(w * np.sin(x)), 0.0, 2.0, n=count)[0])(1.0).item()

    errors = {name: [abs(of_samples(rule, n) / exact - 1) for n in counts] for name, rule in rules.items()}
    return {**errors, "fixed_quad": [abs(of_gauss(n) / exact - 1) for n in counts]}


def seconds(f: Callable[[], Any], calls: int) -> float:
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times)


def save_picture(path: Path, counts: list[int], errors: dict[str, list[float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for (name, values), marker in zip(errors.items(), "os^Dv", strict=True):
        axes.loglog(counts, numpy.maximum(values, 1e-17), marker=marker, markersize=4, linewidth=1, label=name)
    axes.set(
        xlabel="samples", ylabel="relative error of d/dw", title="the integral of exp(w sin x) from 0 to 2, at w = 1"
    )
    axes.legend()
    figure.savefig(path, dpi=80)


def main(size: str = "full", folder: Path = Path()) -> dict[str, Any]:
    figures: dict[str, Any] = {"errors": {}}
    print("derivatives of integrals, in both modes, beside closed forms:")
    for name, (f, at, exact) in CASES.items():
        reverse, forward = wg.grad(f)(at).item(), wg.jvp(f, (at,), (1.0,))[1].item()
        figures["errors"][name] = error = max(abs(reverse / exact - 1), abs(forward / exact - 1))
        print(f"  {name:38} {reverse:.12g}, exactly {exact:.12g}; relative error {error:.0e}")
    fixed = wg.grad(on_the_nodes_of_the_value)(0.0).item()
    figures["on fixed nodes"] = abs(fixed / CASES["resonance in its strength, at 0"][2] - 1)
    print(f"  {'... on 21 fixed nodes':38} {fixed:.6g}, which is wrong")

    found, exact = quantile(0.9, 2.5).item(), stats.gamma.ppf(0.9, 2.5)
    figures["quantile"] = abs(found / exact - 1)
    print(f"the 0.9-quantile of Gamma(2.5) by Newton's method: {found:.12f}, SciPy's {exact:.12f}")

    counts = [5, 9, 17, 33, 65] if size == "quick" else [2**k + 1 for k in range(1, 10)]
    errors = figures["samples"] = errors_of_samples(counts)
    print(f"relative errors of a derivative from {counts[-1]} samples:")
    print("  " + ", ".join(f"{name} {values[-1]:.0e}" for name, values in errors.items()))

    compiled = wg.jit(wg.value_and_grad(period))
    ours = seconds(lambda: compiled(2.0), 200)
    k = math.sin(1.0)
    theirs = seconds(lambda: scipys.quad(lambda x: 1 / math.sqrt(1 - (k * math.sin(x)) ** 2), 0.0, math.pi / 2), 200)
    figures["cost"] = ours / theirs
    print(f"period and slope, compiled: {ours * 1e6:.1f} us; the value alone by SciPy {theirs * 1e6:.1f} us")
    picture = folder / "d22_numerical_integration.png"
    save_picture(picture, counts, errors)
    print(f"saved {picture}")
    return {**figures, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    main(**vars(parser.parse_args()))
