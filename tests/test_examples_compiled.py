"""The examples of compiled functions run, and their figures are right."""

from __future__ import annotations

import pytest

from .test_examples import run


def test_b10_both_styles(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("b10_both_styles")
    assert figures["eager"] == 0
    assert figures["compiled"] == 0
    assert figures["across"] < 1e-13
    assert figures["last loss"] < figures["first loss"] / 20
    assert "compiled:     largest difference 0\n" in capsys.readouterr().out
