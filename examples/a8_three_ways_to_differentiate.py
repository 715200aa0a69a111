"""Symbolic, numerical and automatic differentiation of one function, side by side.

The function is six turns of the logistic map x -> 4x(1 - x), a polynomial of degree 64, whose derivative is known
exactly (in rational numbers). After A. G. Baydin et al., "Automatic differentiation in machine learning: a survey"
(2018), section 2: numerical differentiation loses digits however the step is chosen, symbolic expressions swell, and
automatic differentiation has neither trouble.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
from wengert.tour.symbolic import Expression

TURNS = 6
AT = 0.2
STEPS = 10.0 ** numpy.arange(-15, -1, 0.25)


def logistic_map(x: Any, turns: int = TURNS) -> Any:
    for _ in range(turns):
        x = 4.0 * x * (1.0 - x)
    return x


def exact_slope(x: float) -> Fraction:
    """The derivative by the chain rule in rational numbers, without any rounding."""
    value, slope = Fraction(x), Fraction(1)
    for _ in range(TURNS):
        value, slope = 4 * value * (1 - value), 4 * slope * (1 - 2 * value)
    return slope


def error(slope: Any) -> float:
    """The relative error of a derivative at `AT`."""
    exact = exact_slope(AT)
    return float(abs(Fraction(float(slope)) - exact) / abs(exact))


def forward_difference(step: float) -> float:
    return (logistic_map(AT + step) - logistic_map(AT)) / step


def central_difference(step: float) -> float:
    return (logistic_map(AT + step) - logistic_map(AT - step)) / (2 * step)


def microseconds(f: Callable[[], Any], calls: int = 200) -> float:
    """The best time of a call."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times) * 1e6


def save_picture(path: Path, forward: list[float], central: list[float], automatic: float, symbolic: float) -> None:
    """Error against step size; an error of nothing is drawn at the bottom."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    bottom = 1e-16
    axes.loglog(STEPS, forward, ".-", color="#d98324", label="forward difference")
    axes.loglog(STEPS, central, ".-", color="#b7410e", label="central difference")
    axes.axhline(max(automatic, bottom), color="#2f855a", linewidth=3.5, label="automatic (Wengert)")
    axes.axhline(max(symbolic, bottom), color="#bee3f8", linestyle="--", linewidth=1.2, label="symbolic")
    axes.set_ylim(bottom / 3, 30)
    axes.set_xlabel("step size")
    axes.set_ylabel("relative error of the derivative")
    axes.set_title(f"Six turns of the logistic map, at x = {AT}")
    axes.grid(visible=True, which="major", color="#edf2f7")
    axes.legend(loc="center left", bbox_to_anchor=(0.01, 0.33))
    figure.savefig(path, dpi=130)


def main(folder: Path = Path()) -> dict[str, Any]:
    slope_of = wg.grad(logistic_map)
    expression = logistic_map(Expression("x")).derivative()
    forward = [error(forward_difference(step)) for step in STEPS]
    central = [error(central_difference(step)) for step in STEPS]
    automatic, symbolic = error(slope_of(AT)), error(expression.at(AT))
    rows = [
        ("symbolic", symbolic, microseconds(lambda: expression.at(AT)), f"{expression.operations:,} operations"),
        ("forward difference", min(forward), microseconds(lambda: forward_difference(1e-8)), "best of all steps"),
        ("central difference", min(central), microseconds(lambda: central_difference(1e-5)), "best of all steps"),
        ("automatic", automatic, microseconds(lambda: slope_of(AT)), "nothing to choose"),
    ]
    print(f"{'':20} {'error':>9} {'time':>11}")
    for name, wrong_by, time_taken, remark in rows:
        print(f"{name:20} {wrong_by:9.1e} {time_taken:8.1f} us  {remark}")
    swell = [logistic_map(Expression("x"), turns).derivative().operations for turns in range(1, TURNS + 1)]
    print(f"operations of the symbolic derivative after 1 to {TURNS} turns: {swell}; of the function {3 * TURNS}")
    picture = folder / "a8_three_ways_to_differentiate.png"
    save_picture(picture, forward, central, automatic, symbolic)
    print(f"saved {picture}")
    return {
        "automatic": automatic,
        "symbolic": symbolic,
        "forward": min(forward),
        "central": min(central),
        "swell": swell,
        "picture": picture,
    }


if __name__ == "__main__":
    main()
