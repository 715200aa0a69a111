"""Signatures of the state: machine code says yes only where Python does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.call.signatures import FoundSignatures, signatures_of
from wengert.compile.state.expected import LOOKUPS_BY_PYTHON
from wengert.compile.state.places import GradientPlace, HandlePlace, Signatures, have_signatures, signature_of
from wengert.core.tensor import Tensor


def leaf() -> Tensor:
    x = wg.tensor(numpy.ones((2, 3)), requires_grad=True)
    x.grad = wg.tensor(numpy.ones((2, 3)))
    return x


def set_value(x: Tensor, value: Any) -> None:
    x._value = value


STATES: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "as it was": lambda x, y: None,
    "another array of this form": lambda x, y: set_value(y, numpy.zeros((2, 3))),
    "another gradient of this form": lambda x, y: setattr(x, "grad", wg.tensor(numpy.zeros((2, 3)))),
    "another shape": lambda x, y: set_value(y, numpy.ones((3, 2))),
    "another number of axes": lambda x, y: set_value(y, numpy.ones(6)),
    "another dtype": lambda x, y: set_value(y, numpy.ones((2, 3), "float32")),
    "another byte order": lambda x, y: set_value(y, numpy.ones((2, 3), ">f8")),
    "no gradient": lambda x, y: setattr(x, "grad", None),
    "a followed gradient": lambda x, y: setattr(x, "grad", 2 * x),
    "followed": lambda x, y: y.requires_grad_(),
    "another leaf": lambda x, y: x.requires_grad_(False).requires_grad_(),
    "no array": lambda x, y: set_value(y, object),
}
SAME = {"as it was", "another array of this form", "another gradient of this form"}


@pytest.mark.parametrize("name", STATES)
def test_what_differs_is_seen(name: str) -> None:
    x, y = leaf(), wg.tensor(numpy.ones((2, 3)))
    pairs = [(place, signature_of(place)) for place in (HandlePlace(x), HandlePlace(y), GradientPlace(x._node))]
    found = signatures_of(pairs)
    assert isinstance(found, FoundSignatures)
    assert found.rest == []
    assert found.are_found() is True
    STATES[name](x, y)
    assert found.are_found() is (name in SAME)
    if name != "no array":
        assert have_signatures(pairs) is (name in SAME)


def test_arrays_that_are_not_contiguous_are_left_to_python() -> None:
    x = wg.tensor(numpy.ones((2, 2)))
    signatures = Signatures([HandlePlace(x)])
    for _ in range(LOOKUPS_BY_PYTHON + 1):
        assert signatures.are_found()
    assert signatures.seen is not None
    x._value = numpy.ones((2, 2)).T[::-1]
    assert not signatures.seen.are_found()
    assert signatures.are_found()


def test_places_of_other_kinds_are_left_to_python() -> None:
    x = leaf()
    place, followed = GradientPlace(x._node), HandlePlace(2 * x)
    x.grad = None
    pairs = [(place, signature_of(place)), (followed, signature_of(followed))]
    found = signatures_of(pairs)
    assert found is not None
    assert found.rest == pairs
    assert found.are_found()


def test_a_compiled_step_notices_what_changes_after_many_calls() -> None:
    x, y = wg.tensor([1.0, 2.0], requires_grad=True), wg.tensor([0.0, 0.0])

    @wg.jit
    def step() -> None:
        with wg.no_grad():
            y.copy_(y + (x.grad if x.grad is not None else 1.0))

    x.grad = wg.tensor([1.0, 0.0])
    for _ in range(LOOKUPS_BY_PYTHON + 50):
        step()
    numpy.testing.assert_array_equal(y, [LOOKUPS_BY_PYTHON + 50, 0.0])
    y.copy_(np.zeros(2))
    x.grad = None
    step()
    numpy.testing.assert_array_equal(y, [1.0, 1.0])
    x.grad = wg.tensor([0.0, 3.0])
    step()
    numpy.testing.assert_array_equal(y, [1.0, 4.0])
