"""`wg.export.python`: what it writes runs, equals, and reads as the user's own program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests import laws
from tests.cases.case import Case
from tests.export.refusals import refused
from tests.test_laws import CASES

import wengert as wg
import wengert.numpy as np

X = numpy.linspace(0.3, 1.7, 4)
EVERY = [pytest.param(case, id=name) for name, case in CASES]


def run(source: str, *args: Any) -> Any:
    """What the last function of a source gives."""
    names: dict[str, Any] = {}
    exec(compile(source, "exported", "exec"), names)
    function = [value for value in names.values() if callable(value)][-1]
    with numpy.errstate(all="ignore"):
        return function(*args)


def check(f: Callable[..., Any], *args: Any) -> None:
    laws.assert_close(run(wg.export.python(f, *args), *args), f(*args), 1e-9)


def check_case(case: Case) -> None:
    """The value and the derivative are written and equal, or refused by name."""
    args = laws.make_arguments(case, case.dtypes[-1])
    derivative = [laws.derivative(laws.flat(case.function), args)] if case.order else []
    for f in (case.function, *derivative):
        with refused("has no form in NumPy here", "decides by a value"):
            check(f, *args)


@pytest.mark.parametrize("case", EVERY[::40])
def test_functions_and_derivatives(case: Case) -> None:
    check_case(case)


@pytest.mark.wide
@pytest.mark.parametrize("case", EVERY)
def test_all_functions_and_derivatives(case: Case) -> None:
    check_case(case)


def looped(x: Any) -> Any:
    c = wg.fori_loop(0, 3, lambda i, c: np.sin(c) + x, x)
    d = wg.cond(np.sum(c) > 0, lambda c: c * 2, lambda c: c * 3, c)
    return np.sum(wg.while_loop(lambda c: np.sum(c) < 100, lambda c: c * c + 1, d))


def scanned(x: Any) -> Any:
    last, ys = wg.scan(lambda c, y: (c * y, np.sin(c)), x[0], x, reverse=True)
    return last + np.sum(ys)


@pytest.mark.parametrize("f", [looped, scanned])
def test_loops_and_branches_to_second_order(f: Callable[..., Any]) -> None:
    check(f, X)
    check(wg.grad(f), X)
    check(lambda x: wg.hvp(f, (x,), (x,)), X)


def test_nested_arguments_and_results() -> None:
    def loss(params: Any, x: Any) -> Any:
        hidden = np.tanh(x @ params["w"])
        return np.mean(hidden**2)

    params, x = {"w": numpy.ones((4, 2)) / 3}, numpy.ones((5, 4))
    source = wg.export.python(wg.value_and_grad(loss), params, x)
    value, gradient = run(source, params, x)
    laws.assert_close(gradient["w"], wg.grad(loss)(params, x)["w"], 1e-12)
    assert value == pytest.approx(loss(params, x).item())


def test_variables_keep_their_names_and_lines() -> None:
    def f(x: Any) -> Any:
        inside = np.sin(x) + 1
        outside = np.exp(inside)
        return outside * inside

    source = wg.export.python(wg.grad(lambda x: np.sum(f(x))), X)
    assert "inside = np.sin(x) + 1\n" in source
    assert "outside = np.exp(inside)\n" in source
    assert "# test_python.py" in source
    assert "# derivative of test_python.py" in source


def test_a_name_is_only_given_to_its_own_value() -> None:
    """What a pass makes of an operation is another value, which does not get the variable's name."""

    def f(x: Any) -> Any:
        twice = np.sin(x) * 1.0
        return twice + np.cos(x) * 0.0

    assert "twice =" not in wg.export.python(f, X)


def test_state_is_constant() -> None:
    w = wg.tensor(X * 3)
    check(lambda x: x * w, X)


def test_values_that_json_and_python_write_otherwise() -> None:
    table = numpy.array([numpy.inf, -numpy.inf, numpy.nan, -0.0])
    check(lambda x: np.where(np.isnan(table), x, table * 2) + np.float32(0.1), X)
    check(lambda x: x[numpy.array([3, 0, 0])] ** -2.0 - (x[:3] - (x[1:] - 1)) / (2 / x[:3] / 3), X)


def test_a_path_is_written(tmp_path: Any) -> None:
    path = tmp_path / "f.py"
    assert path.write_text("before")
    source = wg.export.python(np.sin, X, path=path)
    assert path.read_text() == source
    assert [p.name for p in tmp_path.iterdir()] == ["f.py"]


def test_a_graph_is_written() -> None:
    graph = wg.jit(lambda x: np.sin(x) + 1).lower(X).graph
    laws.assert_close(run(wg.export.python(graph), X), graph(X), 0)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "decides by a value, at": lambda x: x if x[0] > 0 else -x,
    "returns a number of Python's": lambda x: float(np.sum(x)),
    "[python] the operation svd has no form in NumPy here": np.linalg.svd,
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_a_list_cannot_say_is_refused(message: str) -> None:
    with pytest.raises(TypeError) as error:
        wg.export.python(REFUSED[message], X if "svd" not in message else numpy.eye(3))
    assert message in str(error.value)


def test_effects_are_refused() -> None:
    total = wg.tensor(X)

    def f(x: Any) -> Any:
        total[0] = x[0]
        return x

    with pytest.raises(TypeError, match="writes to what is outside"):
        wg.export.python(f, X)
