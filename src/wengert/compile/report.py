"""Showing what a function was compiled to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.graph import Graph, form_of_node
from .passes import after_each_pass
from .program import Program


class Lowered:
    """A recording of a function for certain arguments, at every stage on its way to machine code.

    It prints as the simplified graph.

    Attributes:
        graph: the simplified graph.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self.graph: Graph = program.graph

    def __str__(self) -> str:
        return str(self.graph)

    def passes(self) -> str:
        """The graph as it was recorded, and after each pass."""
        graphs = after_each_pass(self._program.recorded)
        return "\n\n".join(f"# {name}: {len(graph.nodes)} operations\n{graph}" for name, graph in graphs.items())

    def llvm(self) -> str:
        """The optimised code in LLVM's intermediate language; empty if nothing is native."""
        return "" if self._native is None else self._native.llvm()

    def asm(self) -> str:
        """The machine code as text; empty if nothing is native."""
        return "" if self._native is None else self._native.assembly()

    @property
    def _native(self) -> Any:
        return getattr(self._program.run, "native", None)


def describe(name: str, programs: Sequence[Program]) -> str:
    """The text of `Compiled.report`."""
    lines = [f"{name}: {len(programs)} program{'s' if len(programs) != 1 else ''}"]
    for program in programs:
        forms = ", ".join(f"{form_of_node(n).dtype}{list(form_of_node(n).shape)}" for n in program.graph.inputs)
        lines.append(f"  ({forms})")
        lines += [f"    {line}" for line in _lines(program)]
    return "\n".join(lines)


def _lines(program: Program) -> list[str]:
    recorded, left = len(program.recorded.nodes), len(program.graph.nodes)
    lines = [
        f"{program.calls} calls",
        f"{left} operations ({recorded} recorded)",
        f"{len(program.reads)} places read, {len(program.writes)} written",
    ]
    return lines + program.run.facts()
