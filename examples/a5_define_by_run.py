"""The dynamic graph: z = x^2 + y^3 at (5, 3), and `z.backward()`.

A second `backward()` adds to the gradients if the graph was kept, and is an error that says what to write if it
was not.
"""

from __future__ import annotations

from typing import Any

import wengert as wg


def main() -> dict[str, Any]:
    x = wg.tensor(5.0, requires_grad=True)
    y = wg.tensor(3.0, requires_grad=True)
    z = x**2 + y**3
    z.backward(retain_graph=True)
    first = x.grad.item(), y.grad.item()
    print(f"z = {z.item():g}, x.grad = {first[0]:g}, y.grad = {first[1]:g}")
    z.backward()
    second = x.grad.item(), y.grad.item()
    print(f"after a second backward(): x.grad = {second[0]:g}, y.grad = {second[1]:g}")
    try:
        z.backward()
    except RuntimeError as error:
        refusal = str(error)
    print(f"and a third:\n  RuntimeError: {refusal}")
    return {"value": z.item(), "first": first, "second": second, "refusal": refusal}


if __name__ == "__main__":
    main()
