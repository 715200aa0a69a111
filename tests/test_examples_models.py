"""The examples that sort, checkpoint, generate, act and doubt run in their quick size, and their figures are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .test_examples import run


def is_picture(path: Any) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


def test_c15_variational_autoencoder(tmp_path: Path) -> None:
    figures = run("c15_variational_autoencoder", "quick", 0, tmp_path)
    assert figures["independent"] == pytest.approx(-27.02, abs=0.01)
    assert figures["independent"] + 1 < figures["elbo"] < figures["many"]
    assert is_picture(figures["picture"])


def test_d23_soft_sort(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the patients come with scikit-learn: pip install wengert[gallery]")
    figures = run("d23_soft_sort", "quick", 0, tmp_path)
    assert figures["errors"] == sorted(figures["errors"], reverse=True)
    assert figures["errors"][-1] == 0
    assert figures["worst"] < 1e-3
    assert figures["jacobian"] < 1e-100
    assert figures["learned"]["train"] > figures["fitted"]["train"]
    assert figures["learned"]["test"] > 0.6
    assert is_picture(figures["picture"])


def test_d24_gradient_checkpointing(tmp_path: Path) -> None:
    figures = run("d24_gradient_checkpointing", "quick", 0, tmp_path)
    length = figures["length"]
    assert figures["same"]
    assert figures["plain"] >= length
    for segment, peak in figures["segments"].items():
        assert peak < length / segment + segment + 16
    assert figures["halved"] < 2 * length.bit_length() + 16
    assert is_picture(figures["picture"])
