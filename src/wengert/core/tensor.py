"""The handle that users hold."""

from __future__ import annotations

from numbers import Complex, Integral, Real
from typing import TYPE_CHECKING, Any

from .node import UNTRACKED, Leaf, Node
from .state import DEFINE_BY_RUN, state

if TYPE_CHECKING:
    from ..numpy.methods.attached import ArrayMethods
else:
    ArrayMethods = object


class Tensor(ArrayMethods):
    """A handle on an array value, with the place in the list that made it.

    The handle is mutable (``x += y`` gives it a new value), the value is not. The methods of an array
    (arithmetic, ``sum``, ``reshape``, indexing, ...) are attached by `wengert.numpy.methods.attached`.

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
    def __class__(self) -> type:  # type: ignore[override]
        """`Tensor`; without axes a subclass of it, so that ``isinstance`` takes it for a number, as one of NumPy."""
        value = self._value
        return Tensor if value.shape else TOWER.get(value.dtype.kind, Tensor)

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


def _number(kind: type) -> type:
    """A class that no tensor is made of: what one without axes says it is to those who ask for this kind of number."""
    cls = type("Tensor", (Tensor,), {"__slots__": (), "__doc__": "A tensor without axes."})
    kind.register(cls)
    return cls


TOWER = {"i": _number(Integral), "f": _number(Real), "c": _number(Complex)}
TOWER |= {"u": TOWER["i"], "V": TOWER["f"]}
"""For each kind of dtype (that of short ones is V) the class of tensors without axes."""


def gradient_at(leaf: Leaf) -> Tensor | None:
    """What ``.grad`` of a leaf holds."""
    return leaf.grad if state.recorder is None else state.recorder.read_gradient(leaf)


def set_gradient_at(leaf: Leaf, gradient: Tensor | None) -> None:
    """Let ``.grad`` of a leaf hold something else."""
    if state.recorder is not None:
        state.recorder.write_gradient(leaf, gradient)
    leaf.grad = gradient
