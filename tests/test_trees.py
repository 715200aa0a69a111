"""Trees, by their public names."""

from __future__ import annotations

import collections
from typing import Any

import pytest

import wengert as wg


class Line:
    """A class that is registered."""

    def __init__(self, slope: Any, shift: Any, label: str = "") -> None:
        self.slope, self.shift, self.label = slope, shift, label

    def __call__(self, x: Any) -> Any:
        return self.slope * x + self.shift


wg.trees.register(
    Line, lambda line: ((line.slope, line.shift), line.label, ("slope", "shift")), lambda label, c: Line(*c, label)
)


def test_leaves_come_back() -> None:
    tree = {"b": (1.0, [2.0]), "a": collections.OrderedDict(z=3.0, y=None)}
    leaves, structure = wg.trees.flatten(tree)
    assert leaves == wg.trees.leaves(tree) == [3.0, 1.0, 2.0]
    assert wg.trees.unflatten(structure, leaves) == tree


def test_map_goes_along_several_trees() -> None:
    assert wg.trees.map(lambda x, y: x + y, [1, {"a": 2}], [10, {"a": 20}]) == [11, {"a": 22}]


def test_map_says_that_trees_differ() -> None:
    with pytest.raises(ValueError, match=r"trees\.map") as error:
        wg.trees.map(lambda x, y: x, [1, 2], [1])
    assert str(error.value) == (
        "[trees.map] the trees have the structures PyTreeSpec([*, *]), PyTreeSpec([*]), wanted the same for all; "
        "write them nested alike, with the same keys"
    )


def test_a_registered_class_goes_through_transformations() -> None:
    line = Line(2.0, 1.0, "own")
    gradient = wg.grad(lambda line: line(3.0) ** 2)(line)
    assert (gradient.slope.item(), gradient.shift.item(), gradient.label) == (42.0, 14.0, "own")
    assert wg.jit(lambda line, x: line(x))(line, 3.0).item() == 7.0
    values = wg.vmap(lambda line: line(3.0))(Line(wg.tensor([1.0, 2.0]), wg.tensor([0.0, 1.0])))
    assert values.tolist() == [3.0, 7.0]


def test_the_place_of_a_leaf_is_named() -> None:
    with pytest.raises(TypeError) as error:
        wg.grad(lambda line: line(3.0))(Line(2.0, 1))
    assert str(error.value) == (
        "[grad] argument 0['shift'] has dtype int64, wanted real or complex floating point, since an integer has no "
        "derivative; write it with a decimal point (3.0 for 3) or as x.astype(float)"
    )


def test_state_in_a_registered_class_is_replaced_by_a_compiled_function() -> None:
    class Holder:
        line = Line(wg.tensor(1.0), wg.tensor(0.0))

    holder = Holder()
    holder.line = Line(wg.tensor(1.0), wg.tensor(0.0))

    @wg.jit
    def step() -> Any:
        holder.line = Line(holder.line.slope + 1.0, holder.line.shift)
        return holder.line.slope

    assert [step().item() for _ in range(4)] == [2.0, 3.0, 4.0, 5.0]
    assert holder.line.slope.item() == 5.0
