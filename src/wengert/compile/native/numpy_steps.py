"""The operations of a program that NumPy does, on the arrays of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from ...control.loop_primitives import PULLBACK
from ...core.graph import GraphNode
from .construction import Construction
from .facts.lowered import dtype_of
from .facts.views import StridedView
from .legalize.expansions import as_recorded
from .machine.addresses import ARENA


class NumPySteps:
    """The steps of a program between its native calls, and what is known of a call that has failed."""

    def __init__(self, made: Construction) -> None:
        self._made = made

    def do(self, node: GraphNode, frame: tuple[Any, ...], results: dict[GraphNode, Any]) -> None:
        """Do one operation by NumPy."""
        operands = [self._value(o, frame, results) for o in self._made.schedule.operands[node]]
        with numpy.errstate(all="ignore"):
            result = node.primitive.evaluate(*operands, **as_recorded(node.params))
        if type(result) is tuple:
            results[node] = tuple(map(_owned, result))
        else:
            self._array(self._made.schedule.views[node], frame)[...] = result

    def _value(self, operand: Any, frame: tuple[Any, ...], results: Mapping[GraphNode, Any]) -> Any:
        if not isinstance(operand, GraphNode):
            return operand
        return results[operand] if operand in results else self._array(self._made.schedule.views[operand], frame)

    def _array(self, view: StridedView, frame: tuple[Any, ...]) -> Any:
        """The elements of a view as a NumPy array on the same memory."""
        dtype = dtype_of(view.base)
        places, start = self._made.places, self._made.plan.offsets.get(view.base, 0)
        memory = frame[places.get(view.base, places[ARENA])]
        strides = [s * dtype.itemsize for s in view.strides]
        return numpy.ndarray(view.shape, dtype, memory, start + view.offset * dtype.itemsize, strides)

    def raise_if_memory_fails(self, failed: int, frame: tuple[Any, ...], results: Mapping[GraphNode, Any]) -> None:
        """Ask for the memory of a loop that has failed, by the number of its check.

        Raises:
            MemoryError: there is not so much.
        """
        node = self._made.schedule.checks[failed - 1]
        if node.primitive is PULLBACK:
            _ask_for_memory(node, *(self._value(o, frame, results) for o in self._made.schedule.operands[node]))


def _owned(result: Any) -> Any:
    """A result in memory of its own: what it may be a view of is written to again."""
    return result if result.flags.owndata else result.copy()


def _ask_for_memory(node: GraphNode, turns: Any, *operands: Any) -> None:
    """Ask for what the turns of a loop keep; if there is not so much, that is why it has failed."""
    captured, carried = node.params["captured"], node.params["carried"]
    size = int(turns) * sum(numpy.asarray(carry).nbytes for carry in operands[captured : captured + carried])
    try:
        numpy.empty(size if node.params["memory"] is None else 0, numpy.uint8)
    except MemoryError:
        raise MemoryError(
            f"[loop] {int(turns)} turns keep {size} bytes for the way back, wanted as many as there are; write memory="
            "COUNT, for so many to be kept at a time"
        ) from None
