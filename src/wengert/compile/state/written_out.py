"""Bindings as Python code: what each call reads and binds is written out, since a call takes less time than to look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import CellType
from typing import Any

from ...core.python.trees import level_of
from .bindings import Binding
from .plain import MISSING

KEYS: dict[type, Callable[[Any], Iterable[Any]]] = {
    tuple: lambda items: range(len(items)),
    list: lambda items: range(len(items)),
    dict: list,
}
"""By what the children of a container are found, in their order."""


class WrittenOut:
    """The text of a function, under construction.

    Attributes:
        lines: its statements.
        objects: what they refer to, by name.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.objects: dict[str, Any] = {}

    def name(self, held: Any) -> str:
        """A name for an object."""
        name = f"o{len(self.objects)}"
        self.objects[name] = held
        return name

    def reading(self, binding: Binding) -> str:
        """The expression for what a name leads to."""
        place = self._place(binding)
        return f"{self.name(binding.read)}()" if place is None else place

    def leaves(self, value: str, structure: Any) -> list[str]:
        """Have the value of an expression taken apart, or give up if it is nested otherwise; the names of its leaves.

        Raises:
            LookupError: it is nested in what is no tuple, list or dict.
        """
        level, name = level_of(structure), f"v{len(self.lines)}"
        self.lines.append(f"{name} = {value}")
        if level is None:
            return [name]
        count = len(level.children)
        keys = KEYS[level.kind](level.made(range(count)))
        self.lines.append(f"if type({name}) is not {self.name(level.kind)} or len({name}) != {count}: return None")
        items = zip([f"{name}[{self.name(key)}]" for key in keys], level.children, strict=True)
        return [leaf for item, child in items for leaf in self.leaves(item, child)]

    def bind(self, binding: Binding, value: Any) -> None:
        """Let a name lead to an object."""
        if value is MISSING:
            self.lines.append(f"{self.name(binding.write)}({self.name(value)})")
        else:
            self.lines.append(self.binding(binding, self.name(value)))

    def binding(self, binding: Binding, value: str) -> str:
        """The statement that lets a name lead to the value of an expression."""
        place = self._place(binding)
        return f"{self.name(binding.write)}({value})" if place is None else f"{place} = {value}"

    def _place(self, binding: Binding) -> str | None:
        """What stands on either side of an assignment; ``None`` where it takes more than that."""
        if type(binding) is not Binding:
            return None
        if type(binding.holder) is CellType:
            return f"{self.name(binding.holder)}.cell_contents"
        if isinstance(binding.holder, (dict, list)):
            return f"{self.name(binding.holder)}[{self.name(binding.key)}]"
        return None

    def function(self, parameters: str, result: str, errors: Sequence[type[BaseException]] = ()) -> Callable[..., Any]:
        """The function: it gives ``None`` instead of raising one of these errors."""
        body = [*self.lines, f"return {result}"]
        if errors:
            caught = self.name(tuple(errors))
            body = ["try:", *(f" {line}" for line in body), f"except {caught}: return None"]
        text = "".join(f" {line}\n" for line in body)
        exec(f"def written({parameters}):\n{text}", self.objects)
        return self.objects["written"]
