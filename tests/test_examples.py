"""Each example runs, and its figures are those of a correct engine."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name: str, *arguments: Any) -> dict[str, Any]:
    """The figures that the `main` of an example returns."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](*arguments)


def test_every_example_is_listed_and_tested() -> None:
    names = sorted(path.name for path in EXAMPLES.glob("*.py"))
    readme = (EXAMPLES / "README.md").read_text()
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_examples*.py"))
    assert [name for name in names if f"| `{name}` |" not in readme] == []
    assert [name for name in names if f'run("{name.removesuffix(".py")}"' not in tests] == []


def test_a1_dual_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("a1_dual_numbers")
    assert figures == {"dual value": 30.0, "dual slope": 11.0, "value": 30.0, "slope": 11.0}
    assert "by wengert.jvp:    value 30, derivative 11\n" in capsys.readouterr().out


def test_a2_adjoints(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("a2_adjoints") == {"value": 16.0, "along x": 4.0, "along y": 4.0}
    assert "ay = 3 av1 + av2 = 4" in capsys.readouterr().out


def test_a3_graph(tmp_path: Path) -> None:
    figures = run("a3_graph", tmp_path)
    assert (figures["value"], figures["along x"], figures["along y"]) == (42.0, 24.0, 10.0)
    assert ElementTree.parse(figures["picture"]).getroot().tag.endswith("svg")


def test_a4_product_with_exponential() -> None:
    figures = run("a4_product_with_exponential")
    assert figures["value"] == pytest.approx(15 * math.exp(3), rel=1e-14)
    assert figures["slope"] == pytest.approx(23 * math.exp(3), rel=1e-14)
    assert figures["largest error"] < 1e-12


def test_a5_define_by_run() -> None:
    figures = run("a5_define_by_run")
    assert (figures["value"], figures["first"], figures["second"]) == (52.0, (10.0, 27.0), (20.0, 54.0))
    assert figures["refusal"].startswith("[backward] the graph was freed by an earlier backward()")


def test_a6_second_derivatives() -> None:
    assert run("a6_second_derivatives") == {"gradients": [27.0, 27.0, 18.0, 6.0], "grad": [27.0, 27.0, 18.0, 6.0]}


def test_a7_jacobians() -> None:
    figures = {name: numpy.asarray(figure) for name, figure in run("a7_jacobians").items()}
    jacobian = numpy.array([[4, 6], [3, 2], [math.cos(2), -math.sin(3)]])
    numpy.testing.assert_allclose(figures["vjp"], [8.75155949, 9.57663998], rtol=1e-8)
    numpy.testing.assert_allclose(figures["jvp"], [7, 4, -0.48670684], rtol=1e-8)
    numpy.testing.assert_allclose(figures["forward"], jacobian, rtol=1e-15)
    numpy.testing.assert_allclose(figures["reverse"], jacobian, rtol=1e-15)
    numpy.testing.assert_allclose(figures["hessian"], [[6, 4], [4, -math.sin(3)]], rtol=1e-15)


def test_a8_three_ways_to_differentiate(tmp_path: Path) -> None:
    figures = run("a8_three_ways_to_differentiate", tmp_path)
    assert max(figures["automatic"], figures["symbolic"]) < 1e-13
    assert figures["automatic"] < figures["central"] / 100 < figures["forward"] / 1000
    assert figures["swell"] == [6, 28, 88, 240, 608, 1472]
    assert figures["picture"].read_bytes().startswith(b"\x89PNG")


def test_e34_wrong_gradients_and_nans() -> None:
    figures = run("e34_wrong_gradients_and_nans")
    assert figures["worst"] < 1e-3
    assert "fails by itself is density_by_hand, called at" in figures["wrong"]
    assert "d result[0] / d operands[1][0] at -1\n" in figures["wrong"]
    assert figures["traced"].startswith("[trace_nans] log gave -inf at element [2]\n    x = [0.960315, 0.653348, 0]\n")
    assert "in likelihood: return np.sum(np.log(mixture))\n" in figures["traced"]
    assert numpy.isfinite(figures["stable"].numpy()).all()
    assert figures["stable"].numpy()[1] == pytest.approx(58 + figures["slope"].numpy()[1])


def test_e26_branch_not_taken() -> None:
    finite = run("e26_branch_not_taken")
    assert len(finite) == 4
    assert all(finite.values())


def test_e27_long_chain() -> None:
    length = 100_000
    figures = run("e27_long_chain", length)
    grown = (1 + 1 / length) ** (length // 2)
    assert figures["gradient"] == pytest.approx(grown, rel=1e-10)
    assert figures["value"] == pytest.approx(1 + 9 * grown, rel=1e-10)


def test_e28_in_place() -> None:
    figures = run("e28_in_place")
    assert figures["reverse"] == pytest.approx(figures["forward"], rel=1e-13)
    assert figures["reverse"] == pytest.approx(figures["difference"], rel=1e-8)


def test_e31_ninth_derivative() -> None:
    # f' = e^x cos(e^x), ...: by Faa di Bruno with Touchard polynomials, sum_k S(9, k) e^kx sin(e^x + k pi / 2)
    stirling = [1, 255, 3025, 7770, 6951, 2646, 462, 36, 1]
    e = math.exp(0.5)
    exact = sum(s * e**k * math.sin(e + k * math.pi / 2) for k, s in enumerate(stirling, start=1))
    assert run("e31_ninth_derivative")["value"] == pytest.approx(exact, rel=1e-12)


def test_e33_one_rule_every_mode() -> None:
    figures = run("e33_one_rule_every_mode")
    sigmoid = 1 / (1 + math.exp(-0.7))
    for name, value in figures.items():
        exact = sigmoid * (1 - sigmoid) if name.startswith("second") else sigmoid
        assert value == pytest.approx(exact, rel=1e-14)


def test_e35_float64_stays() -> None:
    assert set(run("e35_float64_stays").values()) == {("float64", "float32")}
