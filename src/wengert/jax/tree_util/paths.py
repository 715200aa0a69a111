"""Where leaves are in a tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .walking import PyTreeDef, tree_flatten

__all__ = [
    "DictKey", "FlattenedIndexKey", "GetAttrKey", "SequenceKey", "keystr", "tree_flatten_with_path",
    "tree_leaves_with_path", "tree_map_with_path",
]  # fmt: skip


class DictKey(NamedTuple):
    """A key of a dict."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"


class SequenceKey(NamedTuple):
    """A place in a list or tuple."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx}]"


class GetAttrKey(NamedTuple):
    """An attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


class FlattenedIndexKey(NamedTuple):
    """The number of a child of an object of a registered class."""

    key: int

    def __str__(self) -> str:
        return f"[<flat index {self.key}>]"


def _key(entry: Any) -> Any:
    """The key of JAX for a step of a path."""
    if hasattr(entry, "field"):
        return GetAttrKey(entry.field)
    if hasattr(entry, "index"):
        return SequenceKey(entry.index)
    if hasattr(entry, "key"):
        return DictKey(entry.key)
    return FlattenedIndexKey(int(entry.entry)) if str(entry.entry).isdigit() else GetAttrKey(entry.entry)


def keystr(keys: Any, *, simple: bool = False, separator: str = "") -> str:
    """A path as one would write it.

    >>> from wengert import jax
    >>> [jax.tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path({"w": [1, 2]})]
    ["['w'][0]", "['w'][1]"]
    """
    return separator.join(str(key[0]) if simple else str(key) for key in keys)


def tree_flatten_with_path(tree: Any, is_leaf: Any = None) -> tuple[list[tuple[Any, Any]], PyTreeDef]:
    """Pairs of paths and leaves, and the structure."""
    leaves, structure = tree_flatten(tree, is_leaf)
    paths = [tuple(map(_key, accessor)) for accessor in structure.below.accessors()]
    return list(zip(paths, leaves, strict=True)), structure


def tree_leaves_with_path(tree: Any, is_leaf: Any = None) -> list[tuple[Any, Any]]:
    """Pairs of paths and leaves."""
    return tree_flatten_with_path(tree, is_leaf)[0]


def tree_map_with_path(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Any = None) -> Any:
    """The tree of what a function makes of the path of each leaf, the leaf, and what is at its place in others."""
    pairs, structure = tree_flatten_with_path(tree, is_leaf)
    columns = [structure.flatten_up_to(each) for each in rest]
    return structure.unflatten([f(path, leaf, *others) for (path, leaf), *others in zip(pairs, *columns, strict=True)])
