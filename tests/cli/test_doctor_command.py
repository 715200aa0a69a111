"""``wengert doctor``: every line is there, and a fault is a line and an exit code."""

from __future__ import annotations

import importlib

import numpy
import pytest
from click.testing import CliRunner

import wengert as wg
from wengert.cli import main

doctor = importlib.import_module("wengert.cli.doctor")


def lines() -> dict[str, str]:
    """What the findings are about, each with its sign and words."""
    result = CliRunner().invoke(main, ["doctor"])
    width = 2 + doctor.WIDTH
    return {line[2:width].strip(): line[:2].strip() + line[width:] for line in result.output.splitlines()}


def test_all_is_well_here() -> None:
    assert CliRunner().invoke(main, ["doctor"]).exit_code == 0
    found = lines()
    assert list(found) == [
        *("wengert", "Python", "stands on", "beside it", "processor"),
        *("BLAS", "cache", "native entries", "a compiled derivative"),
    ]
    assert found["wengert"] == wg.__version__
    assert f"numpy {numpy.__version__}" in found["stands on"]
    assert found["a compiled derivative"] == "✓as it should be"


def test_what_cannot_be_found_out_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError("no\nlibrary")

    monkeypatch.setattr(doctor, "_blas", fails)
    assert CliRunner().invoke(main, ["doctor"]).exit_code == 1
    assert lines()["BLAS"] == "✗RuntimeError: no library"


def test_a_wrong_derivative_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy, "cos", numpy.sin)
    assert lines()["a compiled derivative"].startswith("✗wrong: [")


@pytest.mark.parametrize(
    ("requirement", "name"), [("numpy>=2.2", "numpy"), ("ml_dtypes", "ml_dtypes"), ("a-b[c]>=1; x", "a-b")]
)
def test_names_of_requirements(requirement: str, name: str) -> None:
    assert doctor._name(requirement) == name
