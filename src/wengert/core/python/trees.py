"""Nested arguments: dict, list, tuple, named tuple and dataclass, flattened by optree."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import optree

NAMESPACE = "wengert"


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """The leaves of a tree, and its structure."""
    leaves, structure = optree.tree_flatten(tree, namespace=NAMESPACE)
    if any(is_dataclass_value(leaf) for leaf in leaves):
        for leaf in leaves:
            if is_dataclass_value(leaf):
                _register(type(leaf))
        return flatten(tree)
    return leaves, structure


def flatten_to(tree: Any, is_leaf: Callable[[Any], bool]) -> tuple[list[Any], Any]:
    """The leaves of a tree, where a node of which a condition holds is one too, and its structure."""
    return optree.tree_flatten(tree, is_leaf=is_leaf, namespace=NAMESPACE)


def unflatten(structure: Any, leaves: Any) -> Any:
    """The tree with this structure and these leaves."""
    return optree.tree_unflatten(structure, leaves)


def accessors(structure: Any) -> list[Any]:
    """Functions of a tree with this structure that find each leaf."""
    return structure.accessors()


def is_leaf(tree: Any) -> bool:
    """Whether a tree is one leaf."""
    return optree.tree_is_leaf(tree, namespace=NAMESPACE)


def children_of(node: Any) -> dict[Any, Any]:
    """The children of what is no leaf, by their keys, in the order of their leaves."""
    children, _, keys, _ = optree.tree_flatten_one_level(node, namespace=NAMESPACE)
    return dict(zip(keys, children, strict=True))


class Level(NamedTuple):
    """The outermost level of a structure.

    Attributes:
        kind: the class of the node.
        children: the structures of its children, in the order of their leaves.
        made: makes the node of its children.
    """

    kind: type
    children: list[Any]
    made: Callable[[Iterable[Any]], Any]


def level_of(structure: Any) -> Level | None:
    """The outermost level of a structure; ``None`` of a leaf."""
    if structure.is_leaf():
        return None
    return Level(structure.type, structure.children(), structure.one_level().unflatten)


def consists_of_fields(node: Any) -> bool:
    """Whether the children of an object of a dataclass are what its fields are."""
    entry = optree.register_pytree_node.get(type(node), namespace=NAMESPACE)
    return entry is not None and entry.namespace == NAMESPACE and entry.path_entry_type is optree.DataclassEntry


def containers(tree: Any) -> list[Any]:
    """Everything in a tree that is no leaf, the tree itself included."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if not is_leaf(node):
            found.append(node)
            waiting += children_of(node).values()
    return found


def paths(structure: Any) -> list[str]:
    """Where each leaf is, as one would write it: ``['weights'][0]``."""
    return ["".join(f"[{entry!r}]" for entry in path) for path in structure.paths()]


def is_dataclass_value(leaf: Any) -> bool:
    """Whether a value is an object of a dataclass (as a leaf: of one that is new here)."""
    return hasattr(type(leaf), "__dataclass_fields__")


class Child(optree.FlattenedEntry):
    """The way to a child of an object of a registered class, by its name among its siblings."""

    __slots__ = ()

    def __call__(self, obj: Any, /) -> Any:
        children, _, entries, _ = optree.tree_flatten_one_level(obj, namespace=NAMESPACE)
        return children[entries.index(self.entry)]

    def codify(self, node: str = "", /) -> str:
        return f"{node}.{self.entry}"


def register(
    cls: type,
    to_children: Callable[[Any], tuple[Sequence[Any], Any, tuple[str, ...]]],
    from_children: Callable[[Any, Sequence[Any]], Any],
) -> None:
    """Let objects of a class be nodes of trees: see `wengert.trees.register`."""

    def made(rest: Any, children: Iterable[Any]) -> Any:
        return from_children(rest, tuple(children))

    optree.register_pytree_node(cls, to_children, made, path_entry_type=Child, namespace=NAMESPACE)


def _register(cls: type) -> None:
    names = [field.name for field in dataclasses.fields(cls)]

    def to_children(value: Any) -> tuple[list[Any], None, tuple[str, ...]]:
        return [getattr(value, name) for name in names], None, tuple(names)

    def from_children(_: Any, children: Any) -> Any:
        rebuilt = object.__new__(cls)
        for name, child in zip(names, children, strict=True):
            object.__setattr__(rebuilt, name, child)
        return rebuilt

    optree.register_pytree_node(
        cls, to_children, from_children, path_entry_type=optree.DataclassEntry, namespace=NAMESPACE
    )
