"""Nested arguments."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any, NamedTuple

import pytest

from wengert.core.python.trees import flatten, paths, unflatten


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any = None


@dataclasses.dataclass(frozen=True, slots=True)
class Sealed:
    value: Any


@dataclasses.dataclass
class Checked:
    """One whose initialiser would refuse what a transformation puts in."""

    value: Any

    def __post_init__(self) -> None:
        assert isinstance(self.value, float)


TREES = [
    (1.0, [1.0], [""]),
    ({"b": 1.0, "a": [2.0, (3.0,)]}, [2.0, 3.0, 1.0], ["['a'][0]", "['a'][1][0]", "['b']"]),
    (Pair(1.0, {"x": 2.0}), [1.0, 2.0], ["[0]", "[1]['x']"]),
    (Layer(1.0, [Layer(2.0)]), [1.0, 2.0], ["['weight']", "['bias'][0]['weight']"]),
    ([Sealed((1.0, 2.0))], [1.0, 2.0], ["[0]['value'][0]", "[0]['value'][1]"]),
    (Checked(1.0), [1.0], ["['value']"]),
    ((None, (), {}, [1.0]), [1.0], ["[3][0]"]),
    (collections.OrderedDict(b=1.0, a=2.0), [1.0, 2.0], ["['b']", "['a']"]),
    (collections.deque([1.0, 2.0]), [1.0, 2.0], ["[0]", "[1]"]),
]


@pytest.mark.parametrize(("tree", "leaves", "places"), TREES, ids=lambda t: type(t).__name__)
def test_there_and_back(tree: Any, leaves: list[Any], places: list[str]) -> None:
    found, structure = flatten(tree)
    assert found == leaves
    assert paths(structure) == places
    again = unflatten(structure, found)
    assert again == tree
    assert type(again) is type(tree)
    assert flatten(unflatten(structure, [str(leaf) for leaf in found]))[0] == [str(leaf) for leaf in leaves]


def test_a_dataclass_type_is_a_leaf() -> None:
    assert flatten([Layer, 1.0])[0] == [Layer, 1.0]
