"""Leaves and structures: arrays are leaves, ``None`` is a node without any."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import wengert as wg
from wengert.fronts.face import Face

__all__ = [
    "PyTreeDef", "all_leaves", "tree_all", "tree_broadcast", "tree_flatten", "tree_leaves", "tree_map", "tree_reduce",
    "tree_structure", "tree_transpose", "tree_unflatten",
]  # fmt: skip


class PyTreeDef:
    """The structure of a tree."""

    __slots__ = ("below",)

    def __init__(self, below: Any) -> None:
        self.below: Any = below

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, PyTreeDef) and self.below == other.below

    def __hash__(self) -> int:
        return hash(self.below)

    def __repr__(self) -> str:
        inside = str(self.below).removeprefix("PyTreeSpec(").removesuffix(")")
        return f"PyTreeDef({inside.rpartition(', namespace=')[0] or inside})"

    @property
    def num_leaves(self) -> int:
        """How many leaves there are."""
        return self.below.num_leaves

    @property
    def num_nodes(self) -> int:
        """How many nodes there are, leaves included."""
        return self.below.num_nodes

    def children(self) -> list[PyTreeDef]:
        """The structures of what is in it."""
        return [PyTreeDef(child) for child in self.below.children()]

    def unflatten(self, leaves: Any) -> Any:
        """The tree with these leaves."""
        return wg.trees.unflatten(self.below, list(leaves))

    def flatten_up_to(self, tree: Any) -> list[Any]:
        """What is in a tree where this structure has leaves."""
        return self.below.flatten_up_to(tree)


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], PyTreeDef]:
    """The leaves of a tree, and its structure.

    >>> from wengert import jax
    >>> jax.tree.flatten({"b": [1, None], "a": 2})
    ([2, 1], PyTreeDef({'a': *, 'b': [*, None]}))
    """

    def ends(node: Any) -> bool:
        return isinstance(node, Face) or bool(is_leaf and is_leaf(node))

    leaves, structure = wg.trees.flatten(_ordered(tree, ends), ends)
    return leaves, PyTreeDef(structure)


def _ordered(tree: Any, is_leaf: Callable[[Any], bool]) -> Any:
    """A tree whose dicts are in the order of their keys, as JAX gives them."""
    kind = type(tree)
    if is_leaf(tree):
        return tree
    if kind is dict:
        keys = wg.trees.flatten(tree, lambda node: node is not tree)[1].entries()
        return {key: _ordered(tree[key], is_leaf) for key in keys}
    if kind in (list, tuple):
        return kind([_ordered(child, is_leaf) for child in tree])
    return kind(*[_ordered(child, is_leaf) for child in tree]) if hasattr(kind, "_fields") else tree


def tree_unflatten(treedef: PyTreeDef, leaves: Any) -> Any:
    """The tree of a structure and leaves."""
    return treedef.unflatten(leaves)


def tree_leaves(tree: Any, is_leaf: Any = None) -> list[Any]:
    """The leaves of a tree."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Any = None) -> PyTreeDef:
    """The structure of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Any = None) -> Any:
    """The tree of what a function makes of each leaf, and of what is at its place in others.

    Raises:
        ValueError: another tree has not the structure of the first.

    >>> from wengert import jax
    >>> jax.tree.map(lambda x, y: x + y, {"a": 1, "b": [2]}, {"a": 10, "b": [20]})
    {'a': 11, 'b': [22]}
    """
    leaves, structure = tree_flatten(tree, is_leaf)
    columns = [structure.flatten_up_to(each) for each in rest]
    return structure.unflatten([f(*values) for values in zip(leaves, *columns, strict=True)])


def tree_reduce(function: Callable[[Any, Any], Any], tree: Any, *initializer: Any, is_leaf: Any = None) -> Any:
    """What a function of two makes of all leaves, one after another."""
    return reduce(function, tree_leaves(tree, is_leaf), *initializer)


def tree_all(tree: Any, *, is_leaf: Any = None) -> bool:
    """Whether all leaves are true."""
    return all(tree_leaves(tree, is_leaf))


def all_leaves(iterable: Any, is_leaf: Any = None) -> bool:
    """Whether everything in a list is a leaf."""
    return all(tree_structure(each, is_leaf) == tree_structure(0) for each in iterable)


def tree_broadcast(prefix: Any, tree: Any, is_leaf: Any = None) -> Any:
    """A tree of the structure of another, of which each leaf is the one at its place in a tree that has less of it."""
    leaves, structure = tree_flatten(prefix, is_leaf)
    parts = structure.flatten_up_to(tree)
    return structure.unflatten([tree_map(lambda _, x=x: x, part) for x, part in zip(leaves, parts, strict=True)])


def tree_transpose(outer_treedef: PyTreeDef, inner_treedef: PyTreeDef | None, pytree_to_transpose: Any) -> Any:
    """A tree of trees, the other way round."""
    parts = outer_treedef.flatten_up_to(pytree_to_transpose)
    inner = inner_treedef or tree_structure(parts[0])
    rows = [inner.flatten_up_to(part) for part in parts]
    return inner.unflatten([outer_treedef.unflatten(column) for column in zip(*rows, strict=True)])
