"""The three traces are right line by line, for every kind of function that can be listed."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.explaining.trace import Line, Trace, trace


def textbook(x1: Any, x2: Any) -> Any:
    """The example of Baydin et al. (2018), tables 2 and 3."""
    return np.log(x1) + x1 * x2 - np.sin(x2)


def branching(x: Any, y: Any) -> Any:
    for _ in range(3):
        x = np.where(x > 0.1, x * y, np.tanh(x) - y)
    return x + y**2 if x > 0 else x / y


def in_place(x: Any, y: Any) -> Any:
    values = np.zeros(3)
    values[0] = x
    values[1:] = x * y
    values *= y
    return np.sum(values)


def nested_derivative(x: Any, y: Any) -> Any:
    return wg.grad(lambda t: t**3 * y)(x) + wg.jvp(np.sin, (y,), (x,))[1]


def vectorised(x: Any, y: Any) -> Any:
    return np.sum(wg.vmap(lambda t: np.exp(t) * y)(np.stack([x, y, x * y])))


def checkpointed(x: Any, y: Any) -> Any:
    left, right = wg.checkpoint(lambda a, b: (np.sin(a) * b, a + b))(x, y)
    return left * right


def factorised(x: Any, y: Any) -> Any:
    sign, logarithm = np.linalg.slogdet(np.stack([np.stack([x, y]), np.stack([y, x * 3.0])]))
    return logarithm * sign


FUNCTIONS = [textbook, branching, in_place, nested_derivative, vectorised, checkpointed, factorised]


@dataclasses.dataclass
class Layer:
    w: Any
    b: Any


class Point(NamedTuple):
    x: Any
    y: Any


POINT = (1.7, 0.6)
DIRECTION = (0.3, -1.1)


def line(listed: Trace, name: str) -> Line:
    return next(line for line in listed.lines if line.name == name)


def test_the_textbook_example_has_the_published_traces() -> None:
    listed = trace(textbook, (2.0, 5.0))
    assert [line.expression for line in listed.lines] == [
        "x1",
        "x2",
        "log(x1)",
        "x1 * x2",
        "v1 + v2",
        "sin(x2)",
        "v3 - v4",
    ]
    assert [line.name for line in listed.lines] == ["x1", "x2", "v1", "v2", "v3", "v4", "v5"]
    values = [2, 5, math.log(2), 10, math.log(2) + 10, math.sin(5), math.log(2) + 10 - math.sin(5)]
    assert [line.value for line in listed.lines] == pytest.approx(values, rel=1e-15)
    assert [line.tangent for line in listed.lines] == pytest.approx([1, 0, 0.5, 5, 5.5, 0, 5.5], rel=1e-15)
    adjoints = [5.5, 2 - math.cos(5), 1, 1, 1, -1, 1]
    assert [line.adjoint for line in listed.lines] == pytest.approx(adjoints, rel=1e-15)
    assert (listed.function, listed.output, listed.inputs, len(listed.operations)) == ("textbook", "v5", 2, 5)
    assert listed.gradient == pytest.approx((5.5, 2 - math.cos(5)), rel=1e-15)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_value_gradient_and_slope_are_those_of_the_function(f: Callable[..., Any]) -> None:
    listed = trace(f, POINT, DIRECTION)
    value, gradient = wg.value_and_grad(f, argnums=(0, 1))(*POINT)
    assert listed.value == float(value)
    assert listed.gradient == pytest.approx([float(g) for g in gradient], rel=1e-13)
    assert listed.slope == pytest.approx(float(wg.jvp(f, POINT, DIRECTION)[1]), rel=1e-13)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_each_line_is_the_sum_of_what_it_reads_and_of_what_reads_it(f: Callable[..., Any]) -> None:
    listed = trace(f, POINT, DIRECTION)
    by_name = {line.name: line for line in listed.lines}
    for line in listed.operations:
        if line.tangent_terms and not any(isinstance(by_name[r].value, tuple) for r in line.reads if r):
            parts = zip(line.partials, line.reads, strict=True)
            total = sum(p * by_name[r].tangent for p, r in parts if p is not None and r is not None)
            assert line.tangent == pytest.approx(total, rel=1e-13), line
    for line in listed.lines:
        if line.adjoint_terms:
            readers = [(p, o) for o in listed.lines for p, r in zip(o.partials, o.reads, strict=True) if r == line.name]
            total = sum(p * other.adjoint for p, other in readers if p is not None and other.adjoint is not None)
            assert line.adjoint == pytest.approx(total, rel=1e-13), line


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_every_line_is_read_by_a_later_one_or_is_the_output(f: Callable[..., Any]) -> None:
    listed = trace(f, POINT)
    places = {line.name: i for i, line in enumerate(listed.lines)}
    read = {name for line in listed.lines for name in line.reads if name is not None}
    output = listed.output.partition("[")[0]
    assert {line.name for line in listed.operations} - {output} <= read
    assert all(places[name] < places[line.name] for line in listed.lines for name in line.reads if name is not None)


def test_terms_show_the_chain_rule() -> None:
    listed = trace(textbook, (2.0, 5.0))
    assert line(listed, "v2").tangent_terms == "5 dx1 + 2 dx2"
    assert line(listed, "v5").tangent_terms == "dv3 - dv4"
    assert line(listed, "x1").adjoint_terms == "0.5 av1 + 5 av2"
    assert line(listed, "v4").adjoint_terms == "-av5"
    assert line(listed, "x2").adjoint_terms == "2 av2 + 0.283662 av4"


def test_arrays_have_traces_but_no_terms() -> None:
    listed = trace(lambda w, x: np.sum(np.tanh(w @ x)), (numpy.eye(2), numpy.array([0.5, -0.25])))
    product = line(listed, "v1")
    assert product.expression == "w @ x"
    assert product.tangent.tolist() == [0.5, 0.0]
    assert product.adjoint.tolist() == pytest.approx([1 / math.cosh(0.5) ** 2, 1 / math.cosh(0.25) ** 2])
    assert (product.tangent_terms, product.partials) == ("", (None, None))


def test_a_comparison_is_listed_without_a_derivative() -> None:
    listed = trace(lambda x: np.where(x > 1, x * 2, x), (3.0,))
    compared = next(line for line in listed.lines if line.operation == "greater")
    assert (bool(compared.value), compared.tangent, compared.adjoint) == (True, None, None)
    chosen = next(line for line in listed.lines if line.operation == "where")
    assert chosen.expression == f"where({compared.name}, v2, x)"


def test_a_stopped_gradient_is_listed_without_a_derivative() -> None:
    listed = trace(lambda x: wg.stop_gradient(x) * x, (3.0,))
    stopped, product = listed.operations
    assert (stopped.tangent, stopped.adjoint, stopped.partials, stopped.tangent_terms) == (None, None, (None,), "")
    assert (product.expression, product.tangent_terms) == ("v1 * x", "3 dx")


def test_equal_outcomes_of_two_comparisons_are_told_apart() -> None:
    listed = trace(lambda x: [(a := x > 1), (b := x > 2), np.where(a, x, 0.0) + np.where(b, x, 0.0)][2], (3.0,))
    chosen = [line for line in listed.lines if line.operation == "where"]
    compared = [line for line in listed.lines if line.operation == "greater"]
    assert [line.reads[0] for line in chosen] == [line.name for line in compared]


def test_results_of_an_operation_with_many_are_named_by_their_place() -> None:
    listed = trace(factorised, POINT)
    determinant = next(line for line in listed.lines if line.operation == "slogdet")
    assert isinstance(determinant.value, tuple)
    assert len(determinant.tangent) == len(determinant.adjoint) == 2
    assert listed.lines[-1].expression == f"{determinant.name}[1] * {determinant.name}[0]"


def test_a_checkpoint_is_one_line() -> None:
    listed = trace(checkpointed, POINT)
    assert [line.operation for line in listed.operations] == ["checkpoint", "multiply"]
    assert listed.operations[0].adjoint == pytest.approx((2.3, math.sin(1.7) * 0.6), rel=1e-14)


def test_what_does_not_reach_the_result_is_not_listed() -> None:
    listed = trace(lambda x: [np.exp(x), np.sin(x)][1], (2.0,))
    assert [line.operation for line in listed.operations] == ["sin"]


def test_an_input_may_be_written_in_place() -> None:
    def f(x: Any) -> Any:
        x += 1
        x *= x
        return x

    listed = trace(f, (3.0,))
    assert [line.expression for line in listed.lines] == ["x", "x + 1", "v1 * v1"]
    assert (listed.value, listed.gradient) == (16.0, (8.0,))


def test_the_input_itself_is_a_result() -> None:
    listed = trace(lambda x: x, (2.0,))
    assert (listed.output, listed.value, listed.gradient, listed.slope) == ("x", 2.0, (1.0,), 1.0)


def test_a_constant_result_has_a_zero_gradient() -> None:
    listed = trace(lambda x: 3.0, (2.0,))
    assert (listed.output, listed.value, listed.gradient, listed.slope) == ("", 3.0, (0.0,), 0.0)


def test_a_function_without_arguments() -> None:
    listed = trace(lambda: np.exp(np.asarray(0.0)), ())
    assert (listed.value, listed.gradient, listed.slope) == (1.0, (), 0.0)


def test_inputs_are_named_as_in_the_signature() -> None:
    def f(weights: Any, *rest: Any) -> Any:
        return np.sum(weights["w"] * rest[0]) + rest[1] * weights["b"][0]

    listed = trace(f, ({"w": numpy.ones(2), "b": (1.5,)}, numpy.ones(2), 3.0))
    names = [line.expression for line in listed.lines[: listed.inputs]]
    assert names == ["weights['b'][0]", "weights['w']", "rest[0]", "rest[1]"]
    assert listed.gradient[0]["b"] == (3.0,)
    assert listed.gradient[0]["w"].tolist() == [1.0, 1.0]


def test_complex_inputs_have_complex_adjoints() -> None:
    listed = trace(lambda z: np.abs(z) ** 2, (3 + 4j,))
    assert listed.gradient == (pytest.approx(6 + 8j),)


def test_other_threads_are_not_listed() -> None:
    def f(x: Any) -> Any:
        other = threading.Thread(target=lambda: np.cos(x))
        other.start()
        other.join()
        return np.sin(x)

    assert [line.operation for line in trace(f, (1.0,)).operations] == ["sin"]


def test_nothing_is_left_listening_when_the_function_raises() -> None:
    from wengert.core.state import observers

    with pytest.raises(ZeroDivisionError):
        trace(lambda x: 1 / 0, (1.0,))
    assert observers == []


@pytest.mark.parametrize(
    ("f", "given", "instead"),
    [
        (
            lambda x: np.stack([x, x]),
            "shape (2,) of dtype float64",
            "component=0 (or --component 0) for one of its elements",
        ),
        (lambda x: (x, x), "an object of type tuple", "component=0 (or --component 0) for one of its elements"),
        (lambda x: x * 1j, "shape () of dtype complex128", "abs(z), or np.real(z), of it"),
        (lambda x: None, "nothing", "return before what it computes"),
        (lambda x: 3, "an object of type int", "a function whose result is a floating-point number"),
        (
            lambda x: np.argmax(np.stack([x])),
            "shape () of dtype int64",
            "a function whose result is a floating-point number",
        ),
    ],
)
def test_a_result_that_is_not_one_real_number_is_refused(f: Callable[..., Any], given: str, instead: str) -> None:
    with pytest.raises(TypeError) as error:
        trace(f, (1.0,))
    assert str(error.value) == (
        f"[explain] the function returned {given}, wanted one real number, since a gradient belongs to one; "
        f"write {instead}"
    )


def test_fields_are_named_as_attributes() -> None:
    listed = trace(lambda p, q: p.w * p.b[0] + q.x * q.y["k"], (Layer(2.0, (3.0,)), Point(1.0, {"k": 4.0})))
    assert [line.name for line in listed.lines[:4]] == ["p.w", "p.b[0]", "q.x", "q.y['k']"]


def test_a_direction_of_another_shape_is_refused() -> None:
    with pytest.raises(TypeError) as error:
        trace(textbook, (1.0, 2.0), (1.0, numpy.ones(2)))
    assert str(error.value) == (
        "[explain] the direction[1] has shape (2,), wanted (); write a direction of the shape of what it belongs to"
    )
