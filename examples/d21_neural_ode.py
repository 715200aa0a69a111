"""A neural ordinary differential equation: a network is the slope of a spiral, learned from noisy pieces of it.

The network is a module as everyone writes one, the solver is SciPy's by name, with steps of its own choice, and
`backward()` goes through its steps; forward, backward and optimizer are one compiled program. Pieces of one unit of
time were seen, from many places. Then the network goes on for twenty-five, along one spiral to the middle.

Source: R. Chen, Y. Rubanova, J. Bettencourt and D. Duvenaud, "Neural ordinary differential equations" (2018); the
spiral, whose slope is a matrix times the cubes of the place, is the one of their examples.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy
from tqdm import trange

import wengert as wg
import wengert.numpy as np
from wengert.nn import Linear, Module, Sequential, Tanh
from wengert.scipy.integrate import solve_ivp

TURN = numpy.array([[-0.1, 2.0], [-2.0, -0.1]])
NOISE = 0.02
TIMES = numpy.linspace(0.0, 1.0, 21)


class Field(Module):
    """The slope at places of shape (..., 2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = Sequential(
            Linear(2, width, dtype="float64"),
            Tanh(),
            Linear(width, width, dtype="float64"),
            Tanh(),
            Linear(width, 2, dtype="float64"),
        )

    def forward(self, t: Any, place: Any) -> Any:
        return self.layers(place)


def spiral(t: Any, place: Any) -> Any:
    return place**3 @ TURN


def followed(field: Any, places: Any, times: Any, tolerance: float = 1e-5) -> Any:
    """Where it goes from places of shape (n, 2), of shape (n, 2, times)."""
    return solve_ivp(field, (times[0], times[-1]), places, t_eval=times, rtol=tolerance, atol=tolerance).y


def measured(count: int, rng: numpy.random.Generator) -> numpy.ndarray:
    """Noisy pieces of spirals that begin at known places in a disc."""
    radius, angle = 2.2 * numpy.sqrt(rng.uniform(size=count)), rng.uniform(0, 2 * math.pi, size=count)
    places = numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], axis=1)
    exact = followed(spiral, places, TIMES, 1e-9).numpy()
    noise = NOISE * rng.normal(size=exact.shape)
    return exact + noise * (TIMES > 0)


def train(field: Field, pieces: numpy.ndarray, steps: int) -> list[float]:
    """The mean square of what each step is off."""
    optimizer = wg.optim.Adam(field.parameters(), lr=1e-2)
    scheduler = wg.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    seen = np.asarray(pieces)

    @wg.jit
    def step() -> Any:
        loss = np.mean((followed(field, seen[:, :, 0], TIMES) - seen) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    history = []
    for _ in (bar := trange(steps, mininterval=1.0)):
        history.append(step().item())
        scheduler.step()
        bar.set_postfix(loss=f"{history[-1]:.5f}", refresh=False)
    return history


def save_picture(path: Path, history: list[float], exact: Any, learned: Any) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.semilogy(history, color="#2f855a", linewidth=0.7)
    left.axhline(NOISE**2, color="#718096", linestyle="--", label="noise")
    left.set(title="mean square of what is off", xlabel="step")
    left.legend()
    right.plot(*exact, color="#718096", linewidth=3, alpha=0.5, label="spiral")
    right.plot(*learned, color="#c05621", linewidth=1, label="network")
    right.set(title="25 units of time", aspect="equal")
    right.legend(loc="lower right")
    figure.savefig(path, dpi=80)


def main(size: str = "full", seed: int = 0, folder: Path = Path()) -> dict[str, Any]:
    wg.random.seed(seed)
    count, width, steps = (64, 32, 3000) if size == "full" else (24, 16, 150)
    rng, field = numpy.random.default_rng(seed), Field(width)
    history = train(field, measured(count, rng), steps)
    print(f"off by {math.sqrt(history[-1]):.4f} where it was measured, with noise of {NOISE}")

    times, start = numpy.linspace(0.0, 25.0, 1001), numpy.array([[2.0, 0.0]])
    with wg.no_grad():
        exact, learned = (followed(f, start, times, 1e-8)[0].numpy() for f in (spiral, field))
    off = numpy.hypot(*(exact - learned))
    for t in (1, 5, 25):
        radius = math.hypot(*exact[:, 40 * t])
        print(f"after {t:2} units of time off by {off[40 * t]:.3f}, at {radius:.2f} from the middle")
    picture = folder / "d21_neural_ode.png"
    save_picture(picture, history, exact, learned)
    print(f"saved {picture}")
    return {"losses": history, "off": off, "picture": picture}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["full", "quick"], default="full")
    parser.add_argument("--seed", type=int, default=0)
    main(**vars(parser.parse_args()))
