"""Loops that are recorded as one node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...core.kin import root_of
from ...core.node import next_sequence
from ...core.python.source import at_line
from ...core.python.trees import flatten
from ...core.state import compilation, state
from ...core.tensor import Tensor
from ...core.views import lies_by_rows
from ...ops.elementwise import logical_and
from ..state.plain import is_same
from .jumps import RESULT, is_flag
from .variables import (
    TURNS,
    Again,
    Forms,
    UndecidedError,
    Variables,
    agreement,
    as_it_is,
    cast_to,
    fits,
    fresh,
    in_place_of,
    is_numeric,
    is_older,
    is_place,
    marked,
    places_of,
    repeated,
    restored,
)


class LoopRecording:
    """One recording of a loop.

    Attributes:
        before: what the variables hold before it.
        carried: the positions of those that it carries: numbers and arrays.
        places: the positions of attributes and items among them, of which it carries whether they are as before.
        first: what it carries first.
        unchanged: whether a variable holds what the user has put there.
        is_shared: whether the loop itself reads a tensor on every turn, or another name leads to it.
        begun: by identity of what a turn begins with, the position of the variable that holds it.
        items: what a loop over rows runs over.
        after: for each variable that it carries, its leaves after a turn.
        ends: for each variable that it carries, the tensors whose elements its leaves share after a turn.
    """

    def __init__(
        self, variables: Variables, given: Sequence[Any], forms: Forms, is_shared: Callable[[Tensor], bool]
    ) -> None:
        self.variables = variables
        self.is_shared = is_shared
        self.begun: dict[int, int] = {}
        self.ends: dict[int, list[Tensor | None]] = {}
        self.after: dict[int, Sequence[Any]] = {}
        self.items: Tensor | None = None
        self.before: list[Any] = [forms.of(i, value) for i, value in enumerate(given)]
        self.unchanged: list[bool] = [one is other for one, other in zip(self.before, given, strict=True)]
        self.carried: list[int] = [
            i for i, value in enumerate(self.before) if is_numeric(value) and i not in forms.in_place
        ]
        self.places: list[int] = [
            i for i in places_of(variables, self.before) if i in self.carried and self.unchanged[i]
        ]
        self.first = [*(self.before[i] for i in self.carried), *(True for _ in self.places)]

    def load(self, carry: Sequence[Any], is_turn: bool = False) -> list[Any]:
        """Bind the variables to what is carried; where a turn begins no flag is set."""
        values = [*self.before]
        for i, value in zip(self.carried, carry, strict=False):
            is_clear = is_turn and is_flag(self.variables.names[i])
            values[i] = False if is_clear else marked(value, self.before[i])
        self.variables.put(values)
        return values

    def run_over(self, items: Tensor, row: Tensor) -> None:
        """Begin a turn with a row of a tensor, which is a view of it."""
        self.items = items
        if state.recorder is not None:
            state.recorder.joined.note_row(row, items)

    def turn(self, carry: Sequence[Any], body: Callable[[], None]) -> list[Any]:
        """What is carried after a turn."""
        with restored(self.variables):
            begun = self.load(carry, is_turn=True)
            handles = [_handles(value) for value in begun]
            first = {i: _held(root_of(t) for t in _tensors(self.before[i])) for i in self.carried}
            begin = next_sequence()
            body()
            after = self.variables.get()
            if state.recorder is not None:
                self._note_ends(handles, after, begin)
                self._check_first(first)
            for i in self.carried:
                self._check_writes(i, handles[i], _handles(after[i]))
                self._check_layout(i, handles[i], after[i])
            fitted = [self._fitted(i, name, after[i]) for i, name in enumerate(self.variables.names)]
            still = [compilation().joined.is_kept(after[i], begun[i]) for i in self.places]
            return [*(fitted[i] for i in self.carried), *map(logical_and, self._flags(carry), still)]

    def _flags(self, carry: Sequence[Any]) -> Sequence[Any]:
        """For each place whether it still holds what it held before the loop."""
        return carry[len(self.carried) :]

    def test(self, carry: Sequence[Any], test: Callable[[], Any]) -> Any:
        """What a test gives for what is carried."""
        with restored(self.variables):
            self.load(carry)
            return test()

    def _note_ends(self, handles: Sequence[Held], after: Sequence[Any], begin: int) -> None:
        """Note to which tensors variables lead after a turn.

        Raises:
            UndecidedError: one that another name leads to is written in place, so that the next turn would write to
                both.
        """
        joined = compilation().joined
        self.begun = {key: i for i in self.carried for key in handles[i]}
        self.after = {i: _leaves(after[i]) for i in self.carried}
        held = {i: _leaf_roots(after[i]) for i in self.carried}
        self.ends = {i: [root if root is None else joined.source_of(root) for root in held[i]] for i in self.carried}
        for i, roots in self.ends.items():
            for root in roots:
                if root is not None:
                    self._check_end(i, root, handles, begin)

    def _check_end(self, position: int, root: Tensor, handles: Sequence[Held], begin: int) -> None:
        others = [j for j in self.carried if j != position and any(root is one for one in self.ends[j])]
        is_new = id(root) not in handles[position]
        is_outer = id(root) not in self.begun and is_older(root, begin)
        if is_new and self._is_place(position) and (self._returns(position, root) or any(map(self._is_place, others))):
            raise self._undecided(position, "leads to a tensor with another name after a turn")
        if is_outer or (others and is_new):
            self._check_next([position, *others], handles)
        if is_outer and compilation().writes.before(root) is not None:
            raise self._undecided(position, LEADS)

    def _is_place(self, position: int) -> bool:
        return is_place(self.variables.names[position])

    def _returns(self, position: int, root: Tensor) -> bool:
        """Whether a variable leads to what another one held as the turn began, or to what it held before the loop."""
        return id(root) in self.begun or any(root is root_of(tensor) for tensor in _tensors(self.before[position]))

    def _check_next(self, positions: Iterable[int], handles: Sequence[Held]) -> None:
        for i in positions:
            if _written(handles[i]):
                raise self._undecided(i, LEADS)

    def note_kept(self, values: Sequence[Any], carry: Sequence[Any]) -> None:
        """Note the places that hold after the loop what they held before it, as values decide."""
        for i, flag in zip(self.places, self._flags(carry), strict=True):
            compilation().joined.keep(values[i], self.before[i], flag)

    def note_joined(self, values: Sequence[Any], statement: Any) -> None:
        """Note the tensors that variables may lead to after the loop: those after a turn, or those before it."""
        own = {i: _leaf_roots(self.before[i]) for i in self.carried if self.unchanged[i]}
        for i in self.carried:
            for k, result in enumerate(flatten(values[i])[0]):
                end = self.ends[i][k] if i in self.ends else None
                begun = self.begun.get(id(end), i)
                last = [root_of(one) for one in self._last(i, k)]
                ends = [end, *last, *own.get(i, ())[k : k + 1], *(own.get(begun, ()) if begun != i else ())]
                if type(result) is Tensor:
                    compilation().joined.note([one for one in ends if one is not None], result, statement)
                    compilation().joined.note_layout(self._leads(i, k), result, statement)

    def _leads(self, position: int, leaf: int) -> list[Any]:
        """What a leaf of a variable is before the loop and after a turn, with what that is a row of."""
        after = self._last(position, leaf)
        whole = [self.items for root in map(root_of, after) if compilation().joined.source_of(root) is not root]
        return [*_leaves(self.before[position])[leaf : leaf + 1], *after, *whole]

    def _last(self, position: int, leaf: int) -> list[Tensor]:
        """The tensor that a leaf of a variable is after a turn, if it is one."""
        return [one for one in self.after.get(position, ())[leaf : leaf + 1] if type(one) is Tensor]

    def _check_first(self, first: dict[int, Held]) -> None:
        """Raise where a turn writes, by another name, to what a variable holds on the first turn only."""
        for i, roots in first.items():
            if _written(roots):
                raise self._undecided(
                    i, "is bound to another tensor in a turn that writes to its elements by another name"
                )

    def _undecided(self, position: int, why: str) -> UndecidedError:
        name = self.variables.names[position]
        return UndecidedError(
            f"[jit] {name} {why}, wanted tensors that have one name each where values are not known; write "
            f"{name} = {name}.copy() before the loop{at_line()}"
        )

    def _check_writes(self, position: int, before: Held, after: Held) -> None:
        """Raise `Again` if a tensor was written in place that others may hold."""
        written = _written(before)
        own = state.recorder is not None and self.unchanged[position] and _handles(self.before[position])
        if written and own:
            if all(key in after for key in written):
                raise Again(position, None)
            self._check_shared(position, own)

    def _check_layout(self, position: int, begun: Held, after: Any) -> None:
        """Raise where a turn writes to what it begins with, and leaves it as a view that does not lie by rows."""
        if _written(begun) and not all(map(lies_by_rows, _tensors(after))):
            raise self._undecided(position, "is written in place and is a view in another order after a turn")

    def _check_shared(self, position: int, own: Held) -> None:
        """Raise where others see what is written to the tensor that a variable holds on the first turn only."""
        if any(compilation().is_shared(handle) or self.is_shared(handle) for handle, _ in own.values()):
            name = self.variables.names[position]
            raise UndecidedError(
                f"[jit] {name} is written in place and then bound to another tensor within a turn, and the function "
                f"finds the tensor elsewhere too, wanted one or the other; write {name} = {name}.copy() before the "
                f"loop{at_line()}"
            )

    def _fitted(self, position: int, name: str, after: Any) -> Any:
        before = self.before[position]
        if is_same(before, after) and position not in self.carried:
            return after
        if name == RESULT and before is None and after is not None and is_numeric(after):
            raise Again(position, in_place_of(None, after))
        targets = agreement(name, before, after, TURNS)
        if not fits(before, targets):
            raise Again(position, cast_to(targets))
        return cast_to(targets)(after)


LEADS = "is written in place and leads to a tensor with another name after a turn"

Held = dict[int, tuple[Tensor, Any]]
"""By identity, tensors, each with the node that made what it holds."""


def _handles(value: Any) -> Held:
    """The tensors in a value."""
    return _held(_tensors(value))


def _leaf_roots(value: Any) -> list[Tensor | None]:
    """For each leaf of a value, the tensor whose elements it shares; ``None`` for numbers."""
    return [root_of(leaf) if type(leaf) is Tensor else None for leaf in _leaves(value)]


def _tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in _leaves(value) if type(leaf) is Tensor]


def _leaves(value: Any) -> list[Any]:
    return flatten(value)[0] if is_numeric(value) else []


def _held(tensors: Iterable[Tensor]) -> Held:
    return {id(tensor): (tensor, tensor._node) for tensor in tensors}


def _written(held: Held) -> list[int]:
    """Those that have been written in place since."""
    return [key for key, (tensor, node) in held.items() if tensor._node is not node]


def loop(
    drive: Callable[[LoopRecording], Sequence[Any]], variables: Variables, *read: Tensor, statement: Any = None
) -> None:
    """A loop as one node: `drive` is what runs it, and gives what is carried at the end; it reads tensors itself."""
    before = [fresh(value) for value in variables.get()]

    def is_shared(tensor: Tensor) -> bool:
        return any(tensor is one for one in read) or _has_another_name(variables, before, tensor)

    def record(forms: Forms) -> None:
        one = LoopRecording(variables, before, forms, is_shared)
        carry = drive(one)
        values = one.load(carry)
        if state.recorder is not None:
            one.note_joined(values, statement)
            one.note_kept(values, carry)

    repeated(record)


def _has_another_name(variables: Variables, values: Sequence[Any], tensor: Tensor) -> bool:
    """Whether a name other than that of the variable which holds a tensor leads to it, before the loop."""
    root, joined = root_of(tensor), compilation().joined
    if sum(root_of(one) is root for value in values for one in _tensors(value)) > 1:
        return True
    with restored(variables):
        variables.put([as_it_is(value) if is_numeric(value) else value for value in values])
        return joined.is_named(root) or joined.statement_of(root) is not None
