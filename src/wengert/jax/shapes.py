"""Shapes and dtypes without values, and what a function is recorded as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import wengert as wg
import wengert.numpy as np

from .array import Array, WeakArray, arrays, of
from .dtypes import canonical
from .tree_util import tree_flatten, tree_map

__all__ = ["ShapeDtypeStruct", "eval_shape", "example", "make_jaxpr", "named_scope", "typeof"]


class ShapeDtypeStruct:
    """The shape and the dtype of an array that there is not.

    >>> from wengert import jax
    >>> jax.eval_shape(lambda x: x.T, jax.ShapeDtypeStruct((2, 3), "float32"))
    ShapeDtypeStruct(shape=(3, 2), dtype=float32)
    """

    def __init__(self, shape: Any, dtype: Any, *, weak_type: bool = False, **_: Any) -> None:
        self.shape: tuple[Any, ...] = tuple(shape)
        self.dtype: Any = canonical(dtype)
        self.weak_type = weak_type

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(np.asarray(self.shape, dtype="int64")))

    def _facts(self) -> tuple[Any, ...]:
        return self.shape, self.dtype, self.weak_type

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, ShapeDtypeStruct) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def __repr__(self) -> str:
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={self.dtype}{', weak_type=True' * self.weak_type})"


def typeof(x: Any) -> ShapeDtypeStruct:
    """The shape and the dtype of an array."""
    (array,) = arrays((x,))
    return ShapeDtypeStruct(array.shape, array.dtype, weak_type=array.weak_type)


def eval_shape(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The shapes and dtypes of what a function gives, which is recorded, and not run.

    Args:
        fun: the function.
        args: arrays, or what has a shape and a dtype.
        kwargs: likewise.

    >>> from wengert import jax
    >>> jax.eval_shape(lambda x: x + 1, 2.0)
    ShapeDtypeStruct(shape=(), dtype=float32, weak_type=True)
    """
    found: list[Any] = []

    def once(given: Any, named: Any) -> Any:
        leaves, structure = tree_flatten(arrays(fun(*given, **named)))
        found.append(structure.unflatten(map(typeof, leaves)))
        return leaves

    wg.closure_convert(once, tree_map(example, args), tree_map(example, kwargs))
    return found[0]


def example(leaf: Any) -> Any:
    """An array of the form of a leaf."""
    if isinstance(leaf, ShapeDtypeStruct):
        return of(np.zeros(leaf.shape, leaf.dtype), WeakArray if leaf.weak_type else Array)
    return arrays((leaf,))[0]


def make_jaxpr(fun: Callable[..., Any], **_: Any) -> Callable[..., Any]:
    """What a function is recorded as, which prints as text (see `wengert.explain`)."""
    return lambda *args: wg.explain(fun, *arrays(args))


@contextmanager
def named_scope(name: str) -> Iterator[None]:
    """A block with a name, which nothing asks for."""
    yield
