"""`Face`: a tensor as another library's users know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, TypeVar

import wengert as wg

__all__ = ["Face", "behind", "faced", "fronted", "listed"]

F = TypeVar("F", bound="Face")


class Face:
    """An object that stands for one tensor of the engine, and gives it other methods.

    A subclass writes the methods of its library; they take the tensor behind ``self``, call the engine, and put the
    result behind a new face. Writes go to the tensor behind, so that views, derivatives and state under `jit` are the
    engine's own. Every class of faces is a node of trees whose only child is the tensor.
    """

    __slots__ = ("__weakref__", "_tensor")

    _tensor: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        wg.trees.register(cls, _to_children, cls._from_children)

    @classmethod
    def of(cls: type[F], tensor: Any) -> F:
        """A new face of a tensor."""
        face = _new(cls)
        face._tensor = tensor
        return face

    @classmethod
    def _from_children(cls: type[F], _: Any, children: Any) -> Any:
        """A face of the only child; a Jacobian, which is as nested as both sides, has faces or trees of them there."""
        (child,) = children
        if isinstance(child, (Face, dict, list, tuple)):
            return cls.of(child._tensor) if isinstance(child, Face) else child
        return cls.of(child)


_new = object.__new__


def _to_children(face: Face) -> tuple[tuple[Any], None, tuple[str]]:
    return (face._tensor,), None, ("tensor",)


def behind(tree: Any) -> Any:
    """A value, or lists, tuples (named ones too) and dicts of values, with tensors of the engine in place of faces."""
    if isinstance(tree, Face):
        return tree._tensor
    kind = type(tree)
    if kind is tuple:
        return tuple([behind(item) for item in tree]) if tree else tree
    if kind is list:
        return [behind(item) for item in tree]
    if kind is dict:
        return {key: behind(item) for key, item in tree.items()} if tree else tree
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return kind(*map(behind, tree))
    return tree


def faced(tree: Any, face: type[Face]) -> Any:
    """A result of the engine, or lists, tuples and dicts of results, with faces in place of tensors."""
    if type(tree) is wg.Tensor:
        return face.of(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(faced(item, face) for item in tree))
    if type(tree) in (list, tuple):
        return type(tree)(faced(item, face) for item in tree)
    if type(tree) is dict:
        return {key: faced(item, face) for key, item in tree.items()}
    return tree


def fronted(
    below: Callable[..., Any], face: type[Face], names: Mapping[str, str] = MappingProxyType({})
) -> Callable[..., Any]:
    """A function of the engine that takes and gives faces.

    Args:
        below: the function.
        face: the class of what it gives.
        names: what keywords are called below, where they are called otherwise.
    """

    @wraps(below)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = {names.get(name, name): behind(value) for name, value in kwargs.items()}
        return faced(below(*behind(args), **given), face)

    return call


def listed(given: Any) -> list[Any]:
    """One face, or several, as a list."""
    return [given] if isinstance(given, Face) else list(given)
