"""A custom rule given in one mode serves all: reverse, forward, nested and batched."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


@wg.custom_derivative(vjp=lambda primals, out, cotangent: cotangent / (1 + np.exp(-primals[0])))
def softplus(x: Any) -> Any:
    """log(1 + e^x); the rule keeps its derivative, the sigmoid, from overflowing."""
    return np.logaddexp(x, 0.0)


def main() -> dict[str, float]:
    x = 0.7
    sigmoid = 1 / (1 + numpy.exp(-x))
    found = {
        "reverse": wg.grad(softplus)(x).item(),
        "forward": wg.jvp(softplus, (x,), (1.0,))[1].item(),
        "batched": wg.vmap(wg.grad(softplus))(numpy.array([x, 0.0]))[0].item(),
        "second, forward over reverse": wg.jvp(wg.grad(softplus), (x,), (1.0,))[1].item(),
        "second, reverse over reverse": wg.grad(wg.grad(softplus))(x).item(),
    }
    for name, value in found.items():
        exact = sigmoid * (1 - sigmoid) if name.startswith("second") else sigmoid
        print(f"{name:30} {value:.15g}  (exact {exact:.15g})")
    return found


if __name__ == "__main__":
    main()
