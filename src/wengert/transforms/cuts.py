"""Where the path from an input of a function to one of its outputs was cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.primitive import Primitive
from ..core.python.source import user_line
from ..core.recording import alias
from ..core.state import Watch, observers
from ..core.tensor import Tensor
from .recorded import Recorded, as_tensor


def where_cut(f: Callable[..., Any], leaves: Sequence[Any], structure: Any, output: int, position: int) -> str | None:
    """Run ``f`` again, and name the operation and the user's line behind which `output` no longer follows an input.

    Returns:
        ``None`` if no operation leads from the input to the output at all.
    """
    with Watch() as bit:
        inputs = [alias(leaf, bit) if i == position else as_tensor(leaf) for i, leaf in enumerate(leaves)]
        cuts = _Cuts(inputs[position], bit)
        observers.append(cuts.note)
        try:
            recorded = Recorded(f, inputs, structure, bit)
        finally:
            observers.remove(cuts.note)
    return cuts.of(as_tensor(recorded.outputs[output]))


class _Cuts:
    """Follows what an input reaches by its numbers, and where its derivative ends on the way.

    Attributes:
        reached: for each tensor that the input reaches the cut on the way to it, if there is one. A tensor is known
            by its value and node, since its handle may be given others; both are kept, so that they stay apart.
    """

    def __init__(self, start: Tensor, bit: int) -> None:
        self.bit = bit
        self.reached: dict[tuple[int, int], tuple[Tensor, str | None]] = {}
        self._reach(start, None)

    def _reach(self, tensor: Tensor, cut: str | None) -> None:
        kept = Tensor(tensor._value, tensor._node)
        self.reached[_identity(tensor)] = kept, cut

    def note(self, primitive: Primitive, operands: Sequence[Any], params: dict[str, Any], result: Any) -> None:
        """Observe one operation."""
        tensors = [operand for operand in operands if type(operand) is Tensor]
        arriving = [self.reached[_identity(t)][1] for t in tensors if _identity(t) in self.reached]
        for tensor in result if type(result) is tuple else (result,):
            if tensor._node.watch & self.bit:
                self._reach(tensor, None)
            elif arriving:
                self._reach(tensor, next((cut for cut in arriving if cut), None) or f"{primitive.name} ({user_line()})")

    def of(self, output: Tensor) -> str | None:
        """The cut on the way to the output."""
        return self.reached.get(_identity(output), (None, None))[1]


def _identity(tensor: Tensor) -> tuple[int, int]:
    return id(tensor._value), id(tensor._node)
