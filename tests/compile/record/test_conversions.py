"""Calls of ``float`` and ``int`` are followed in functions of every size."""

from __future__ import annotations

from typing import Any

import pytest

import wengert as wg


@pytest.mark.parametrize("count", [10, 200])
def test_a_function_with_many_names(count: int) -> None:
    text = "def f(x):\n    y = float(x)\n" + "".join(f"    x = x + c{i}\n" for i in range(count)) + "    return x * y\n"
    names: dict[str, Any] = {f"c{i}": 0.5 for i in range(count)}
    exec(text, names)
    compiled = wg.jit(names["f"])
    for x in (1.0, 2.0, 2.0):
        assert compiled(wg.tensor(x)).item() == (x + count / 2) * x
