"""Operations are written so that Python, reading what is written, computes the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.explaining.notation import index_text
from wengert.explaining.trace import trace


def everything(x: Any, y: Any) -> Any:
    """Operations with signs, with names, with parameters, with indices."""
    a = -x + y * x - y / x + x**2 + 2**y + (-2.5) * x + x % 0.7 + x // 0.3 - (-1.5) + abs(-y)
    m = np.stack([np.stack([x, y]), np.stack([y, x * y])])
    b = (m @ m)[0, 1] + m[:, 1].sum() + np.where((x > 1) & (y <= 2), x, y) + m[::-1, None][1, 0, 0]
    c = np.maximum(x, y) + np.sum(m, axis=0)[1] + np.clip(x, 0.5, 1.5) + m.reshape(4)[-1] + (+y)
    return a + b + c


FUNCTIONS = {
    "abs": numpy.abs, "where": numpy.where, "sum": numpy.sum, "maximum": numpy.maximum, "clip": numpy.clip,
    "reshape": numpy.reshape, "stack": lambda *parts, axis: numpy.stack(parts, axis),
}  # fmt: skip


@pytest.mark.parametrize("point", [(1.7, 0.6), (0.4, 2.5), (3.0, 3.0)])
def test_what_is_written_is_what_is_computed(point: tuple[float, float]) -> None:
    listed = trace(everything, point)
    assert len(listed.operations) > 40
    found: dict[str, Any] = {line.name: line.value for line in listed.lines[: listed.inputs]}
    for line in listed.operations:
        found[line.name] = eval(line.expression, FUNCTIONS, found)
        assert found[line.name] == pytest.approx(line.value, rel=1e-14), line


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda x: 1 if x > 2 else x, "x > 2"),
        (lambda x: 1 if abs(x * x - 2 * x) > 1 else x, "abs(x * x - 2 * x) > 1"),
        (lambda x: 1 if (x - 1) * (x - 2) < -x else x, "(x - 1) * (x - 2) < -x"),
        (lambda x: 1 if (x - 1) - (x - 2) >= x**2 else x, "(x - 1) - (x - 2) >= x**2"),
        (lambda x: 1 if not np.all(np.stack([x, x]) > 0) else x, "all(stack(x, x, axis=0) > 0)"),
    ],
)
def test_a_decision_is_written_out(f: Callable[..., Any], text: str) -> None:
    (decision,) = trace(f, (1.5,)).decisions
    assert decision.text == text
    assert decision.outcome == bool(eval(text, {"x": 1.5, "all": numpy.all, "stack": FUNCTIONS["stack"]}))


@pytest.mark.parametrize(
    ("f", "argument", "text"),
    [
        (lambda x: x[0], numpy.ones(2), "x[0]"),
        (lambda p: p["a"][1:].sum(), {"a": numpy.ones(3)}, "p['a'][1:]"),
        (lambda x: np.asarray(numpy.ones(9))[wg.tensor([3])].sum() * x, 1.0, "(float64[9])[[3]]"),
        (lambda x: (x * 2)[0], numpy.ones(2), "x * 2"),
    ],
)
def test_an_element_is_written_after_its_array(f: Callable[..., Any], argument: Any, text: str) -> None:
    assert text in [line.expression for line in trace(f, (argument,)).operations]


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ((0,), "0"),
        ((0, slice(1, None)), "0, 1:"),
        ((slice(None, None, -1), None), "::-1, None"),
        ((..., slice(2)), "..., :2"),
        (numpy.array([0, 2]), "[0, 2]"),
        ((), "()"),
    ],
)
def test_an_index_is_written_as_between_brackets(index: Any, text: str) -> None:
    assert index_text(index) == text


def test_a_decision_deep_down_is_cut_short() -> None:
    def f(x: Any) -> Any:
        z = x
        for _ in range(50):
            z = np.sin(z)
        return x if z > 0 else -x

    (decision,) = trace(f, (1.0,)).decisions
    assert decision.text == "sin(sin(sin(sin(...)))) > 0"
    assert wg.explain(f, 1.0).decisions == (decision,)
