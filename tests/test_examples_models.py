"""The examples that integrate, sort, checkpoint, generate, act and doubt run in their quick size and are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .test_examples import run


def is_picture(path: Any) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


def test_c15_bayesian_network(tmp_path: Path) -> None:
    figures = run("c15_bayesian_network", "quick", 0, tmp_path)
    alone, many = figures["one network"], figures["Bayesian"]
    assert min(alone["accuracy"], many["accuracy"]) > 0.9
    assert many["nats"] < alone["nats"]
    assert is_picture(figures["picture"])


def test_c15_denoising_autoencoder(tmp_path: Path) -> None:
    figures = run("c15_denoising_autoencoder", "quick", 0, tmp_path)
    assert figures["linear"] == pytest.approx(6.6, abs=0.1)
    assert figures["before"] + 4 < figures["after"]
    assert is_picture(figures["picture"])


def test_c15_flow_matching(tmp_path: Path) -> None:
    figures = run("c15_flow_matching", "quick", 0, tmp_path)
    assert figures["right"] > 0.5
    assert figures["real"] == pytest.approx(2.1, abs=0.05)
    assert figures["real"] < figures["distance"] < 2 * figures["real"]
    assert is_picture(figures["picture"])


def test_c15_variational_autoencoder(tmp_path: Path) -> None:
    figures = run("c15_variational_autoencoder", "quick", 0, tmp_path)
    assert figures["independent"] == pytest.approx(-27.02, abs=0.01)
    assert figures["independent"] + 1 < figures["elbo"] < figures["many"]
    assert is_picture(figures["picture"])


def test_c16_policy_gradient(tmp_path: Path) -> None:
    pytest.importorskip("gymnasium", reason="CartPole comes with gymnasium: pip install wengert[gallery]")
    figures = run("c16_policy_gradient", "quick", 0, tmp_path)
    assert figures["REINFORCE"] >= 195
    assert figures["PPO"] >= 100
    assert is_picture(figures["picture"])


def test_d20_physics_informed_network(tmp_path: Path) -> None:
    figures = run("d20_physics_informed_network", "quick", 0, tmp_path)
    assert figures["oscillator"] < 1e-3
    assert figures["membrane"] < 0.05
    assert is_picture(figures["picture"])


def test_d22_numerical_integration(tmp_path: Path) -> None:
    figures = run("d22_numerical_integration", "quick", tmp_path)
    assert len(figures["errors"]) == 5
    assert max(figures["errors"].values()) < 1e-11
    assert figures["on fixed nodes"] > 0.9
    assert figures["quantile"] < 1e-12
    assert figures["samples"]["trapezoid"][-1] > 1e-5
    assert max(figures["samples"]["romb"][-1], figures["samples"]["fixed_quad"][-1]) < 1e-12
    assert figures["cost"] < 20
    assert is_picture(figures["picture"])


def test_d22_orbit_transfer(tmp_path: Path) -> None:
    figures = run("d22_orbit_transfer", "quick", tmp_path)
    assert figures["maximum principle"] == pytest.approx(1.525246, abs=1e-5)
    assert figures["shooting"] == pytest.approx(1.525, abs=2e-3)
    assert figures["collocation"] == pytest.approx(1.525, abs=0.02)
    assert figures["slope"] == pytest.approx(figures["difference"], rel=1e-6)
    assert figures["slope of collocation"] == pytest.approx(figures["slope"], rel=0.03)
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
    assert figures["same"]
    assert figures["rows"]["plain"][0] >= 256
    assert all(peak < promised + 16 for peak, promised in figures["rows"].values())
    assert len(figures["rows"]) == 6
    assert is_picture(figures["picture"])
    assert all(needed <= 1.1 * budget for _, budget, needed, _ in figures["budgets"])
    assert figures["budgets"][-1][2] < 0.5 * figures["budgets"][0][2]


def test_d25_stochastic_nodes(tmp_path: Path) -> None:
    figures = run("d25_stochastic_nodes", "quick", 0, tmp_path)
    assert figures["reparameterised"]["variances"] == pytest.approx([1, 11], rel=0.05)
    assert figures["score function"]["variances"] == pytest.approx([55.8, 196.5], rel=0.2)
    assert all((figures[name]["off"] < 4).all() for name in ("reparameterised", "score function"))
    methods = {name: figures[name]["method"] for name in ("Normal", "Poisson", "Bernoulli")}
    assert methods == {"Normal": "pathwise", "Poisson": "measure", "Bernoulli": "enumerated"}
    assert all(figures[name]["error"] < 0.02 for name in methods)
    assert is_picture(figures["picture"])
