"""The tests are tested: a wrong rule of every grade is caught by `check`, which names it, and by the laws.

Each plant makes one primitive twice, right and wrong, so that what is caught is the fault and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from tests import laws
from tests.cases.case import Case, Maker, uniform
from wengert.core.abstract import Abstract
from wengert.core.primitive import Primitive
from wengert.core.recording import general as bind
from wengert.ops import elementwise as e
from wengert.ops.broadcast import sum as sum_over
from wengert.ops.factors import batch_elementwise, elementwise, factor
from wengert.ops.linear_maps import Map, general, linear, maps_for
from wengert.ops.shape import reshape, transpose


def primitive(name: str, evaluate: Any, operands: tuple[str, ...], shape: Any, rules: Any = (), **more: Any) -> Any:
    made = Primitive(name, evaluate, operands, shape, maps_for(operands, rules), **more)
    made.operation = bind(made)
    return made.operation


def same_form(x: Any, *others: Any) -> Abstract:
    return Abstract(x.shape, x.dtype)


# -- the plants: each gives the function, right or wrong --------------------------------------------


def wrong_factor(wrong: bool) -> Any:
    return elementwise("planted", numpy.sin, ("x",), lambda x: e.cos(x) * (1.001 if wrong else 1))


def wrong_sign(wrong: bool) -> Any:
    return elementwise("planted", numpy.cos, ("x",), lambda x: e.sin(x) if wrong else -e.sin(x))


def missing_path(wrong: bool) -> Any:
    return elementwise("planted", numpy.multiply, ("x", "y"), lambda y: y, None if wrong else lambda x: x)


def wrong_second_operand(wrong: bool) -> Any:
    return elementwise(
        "planted", numpy.divide, ("x", "y"), lambda y: 1 / y, lambda y, out: out / y * (1 if wrong else -1)
    )


def wrong_unguarded(wrong: bool) -> Any:
    """Wrong only on the quick path of the backward walk, which passes raw values."""
    right = factor(lambda x: e.cos(x))(("x",), 0)
    quick = (lambda ct, residuals, node: ct * 2) if wrong else right.unguarded
    planted = Map(right.apply, right.transpose, right.needs, quick)
    made = Primitive("planted", numpy.sin, ("x",), same_form, [planted], batch=batch_elementwise)
    made.operation = bind(made)
    return made.operation


def wrong_dtype(wrong: bool) -> Any:
    return elementwise(
        "planted", numpy.sin, ("x",), lambda x: e.astype(e.cos(x), dtype=numpy.float64) if wrong else e.cos(x)
    )


def wrong_shape(wrong: bool) -> Any:
    def rule(x: Any) -> Any:
        return e.cos(x)[None] if wrong else e.cos(x)

    return elementwise("planted", numpy.sin, ("x",), rule)


def wrong_transpose(wrong: bool) -> Any:
    rule = linear(lambda dx: planted(dx), lambda ct: ct if wrong else transpose(ct, axes=(1, 0)))
    planted = primitive("planted", numpy.transpose, ("x",), lambda x: Abstract(x.shape[::-1], x.dtype), [rule])
    return planted


def wrong_apply(wrong: bool) -> Any:
    rule = linear(lambda dx: dx if wrong else planted(dx), lambda ct: transpose(ct, axes=(1, 0)))
    planted = primitive("planted", numpy.transpose, ("x",), lambda x: Abstract(x.shape[::-1], x.dtype), [rule])
    return planted


def missing_conjugate(wrong: bool) -> Any:
    rule = linear(lambda dx: dx * (1 + 2j), lambda ct: ct * ((1 + 2j) if wrong else (1 - 2j)))
    return elementwise("planted", lambda x: x * (1 + 2j), ("x",), rule)


def missing_term(wrong: bool) -> Any:
    """A quotient with a sum, whose rule leaves out what the sum does."""

    def rule(dx: Any, x: Any, out: Any) -> Any:
        total = sum_over(x, axis=(0,), keepdims=True)
        moved = sum_over(dx, axis=(0,), keepdims=True)
        return dx / total if wrong else (dx - out * moved) / total

    return primitive("planted", lambda x: x / numpy.sum(x, axis=0, keepdims=True), ("x",), same_form, [general(rule)])


def wrong_curvature(wrong: bool) -> Any:
    """Right to first order; the rule itself cannot be differentiated."""
    return elementwise("planted", numpy.sin, ("x",), lambda x: e.cos(e.stop_gradient(x) if wrong else x))


def raising(wrong: bool) -> Any:
    def rule(x: Any) -> Any:
        return reshape(x, shape=(7, 7)) if wrong else e.cos(x)

    return elementwise("planted", numpy.sin, ("x",), rule)


class _Average:
    """The joint map of a weighted mean of all operands."""

    needs: frozenset[int] = frozenset()

    def __init__(self, reverse: float, wanted: int) -> None:
        self.reverse = reverse
        self.wanted = wanted

    def apply(self, tangents: Any, residuals: Any, node: Any, bit: int) -> Any:
        parts = [0.25 * t for t in tangents[: self.wanted] if t is not None]
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    def transpose(self, cotangent: Any, residuals: Any, node: Any, wanted: Any, bit: int) -> Any:
        return tuple([self.reverse * cotangent if i < self.wanted else None for i in range(len(wanted))])


def joint_modes(wrong: bool) -> Any:
    joint = _Average(0.5 if wrong else 0.25, wanted=2)
    return primitive("planted", lambda x, y: 0.25 * (x + y), ("*operands",), same_form, joint=joint)


def joint_missing(wrong: bool) -> Any:
    joint = _Average(0.25, wanted=1 if wrong else 2)
    return primitive("planted", lambda x, y: 0.25 * (x + y), ("*operands",), same_form, joint=joint)


def inconsistent_pair(wrong: bool) -> Any:
    @wg.custom_derivative(
        jvp=lambda primals, out, tangents: 3 * primals[0] ** 2 * tangents[0],
        vjp=lambda primals, out, ct: (2 if wrong else 3) * primals[0] ** 2 * ct,
    )
    def planted(x: Any) -> Any:
        return x**3

    return planted


def wrong_custom(wrong: bool) -> Any:
    @wg.custom_derivative(vjp=lambda primals, out, ct: (2 if wrong else 3) * primals[0] ** 2 * ct)
    def planted(x: Any) -> Any:
        return x**3

    return planted


@dataclass(frozen=True)
class Plant:
    """A primitive with a fault, and at what it is tried.

    Attributes:
        make: gives the right or the wrong one.
        fault: what `check` must say.
    """

    make: Callable[[bool], Any]
    fault: str
    arguments: tuple[Maker, ...] = (uniform((2, 3), 0.5, 1.5),)
    dtype: str = "float64"

    def case(self, wrong: bool) -> Case:
        operation = self.make(wrong)

        def function(*args: Any) -> Any:
            return operation(*[np.sin(x) for x in args]) * 2.0

        return Case(f"{self.make.__name__}", function, self.arguments, dtypes=(self.dtype,))


TWO = (uniform((2, 3), 0.5, 1.5), uniform((2, 3), 0.5, 1.5))
DIFFERS = "differs from its numerical derivative"
FORWARD = "differences side with forward mode"
REVERSE = "differences side with reverse mode"
PLANTS = [
    Plant(wrong_factor, DIFFERS),
    Plant(wrong_factor, DIFFERS, dtype="complex128"),
    Plant(wrong_sign, DIFFERS),
    Plant(wrong_sign, DIFFERS, dtype="float32"),
    Plant(missing_path, DIFFERS, TWO),
    Plant(wrong_second_operand, DIFFERS, TWO),
    Plant(wrong_unguarded, FORWARD),
    Plant(wrong_dtype, "has dtype float64, wanted float32", dtype="float32"),
    Plant(wrong_shape, "has shape (1, 2, 3), wanted (2, 3)"),
    Plant(wrong_transpose, FORWARD, (uniform((3, 3)),)),
    Plant(wrong_apply, REVERSE, (uniform((3, 3)),)),
    Plant(missing_conjugate, FORWARD, dtype="complex128"),
    Plant(missing_conjugate, FORWARD, dtype="complex64"),
    Plant(missing_term, DIFFERS),
    Plant(wrong_curvature, "(order 2)"),
    Plant(raising, "raised ValueError"),
    Plant(joint_modes, FORWARD, TWO),
    Plant(joint_missing, DIFFERS, TWO),
    Plant(inconsistent_pair, FORWARD),
    Plant(wrong_custom, DIFFERS),
]
NAMED = {wrong_curvature: ("stop_gradient", "e.cos(e.stop_gradient(x) if wrong else x)")}
"""What is named instead of the plant, and the line: to second order, the step of its rule."""
every_plant = pytest.mark.parametrize("plant", PLANTS, ids=lambda p: f"{p.make.__name__}-{p.dtype}")


def obey_the_laws(case: Case, dtype: str) -> None:
    """All laws of `tests/test_laws.py` that are about derivatives."""
    tolerance = laws.TOLERANCE[dtype]
    args = laws.make_arguments(case, dtype)
    f = laws.flat(case.function)
    laws.check_modes(f, args, tolerance)
    if dtype in ("float64", "complex128"):
        laws.check_difference(f, args, laws.DIFFERENCE_TOLERANCE)
        derivative = laws.derivative(f, args)
        laws.check_modes(derivative, args, 10 * tolerance)
        laws.check_difference(derivative, args, 10 * laws.DIFFERENCE_TOLERANCE)


@pytest.mark.part(2)
@every_plant
def test_the_right_one_passes(plant: Plant) -> None:
    case = plant.case(wrong=False)
    obey_the_laws(case, plant.dtype)
    assert wg.check(case.function, *laws.make_arguments(case, plant.dtype)).worst < 1


@pytest.mark.part(4)
@every_plant
def test_check_names_the_wrong_one(plant: Plant) -> None:
    case = plant.case(wrong=True)
    with pytest.raises(wg.GradientError) as caught:
        wg.check(case.function, *laws.make_arguments(case, plant.dtype))
    text = str(caught.value)
    assert plant.fault in text.splitlines()[0]
    name, line = NAMED.get(plant.make, ("planted", "return operation(*[np.sin(x) for x in args]) * 2.0"))
    assert f"the first operation that fails by itself is {name}, called at {__file__}:" in text
    assert line in text


# In single precision the laws do not compare with differences, so a fault that both modes share passes.
BY_DIFFERENCES = [p for p in PLANTS if not (p.fault == DIFFERS and p.dtype == "float32")]


@pytest.mark.parametrize("plant", BY_DIFFERENCES, ids=lambda p: f"{p.make.__name__}-{p.dtype}")
def test_the_laws_catch_the_wrong_one(plant: Plant) -> None:
    with pytest.raises((AssertionError, ValueError)):
        obey_the_laws(plant.case(wrong=True), plant.dtype)


def test_a_wrong_batch_rule_is_caught_by_the_law_of_batches() -> None:
    def make(batch: Any) -> Any:
        made = Primitive("planted", numpy.transpose, ("x",), lambda x: Abstract(x.shape[::-1], x.dtype), batch=batch)
        made.operation = bind(made)
        return lambda x: (made.operation(x),)

    batches = (numpy.arange(27.0).reshape(3, 3, 3),)
    laws.check_batched(
        make(lambda size, operands, batched, node: transpose(operands[0], axes=(0, 2, 1))), batches, 1e-12
    )
    with pytest.raises(AssertionError):
        laws.check_batched(make(lambda size, operands, batched, node: operands[0]), batches, 1e-12)


def test_a_wrong_value_is_caught_by_the_law_of_values() -> None:
    case = Case("planted", np.sin, (uniform((2, 3)),), reference=lambda x: numpy.sin(x) * (1 + 1e-9))
    with pytest.raises(AssertionError):
        laws.check_value(case, "float64")


def test_a_fault_in_a_real_primitive_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = e.tanh.primitive.maps[0]
    monkeypatch.setattr(real, "apply", lambda tangent, residuals, node: tangent)
    with pytest.raises(wg.GradientError, match="fails by itself is tanh"):
        wg.check(lambda x: np.exp(np.tanh(x)), numpy.array([0.3, 0.7]))
