"""x^3 at 3: first derivative 27, second 18, third 6, in both styles."""

from __future__ import annotations

from typing import Any

import wengert as wg


def cube(x: Any) -> Any:
    return x**3


def main() -> dict[str, list[float]]:
    x = wg.tensor(3.0, requires_grad=True)
    by_gradients = [cube(x)]
    for _ in range(3):
        by_gradients += wg.gradients(by_gradients[-1], x, create_graph=True)
    by_grad, f = [], cube
    for _ in range(4):
        by_grad.append(f(3.0))
        f = wg.grad(f)
    figures = {
        "gradients": [y.item() for y in by_gradients],
        "grad": [float(y) for y in by_grad],
    }
    print("x^3 at 3: value, first, second and third derivative")
    print(f"  gradients(y, x, create_graph=True), again and again:  {figures['gradients']}")
    print(f"  grad(grad(grad(f))):                                  {figures['grad']}")
    return figures


if __name__ == "__main__":
    main()
