"""The handle that users hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .node import UNTRACKED, Leaf, Node
from .state import DEFINE_BY_RUN, state

if TYPE_CHECKING:
    from ..numpy.methods import ArrayMethods
else:
    ArrayMethods = object


class Tensor(ArrayMethods):
    """A handle on an array value, with the place in the list that made it.

    The handle is mutable (``x += y`` gives it a new value), the value is not. The methods of an array
    (arithmetic, ``sum``, ``reshape``, indexing, ...) are attached by `wengert.numpy.methods`.

    Make one with `wengert.tensor` or any function of `wengert.numpy`.
    """

    __slots__ = ("__weakref__", "_kin", "_node", "_value")

    _value: Any
    _node: Node
    _kin: Any
    """What it shares its elements with (see `wengert.core.views`): nothing almost always."""

    def __init__(self, value: Any, node: Node = UNTRACKED) -> None:
        self._value = value
        self._node = node
        self._kin = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._value.shape

    @property
    def dtype(self) -> Any:
        """The NumPy dtype of the elements."""
        return self._value.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._value.size

    @property
    def requires_grad(self) -> bool:
        """Whether ``backward()`` from a result of this tensor would reach it."""
        return bool(self._node.watch & DEFINE_BY_RUN)

    @property
    def is_leaf(self) -> bool:
        """Whether the define-by-run graph starts here (or does not come through here at all)."""
        node = self._node
        return type(node) is Leaf or not node.watch & DEFINE_BY_RUN


def gradient_at(leaf: Leaf) -> Tensor | None:
    """What ``.grad`` of a leaf holds."""
    return leaf.grad if state.recorder is None else state.recorder.read_gradient(leaf)


def set_gradient_at(leaf: Leaf, gradient: Tensor | None) -> None:
    """Let ``.grad`` of a leaf hold something else."""
    if state.recorder is not None:
        state.recorder.write_gradient(leaf, gradient)
    leaf.grad = gradient
