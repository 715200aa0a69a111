"""Reverse mode by adjoints: xy + y at (3, 4).

The adjoint of a line is the derivative of the result with respect to it. The last line has adjoint 1, and each
line gives its operands their share; the inputs are left with the gradient.
"""

from __future__ import annotations

from typing import Any

import wengert as wg


def f(x: Any, y: Any) -> Any:
    return x * y + y


def main() -> dict[str, float]:
    value, pull_back = wg.vjp(f, 3.0, 4.0)
    along_x, along_y = pull_back(1.0)
    print(f"f(3, 4) = {value:g}, gradient ({along_x:g}, {along_y:g})\n")
    print("Line by line (read the adjoint trace from the bottom up):\n")
    print(wg.explain(f, 3.0, 4.0))
    return {"value": value.item(), "along x": along_x.item(), "along y": along_y.item()}


if __name__ == "__main__":
    main()
