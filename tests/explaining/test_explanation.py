"""An explanation prints as a table, without the middle of a long list."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import wengert as wg
import wengert.numpy as np


def chain(x: Any) -> Any:
    for _ in range(100):
        x = x * 2
    return x


def test_it_prints_as_a_table() -> None:
    lines = repr(wg.explain(lambda x, y: x * y + y, 3.0, 4.0, direction=(1.0, 2.0))).splitlines()
    assert lines == [
        "primal trace                 tangent trace              adjoint trace",
        "---------------------------  -------------------------  ---------------------",
        "v-1 = x = 3                  dv-1 = 1                   av-1 = 4 av1 = 4",
        "v0 = y = 4                   dv0 = 2                    av0 = 3 av1 + av2 = 4",
        "v1 = multiply(v-1, v0) = 12  dv1 = 4 dv-1 + 3 dv0 = 10  av1 = av2 = 1",
        "v2 = add(v1, v0) = 16        dv2 = dv1 + dv0 = 12       av2 = 1",
        "y = v2 = 16                  dy = dv2 = 12              ay = 1",
        "",
        "value       16",
        "gradient    x: 4, y: 4",
        "operations  2",
    ]


def test_it_tells_its_figures() -> None:
    explained = wg.explain(lambda x, y: x * y + y, 3.0, 4.0, direction=(1.0, 2.0))
    assert (explained.value, explained.gradient, explained.slope) == (16.0, (4.0, 4.0), 12.0)
    assert [line.name for line in explained.lines] == ["v-1", "v0", "v1", "v2"]


def test_a_long_list_is_shown_without_its_middle() -> None:
    rows = wg.explain(chain, 1.0).rows()
    assert len(rows) == 62
    assert rows[39][0].startswith("v39 = ")
    assert rows[40] == ("... 41 more ...", "...", "...")
    assert rows[41][0].startswith("v81 = ")
    assert rows[-1][0] == f"y = v100 = {2.0**100:.6g}"


def test_what_has_no_derivative_says_so() -> None:
    rows = wg.explain(lambda x: np.floor(x) * x, 2.5).rows()
    assert rows[1] == ("v1 = floor(v0) = 2", "dv1: none", "av1: none")


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
