"""Classes of one's own as nodes of trees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import wengert as wg

__all__ = [
    "Partial", "register_dataclass", "register_pytree_node", "register_pytree_node_class",
    "register_pytree_with_keys", "register_pytree_with_keys_class", "register_static",
]  # fmt: skip


def register_pytree_node(
    nodetype: type, flatten_func: Callable[[Any], Any], unflatten_func: Callable[[Any, Any], Any], *_: Any
) -> None:
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


def register_pytree_with_keys(
    nodetype: type, flatten_with_keys: Callable[[Any], Any], unflatten_func: Callable[[Any, Any], Any], *_: Any
) -> None:
    """Let objects of a class be nodes of trees, whose children have keys: pairs of a key and a child."""

    def to_children(node: Any) -> Any:
        pairs, other = flatten_with_keys(node)
        return tuple(child for _, child in pairs), other, tuple(str(key[0]) for key, _ in pairs)

    wg.trees.register(nodetype, to_children, lambda other, children: unflatten_func(other, tuple(children)))


def register_pytree_with_keys_class(cls: type) -> type:
    """Let objects of a class with ``tree_flatten_with_keys`` and ``tree_unflatten`` be nodes of trees."""
    register_pytree_with_keys(cls, lambda node: node.tree_flatten_with_keys(), cls.tree_unflatten)  # type: ignore[attr-defined]
    return cls


def register_dataclass(
    nodetype: type,
    data_fields: Sequence[str] | None = None,
    meta_fields: Sequence[str] | None = None,
    drop_fields: Sequence[str] = (),
) -> type:
    """Let objects of a dataclass be nodes, whose data are children and whose other fields are part of the structure."""
    names = [field.name for field in fields(nodetype) if field.init and field.name not in drop_fields]
    other = [field.name for field in fields(nodetype) if field.metadata.get("static")]
    meta = tuple(other if meta_fields is None else meta_fields)
    data = tuple([name for name in names if name not in meta] if data_fields is None else data_fields)

    def to_children(node: Any) -> Any:
        return tuple(getattr(node, name) for name in data), tuple(getattr(node, name) for name in meta), data

    def from_children(rest: Any, children: Any) -> Any:
        return nodetype(**dict(zip((*data, *meta), (*children, *rest), strict=True)))

    wg.trees.register(nodetype, to_children, from_children)
    return nodetype


def register_static(cls: type) -> type:
    """Let objects of a class be nodes without children, which are part of the structure."""
    wg.trees.register(cls, lambda node: ((), node, ()), lambda node, _: node)
    return cls


class Partial:
    """A function with its first arguments, which are children of a node.

    >>> from wengert import jax
    >>> jax.tree_util.Partial(max, 3)(2)
    3
    """

    def __init__(self, func: Callable[..., Any], *args: Any, **keywords: Any) -> None:
        self.func = func
        self.args: tuple[Any, ...] = args
        self.keywords: dict[str, Any] = keywords

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.func(*self.args, *args, **{**self.keywords, **keywords})


register_pytree_node(Partial, lambda p: ((p.args, p.keywords), p.func), lambda func, c: Partial(func, *c[0], **c[1]))
