"""State that a body writes: under `jit` a loop carries it along, and a branch has it among its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.abstract import form_of
from ..core.compilation import WrittenCell
from ..core.python.source import at_line
from ..core.rerun import for_all_turns
from ..core.state import compilation, state
from ..core.tensor import Tensor
from ..transforms.closures import Subgraph
from ..transforms.recorded import as_tensor
from ..walks.point import zeros

WRITE_ROUNDS = 10
"""So many times a body is recorded anew with what it was found to write; each time finds less."""


class CarriedState:
    """What a loop carries besides its carry: cells (see `wengert.compile.state.body_writes`) that its body writes."""

    def __init__(self, op: str) -> None:
        self.op = op
        self.cells: list[Any] = []
        self.forms: list[Any] = []

    def add(self, written: Any) -> bool:
        """Carry another cell, if it is older than the body and new here."""
        known = {cell.key for cell in self.cells}
        if not written.is_older or written.cell.key in known:
            return False
        before, after = written.cell.get(), written.after
        if after is None or (before is not None and form_of(before._value) != form_of(after._value)):
            raise TypeError(
                f"[{self.op}] the body turns {_described(before)} that it writes outside into {_described(after)}, "
                "wanted the same structure, shape and dtype on every turn; write zero_grad() at the beginning of a "
                f"turn, and x.copy_(...) for another value of the same form{at_line()}"
            )
        self.cells.append(written.cell)
        self.forms.append(form_of(after._value))
        return True

    @property
    def first(self) -> list[Tensor]:
        """What the cells hold before the loop; a gradient that is not there is zero."""
        held = [cell.get() for cell in self.cells]
        return [as_tensor(zeros(f)) if h is None else h for h, f in zip(held, self.forms, strict=True)]

    def put(self, tensors: Sequence[Any]) -> None:
        """Let the cells hold other tensors."""
        for cell, tensor in zip(self.cells, tensors, strict=True):
            compilation().writes.put(cell, as_tensor(tensor))

    def held(self) -> list[Any]:
        """What the cells hold."""
        return [cell.get() for cell in self.cells]


def _described(tensor: Tensor | None) -> str:
    return "nothing" if tensor is None else f"{tensor.dtype} of shape {tensor.shape}"


def recorded_with_state(op: str, record: Callable[[CarriedState], Subgraph]) -> tuple[Subgraph, CarriedState]:
    """Record a body until all that it writes outside is carried."""
    carried = CarriedState(op)
    if state.recorder is None:
        with for_all_turns(op):
            return record(carried), carried
    for _ in range(WRITE_ROUNDS):
        body, written = _undone(lambda: record(carried))
        found = [carried.add(one) for one in written]
        if not any(found):
            return body, carried
    raise RuntimeError(
        f"[{op}] the body writes to other tensors each time that it runs, wanted the same ones on every turn; make "
        f"them before the loop, or carry them{at_line()}"
    )


def _undone(record: Callable[[], Any]) -> tuple[Any, Sequence[WrittenCell]]:
    """What is recorded, and what that has written, which is undone."""
    writes = compilation().writes
    writes.begin(record)
    try:
        found = record()
    finally:
        written = writes.end()
    return found, written


def sides_with_state(op: str, sides: Sequence[Callable[[], Any]]) -> tuple[list[Any], list[Any], list[list[Any]]]:
    """Run the sides of a branch, each on the state before.

    Returns:
        The results, the cells that any side writes, and for each side what they hold after it.
    """
    if state.recorder is None:
        return [side() for side in sides], [], [[] for _ in sides]
    runs = [_undone(side) for side in sides]
    cells = {one.cell.key: one.cell for _, written in runs for one in written if one.is_older}
    after = []
    for _, written in runs:
        known = {one.cell.key: one.after for one in written}
        after.append([known.get(key, cell.get()) for key, cell in cells.items()])
    _check_sides(op, after)
    return [result for result, _ in runs], list(cells.values()), after


def _check_sides(op: str, after: Sequence[Sequence[Any]]) -> None:
    """Raise if the sides leave the state in different forms."""
    for held in zip(*after, strict=True):
        described = {_described(tensor) for tensor in held}
        if len(described) > 1:
            raise TypeError(
                f"[{op}] state outside is {' or '.join(sorted(described))} after the branch, wanted the same "
                f"structure, shape and dtype whichever side is taken; write it on both sides{at_line()}"
            )
