"""One number of a result: its explanation is that of the function which returns it."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.explaining.component import scalar_of


def matrix(x: Any) -> Any:
    return np.stack([np.stack([x[0], x[0] * x[1]]), np.stack([np.sin(x[1]), x[1] ** 2])])


def nesting(x: Any) -> Any:
    return {"a": (x[0] * x[1], matrix(x)), "b": [np.exp(x[1])]}


POINT = numpy.array([1.2, 0.7])
RESULTS = {(matrix, (0, 1)): 1.2 * 0.7, (matrix, (-1, -1)): 0.49, (nesting, ("a", 1, 0, 0)): 1.2}
COTANGENT = {"a": (2.0, numpy.array([[0.0, 1.0], [0.0, 0.0]])), "b": [-1.0]}


@pytest.mark.parametrize(("f", "component"), list(RESULTS))
def test_an_element_is_chosen(f: Any, component: Any) -> None:
    explained = wg.explain(f, POINT, component=component)
    assert explained.value == pytest.approx(RESULTS[f, component])
    gradient = wg.grad(lambda x: scalar_of(f, component=component)(x))(POINT)
    assert explained.gradient[0] == pytest.approx(numpy.asarray(gradient))


def test_an_element_of_a_vector_needs_no_tuple() -> None:
    assert wg.explain(lambda x: x * x, POINT, component=1).gradient[0].tolist() == [0.0, 1.4]


def test_a_cotangent_weighs_the_elements() -> None:
    explained = wg.explain(nesting, POINT, cotangent=COTANGENT)
    assert explained.value == pytest.approx(3 * 1.2 * 0.7 - numpy.exp(0.7))
    assert explained.gradient[0] == pytest.approx([3 * 0.7, 3 * 1.2 - numpy.exp(0.7)])
    assert wg.explain(matrix, POINT, cotangent=[[0, 1], [0, 0]]).value == pytest.approx(1.2 * 0.7)
    assert wg.explain(lambda x: x[0], POINT, cotangent=2.0).value == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"component": 0, "cotangent": 1.0}, "[explain] component and cotangent were both given, wanted one of them; "
            "write component for an element of the result, or cotangent for a weighted sum of its elements"),
        ({"component": (0, 2)}, "[explain] the component (0, 2) was asked for of a result of shape (2, 2), wanted an "
            "index of it; write 0 for the first element, (0, 1) for one of a matrix"),
        ({"component": "a"}, "[explain] the component 'a' was asked for of a result of shape (2, 2), wanted an "
            "index of it; write 0 for the first element, (0, 1) for one of a matrix"),
        ({"component": 0}, "[explain] the function returned shape (2,) of dtype float64, wanted one real number, since "
            "a gradient belongs to one; write component=0 (or --component 0) for one of its elements"),
        ({"cotangent": numpy.ones(2)}, "[explain] the cotangent has shape (2,), wanted (2, 2); write a cotangent of "
            "the shape of what it belongs to"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as error:
        wg.explain(matrix, POINT, **choice)
    assert str(error.value) == message


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError) as error:
        wg.explain(nesting, POINT, component="c")
    assert str(error.value) == (
        "[explain] the component 'c' was asked for of a result of type dict of length 2, wanted an index of it; "
        "write 0 for the first element, (0, 1) for one of a matrix"
    )
