"""float64 in, float64 out, and float32 in, float32 out, under every transformation."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * 2 + x**2 / 3)


TRANSFORMATIONS = {
    "f": lambda x: f(x),
    "grad": lambda x: wg.grad(f)(x),
    "jvp": lambda x: wg.jvp(f, (x,), (x,))[1],
    "vjp": lambda x: wg.vjp(f, x)[1](f(x))[0],
    "jacobian": lambda x: wg.jacobian(np.sin)(x),
    "hessian": lambda x: wg.hessian(f)(x),
    "vmap": lambda x: wg.vmap(np.sin)(x),
    "checkpoint": lambda x: wg.grad(wg.checkpoint(f))(x),
    "jit": lambda x: wg.jit(wg.grad(f))(x),
}


def main() -> dict[str, tuple[str, str]]:
    point = numpy.array([0.1, 0.2, 0.3])
    found = {
        name: (str(transformed(point).dtype), str(transformed(point.astype("float32")).dtype))
        for name, transformed in TRANSFORMATIONS.items()
    }
    for name, (double, single) in found.items():
        print(f"{name:12} float64 -> {double}, float32 -> {single}")
    return found


if __name__ == "__main__":
    main()
