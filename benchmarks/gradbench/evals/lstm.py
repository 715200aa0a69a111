"""The loss of layers of an LSTM whose matrices are diagonal, on the bits of a text, and its gradient (ADBench)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library

BITS = 14


def loss(library: Library, given: Input) -> Function:
    m, layers = library.numpy, len(given["main_params"]) // 2
    bits = numpy.shape(given["sequence"])[1]

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + m.exp(-x))

    def cell(weights: Any, biases: Any, hidden: Any, memory: Any, x: Any) -> tuple[Any, Any]:
        forget, enter, leave, change = m.stack([x, hidden, x, hidden]) * weights.reshape(4, bits) + biases.reshape(
            4, bits
        )
        memory = memory * sigmoid(forget) + sigmoid(enter) * m.tanh(change)
        return sigmoid(leave) * m.tanh(memory), memory

    def f(main: Any, extra: Any, state: Any, sequence: Any) -> Any:
        def step(states: Any, x: Any) -> Any:
            x, made = x * extra[0], []
            for k in range(layers):
                x, memory = cell(main[2 * k], main[2 * k + 1], states[2 * k], states[2 * k + 1], x)
                made += [x, memory]
            return tuple(made), x * extra[1] + extra[2]

        _, seen = library.scan(step, tuple(state[k] for k in range(2 * layers)), sequence[:-1])
        normal = seen - m.log(2 + m.sum(m.exp(seen), axis=1))[:, None]
        return -m.sum(sequence[1:] * normal) / (bits * len(normal))

    return f


def gradient(library: Library, given: Input) -> Function:
    """Of all parameters, in one list."""
    of_both = library.grad(loss(library, given), (0, 1))
    return lambda *operands: library.numpy.concatenate([part.reshape(-1) for part in of_both(*operands)])


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for layers, count in ((2, 256), (2, 1_024), (4, 4_096)):
        given = {
            "main_params": rng.random((2 * layers, 4 * BITS)),
            "extra_params": rng.random((3, BITS)),
            "state": rng.random((2 * layers, BITS)),
            "sequence": rng.integers(0, 2, (count, BITS)).astype(float),
        }
        yield Case(f"l={layers}, c={count:,}", given, is_quick=count == 256)


EVAL = Eval(
    name="lstm",
    functions={"objective": loss, "jacobian": gradient},
    arrays=lambda given: [numpy.asarray(given[k], float) for k in ("main_params", "extra_params", "state", "sequence")],
    integers=lambda given: [len(given["main_params"]) // 2, *numpy.shape(given["sequence"])],
    cases=cases,
)
