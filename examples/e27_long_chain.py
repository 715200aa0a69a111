"""A chain of a million operations: nothing recurses, whatever the length."""

from __future__ import annotations

import time
from typing import Any

import wengert as wg

LENGTH = 1_000_000


def chain(x: Any, length: int) -> Any:
    """Compound interest: x grows by 1 / length and one is taken away, over and over."""
    growth = 1 + 1 / length
    for _ in range(length // 2):
        x = x * growth - 1 / length
    return x


def main(length: int = LENGTH) -> dict[str, float]:
    x = wg.tensor(10.0, requires_grad=True)
    start = time.perf_counter()
    y = chain(x, length)
    y.backward()
    seconds = time.perf_counter() - start
    print(f"{length:,} operations forward and backward in {seconds:.1f} s: {1e6 * seconds / length:.1f} us each")
    print(f"value {y.item():g}, gradient {x.grad.item():g}")
    return {"value": y.item(), "gradient": x.grad.item()}


if __name__ == "__main__":
    main()
