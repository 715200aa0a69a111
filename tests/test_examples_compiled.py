"""The examples of compiled functions run, and their figures are right."""

from __future__ import annotations

import math

import pytest

from .test_examples import run


def test_b10_both_styles(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("b10_both_styles")
    assert figures["eager"] == 0
    assert figures["compiled"] == 0
    assert figures["across"] < 1e-13
    assert figures["last loss"] < figures["first loss"] / 10
    assert "compiled:     largest difference 0\n" in capsys.readouterr().out


def test_e29_while_in_reverse(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("e29_while_in_reverse")
    assert figures["turns"] == [5, 5, 4, 2]
    assert figures["error"] < 1e-10  # the slope of an iterate is a turn behind the iterate
    assert figures["programs"] == 1
    assert "1 program for all of them" in capsys.readouterr().out


def test_e30_python_if_under_jit(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("e30_python_if_under_jit")
    assert figures["slopes"] == (0.5, -1.0)
    assert figures["root"] == pytest.approx(math.sqrt(2), rel=1e-15)
    assert figures["slope"] == pytest.approx(math.sqrt(2) / 4, rel=1e-12)
    assert figures["point"] == pytest.approx(figures["plain point"], rel=1e-12)
    assert figures["speed-up"] > 1
    assert figures["warnings"] == 1
    assert figures["right"]
    assert "huber: if np.max(np.abs(residual)) < 1:" in capsys.readouterr().out
