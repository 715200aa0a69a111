"""An explanation prints as a table, without the middle of a long list."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def unlike(x: Any) -> Any:
    """Eighty operations of which no few repeat themselves."""
    for i in range(80):
        x = (np.sin, np.cos, np.tanh, np.arctan)[(i * i + i // 5 + i // 7) % 4](x)
    return x


def test_it_prints_as_a_table() -> None:
    lines = repr(wg.explain(lambda x, y: x * y + y, 3.0, 4.0, direction=(1.0, 2.0))).splitlines()
    assert lines == [
        "primal trace      tangent trace           adjoint trace (read upwards)",
        "----------------  ----------------------  ----------------------------",
        "x = 3             dx = 1                  ax = 4 av1 = 4",
        "y = 4             dy = 2                  ay = 3 av1 + av2 = 4",
        "v1 = x * y = 12   dv1 = 4 dx + 3 dy = 10  av1 = av2 = 1",
        "v2 = v1 + y = 16  dv2 = dv1 + dy = 12     av2 = 1",
        "result = v2 = 16  dresult = dv2 = 12      aresult = 1",
        "",
        "value       16",
        "gradient    x: 4, y: 4",
        "operations  2",
    ]


def test_it_tells_its_figures() -> None:
    explained = wg.explain(lambda x, y: x * y + y, 3.0, 4.0, direction=(1.0, 2.0))
    assert (explained.value, explained.gradient, explained.slope) == (16.0, (4.0, 4.0), 12.0)
    assert [line.name for line in explained.lines] == ["x", "y", "v1", "v2"]


def test_a_long_list_is_shown_without_its_middle() -> None:
    lines = repr(wg.explain(unlike, 1.0)).splitlines()
    first = next(i for i, line in enumerate(lines) if "more" in line)
    assert lines[first] == "... 21 more ..."
    assert (lines[first - 1].split()[0], lines[first + 1].split()[0]) == ("v39", "v61")
    assert any(line.startswith("y = v80 = ") for line in lines)


def test_what_has_no_derivative_says_so() -> None:
    lines = repr(wg.explain(lambda x: np.floor(x) * x, 2.5)).splitlines()
    assert lines[3].split("  ")[:2] == ["v1 = floor(x) = 2", "dv1: none"]
    assert lines[3].endswith("av1: none")


def test_a_long_loop_is_listed() -> None:
    def deep(x: Any) -> Any:
        for _ in range(20_000):
            x = x * 1.0001
        return x

    assert wg.explain(deep, 1.0).gradient[0] == pytest.approx(1.0001**20_000, rel=1e-9)


def test_importing_wengert_imports_neither_the_terminal_nor_the_drawing() -> None:
    code = (
        "import sys, wengert; wengert.explain; heavy = ['click', 'rich', 'wengert.explaining.trace']; "
        "print([module for module in heavy if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_is_long_is_shortened_or_goes_on_below() -> None:
    explained = wg.explain(lambda x, y: np.sum(x * y), numpy.arange(12.0) / 7, numpy.arange(12.0) / 3)
    facts = explained.text(60, {**explained.facts(), "check": ["word " * 30]}).splitlines()[-8:]
    assert facts == [
        "value       24.0952",
        "gradient    x: float64[12] 0 0.333333 ... 3.66667",
        "            y: float64[12] 0 0.142857 ... 1.57143",
        "operations  2",
        "check       word word word word word word word word word",
        "              word word word word word word word word word",
        "              word word word word word word word word word",
        "              word word word",
    ]
    assert "gradient    x: float64[12] 0 0.333 ... 3.67" in explained.text(46)
