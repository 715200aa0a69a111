"""What has to be found for a recording to hold, compared at each call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import CellType
from typing import Any, Protocol

from ..backend import facts_in_memory
from .bindings import BASES, Binding, Contents, Whole
from .plain import MISSING, is_same

LOOKUPS_BY_PYTHON = 200
"""So often it is looked up by Python; what machine code needs costs as much as some hundred times of that."""

Fact = Binding | Whole | Contents


class ExpectedForm(Protocol):
    """What has to be found under a name, whichever tensors there are."""

    binding: Binding

    def is_found(self) -> bool: ...


class Expected:
    """What has to be found under some names, in containers and in arrays.

    Attributes:
        bindings: names with what has to be found there, or that nothing is.
        wholes: containers with all that they hold.
        contents: arrays with their elements.
        forms: names whose tensors may be others, nested alike.
        by_key: for globals and attributes: how to get them, the key, and what is expected.
        cells: the same for the variables of enclosing functions.
        others: all other bindings.
        asked: how often Python was asked.
        seen: the same for machine code, which sees at once that nothing is another object.
    """

    def __init__(
        self,
        bindings: Sequence[Binding],
        wholes: Sequence[Whole],
        contents: Sequence[Contents],
        forms: Sequence[ExpectedForm],
    ) -> None:
        self.bindings: list[Binding] = list(bindings)
        self.wholes = wholes
        self.contents = contents
        self.forms = forms
        self.by_key: list[tuple[Callable[..., Any], Any, Any]] = []
        self.cells: list[tuple[CellType, Any]] = []
        self.others: list[Binding] = []
        self.asked = 0
        self.seen: Any = None
        for binding in bindings:
            holder = binding.holder
            if type(holder) is CellType and binding.value is not MISSING:
                self.cells.append((holder, binding.value))
            elif isinstance(holder, (dict, type)) and binding.key != BASES:
                get = dict.get.__get__(holder) if isinstance(holder, dict) else vars(holder).get
                self.by_key.append((get, binding.key, binding.value))
            else:
                self.others.append(binding)

    def __bool__(self) -> bool:
        return bool(self.bindings or self.wholes or self.contents or self.forms)

    def facts(self) -> Iterator[Fact]:
        """Everything that has to be found, one by one."""
        yield from self.bindings
        yield from self.wholes
        yield from self.contents

    def is_found(self) -> bool:
        """Whether everything is found as it was; what is asked often is found by machine code."""
        if self.seen is not None and self.seen.are_found():
            return all(fact.is_found() for fact in self.seen.rest) if self.seen.rest else True
        self.asked += 1
        if self.asked == LOOKUPS_BY_PYTHON:
            self.seen = facts_in_memory(self)
        return self._is_found()

    def _is_found(self) -> bool:
        for get, key, value in self.by_key:
            found = get(key, MISSING)
            if found is not value and not is_same(found, value):
                return False
        try:
            for cell, value in self.cells:
                found = cell.cell_contents
                if found is not value and not is_same(found, value):
                    return False
        except ValueError:
            return False
        for binding in self.others:
            if not is_same(binding.read(), binding.value):
                return False
        return all(fact.is_found() for facts in (self.wholes, self.contents, self.forms) for fact in facts)

    def changed(self) -> Iterator[Binding]:
        """The names and items that are no longer what they were."""
        return (b for b in self.every_binding() if not is_same(b.read(), b.value))

    def every_binding(self) -> Iterator[Binding]:
        """Every name and item that has to be something."""
        yield from self.bindings
        for whole in self.wholes:
            yield from whole.bindings()

    def first_changed(self) -> str | None:
        """The name of what is no longer found."""
        names = (binding.name for binding in self.changed())
        facts = (fact for facts in (self.wholes, self.contents) for fact in facts)
        others = (fact.name for fact in facts if not fact.is_found())
        forms = (form.binding.name for form in self.forms if not form.is_found())
        return next((name for found in (names, others, forms) for name in found), None)
