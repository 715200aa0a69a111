"""One network trained in both styles: as an object with `backward()`, and as a pure function with `value_and_grad`.

Each is run line by line and compiled. The two styles give the same numbers to the last bit, since both are the same
list of operations; compiled code rounds differently from NumPy, in the last digits.
"""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
from wengert.nn import Linear, Sequential, Tanh
from wengert.nn.functional import mse_loss

STEPS, RATE, MOMENTUM = 100, 0.1, 0.9

X = numpy.random.default_rng(0).uniform(-1, 1, (64, 2))
Y = numpy.sin(3 * X[:, :1]) * X[:, 1:]

Run = tuple[list[float], list[Any]]


def network() -> Sequential:
    """The same values at each call."""
    wg.random.seed(1)
    return Sequential(Linear(2, 16, dtype="float64"), Tanh(), Linear(16, 1, dtype="float64"))


def with_objects(compiled: bool) -> Run:
    """The losses, and the parameters at the end: what is changed is held by objects."""
    model = network()
    optimizer = wg.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)

    def step(x: Any, y: Any) -> Any:
        loss = mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    run = wg.jit(step) if compiled else step
    losses = [run(X, Y).item() for _ in range(STEPS)]
    return losses, [p.detach().numpy() for p in model.parameters()]


def with_functions(compiled: bool) -> Run:
    """The same, where what is changed comes in as an argument, and goes out as a result."""
    model = network()
    rule = wg.optim.sgd(lr=RATE, momentum=MOMENTUM)

    def loss_of(parameters: Any, x: Any, y: Any) -> Any:
        return mse_loss(wg.nn.functional_call(model, parameters, x), y)

    def step(parameters: Any, state: Any, x: Any, y: Any) -> Any:
        loss, gradients = wg.value_and_grad(loss_of)(parameters, x, y)
        return loss, *rule.step(gradients, state, parameters)

    run = wg.jit(step) if compiled else step
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    state, losses = rule.init(parameters), []
    for _ in range(STEPS):
        loss, parameters, state = run(parameters, state, X, Y)
        losses.append(loss.item())
    return losses, [p.numpy() for p in parameters.values()]


def largest_difference(first: Run, second: Run) -> float:
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
