"""The examples of science run in their quick size, and their figures are those of their references."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_examples import run
from .test_examples_models import is_picture


def test_d21_lotka_volterra(tmp_path: Path) -> None:
    figures = run("d21_lotka_volterra", "quick", 0, tmp_path)
    assert figures["off"].max() < 0.4
    assert figures["spread"] == pytest.approx(1, abs=0.3)
    assert figures["kept"] > 0.8
    assert figures["R"] < 1.05
    assert is_picture(figures["picture"])


def test_d21_neural_ode(tmp_path: Path) -> None:
    figures = run("d21_neural_ode", "quick", 0, tmp_path)
    assert figures["losses"][-1] < figures["losses"][0] / 5
    assert figures["off"][0] == 0
    assert is_picture(figures["picture"])


def test_f36_gaussian_process(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the patients come with scikit-learn: pip install wengert[gallery]")
    figures = run("f36_gaussian_process", "quick", 0, tmp_path)
    assert figures["gain"] > -1e-6
    assert figures["off"] < 1e-3
    assert figures["within"] == pytest.approx(0.95, abs=0.04)
    assert figures["slopes"][0] == pytest.approx(figures["slopes"][1], rel=1e-4)
    assert is_picture(figures["picture"])


def test_f37_kalman_filter(tmp_path: Path) -> None:
    figures = run("f37_kalman_filter", "quick", 0, tmp_path)
    assert figures["variances"] == pytest.approx((15098.5, 1469.2), rel=1e-4)
    assert figures["likelihood"] == pytest.approx(-632.545625, abs=1e-6)
    assert max(figures["off"]) < 1e-8
    assert figures["ship"] == pytest.approx(1, abs=0.1)
    assert figures["spread"] == pytest.approx(1, abs=0.25)
    assert is_picture(figures["picture"])


def test_f38_orbit_transfer(tmp_path: Path) -> None:
    figures = run("f38_orbit_transfer", "quick", tmp_path)
    assert figures["coarse"] == pytest.approx(1.525588, abs=2e-6)
    assert figures["fine"] == pytest.approx(1.5252458, abs=2e-7)
    assert figures["slopes"][0] == pytest.approx(figures["slopes"][1], rel=1e-5)
    assert figures["residuals"][-1] < 1e-11
    assert is_picture(figures["picture"])


def test_f39_eight_schools(tmp_path: Path) -> None:
    figures = run("f39_eight_schools", "quick", 0, tmp_path)
    mu, tau = (figures["rows"][name] for name in ("mu", "tau"))
    assert mu["mean"] == pytest.approx(4.4, abs=0.4)
    assert mu["sd"] == pytest.approx(3.3, abs=0.4)
    assert tau["mean"] == pytest.approx(3.6, abs=0.4)
    assert tau["sd"] == pytest.approx(3.2, abs=0.5)
    assert min(row["ess_bulk"] for row in figures["rows"].values()) > 500
    assert max(row["r_hat"] for row in figures["rows"].values()) < 1.02
    assert figures["gradients"] < 15
    assert is_picture(figures["picture"])


def test_f40_molecular_dynamics(tmp_path: Path) -> None:
    figures = run("f40_molecular_dynamics", "quick", 0, tmp_path)
    swings = figures["swings"]
    assert swings[0] < 2e-3
    assert swings[2] < swings[0] / 5
    assert figures["means"]["energy"] == pytest.approx(-5.7947, abs=0.08)
    assert figures["means"]["pressure"] == pytest.approx(0.5536, abs=0.4)
    assert figures["peaks"] == pytest.approx((1.09, 2.06), abs=0.12)
    assert 2.3 < figures["highest"] < 3.2
    assert is_picture(figures["picture"])


def test_f41_hartree_fock(tmp_path: Path) -> None:
    figures = run("f41_hartree_fock", tmp_path)
    assert figures["H2"]["textbook"] == pytest.approx(0, abs=5e-5)
    assert figures["HeH+"]["textbook"] == pytest.approx(0, abs=1e-6)
    assert figures["H2"]["length"] == pytest.approx(1.346, abs=5e-4)
    assert figures["H2"]["energy"] == pytest.approx(-1.1175, abs=5e-5)
    for molecule in ("H2", "HeH+"):
        assert figures[molecule]["vibration"] == pytest.approx(figures[molecule]["by differences"], rel=1e-5)
    assert is_picture(figures["picture"])


def test_f42_topology_optimisation(tmp_path: Path) -> None:
    figures = run("f42_topology_optimisation", "quick", tmp_path)
    assert figures["compliance"][-1] == pytest.approx(229.5, abs=0.2)
    assert figures["off"] < 1e-9
    assert figures["weight"] == pytest.approx(0.5, abs=1e-3)
    assert is_picture(figures["picture"])


def test_f43_heat_conduction(tmp_path: Path) -> None:
    figures = run("f43_heat_conduction", "quick", 0, tmp_path)
    assert figures["off"] < 1e-3
    assert figures["within"] == pytest.approx(0.95, abs=0.04)
    assert figures["distance"] == pytest.approx(1, abs=0.3)
    assert is_picture(figures["picture"])
