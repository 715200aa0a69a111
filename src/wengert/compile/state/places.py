"""State that a compiled function reads and writes: places outside it that hold a tensor."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from numpy import ndarray

from ...core.kin import View
from ...core.node import Leaf
from ...core.state import DEFINE_BY_RUN
from ...core.tensor import Tensor
from ...numpy.methods.elements import refresh, replace
from ..backend import signatures_in_memory
from .bindings import Binding
from .expected import LOOKUPS_BY_PYTHON


class HandlePlace:
    """The value of a tensor that the function reads from a closure or an object."""

    __slots__ = ("_before", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor: Tensor = tensor
        self._before = tensor._value, tensor._node

    @property
    def is_leaf(self) -> bool:
        """Whether what is written stays the leaf that it is, whatever it was computed from."""
        return type(self.tensor._node) is Leaf

    def read(self) -> Tensor:
        return self.tensor

    def restore(self) -> None:
        """Undo what the recording wrote."""
        self.tensor._value, self.tensor._node = self._before

    def write(self, result: Tensor | None) -> None:
        assert result is not None
        tensor = self.tensor
        if tensor._kin:
            write_handle(tensor, result)
            return
        tensor._value = result._value
        if type(tensor._node) is not Leaf:
            tensor._node = result._node


def write_handle(tensor: Tensor, result: Tensor) -> None:
    """Give a handle, and all that share its elements, the value of a result; a leaf stays the leaf that it is."""
    if type(tensor._kin) is View:
        replace(tensor, result)
        return
    tensor._value = result._value
    if type(tensor._node) is not Leaf:
        tensor._node = result._node
    if tensor._kin:
        refresh(tensor)


class BindingPlace:
    """A name whose tensor is replaced by others, and read by that name."""

    __slots__ = ("binding",)
    is_leaf = False

    def __init__(self, binding: Binding) -> None:
        self.binding: Binding = binding

    def read(self) -> Any:
        return self.binding.read()

    def restore(self) -> None:
        self.binding.write(self.binding.value)


class ItemPlace:
    """A tensor in the nesting that a name leads to."""

    __slots__ = ("accessor", "binding")
    is_leaf = False

    def __init__(self, binding: Binding, accessor: Callable[[Any], Any]) -> None:
        self.binding: Binding = binding
        self.accessor: Callable[[Any], Any] = accessor

    def read(self) -> Any:
        try:
            return self.accessor(self.binding.read())
        except (KeyError, IndexError, TypeError, AttributeError):
            return None


class GradientPlace:
    """What ``.grad`` of a leaf holds, which may be nothing."""

    __slots__ = ("_before", "leaf")
    is_leaf = False

    def __init__(self, leaf: Leaf) -> None:
        self.leaf: Leaf = leaf
        self._before = leaf.grad

    def read(self) -> Tensor | None:
        return self.leaf.grad

    def restore(self) -> None:
        self.leaf.grad = self._before

    def write(self, result: Tensor | None) -> None:
        self.leaf.grad = result

    def spare(self) -> Any:
        """The array of the gradient, if only the leaf holds it; it will be replaced."""
        tensor = self.leaf.grad
        if tensor is None or sys.getrefcount(tensor) > 3:
            return None
        array = tensor._value
        if type(array) is not ndarray or sys.getrefcount(array) > 3 or array.base is not None:
            return None
        return array


Writable = HandlePlace | GradientPlace
Place = Writable | BindingPlace | ItemPlace


def signature_of(place: Place) -> Any:
    """What of the state a program depends on: shape, dtype and who follows it, or that there is nothing."""
    tensor = place.read()
    if type(tensor) is not Tensor:
        return tensor
    value, node = tensor._value, tensor._node
    return value.shape, value.dtype, node if type(node) is Leaf else node.watch & DEFINE_BY_RUN


class Signatures:
    """The places of a state with their signatures; what is asked often is checked by machine code.

    Attributes:
        pairs: places and signatures.
        asked: how often Python was asked.
        seen: those that machine code can check.
    """

    __slots__ = ("asked", "pairs", "seen")

    def __init__(self, places: Sequence[Place]) -> None:
        self.pairs: list[tuple[Place, Any]] = [(place, signature_of(place)) for place in places]
        self.asked = 0
        self.seen: Any = None

    def are_found(self) -> bool:
        """Whether every place has its signature."""
        if self.seen is not None and self.seen.are_found():
            return have_signatures(self.seen.rest)
        self.asked += 1
        if self.asked == LOOKUPS_BY_PYTHON:
            self.seen = signatures_in_memory(self.pairs)
        return have_signatures(self.pairs)


def have_signatures(pairs: Sequence[tuple[Place, Any]]) -> bool:
    """Whether every place has its signature: `signature_of`, written out since each call asks."""
    for place, signature in pairs:
        tensor = place.read()
        if type(tensor) is not Tensor:
            if tensor is not signature:
                return False
            continue
        value, node = tensor._value, tensor._node
        if (value.shape, value.dtype, node if type(node) is Leaf else node.watch & DEFINE_BY_RUN) != signature:
            return False
    return True
