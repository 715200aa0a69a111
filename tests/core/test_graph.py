"""The text of a graph."""

from __future__ import annotations

import numpy

import wengert as wg
import wengert.numpy as np


def test_graphs_within_operations_are_indented() -> None:
    f = wg.jit(lambda x: wg.fori_loop(0, 3, lambda i, c: wg.cond(np.sum(c) > 0, np.sin, lambda d: d * x, c), x))
    lines = [line.split("  #")[0].rstrip() for line in str(f.lower(numpy.ones(3))).splitlines()]
    assert lines == [
        "program(a: float64[3]):",
        "    b = scan(a, a, captured=1, carried=1, length=3, reverse=False, memory=None)",
        "        body(a: float64[3], b: float64[3]):",
        "            c = sum(b, axis=(0,), keepdims=False)",
        "            d = greater(c, 0)",
        "            e = astype(d, dtype=int64)",
        "            f = cond(e, b, a)",
        "                branches[0](a: float64[3], b: float64[3]):",
        "                    c = multiply(a, b)",
        "                    return c",
        "                branches[1](a: float64[3], b: float64[3]):",
        "                    c = sin(a)",
        "                    return c",
        "            g = pick(f, index=0, count=1)",
        "            return g",
        "    c = pick(b, index=0, count=1)",
        "    return c",
    ]
