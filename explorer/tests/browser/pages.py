"""Writes the pages that the browser tests look at into a folder, and serves one of them until its input ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

HOSTILE = "</script><img src=x onerror=hacked()><script>hacked()</script>"


def product(x: Any) -> Any:
    a = x**2 + 2 * x
    return a * np.exp(x)


def newton(a: Any) -> Any:
    x = a
    for _ in range(6):
        x = (x + a / x) / 2
    return x


def troubled(x: Any, y: Any) -> Any:
    inside = x - y
    return np.sqrt(inside) * y


class Block(wg.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = wg.nn.Linear(4, 4)
        self.second = wg.nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        return x + self.second(np.tanh(self.first(x)))


NETWORK = wg.nn.Sequential(*[Block() for _ in range(160)])


def network(x: Any) -> Any:
    return np.sum(NETWORK(x) ** 2)


def hostile(x: Any) -> Any:
    return x * x


hostile.__name__ = HOSTILE


def main() -> None:
    folder = Path(sys.argv[1])
    pages = {product: (3.0,), newton: (2.0,), troubled: (1.0, 2.0), hostile: (3.0,)}
    for name, (f, args) in zip(("product", "newton", "troubled", "hostile"), pages.items(), strict=True):
        wg.explore(f, *args).save(folder / f"{name}.html")
    (folder / "network.html").write_text(without_program(wg.explore(network, numpy.ones((2, 4)))), encoding="utf-8")
    with wg.explore(product, 3.0) as explored:
        print(json.dumps({"url": explored.url}), flush=True)
        sys.stdin.read()


def without_program(explored: Any) -> str:
    """The page of a large network, whose compilation these tests do not look at."""
    return explored.live_html().replace('data-live="true"', 'data-live="false"')


if __name__ == "__main__":
    main()
