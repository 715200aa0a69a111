"""What a part of a recorded function writes: the body of a loop, which must carry it, or the side of a branch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy

from ...core.abstract import Abstract
from ...core.kin import root_of
from ...core.node import next_sequence
from ...core.number import Number, among_arrays
from ...core.python.source import at_line
from ...core.tensor import Tensor
from .bindings import Binding
from .nesting import STATE
from .numbers import is_number
from .places import HandlePlace
from .rebinding import Changes, nest_in_a_body, plain_in_a_body
from .recording import StateRecording


class SharedInABodyError(RuntimeError):
    """A name is bound, at times only, to a tensor that has another name as well: whoever writes to one writes to both.

    No body of a loop or side of a branch can do so, since what it gives are tensors of their own.
    """

    def __init__(self, binding: Binding) -> None:
        name = binding.name
        super().__init__(
            f"[jit] {name} is bound to a tensor that has another name inside the body of a loop or a branch, wanted "
            f"tensors that have one name each, since what is written to one name would be written to the other; write "
            f"{name}.copy_(value), or {name} = value.clone(){at_line()}"
        )


class HandleCell:
    """A tensor that the recorded function has made, or was given."""

    def __init__(self, handle: Tensor) -> None:
        self.key: tuple[type[Tensor], int] = (Tensor, id(handle))
        self.handle = handle

    def is_of(self, tensor: Tensor) -> bool:
        return self.handle is tensor

    def get(self) -> Tensor:
        return Tensor(*self.state())

    def put(self, tensor: Tensor) -> None:
        self.restore((tensor._value, tensor._node))

    def state(self) -> Any:
        return self.handle._value, self.handle._node

    def restore(self, state: Any) -> None:
        self.handle._value, self.handle._node = state

    def is_older(self, state: Any, begin: int) -> bool:
        """Whether what it held was there before this sequence number (they descend), and somebody still holds it."""
        value, node = state
        if type(value) is Abstract and node.sequence <= begin:
            return False
        return sys.getrefcount(self.handle) > 2


class PlaceCell:
    """A place outside: what a tensor or a ``.grad`` holds."""

    def __init__(self, captured: Any, recorder: StateRecording) -> None:
        self.key = (type(captured.place), id(captured))
        self.captured = captured
        self.recorder = recorder

    def is_of(self, tensor: Tensor) -> bool:
        return isinstance(self.captured.place, HandlePlace) and self.captured.place.tensor is tensor

    def get(self) -> Tensor | None:
        return self.captured.current

    def put(self, tensor: Tensor) -> None:
        place = self.captured.place
        if isinstance(place, HandlePlace):
            tensor = self.recorder.as_read(tensor, place.tensor._node)
            place.write(tensor)
        self.restore((tensor, True))

    def state(self) -> Any:
        return self.captured.current, self.captured.written

    def restore(self, state: Any) -> None:
        self.captured.current, self.captured.written = state

    def is_older(self, state: Any, begin: int) -> bool:
        """Whether anybody but the recording holds it, so that it is not the body's own."""
        place = self.captured.place
        return not isinstance(place, HandlePlace) or sys.getrefcount(place.tensor) > 2


class BindingCell:
    """A name outside that is bound to another tensor."""

    def __init__(self, binding: Binding) -> None:
        self.key: tuple[type[Binding], int, Any] = (Binding, *binding.place)
        self.binding = binding

    def is_of(self, tensor: Tensor) -> bool:
        return False

    def get(self) -> Tensor | None:
        held = among_arrays(self.binding.read())
        if is_number(held):
            return Tensor(numpy.asarray(held))
        return held if type(held) is Tensor else None

    def put(self, tensor: Tensor) -> None:
        held = self.binding.read()
        self.binding.write(held.with_source(tensor) if type(held) is Number else tensor)

    def state(self) -> Any:
        return self.binding.read()

    def restore(self, state: Any) -> None:
        self.binding.write(state)

    def is_older(self, state: Any, number: int) -> bool:
        """It is found from the recorded function on, and so outlives the body."""
        return True


Cell = HandleCell | PlaceCell | BindingCell


class Written(NamedTuple):
    """A cell that was written.

    Attributes:
        cell: which.
        after: what it held at the end; ``None`` is nothing.
        is_older: whether it was there before the part of the function that wrote it began.
    """

    cell: Cell
    after: Tensor | None
    is_older: bool


class Writes:
    """What is being written, in each part of the function that is being recorded; the innermost is last."""

    def __init__(self, recorder: StateRecording) -> None:
        self.recorder = recorder
        self.open: list[dict[Any, tuple[Cell, Any]]] = []
        self.begins: list[int] = []
        self.names: list[Changes | None] = []

    def begin(self, part: Callable[..., Any]) -> None:
        """A part of the function begins; its own variables may be bound anew too."""
        self.open.append({})
        self.begins.append(next_sequence())
        self.names.append(Changes(partial(part, self.recorder.source), None) if self.recorder.source else None)

    def end(self) -> list[Written]:
        """It ends: what it has written, which is undone."""
        noted, begin = self.open.pop(), self.begins.pop()
        names = self.names.pop()
        try:
            bound = self._bound(names)
        except SharedInABodyError:
            _restore(names, noted.values())
            raise
        for cell, before in bound:
            noted.setdefault(cell.key, (cell, before))
        found = [Written(cell, cell.get(), cell.is_older(before, begin)) for cell, before in noted.values()]
        for cell, before in noted.values():
            cell.restore(before)
        return found

    def put(self, cell: Cell, tensor: Tensor) -> None:
        """Write to a cell."""
        self._note(cell)
        cell.put(tensor)

    def handle(self, tensor: Tensor) -> None:
        """Note that a tensor of the recorded function is about to be written."""
        if self.open:
            self._note(HandleCell(tensor))

    def place(self, captured: Any) -> None:
        """Note that a place outside is about to be written."""
        if self.open:
            self._note(PlaceCell(captured, self.recorder))

    def before(self, tensor: Tensor) -> tuple[Any, Any] | None:
        """What a tensor held before the innermost part wrote to it; ``None`` if it did not."""
        noted = self.open[-1] if self.open else {}
        return next((before for cell, before in noted.values() if cell.is_of(tensor)), None)

    def _note(self, cell: Cell) -> None:
        if self.open and cell.key not in self.open[-1]:
            self.open[-1][cell.key] = cell, self._before(cell)

    def _before(self, cell: Cell) -> Any:
        """What a cell held when the part began: a name may have been bound since, which is not noted."""
        names = self.names[-1]
        if names is None or not isinstance(cell, BindingCell):
            return cell.state()
        return names.before.seen(cell.binding.place)

    def _bound(self, names: Changes | None) -> list[tuple[Cell, Any]]:
        """The names that were bound to other tensors or numbers, with what they held before.

        Raises:
            RuntimeError: one was bound to another flag, which would be that of the first turn, or to a nesting.
        """
        if names is None:
            return []
        names.compare()
        numbers = [(binding, value) for binding, value in names.plain if is_number(value) and _is_number(binding.value)]
        for binding, value in names.plain:
            if (binding, value) not in numbers:
                _undo(binding, plain_in_a_body(binding, value))
        for binding, value in names.bound:
            if type(value) not in STATE:
                _undo(binding, nest_in_a_body(binding, value))
            elif self._is_shared(value, names):
                _undo(binding, SharedInABodyError(binding))
        followed = self.recorder.numbers.following
        state = [*numbers, *((binding, value) for binding, value in names.bound if type(value) in STATE)]
        return [(BindingCell(binding), followed(binding.value)) for binding, value in state]

    def _is_shared(self, value: Any, names: Changes) -> bool:
        """Whether a name was bound to a tensor that was there before, and is found under another name as well.

        That of a view is any name of its root, a variable's included.
        """
        if type(value) is not Tensor:
            return False
        root = self.recorder.joined.source_of(root_of(value))
        if root is not value and id(root) in names.before.met:
            return True
        ways = {way.place for way in names.after.incoming.get(id(value), ()) if way.holder is not None}
        return id(value) in names.before.met and len(ways) > 1


def _is_number(value: Any) -> bool:
    return type(value) is Number or is_number(value)


def _restore(names: Changes | None, noted: Iterable[tuple[Cell, Any]]) -> None:
    """Let names and cells be what they were when a part of the function began."""
    for binding, _ in (*names.bound, *names.plain) if names is not None else ():
        binding.write(binding.value)
    for cell, before in noted:
        cell.restore(before)


def _undo(binding: Binding, error: RuntimeError) -> None:
    """Let a name lead to what it led to, and say why, if nothing worse has happened already."""
    binding.write(binding.value)
    if sys.exc_info()[0] is None:
        raise error
