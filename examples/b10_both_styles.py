"""One network trained in both styles: as an object with `backward()`, and as a pure function with `value_and_grad`.

Each is run line by line and compiled. The two styles give the same numbers to the last bit, since both are the same
list of operations; compiled code rounds differently from NumPy, in the last digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

STEPS, RATE, MOMENTUM = 100, 0.1, 0.9


def data() -> tuple[Any, Any]:
    """Two numbers to one, which no linear model fits."""
    rng = numpy.random.default_rng(0)
    x = rng.uniform(-1, 1, (64, 2))
    return x, numpy.sin(3 * x[:, :1]) * x[:, 1:]


def start() -> list[Any]:
    """Weights and biases of a 2-16-1 network."""
    rng = numpy.random.default_rng(1)
    return [rng.standard_normal((2, 16)), numpy.zeros(16), rng.standard_normal((16, 1)) / 4, numpy.zeros(1)]


# -- objects that are changed ----------------------------------------------------------------------


class Network:
    def __init__(self) -> None:
        self.parameters = [wg.tensor(p, requires_grad=True) for p in start()]

    def __call__(self, x: Any) -> Any:
        w, b, v, c = self.parameters
        return np.tanh(x @ w + b) @ v + c


class Momentum:
    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters
        self.velocities = [np.zeros(p.shape) for p in parameters]

    def zero_grad(self) -> None:
        for p in self.parameters:
            p.grad = None

    def step(self) -> None:
        with wg.no_grad():
            for p, velocity in zip(self.parameters, self.velocities, strict=True):
                velocity *= MOMENTUM
                velocity += p.grad
                p -= RATE * velocity


def with_objects(compiled: bool) -> tuple[list[float], list[Any]]:
    """The losses, and the parameters at the end."""
    model = Network()
    optimizer = Momentum(model.parameters)

    def step(x: Any, y: Any) -> Any:
        loss = np.mean((model(x) - y) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    run = wg.jit(step) if compiled else step
    losses = [run(*data()).item() for _ in range(STEPS)]
    return losses, [p.detach().numpy() for p in model.parameters]


# -- a function of all that it needs ---------------------------------------------------------------


def loss_of(parameters: Any, x: Any, y: Any) -> Any:
    w, b, v, c = parameters
    return np.mean((np.tanh(x @ w + b) @ v + c - y) ** 2)


def pure_step(parameters: Any, velocities: Any, x: Any, y: Any) -> Any:
    """The loss, and the parameters and velocities that follow."""
    loss, gradients = wg.value_and_grad(loss_of)(parameters, x, y)
    velocities = [MOMENTUM * v + g for v, g in zip(velocities, gradients, strict=True)]
    return loss, [p - RATE * v for p, v in zip(parameters, velocities, strict=True)], velocities


def with_functions(compiled: bool) -> tuple[list[float], list[Any]]:
    """The losses, and the parameters at the end."""
    run: Callable[..., Any] = wg.jit(pure_step) if compiled else pure_step
    parameters = [wg.tensor(p) for p in start()]
    velocities, losses = [np.zeros(p.shape) for p in parameters], []
    for _ in range(STEPS):
        loss, parameters, velocities = run(parameters, velocities, *data())
        losses.append(loss.item())
    return losses, [p.numpy() for p in parameters]


# -- side by side ----------------------------------------------------------------------------------


def largest_difference(first: Any, second: Any) -> float:
    """Between two runs: of all losses and parameters."""
    losses = abs(numpy.subtract(first[0], second[0])).max()
    return max(losses, *(abs(p - q).max() for p, q in zip(first[1], second[1], strict=True)))


def main() -> dict[str, Any]:
    objects, functions = with_objects(False), with_functions(False)
    compiled_objects, compiled_functions = with_objects(True), with_functions(True)
    figures = {
        "first loss": objects[0][0],
        "last loss": objects[0][-1],
        "eager": largest_difference(objects, functions),
        "compiled": largest_difference(compiled_objects, compiled_functions),
        "across": largest_difference(objects, compiled_objects),
    }
    print(f"mean squared error from {figures['first loss']:.4f} to {figures['last loss']:.4f} in {STEPS} steps")
    print(f"objects against functions, line by line: largest difference {figures['eager']:g}")
    print(f"objects against functions, compiled:     largest difference {figures['compiled']:g}")
    print(f"line by line against compiled:           largest difference {figures['across']:.1e}")
    return figures


if __name__ == "__main__":
    main()
