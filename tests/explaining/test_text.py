"""Values and terms are short, and say what they are."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from wengert.core.abstract import Abstract
from wengert.explaining.text import brief, constant, cut, number, short, shorter_and_shorter, weighted_sum


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (-0.0, "0"),
        (1 / 3, "0.333333"),
        (1.5e-12, "1.5e-12"),
        (numpy.float32(0.1), "0.1"),
        (7, "7"),
        (numpy.True_, "True"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (3 - 4j, "3-4j"),
        (complex(1, -0.0), "1-0j"),
        (complex(0.5, 1e9), "0.5+1e+09j"),
    ],
)
def test_a_number_has_six_digits(value: Any, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (numpy.array([1.0, 0.25]), "[1, 0.25]"),
        (numpy.array([[1.0, 2.0], [3.0, -1e-7]]), "[[1, 2], [3, -1e-07]]"),
        (numpy.zeros((0, 3)), "[]"),
        (numpy.arange(100.0).reshape(4, 25), "float64[4, 25] 0 1 ... 99"),
        (numpy.arange(9, dtype="int32"), "int32[9] 0 1 ... 8"),
        (numpy.array(2.5), "2.5"),
        ((numpy.array(2.0), None), "(2, -)"),
        (Abstract((2, 3), numpy.dtype("float32")), "float32[2, 3]"),
        (None, "-"),
    ],
)
def test_an_array_shows_its_ends(value: Any, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.333333"),
        (numpy.arange(3.0), "[0, 1, 2]"),
        (numpy.arange(4.0), "float64[4]"),
        ((numpy.eye(2), 1.0), "(float64[2, 2], 1)"),
        (Abstract((4, 3), numpy.dtype("float32")), "float32[4, 3]"),
    ],
)
def test_in_a_drawing_an_array_shows_only_its_shape(value: Any, text: str) -> None:
    assert brief(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "2"),
        (numpy.array([1.0, 2.0]), "[1, 2]"),
        (numpy.linspace(0, 1, 6) / 3, "float64[6]"),
        ((0, 1), "(0, 1)"),
        ("a string that is rather long", "'a string that is rat..."),
    ],
)
def test_a_constant_is_shorter_still(value: Any, text: str) -> None:
    assert constant(value) == text


def test_an_array_is_written_shorter_and_shorter() -> None:
    assert shorter_and_shorter(numpy.array(2.5)) == ("2.5",)
    assert shorter_and_shorter(numpy.arange(4.0) / 3) == (
        "[0, 0.333333, 0.666667, 1]",
        "[0, 0.333, 0.667, 1]",
        "float64[4] 0 ... 1",
        "float64[4]",
    )
    assert shorter_and_shorter((numpy.array(1 / 3), numpy.ones(4))) == (
        "(0.333333, [1, 1, 1, 1])",
        "(0.333, [1, 1, 1, 1])",
        "(0.333333, float64[4])",
    )


@pytest.mark.parametrize(("width", "text"), [(10, "v1 = x + y"), (9, "v1 = x..."), (2, ".."), (0, "")])
def test_a_text_that_is_cut_shows_that_it_is(width: int, text: str) -> None:
    assert cut("v1 = x + y", width) == text


@pytest.mark.parametrize(
    ("weights", "names", "text"),
    [
        ([], [], ""),
        ([1.0], ["dv1"], "dv1"),
        ([-1.0, 1.0], ["dv1", "dv2"], "-dv1 + dv2"),
        ([-0.5, -2.0], ["dv1", "dv2"], "-0.5 dv1 - 2 dv2"),
        ([0.0], ["dv1"], "0 dv1"),
        ([1.25] * 6, [f"dv{i}" for i in range(100, 106)], ""),
        ([1.0, 1.0], ["dv1", "dv1"], "2 dv1"),
        ([1 - 1e-12, -1 + 1e-12], ["dv1", "dv2"], "dv1 - dv2"),
    ],
)
def test_a_sum_is_written_as_by_hand_unless_it_is_long(weights: list[float], names: list[str], text: str) -> None:
    assert weighted_sum(weights, names) == text
