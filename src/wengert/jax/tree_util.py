"""``jax.tree`` and ``jax.tree_util``: trees of arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from types import SimpleNamespace
from typing import Any

import wengert as wg
from wengert.fronts.face import Face

__all__ = [
    "Partial", "register_pytree_node", "register_pytree_node_class", "tree_all", "tree_flatten", "tree_leaves",
    "tree_map", "tree_reduce", "tree_structure", "tree_transpose", "tree_unflatten",
]  # fmt: skip


class _Leaf:
    """Stands in a tree for one that the engine would go into: a face is a leaf for JAX."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def tree_flatten(tree: Any, is_leaf: Any = None) -> tuple[list[Any], Any]:
    """The leaves of a tree, and its structure."""
    if isinstance(tree, Face):
        return [tree], wg.trees.flatten(0)[1]
    leaves, structure = wg.trees.flatten(_hidden(tree))
    return [leaf.value if isinstance(leaf, _Leaf) else leaf for leaf in leaves], structure


def _hidden(tree: Any) -> Any:
    """A tree in which faces are leaves."""
    if isinstance(tree, Face):
        return _Leaf(tree)
    if isinstance(tree, dict):
        ordered = sorted(tree) if type(tree) is dict else tree
        return type(tree)((key, _hidden(tree[key])) for key in ordered)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*map(_hidden, tree))
    return type(tree)(map(_hidden, tree)) if type(tree) in (list, tuple) else tree


def tree_unflatten(treedef: Any, leaves: Any) -> Any:
    """The tree of a structure and leaves."""
    return wg.trees.unflatten(treedef, list(leaves))


def tree_leaves(tree: Any, is_leaf: Any = None) -> list[Any]:
    """The leaves of a tree."""
    return tree_flatten(tree)[0]


def tree_structure(tree: Any, is_leaf: Any = None) -> Any:
    """The structure of a tree."""
    return tree_flatten(tree)[1]


def tree_map(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Any = None) -> Any:
    """The tree of what a function makes of each leaf, and of what is at its place in others.

    >>> from wengert import jax
    >>> jax.tree.map(lambda x, y: x + y, {"a": 1, "b": [2]}, {"a": 10, "b": [20]})
    {'a': 11, 'b': [22]}
    """
    leaves, structure = tree_flatten(tree)
    others = [tree_leaves(each) for each in rest]
    return tree_unflatten(structure, [f(*values) for values in zip(leaves, *others, strict=True)])


def tree_reduce(function: Callable[[Any, Any], Any], tree: Any, *initializer: Any) -> Any:
    """What a function of two makes of all leaves, one after another."""
    return reduce(function, tree_leaves(tree), *initializer)


def tree_all(tree: Any) -> bool:
    """Whether all leaves are true."""
    return all(tree_leaves(tree))


def tree_transpose(outer_treedef: Any, inner_treedef: Any, pytree_to_transpose: Any) -> Any:
    """A tree of trees, the other way round."""
    leaves = tree_leaves(pytree_to_transpose)
    inner = len(wg.trees.flatten(wg.trees.unflatten(inner_treedef, [0] * inner_treedef.num_leaves))[0])
    rows = [leaves[start : start + inner] for start in range(0, len(leaves), inner)]
    return tree_unflatten(inner_treedef, [tree_unflatten(outer_treedef, column) for column in zip(*rows, strict=True)])


def register_pytree_node(nodetype: type, flatten_func: Any, unflatten_func: Any) -> None:
    """Let objects of a class be nodes of trees."""

    def to_children(node: Any) -> Any:
        children, other = flatten_func(node)
        children = tuple(children)
        return children, other, tuple(map(str, range(len(children))))

    wg.trees.register(nodetype, to_children, lambda other, children: unflatten_func(other, tuple(children)))


def register_pytree_node_class(cls: type) -> type:
    """Let objects of a class with ``tree_flatten`` and ``tree_unflatten`` be nodes of trees."""
    register_pytree_node(cls, lambda node: node.tree_flatten(), cls.tree_unflatten)  # type: ignore[attr-defined]
    return cls


class Partial:
    """A function with its first arguments."""

    def __init__(self, func: Callable[..., Any], *args: Any, **keywords: Any) -> None:
        self.func, self.args, self.keywords = func, args, keywords

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.func(*self.args, *args, **{**self.keywords, **keywords})


register_pytree_node(Partial, lambda p: ((p.args, p.keywords), p.func), lambda func, c: Partial(func, *c[0], **c[1]))

tree = SimpleNamespace(
    map=tree_map, leaves=tree_leaves, flatten=tree_flatten, unflatten=tree_unflatten, structure=tree_structure,
    reduce=tree_reduce, all=tree_all, transpose=tree_transpose,
)  # fmt: skip
"""``jax.tree``."""
