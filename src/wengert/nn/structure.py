"""A module as a tree: its leaves are its parameters, and everything else is its structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy

import wengert as wg

from .members import Part

if TYPE_CHECKING:
    from .module import Module


class Slot:
    """Stands for a parameter in a structure: the how-manyth it is."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position: int = position


class Structure:
    """A module without its parameters, as it was when it was taken apart.

    Two are equal if the same code would run: same classes, attributes that are equal, buffers that are the same
    tensors, and parameters in the same places. Of NumPy arrays and of other objects in attributes it is noted what is
    in them, since they may be written to.
    """

    __slots__ = ("contents", "skeleton")

    def __init__(self, skeleton: Module) -> None:
        self.skeleton: Module = skeleton
        self.contents: list[Any] = list(_contents(skeleton, set()))

    def __hash__(self) -> int:
        return hash(type(self.skeleton))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Structure) or self.contents != other.contents:
            return False
        return _are_alike(self.skeleton, other.skeleton, set())

    def __repr__(self) -> str:
        return type(self.skeleton).__name__

    def filled(self, children: Sequence[Any]) -> Module:
        """The module with these parameters."""
        return copied(self.skeleton, lambda leaf: children[leaf.position] if type(leaf) is Slot else leaf)


def take_apart(module: Module) -> tuple[list[Any], Structure, tuple[str, ...]]:
    """The parameters of a module, its structure, and the paths of the parameters."""
    named = list(module.named_parameters())
    slots = {id(parameter): Slot(i) for i, (_, parameter) in enumerate(named)}
    skeleton = copied(module, lambda leaf: slots.get(id(leaf), leaf))
    return [parameter for _, parameter in named], Structure(skeleton), tuple(name for name, _ in named)


def register(cls: type) -> None:
    """Let modules of a class be trees."""
    wg.trees.register(cls, take_apart, Structure.filled)


def copied(module: Any, change: Callable[[Any], Any], memo: dict[int, Any] | None = None) -> Module:
    """A module whose attributes are those of another, changed, with all modules in it copied likewise.

    Args:
        module: the module.
        change: from any part to what is there instead, or the part itself to look for what is in it. In the place of
            a parameter there may be a tree, as in the state of an optimizer.
        memo: by identity, the modules copied so far.
    """
    memo = {} if memo is None else memo
    if id(module) not in memo:
        memo[id(module)] = result = object.__new__(type(module))
        result.__dict__.update({name: _changed(value, change, memo) for name, value in module.__dict__.items()})
    return memo[id(module)]


def _changed(value: Any, change: Callable[[Any], Any], memo: dict[int, Any]) -> Any:
    changed = change(value)
    if changed is not value:
        return changed
    if isinstance(value, Part):
        return copied(value, change, memo)
    if type(value) is dict:
        return {key: _changed(item, change, memo) for key, item in value.items()}
    if type(value) is list:
        return [_changed(item, change, memo) for item in value]
    if type(value) is tuple:
        return tuple([_changed(item, change, memo) for item in value])
    return value


def _are_alike(one: Any, other: Any, met: set[tuple[int, int]]) -> bool:
    """Whether two values in structures are the same or equal; what is compared already counts as alike."""
    if one is other or (id(one), id(other)) in met:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, Part):
        met.add((id(one), id(other)))
        return _are_alike(one.__dict__, other.__dict__, met)
    if type(one) is dict:
        return list(one) == list(other) and all(_are_alike(one[key], other[key], met) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(_are_alike(a, b, met) for a, b in zip(one, other, strict=True))
    if type(one) is Slot:
        return one.position == other.position
    return type(one) in PLAIN and one == other


def _contents(value: Any, met: set[int]) -> Iterator[Any]:
    """What may be overwritten in a module: the elements of NumPy arrays, and the attributes of objects in it."""
    if type(value) in PLAIN or id(value) in met:
        return
    met.add(id(value))
    if isinstance(value, numpy.ndarray):
        yield value.shape, value.dtype, value.tobytes()
    elif type(value) in (list, tuple):
        for item in value:
            yield from _contents(item, met)
    elif type(value) is dict:
        for item in value.values():
            yield from _contents(item, met)
    elif isinstance(value, Part):
        yield from _contents(value.__dict__, met)
    elif not isinstance(value, CODE) and hasattr(value, "__dict__"):
        for name, held in vars(value).items():
            yield name, held if type(held) in PLAIN else id(held)
            yield from _contents(held, met)


CODE = (type, ModuleType, FunctionType, MethodType, wg.Tensor)
"""Kinds of values that are no state: the same one does the same."""

PLAIN = frozenset({bool, int, float, complex, str, bytes, frozenset, type(None)})
"""Types of values that are compared; of others only the same object is alike."""
