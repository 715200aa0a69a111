"""Calling primitives: what is recorded, in which recording, with which forms."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.abstract import Abstract, Recording, form_of
from wengert.core.node import UNTRACKED
from wengert.core.recording import abstract_alias, aligned
from wengert.core.state import Watch, observers


def leaf(value: Any) -> wg.Tensor:
    return wg.tensor(value, requires_grad=True)


def test_a_node_knows_its_place() -> None:
    x, y = leaf(2.0), leaf(3.0)
    z = x * y
    node = z._node
    assert node.primitive.name == "multiply"
    assert node.parents == (x._node, y._node)
    assert node.sequence < x._node.sequence
    assert UNTRACKED.watch == 0


def test_watches_of_the_operands_are_joined() -> None:
    seen = []

    def f(x: Any) -> Any:
        def g(y: Any) -> Any:
            seen.extend(t._node.watch for t in (x, y, x * y, x * 2.0, y * 2.0))
            return x * y

        return wg.grad(g)(x)

    wg.grad(f)(2.0)
    outer, both, product, of_outer, of_both = seen
    assert both & outer
    assert both != outer
    assert product == both == of_both
    assert of_outer == outer


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (numpy.ones(3), numpy.zeros(3), True),
        (numpy.ones(3), 2.0, True),
        (3, numpy.ones(3), True),
        (numpy.float64(1.0), numpy.float64(2.0), True),
        (numpy.ones(3), numpy.ones((1, 3)), False),
        (numpy.ones(3), numpy.ones(3, "f4"), False),
        (numpy.ones(3), numpy.float64(1.0), False),
        (numpy.ones(3), 1j, False),
    ],
)
def test_forms_are_left_out_where_they_are_all_the_same(x: Any, y: Any, expected: bool) -> None:
    assert aligned(x, y) is expected


def test_a_python_number_is_weak_also_without_a_value() -> None:
    for dtype in ("f2", "f4", "f8", "c8"):
        x = numpy.ones(3, dtype)
        for f in (lambda x: x * 2.0, lambda x: 1 + x, lambda x: x**2, lambda x: np.where(x == 0, x, 1.0)):
            assert wg.vmap(f)(x).dtype == f(x).dtype
    assert wg.vmap(lambda x: x * 1j)(numpy.ones(3, "f4")).dtype == numpy.complex64
    assert wg.vmap(lambda x: x / 2)(numpy.ones(3, "i4")).dtype == (numpy.ones(3, "i4") / 2).dtype


def test_a_result_belongs_to_the_innermost_recording() -> None:
    outer, inner = Recording("outer"), Recording("inner")
    form = Abstract((3,), numpy.dtype(float))
    with Watch(abstract=True) as first, Watch(abstract=True) as second:
        x, y = abstract_alias(form, first, outer), abstract_alias(form, second, inner)
        for result in (x * y, y * x, np.where(x > 0, y, x), np.stack([x, y])):
            assert result._value.recording is inner
        assert (x * 2.0)._value.recording is outer
        inner.is_open = False
        with pytest.raises(RuntimeError, match="from inside inner was used after it returned"):
            x * y


def test_forms() -> None:
    assert form_of(3.0) == Abstract((), numpy.dtype(float))
    assert form_of(numpy.ones((2, 3), "f4")) == Abstract((2, 3), numpy.dtype("f4"))
    form = form_of(wg.tensor([1, 2]))
    assert (form.ndim, form.size, repr(form)) == (1, 2, "Abstract(int64[2])")
    assert hash(form) == hash(form_of(numpy.array([3, 4])))
    assert form != form_of(numpy.array([3.0, 4.0]))


def test_observers_see_every_operation() -> None:
    seen = []

    def note(primitive: Any, operands: Any, params: Any, result: Any) -> None:
        seen.append((primitive.name, len(operands), params, result.shape))

    x = leaf([1.0, 2.0])
    observers.append(note)
    try:
        np.sum(np.sin(x) * x)
    finally:
        observers.remove(note)
    assert [(name, count, shape) for name, count, _, shape in seen] == [
        ("sin", 1, (2,)),
        ("multiply", 2, (2,)),
        ("sum", 1, ()),
    ]
    assert seen[-1][2] == {"axis": (0,), "keepdims": False}
