"""Public functions take anything array-like, keep Python numbers weak, and give tensors."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.numpy.protocols.lift import to_tensor

SINGLE = numpy.array([1.0, 2.0], numpy.float32)
WHOLE = numpy.array([1, 2])

CALLS: list[Callable[[Any], Any]] = [
    lambda n: n.add(1, 2),
    lambda n: n.add(1, 2.5),
    lambda n: n.add(numpy.float32(1), 2.0),
    lambda n: n.add([1.0, 2.0], numpy.float32(3)),
    lambda n: n.add(SINGLE, 2),
    lambda n: n.add(2.5, SINGLE),
    lambda n: n.add(WHOLE, SINGLE),
    lambda n: n.multiply((1, 2), 3),
    lambda n: n.power(WHOLE, 2.0),
    lambda n: n.maximum(True, 2),
    lambda n: n.where([True, False], SINGLE, 0),
    lambda n: n.where(True, 1, 2.5),
    lambda n: n.where(True, 1, 2),
    lambda n: n.sin(1),
    lambda n: n.sin([[1, 2], [3, 4]]),
    lambda n: n.sqrt(range(3)),
    lambda n: n.exp(memoryview(array("d", [1.0, 2.0]))),
]


@pytest.mark.parametrize("call", CALLS)
def test_anything_array_like_as_numpy_takes_it(call: Callable[[Any], Any]) -> None:
    actual, expected = call(np), call(numpy)
    assert type(actual) is wg.Tensor
    assert actual.dtype == expected.dtype
    numpy.testing.assert_allclose(actual.numpy(), expected, rtol=1e-6)


def test_numpy_scalars_are_not_weak() -> None:
    assert (wg.tensor(SINGLE) * numpy.float64(2)).dtype == numpy.float64
    assert (wg.tensor(SINGLE) * 2.0).dtype == numpy.float32


def test_an_array_is_shared_and_a_tensor_is_itself() -> None:
    assert numpy.shares_memory(to_tensor(SINGLE).numpy(), SINGLE)
    x = wg.tensor(1.0)
    assert to_tensor(x) is x


def test_lists_with_tensors_keep_their_derivatives() -> None:
    f = lambda x: np.sum(np.sin([[x[0], 1.0], [2.0, x[1]]]))
    x = numpy.array([0.3, 0.7])
    numpy.testing.assert_allclose(wg.grad(f)(x).numpy(), numpy.cos(x))


@pytest.mark.parametrize("call", [np.sin, lambda x: np.add(x, 1.0), lambda x: np.multiply(2.0, x)])
def test_what_is_no_array_is_refused_by_name(call: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"^\[(sin|add|multiply)\] a NoneType was given, wanted a number, a tensor"):
        call(None)


def test_public_functions_have_names_and_documentation() -> None:
    assert np.sin.__name__ == "sin"
    assert np.sin.__doc__ == "Elementwise, as ``numpy.sin``: broadcasts, and promotes dtypes as NumPy does."
