"""f: R^2 -> R^3, (x0^2 + x1^2, x0 x1, sin x0 + cos x1) at (2, 3): products, the whole Jacobian, and a Hessian.

A product with the Jacobian costs a few times the function in either mode, and never builds the matrix.
"""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def f(x: Any) -> Any:
    return np.stack([x[0] ** 2 + x[1] ** 2, x[0] * x[1], np.sin(x[0]) + np.cos(x[1])])


def g(x: Any) -> Any:
    return x[0] ** 2 * x[1] + np.sin(x[1])


def main() -> dict[str, Any]:
    x = numpy.array([2.0, 3.0])
    _, pull_back = wg.vjp(f, x)
    (pulled,) = pull_back(numpy.array([1.0, 2.0, 3.0]))
    _, pushed = wg.jvp(f, (x,), (numpy.array([1.0, 0.5]),))
    forward, reverse = wg.jacfwd(f)(x), wg.jacrev(f)(x)
    hessian = wg.hessian(g)(x)
    print(f"vjp with (1, 2, 3):  {pulled}")
    print(f"jvp with (1, 0.5):   {pushed}")
    print(f"Jacobian, forward (2 columns):\n{forward}")
    print(f"Jacobian, reverse (3 rows):\n{reverse}")
    print(f"Hessian of x0^2 x1 + sin x1:\n{hessian}")
    return {"vjp": pulled, "jvp": pushed, "forward": forward, "reverse": reverse, "hessian": hessian}


if __name__ == "__main__":
    main()
