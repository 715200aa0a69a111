"""`wg.check` on functions that are right, at points where nothing can be confirmed, and on bad input."""

from __future__ import annotations

import random
import re
from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.linalg as linalg

Pair = namedtuple("Pair", "weight bias")


@dataclass
class Layer:
    matrix: Any
    name: str


def network(parameters: Any, x: Any) -> Any:
    hidden = np.tanh(np.matmul(x, parameters["first"].weight) + parameters["first"].bias)
    return {"out": np.matmul(hidden, parameters["last"][0].matrix), "count": 3, "norm": [np.sum(hidden**2)]}


def parameters(dtype: str = "float64") -> Any:
    rng = numpy.random.default_rng(1)

    def draw(*shape: int) -> Any:
        values = rng.standard_normal(shape)
        if dtype.startswith("complex"):
            values = values + 1j * rng.standard_normal(shape)
        return values.astype(dtype)

    return {"first": Pair(draw(2, 3), draw(3)), "last": (Layer(draw(3, 1), "read out"),)}, draw(4, 2)


def failure(f: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(wg.GradientError) as caught:
        wg.check(f, *args, **options)
    return str(caught.value)


def line_of(f: Any, offset: int = 0) -> str:
    return f"{__file__}:{f.__code__.co_firstlineno + offset}, in {f.__name__}"


# -- right functions -------------------------------------------------------------------------------


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_right_function_of_nested_arguments_passes(dtype: str, order: int) -> None:
    report = wg.check(network, *parameters(dtype), order=order)
    assert len(report.rows) == 3 * (2**order - 1)
    assert {row.order for row in report.rows} == set(range(1, order + 1))
    assert report.worst < 1
    assert not any(row.verdict.is_rough for row in report.rows)


def test_arguments_that_are_not_floating_point_stay_as_they_are() -> None:
    def power(x: Any, n: int, label: str, chosen: Any) -> Any:
        assert type(n) is int
        assert label == "cube"
        assert chosen.dtype == bool
        return np.sum(x[chosen] ** n)

    wg.check(power, numpy.array([0.5, 1.5]), 3, "cube", numpy.array([True, False]))


def test_derivatives_of_derivatives_pass() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    x = numpy.array([0.3, 1.2])
    for derivative in (wg.grad(f), wg.hessian(f), wg.vmap(wg.grad(np.sin)), wg.checkpoint(f)):
        wg.check(derivative, x)


def test_tensors_and_numbers_are_arguments() -> None:
    wg.check(lambda x, y: x * np.exp(y), wg.tensor(1.5), 0.5)


def test_numbers_far_from_one() -> None:
    wg.check(np.log, numpy.array([1e-9, 1.0, 100.0]))
    wg.check(lambda x: np.exp(-x), 300.0)


def test_a_derivative_that_is_zero() -> None:
    wg.check(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, numpy.array([0.3, 1.1]))
    wg.check(lambda x: x * 0, 2.0)
    wg.check(lambda x: x**2, 0.0)


def test_a_kink_at_a_distance_does_no_harm() -> None:
    wg.check(np.abs, numpy.array([1e-5, 3.0]))
    wg.check(lambda x: np.maximum(x, 1.0), 1 + 1e-5)


def test_the_report_prints_as_a_table() -> None:
    def cube(x: Any) -> Any:
        return x**3

    lines = str(wg.check(cube, 2.0, order=2)).splitlines()
    assert lines[0] == "The derivatives of cube passed every test."
    assert lines[1].split() == ["order", "function", "test", "error", "tolerance"]
    assert [line[:23].rstrip() for line in lines[2::3]] == [
        "1      cube",
        "2      reverse of cube",
        "2      forward of cube",
    ]
    assert all(line.endswith("well") for line in lines[2:])
    report = wg.check(cube, 2.0, order=1)
    assert repr(report) == str(report)
    with pytest.raises(AttributeError):
        report.rows = ()  # type: ignore[misc]


def test_another_seed_is_another_direction() -> None:
    def errors(seed: int) -> list[float]:
        return [row.verdict.error for row in wg.check(network, *parameters(), seed=seed).rows]

    assert errors(0) == errors(0)
    assert errors(0) != errors(1)


# -- points where nothing can be confirmed -----------------------------------------------------------


def test_the_kink_of_absolute_value() -> None:
    def size(x: Any) -> Any:
        return np.sum(np.abs(x))

    assert failure(size, numpy.array([1.0, 0.0])) == (
        "[check] size is at a kink: its derivatives from the left and from the right differ\n"
        "    d result / d x[1] at 0\n"
        "        forward mode    0\n"
        "        reverse mode    0\n"
        "        from the left   -1\n"
        "        from the right  1\n"
        f"  the first operation that fails by itself is absolute, called at {line_of(size, 1)}: "
        "return np.sum(np.abs(x))\n"
        "        x = [1, 0]\n"
        "        d result[1] / d x[1] at 0\n"
        "            forward mode    0\n"
        "            reverse mode    0\n"
        "            from the left   -1\n"
        "            from the right  1\n"
        "wanted a point where the derivative exists; the value given is between those of the two sides, as a "
        "subgradient is; check at a point beside the kink, where absolute is smooth"
    )


def rectified(x: Any) -> Any:
    return np.maximum(x, 0.0) * 3


def largest(x: Any) -> Any:
    return np.max(x)


def length(x: Any) -> Any:
    return np.sqrt(np.sum(x**2))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("f", "point", "name", "left", "right"),
    [
        (rectified, [1.0, 0.0], "maximum", "0", "3"),
        (largest, [1.0, 2.0, 2.0], "max", "0", "1"),
        (length, [0.0, 0.0], "sqrt", "-1", "1"),
    ],
)
def test_kinks_are_called_kinks(f: Any, point: Any, name: str, left: str, right: str, dtype: str) -> None:
    text = failure(f, numpy.array(point, dtype))
    assert text.startswith(
        f"[check] {f.__name__} is at a kink: its derivatives from the left and from the right differ"
    )
    assert f"        from the left   {left}\n        from the right  {right}\n" in text
    assert f"fails by itself is {name}, called at {line_of(f, 1)}" in text


def test_a_jump_is_a_kink() -> None:
    text = failure(lambda x: np.floor(x) * x, 2.0)
    assert "is at a kink" in text
    assert "fails by itself is floor" in text


def test_a_kink_of_the_second_derivative() -> None:
    def f(x: Any) -> Any:
        return x * np.abs(x)

    wg.check(f, 0.5)
    assert "is at a kink" in failure(f, 0.0)


def test_a_choice_by_value_is_a_kink_of_no_operation() -> None:
    def f(x: Any) -> Any:
        return x * 2 if x.item() > 1 else x * 3

    assert failure(f, 1.0).splitlines()[-1] == (
        "every operation passes by itself at its own operands, so the function chooses by value; look for an if, "
        "argmax, sort or rounding, and check at a point where the choice does not change"
    )


def test_the_edge_of_the_domain() -> None:
    def root(x: Any) -> Any:
        return np.sqrt(x)

    assert failure(root, 0.0) == (
        "[check] root is at the edge of its domain: it is not finite beside this point\n"
        "    d result / d x at 0\n"
        "        forward mode    inf\n"
        "        reverse mode    inf\n"
        "        from the left   none\n"
        "        from the right  inf\n"
        f"  the first operation that fails by itself is sqrt, called at {line_of(root, 1)}: return np.sqrt(x)\n"
        "        x = 0\n"
        "        d result / d x at 0\n"
        "            forward mode    inf\n"
        "            reverse mode    inf\n"
        "            from the left   none\n"
        "            from the right  inf\n"
        "wanted a point inside; move the operand of sqrt away from the edge"
    )


def test_a_value_that_is_not_finite() -> None:
    def f(x: Any) -> Any:
        y = np.log(x - 1)
        return y * 2

    assert failure(f, numpy.array([2.0, 1.0])) == (
        "[check] result[1] of f is -inf\n"
        f"  the first operation that is not finite is log, called at {line_of(f, 1)}: y = np.log(x - 1)\n"
        "        x = [1, 0]\n"
        "wanted a point where the function is finite; check at another point"
    )


def test_an_argument_that_is_not_finite() -> None:
    assert failure(np.sin, numpy.array([0.5, numpy.nan])) == (
        "[check] x[1] is nan, wanted finite arguments; check sin at another point"
    )


# -- functions that are wrong or cannot be checked ---------------------------------------------------


def test_a_path_that_is_missing() -> None:
    def f(x: Any) -> Any:
        return x * x.item()

    assert re.sub(r"\+- .*", "+- ERROR", failure(f, 2.0)) == (
        "[check] the derivative of f differs from its numerical derivative\n"
        "    d result / d x at 2\n"
        "        forward mode    2\n"
        "        reverse mode    2\n"
        "        differences     4 +- ERROR\n"
        "        tolerance       2.2e-06\n"
        "every operation passes by itself at its own operands, so a path is missing or rounding is large; wanted "
        "operations on tensors only; look for x.item(), x.detach(), x.numpy() or numbers drawn at random in "
        "the function, or write tolerance=10"
    )


def test_a_gradient_that_was_stopped() -> None:
    text = failure(lambda x: x * wg.stop_gradient(x), 2.0)
    assert "fails by itself is stop_gradient, called at" in text
    assert text.endswith(
        "wanted a path through stop_gradient, which passes no derivative on; check what comes before and after it"
    )


def test_the_input_at_fault_is_named() -> None:
    def f(weights: Any, x: Any) -> Any:
        return weights["slope"] * x + np.abs(weights["bias"][1]) + weights["bias"][0]

    text = failure(f, {"slope": 2.0, "bias": [1.0, numpy.zeros((2, 2)) + numpy.eye(2)]}, 3.0)
    assert text.splitlines()[1] == "    d result[0, 1] / d weights['bias'][1][0, 1] at 0"


def test_a_derivative_that_was_not_written_keeps_its_error() -> None:
    @wg.custom_derivative(jvp=lambda primals, out, tangents: wg.tensor(int("one")))
    def f(x: Any) -> Any:
        return x

    with pytest.raises(wg.GradientError, match=r"raised ValueError: invalid literal for int.*\n.*is f, called at") as e:
        wg.check(f, 1.0)
    assert type(e.value.__cause__) is ValueError


def test_an_error_of_the_function_is_its_own() -> None:
    def f(x: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        wg.check(f, 1.0)


def test_a_function_with_random_numbers() -> None:
    generator = random.Random(0)

    def f(x: Any) -> Any:
        return x * generator.random()

    assert failure(f, 1.0) == (
        "[check] f gave different results in two calls at the same point, wanted a function of its arguments alone; "
        "set the seed of random numbers inside the function, and let it not change what it reads"
    )


def test_nothing_to_differentiate() -> None:
    def f(x: Any) -> Any:
        return np.floor(x).astype(int)

    with pytest.raises(TypeError) as caught:
        wg.check(f, 3)
    assert str(caught.value) == (
        "[check] no argument of f is floating point, wanted at least one real or complex array; "
        "write 3.0 for 3, or x.astype(float)"
    )
    with pytest.raises(TypeError, match="no result of f is floating point"):
        wg.check(f, 3.5)


def test_an_order_that_is_none() -> None:
    message = "[check] order=0, wanted a whole number of at least 1; write order=2"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        wg.check(np.sin, 1.0, order=0)


def test_a_failure_is_an_assertion() -> None:
    assert issubclass(wg.GradientError, AssertionError)


def test_the_tolerance_can_be_widened() -> None:
    @wg.custom_derivative(jvp=lambda primals, out, tangents: tangents[0] * (1 + 1e-5))
    def nearly(x: Any) -> Any:
        return x * 1

    assert "differs from its numerical derivative" in failure(nearly, 1.0)
    wg.check(nearly, 1.0, tolerance=100)


def test_what_watches_outside_is_left_alone() -> None:
    x = wg.tensor(2.0, requires_grad=True)
    wg.check(lambda y: y * x, 3.0)
    assert x.grad is None
    (x**2).backward()
    assert x.grad.item() == 4.0


HALVES = {
    "eigvalsh": np.linalg.eigvalsh,
    "cholesky": np.linalg.cholesky,
    "upper": lambda x: np.linalg.cholesky(x, upper=True),
    "pair": lambda x: linalg.eigh(x, 2 * numpy.eye(3), eigvals_only=True),
    "solve": lambda x: linalg.cho_solve(linalg.cho_factor(x), np.ones(3)),
    "funm": lambda x: linalg.funm(x, np.exp),
    "product": lambda x: np.linalg.eigvalsh(x @ x.mT),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("kind", ["float64", "complex128", "float32", "stack"])
@pytest.mark.parametrize("name", HALVES)
def test_functions_that_read_one_half_of_a_matrix_are_checked_by_their_convention(name: str, kind: str) -> None:
    if (name, kind) in [("funm", "stack"), ("solve", "stack"), ("pair", "stack"), ("product", "complex128")]:
        return
    x = numpy.random.default_rng(0).standard_normal((2, 3, 3))
    x = x[0] + 1j * x[1] if kind == "complex128" else x if kind == "stack" else x[0]
    x = x @ numpy.conj(numpy.swapaxes(x, -1, -2)) + 3 * numpy.eye(3)
    x = (x + numpy.conj(numpy.swapaxes(x, -1, -2))) / 2
    assert wg.check(HALVES[name], x.astype("float32") if kind == "float32" else x).worst < 1


def test_a_wrong_derivative_of_a_symmetric_function_is_found() -> None:
    rule = lambda primals, out, ct: ct * 3 * numpy.eye(2)
    wrong = wg.custom_derivative(lambda x: np.sum(np.linalg.eigvalsh(x)), vjp=rule)
    with pytest.raises(wg.GradientError, match="differs from its numerical derivative"):
        wg.check(lambda x: wrong(x) + np.sum(np.linalg.cholesky(x)), numpy.diag([2.0, 3.0]))
