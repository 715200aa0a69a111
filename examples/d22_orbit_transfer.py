"""The largest orbit that a small engine reaches: optimal control in three ways, which agree.

A spacecraft with constant thrust leaves the Earth's circular orbit; how is it to be steered, so that it is on the
largest circular orbit after 193 days? (A. E. Bryson, Y.-C. Ho, "Applied optimal control" (1975), section 2.5, who print
a radius of 1.525.) States are radius, radial and tangential speed, in units of the Earth's orbit; the control is the
angle of the thrust.

1. Collocation: states and angles at all times are unknowns, the equations of motion are constraints, for SLSQP with
   Jacobians from the engine.
2. Shooting: only the angles are unknowns, the flight is a loop, and the conditions at its end have multipliers
   (augmented Lagrangian). All of it is one native program: BFGS in a loop, with the flight and its gradient inside.
3. Pontryagin's maximum principle: the costates at the start are the root of three equations, which tell the angles.

How far one would get with more thrust is the derivative of a minimum under constraints.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import cumulative_trapezoid
from wengert.scipy.optimize import minimize, root

THRUST, FLOW, DURATION = 0.1405, 0.07487, 3.32
PUBLISHED = 1.525
START = numpy.array([1.0, 0.0, 1.0])


def motion(state: Any, angle: Any, t: Any, thrust: Any) -> Any:
    """How radius and speeds change; the first axis is that of the state."""
    r, u, v = state
    push = thrust / (1 - FLOW * t)
    return np.stack([u, v * v / r - 1 / r**2 + push * np.sin(angle), -u * v / r + push * np.cos(angle)])


def misses(end: Any) -> Any:
    """What is 0 on a circular orbit."""
    return np.stack([end[1], end[2] - 1 / np.sqrt(end[0])])


def first_guess(times: Any) -> Any:
    """Outward at first, inward later, by way of backward."""
    return 0.4 + 5.0 * times / DURATION


# -- 1. collocation --------------------------------------------------------------------------------


def collocated(count: int, thrust: Any) -> Any:
    """The largest orbit by `count` steps of the implicit trapezoidal rule, with SLSQP."""
    times = numpy.linspace(0.0, DURATION, count + 1)
    step = DURATION / count

    def parts(x: Any) -> tuple[Any, Any]:
        table = np.reshape(x, (4, count + 1))
        return table[:3], table[3]

    def defects(x: Any) -> Any:
        states, angles = parts(x)
        rates = motion(states, angles, times, thrust)
        gaps = states[:, 1:] - states[:, :-1] - 0.5 * step * (rates[:, 1:] + rates[:, :-1])
        return np.concatenate([np.ravel(gaps), states[:, 0] - START, misses(states[:, -1])])

    circle = numpy.stack([1 + 0.5 * times / DURATION, 0 * times, 1 / numpy.sqrt(1 + 0.5 * times / DURATION)])
    guess = numpy.concatenate([circle.ravel(), first_guess(times)])
    constraints = {"type": "eq", "fun": defects}
    found = minimize(
        lambda x: -parts(x)[0][0, -1], guess, constraints=constraints, options={"maxiter": 500, "ftol": 1e-12}
    )
    return parts(found.x)


# -- 2. shooting -----------------------------------------------------------------------------------


def flown(angles: Any, thrust: Any) -> Any:
    """The end of a flight with these angles at equal times, by the classical Runge-Kutta method."""
    count = angles.shape[0] - 1
    step = DURATION / count

    def turn(state: Any, now: Any) -> tuple[Any, None]:
        t, a, b = now
        k1 = motion(state, a, t, thrust)
        k2 = motion(state + 0.5 * step * k1, 0.5 * (a + b), t + 0.5 * step, thrust)
        k3 = motion(state + 0.5 * step * k2, 0.5 * (a + b), t + 0.5 * step, thrust)
        k4 = motion(state + step * k3, b, t + step, thrust)
        return state + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    times = numpy.linspace(0.0, DURATION, count + 1)[:-1]
    return wg.scan(turn, np.asarray(START), (times, angles[:-1], angles[1:]))[0]


def shot(guess: Any, thrust: Any, weight: float = 20.0) -> tuple[Any, Any]:
    """The angles of the largest orbit, and its radius: minimize, correct the multipliers, and again."""

    def augmented(angles: Any, multipliers: Any) -> Any:
        end = flown(angles, thrust)
        return -end[0] + multipliers @ misses(end) + 0.5 * weight * np.sum(misses(end) ** 2)

    def improve(now: Any, _: Any) -> tuple[Any, None]:
        angles, multipliers = now
        angles = minimize(augmented, angles, (multipliers,), options={"gtol": 1e-8}, method="BFGS").x
        return (angles, multipliers + weight * misses(flown(angles, thrust))), None

    angles, _ = wg.scan(improve, (guess, np.zeros(2)), length=12)[0]
    return angles, flown(angles, thrust)[0]


# -- 3. the maximum principle ----------------------------------------------------------------------


def extremal(costates: Any, thrust: Any, count: int) -> tuple[Any, Any]:
    """States and costates at the end, steered along the costates of the speeds at each time."""

    def hamiltonian(state: Any, costate: Any, t: Any) -> Any:
        angle = np.arctan2(costate[1], costate[2])
        return costate @ motion(state, angle, t, thrust)

    def rates(now: Any, t: Any) -> tuple[Any, Any]:
        along, against = wg.grad(hamiltonian, argnums=(1, 0))(*now, t)
        return along, -against

    step = DURATION / count
    moved = lambda now, rate, share: tuple(x + share * step * dx for x, dx in zip(now, rate, strict=True))

    def turn(now: Any, t: Any) -> tuple[Any, None]:
        k1 = rates(now, t)
        k2 = rates(moved(now, k1, 0.5), t + 0.5 * step)
        k3 = rates(moved(now, k2, 0.5), t + 0.5 * step)
        k4 = rates(moved(now, k3, 1.0), t + step)
        total = tuple((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(k1, k2, k3, k4, strict=True))
        return moved(now, total, 1.0), None

    times = numpy.linspace(0.0, DURATION, count + 1)[:-1]
    return wg.scan(turn, (np.asarray(START), costates), times)[0]


def by_costates(thrust: Any, count: int) -> Any:
    """The radius of the largest orbit; the angle at the start is where the costates of the speeds point."""

    def conditions(costates: Any) -> Any:
        end, last = extremal(costates, thrust, count)
        return np.concatenate([misses(end), np.stack([last[0] - 1 - 0.5 * last[2] * end[0] ** -1.5])])

    costates = root(conditions, numpy.array([1.5, 1.0, 1.8]), method="native-newton").x
    return extremal(costates, thrust, count)[0][0]


def seconds(f: Callable[[], Any]) -> float:
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def save_picture(path: Path, angles: dict[str, tuple[Any, Any]], states: Any) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.4), layout="constrained")
    steering, plane = figure.subplots(1, 2)
    for (name, (times, values)), style in zip(angles.items(), ("o", "-"), strict=True):
        steering.plot(times, numpy.degrees(numpy.unwrap(values)) % 360, style, markersize=3, label=name)
    steering.set(xlabel="time", ylabel="angle of the thrust, degrees")
    steering.legend()
    radius = numpy.asarray(states[0])
    times = numpy.linspace(0.0, DURATION, radius.size)
    swept = numpy.asarray(cumulative_trapezoid(states[2] / radius, times, initial=0.0))
    plane.plot(radius * numpy.cos(swept), radius * numpy.sin(swept))
    circle = numpy.linspace(0.0, 2 * math.pi, 200)
    for size in (1.0, radius[-1]):
        plane.plot(size * numpy.cos(circle), size * numpy.sin(circle), "k:", linewidth=0.7)
    plane.set(aspect="equal", title="the transfer")
    figure.savefig(path, dpi=80)


def main(size: str = "full", folder: Path = Path()) -> dict[str, Any]:
    count = 12 if size == "quick" else 30
    figures: dict[str, Any] = {}
    states, angles = collocated(count, THRUST)
    figures["collocation"] = states[0, -1].item()
    print(f"collocation, {4 * (count + 1)} unknowns, SLSQP: radius {figures['collocation']:.6f}")

    times = numpy.linspace(0.0, DURATION, count + 1)
    compiled = wg.jit(lambda thrust: shot(np.asarray(first_guess(times)), thrust))
    steered, radius = compiled(THRUST)
    figures["shooting"] = radius.item()
    lasts = min(seconds(lambda: compiled(THRUST)) for _ in range(3))
    print(f"shooting, {count + 1} unknowns, one native program: radius {radius.item():.6f} in {1e3 * lasts:.0f} ms")

    reach = wg.jit(wg.value_and_grad(lambda thrust: by_costates(thrust, 10 * count)))
    best, slope = reach(THRUST)
    figures["maximum principle"] = best.item()
    print(f"maximum principle, 3 unknowns:              radius {best.item():.6f} (published {PUBLISHED})")

    step = 1e-4
    difference = (reach(THRUST + step)[0].item() - reach(THRUST - step)[0].item()) / (2 * step)
    figures["slope"], figures["difference"] = slope.item(), difference
    figures["slope of collocation"] = wg.grad(lambda thrust: collocated(count, thrust)[0][0, -1])(THRUST).item()
    print(
        f"radius in thrust: {slope.item():.6f} through the root, {figures['slope of collocation']:.6f} through SLSQP's"
    )
    print(f"                  minimum, {difference:.6f} by differences")
    picture = folder / "d22_orbit_transfer.png"
    save_picture(picture, {"collocation": (times, numpy.asarray(angles)), "shooting": (times, steered.numpy())}, states)
    print(f"saved {picture}")
    return {**figures, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    main(**vars(parser.parse_args()))
