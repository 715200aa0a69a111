"""What may be an operand, and what is refused."""

from __future__ import annotations

import array
from decimal import Decimal
from typing import Any

import numpy
import pytest

import wengert as wg
from wengert.ops.join import constant
from wengert.ops.operands import holds_tensor, is_foreign, refused


@pytest.mark.parametrize(
    "value", [1, 2.5, 1j, True, [1, 2], (1,), range(2), numpy.ones(2), numpy.float32(1), array.array("d", [1])]
)
def test_numbers_and_arrays_are_operands(value: Any) -> None:
    assert not is_foreign(value)
    numpy.testing.assert_array_equal(constant(value), numpy.asarray(value))


@pytest.mark.parametrize("value", [None, "text", b"bytes", {}, set(), object(), Decimal(1), len])
def test_other_things_are_foreign(value: Any) -> None:
    assert is_foreign(value)


def test_scalars_of_numpy_and_tensors_stay_what_they_are() -> None:
    for value in [numpy.float32(1), wg.tensor(1.0)]:
        assert constant(value) is value


@pytest.mark.parametrize("value", [[None], ["text"], numpy.array([{}]), numpy.array(["a"])])
def test_arrays_of_other_things_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^\[add\] an? (list|array of dtype .*) was given, wanted a number, a tensor"):
        constant(value, "add")


def test_sequences_with_tensors_are_stacked() -> None:
    x = wg.tensor([1.0, 2.0])
    assert holds_tensor([[1.0, (x,)]])
    assert not holds_tensor([[1.0, (2.0,)]])
    assert constant([x, [3.0, x[0]]]).tolist() == [[1.0, 2.0], [3.0, 1.0]]


def test_a_foreign_operand_is_left_to_its_class_or_refused() -> None:
    class Other:
        pass

    assert refused("add", wg.tensor(1.0), Other()) is NotImplemented
    assert refused("equal", wg.tensor(1.0), None) is NotImplemented
    with pytest.raises(TypeError, match=r"\[add\] a NoneType was given"):
        refused("add", None, wg.tensor(1.0))
