"""A module in parts that are compiled at the same time: kernels call nobody, so each may be anywhere."""

from __future__ import annotations

import re
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from typing import Any

from llvmlite import ir

from .llvm import ModulePart

LOOP = 8_000
"""A loop takes as long to compile as so many characters of straight code."""
PART = 50_000
"""The work in a part, at least: less is not worth a thread."""
MOST_PARTS = 6
_NAME = re.compile(r'@"([^"]+)"')


class Module(ir.Module):
    """A module with another one beside it, for code that is not to be optimised.

    Attributes:
        library: the other one.
        finished: the text of each function that nothing is added to any more.
        kernels: functions of loop nests, by what makes them differ.
        stages: functions that several stages call, and the room that each needs, by what makes them differ.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.library = ir.Module("library")
        self.finished: dict[str, str] = {}
        self.kernels: dict[Hashable, ir.Function] = {}
        self.stages: dict[tuple[Any, ...], tuple[ir.Function, int]] = {}
        self._new: list[Any] = []

    def add_global(self, globalvalue: Any) -> None:
        super().add_global(globalvalue)
        self._new.append(globalvalue)

    def finish(self, unless: ir.Function) -> None:
        """Keep new functions, but for one, as texts: objects for their instructions take twenty times the memory."""
        for value in self._new:
            if isinstance(value, ir.Function) and value.blocks and value is not unless:
                self.finished[value.name] = str(value)
                _empty(value)
        self._new.clear()

    def texts(self) -> dict[str, str]:
        """The text of each function and variable, by name."""
        return {name: self.finished.get(name) or str(value) for name, value in self.globals.items()}

    def import_from_library(self, function: ir.Function) -> ir.Function:
        """Make a function of the library known here."""
        return ir.Function(self, function.function_type, function.name)


def _empty(function: ir.Function) -> None:
    """Leave a function without instructions, and these without what refers back to them."""
    for block in function.blocks:
        for instruction in block.instructions:
            if isinstance(instruction, ir.PhiInstr):
                instruction.incomings.clear()
        block.instructions.clear()
        block.terminator = None
    del function.blocks[1:]  # one with blocks is no declaration


def parts_of(module: Module) -> list[ModulePart]:
    """The module and its library in parts, the same ones whenever it is the same module."""
    pieces = _Pieces(module)
    library = [ModulePart(str(module.library), is_finished=True)] if module.library.globals else []
    return [*map(ModulePart, pieces.joined(pieces.divided())), *library]


class _Pieces:
    """The functions and variables of a module as texts.

    Attributes:
        texts: by their names.
        uses: the names in each.
        roots: what can be seen from outside, and is in the first part.
        kernels: what may be in any part.
    """

    def __init__(self, module: Module) -> None:
        values = module.globals
        self.texts = module.texts()
        self.metadata = [str(entry) for entry in module.metadata]
        self.roots = [name for name, value in values.items() if value.linkage != "internal" and not _is_declared(value)]
        self.kernels = [name for name, value in values.items() if _is_kernel(value)]
        self._unite_equal([name for name, value in values.items() if _is_internal(value)])
        self.uses = {name: dict.fromkeys(_NAME.findall(text)) for name, text in self.texts.items()}
        variables = [name for name in self.roots if isinstance(values[name], ir.GlobalVariable)]
        fixed = self._reached(variables).keys()
        self.kernels = [name for name in self.kernels if fixed.isdisjoint(self._reached([name]))]

    def _unite_equal(self, names: Sequence[str]) -> None:
        """Leave one of those functions that differ in their names only, then of those that call equal ones."""
        first: dict[str, str] = {}
        same = {name: first.setdefault(self.texts[name].replace(f'@"{name}"', ""), name) for name in names}
        if len(first) == len(names):
            return
        kept = {name: text for name, text in self.texts.items() if same.get(name, name) == name}
        self.texts = {n: _NAME.sub(lambda found: f'@"{same.get(found[1], found[1])}"', t) for n, t in kept.items()}
        self.kernels = [name for name in self.kernels if name in self.texts]
        self._unite_equal(list(first.values()))

    def _reached(self, names: Iterable[str], unless: Container[str] = ()) -> dict[str, None]:
        """These, and what they use."""
        found = dict.fromkeys(names)
        waiting = [*found]
        while waiting:
            following = [name for name in self.uses[waiting.pop()] if name not in found and name not in unless]
            found |= dict.fromkeys(following)
            waiting += following
        return found

    def divided(self) -> list[list[str]]:
        """The names in each part, besides what they use: the next longest kernel goes to the part with least work."""
        work = {name: _work(text) for name, text in self.texts.items()}
        total = sum(work.values())
        count = max(1, min(MOST_PARTS, total // PART))
        loads = [total - sum(work[name] for name in self.kernels), *[0] * (count - 1)]
        parts = [[*self.roots], *([] for _ in range(count - 1))]
        for name in sorted(self.kernels, key=lambda name: -work[name]):
            least = loads.index(min(loads))
            loads[least] += work[name]
            parts[least].append(name)
        return [part for part in parts if part]

    def joined(self, parts: Sequence[Sequence[str]]) -> Iterator[str]:
        """The text of each part, with what it uses; kernels that are elsewhere are declared, and seen from there."""
        there = [self._reached(names, unless=set(self.kernels) - set(names)) for names in parts]
        elsewhere = [dict.fromkeys(u for n in names for u in self.uses[n] if u not in names) for names in there]
        seen = set().union(*elsewhere)
        for names, others in zip(there, elsewhere, strict=True):
            lines = [_seen(self.texts[name]) if name in seen else self.texts[name] for name in names]
            lines += [_declared(self.texts[name]) for name in others]
            yield "\n".join([*lines, *self.metadata])


def _work(text: str) -> int:
    """How long a function takes to compile, about, in characters: loops take long."""
    return len(text) + LOOP * text.count(" = phi ")


def _is_declared(value: Any) -> bool:
    return isinstance(value, ir.Function) and value.is_declaration


def _is_internal(value: Any) -> bool:
    return isinstance(value, ir.Function) and not value.is_declaration and value.linkage == "internal"


def _is_kernel(value: Any) -> bool:
    return _is_internal(value) and "noinline" in value.attributes


def _seen(text: str) -> str:
    """A function, seen from other parts."""
    return text.replace("define internal", "define", 1)


def _declared(text: str) -> str:
    return _seen(text).partition("{")[0].replace("define", "declare", 1)
