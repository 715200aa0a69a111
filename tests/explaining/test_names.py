"""No two things in a list have the same name, whatever the inputs are called."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from wengert.explaining.names import Names, names_for

AWKWARD = ["x", "y", "v1", "v2", "dv1", "av1", "dx", "ax", "d_x", "w1", "v_1", "y[0]", "result", "dy", "p['y']", "ddx"]


def everything(names: Names) -> list[str]:
    plain = [*names.lines, names.result]
    return [*plain, *(names.tangent + n for n in plain), *(names.adjoint + n for n in plain)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(AWKWARD) | st.from_regex(r"[advwy]{1,2}_?[0-9]?", fullmatch=True), unique=True))
def test_all_names_differ(inputs: list[str]) -> None:
    names = everything(names_for(inputs, 3))
    assert len(set(names)) == len(names)
    assert names[: len(inputs)] == inputs


def test_two_inputs_of_one_name_are_numbered() -> None:
    assert names_for(["w", "w", "w"], 0).lines == ("w", "w#2", "w#3")


@pytest.mark.parametrize(
    ("inputs", "lines", "result", "tangent"),
    [
        (["x1", "x2"], ("x1", "x2", "v1"), "y", "d"),
        (["x", "y"], ("x", "y", "v1"), "result", "d"),
        (["y[0]"], ("y[0]", "v1"), "result", "d"),
        (["y0"], ("y0", "v1"), "y", "d"),
        (["v1"], ("v1", "w1"), "y", "d"),
        (["x", "dx"], ("x", "dx", "v1"), "y", "d_"),
    ],
)
def test_names_make_way_for_those_of_inputs(
    inputs: list[str], lines: tuple[str, ...], result: str, tangent: str
) -> None:
    names = names_for(inputs, 1)
    assert (names.lines, names.result, names.tangent) == (lines, result, tangent)
