"""May-alias analysis: tensors that are one and the same depending on which branch of a statement was taken.

After ``if test: w = w * 2`` the variable `w` holds a tensor of its own, where Python leaves it the tensor from before
if the test fails. As long as no other name leads to that older tensor nobody can tell. Where one does, a write to
either belongs to both or to one of them, which no one list of operations says.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from types import CodeType
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

from ...core.kin import root_of, views_of
from ...core.tensor import Tensor
from ...core.views import lies_by_rows
from ...ops.elementwise import logical_and
from ...ops.indexing.views import RESHAPE
from ..interpreter.reach import is_reached
from ..state.arrays import BeginsAgain


class JoinedWrittenError(BeginsAgain):
    """A recording is abandoned: who shares what is written, or is a view, depends on a branch of a statement."""

    def __init__(self, statement: Any) -> None:
        super().__init__(statement)
        self.statement = statement


class PossiblySame(NamedTuple):
    """A may-alias: the other tensor, and the statement that decides."""

    other: ReferenceType[Tensor]
    statement: Any


class Kept(NamedTuple):
    """A tensor that a place holds, and what it held before.

    Attributes:
        tensor: the one.
        before: the other.
        flag: whether the place still holds the other, and has been given nothing else.
    """

    tensor: ReferenceType[Tensor]
    before: Tensor
    flag: Any


class JoinedTensors:
    """The may-alias pairs of a recording.

    Attributes:
        lasts: whether a tensor is found outside, where any number of names may lead to it.
        begin: what runs the function that is recorded.
    """

    begin: CodeType

    def __init__(self, lasts: Callable[[Tensor], bool]) -> None:
        self.lasts = lasts
        self._pairs: dict[int, tuple[ReferenceType[Tensor], list[PossiblySame]]] = {}
        self._kept: dict[int, Kept] = {}
        self._layouts: dict[int, PossiblySame] = {}
        self._rows: dict[int, tuple[ReferenceType[Tensor], Tensor]] = {}

    def note(self, ends: Iterable[Tensor], result: Tensor, statement: Any) -> None:
        """Note that after a statement a result may alias some tensors, and what these may alias."""
        for end in ends:
            for other in [end, *(pair.other() for pair in self._of(end))]:
                if other is not None and other is not result:
                    self._add(other, result, statement)
                    self._add(result, other, statement)

    def note_row(self, row: Tensor, items: Tensor) -> None:
        """Note that a tensor of its own stands for a row of another, which is a view of it."""
        self._rows[id(row)] = ref(row), root_of(items)

    def source_of(self, root: Tensor) -> Tensor:
        """The tensor whose elements another shares: of what is a row, or may be, that which it is a row of."""
        for one in (root, *(pair.other() for pair in self._of(root))):
            row, items = self._rows.get(id(one), (None, root))
            if row is not None and row() is one:
                return items
        return root

    def note_layout(self, ends: Iterable[Any], result: Tensor, statement: Any) -> None:
        """Note that after a statement a result may lie in memory as one of these does, if that is not by rows.

        Another shape of it is a view then, or is none, as values decide.
        """
        if not all(self._lies_by_rows(end) for end in ends if type(end) is Tensor):
            self._layouts[id(result)] = PossiblySame(ref(result), statement)

    def _lies_by_rows(self, tensor: Tensor) -> bool:
        return self._statement_of_layout(root_of(tensor)) is None and lies_by_rows(tensor)

    def check_layout(self, root: Tensor) -> None:
        """Give up where it is asked how a view lies in memory, and values decide how its root does."""
        statement = self._statement_of_layout(root)
        if statement is not None:
            raise JoinedWrittenError(statement)

    def statement_of(self, tensor: Tensor) -> Any:
        """What decides whether a write to a tensor is one to another as well; ``None`` if nothing does."""
        root = root_of(tensor)
        layout = self._statement_of_layout(root)
        if layout is not None and any(step.way is RESHAPE for one in views_of(root) for step in one._kin.steps):
            return layout
        return next((statement for other, statement in self._others(tensor) if self.is_named(other)), None)

    def _statement_of_layout(self, root: Tensor) -> Any:
        found = self._layouts.get(id(root))
        return found.statement if found is not None and found.other() is root else None

    def statement_of_place(self, tensor: Tensor, before: Any, named: Container[int]) -> Any:
        """What decides whether a place, which held a tensor before, is given one that others hold; ``None`` if nothing
        does, or if a flag says so. What else places hold is `named`, by identity.
        """
        flagged = self.is_kept(tensor, before) is not False
        others = ((o, statement) for o, statement in self._others(tensor) if not (flagged and o is before))
        return next((statement for o, statement in others if id(o) in named or self.lasts(o)), None)

    def _others(self, tensor: Tensor) -> Iterator[tuple[Tensor, Any]]:
        """The tensors, as far as they are alive, that a tensor may be, or be a view of, with what decides."""
        for reference, statement in self._of(root_of(tensor)):
            other = reference()
            if other is not None:
                yield other, statement

    def is_named(self, tensor: Tensor) -> bool:
        """Whether a tensor or a view of it is reachable by a name of the user's."""
        return self.lasts(tensor) or is_reached(tensor, self.begin)

    def keep(self, result: Tensor, before: Tensor, flag: Any) -> None:
        """Note that a result stands for the tensor that a place held before a statement where a flag is set."""
        known = self._known(before)
        if known is not None:
            before, flag = known.before, both(known.flag, flag)
        if flag is not False:
            self._kept[id(result)] = Kept(ref(result), before, flag)

    def is_kept(self, tensor: Any, before: Tensor) -> Any:
        """Whether a place that held a tensor before still holds it, and not `tensor`: a flag, as values may decide."""
        if tensor is before:
            return True
        found, known = self._known(tensor), self._known(before)
        begin = before if known is None else known.before
        return found.flag if found is not None and found.before is begin else False

    def clear(self) -> None:
        self._pairs.clear()
        self._kept.clear()
        self._layouts.clear()
        self._rows.clear()

    def _known(self, tensor: Any) -> Kept | None:
        found = self._kept.get(id(tensor))
        return found if found is not None and found.tensor() is tensor else None

    def _of(self, tensor: Tensor) -> Sequence[PossiblySame]:
        reference, pairs = self._pairs.get(id(tensor), (None, ()))
        return pairs if reference is not None and reference() is tensor else ()

    def _add(self, tensor: Tensor, other: Tensor, statement: Any) -> None:
        self._pairs[id(tensor)] = (ref(tensor), [*self._of(tensor), PossiblySame(ref(other), statement)])


def both(one: Any, other: Any) -> Any:
    """Whether both flags are set, of which any may be known."""
    if isinstance(one, bool):
        return other if one else False
    return one if other is True else other and logical_and(one, other)
