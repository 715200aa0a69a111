"""Reports: the passes, LLVM code and paths of a compiled function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.graph import Graph
from ..html import preformatted
from .backend import Backend, why_no_doors
from .passes import after_each_pass
from .programs.paths import Paths
from .programs.program import Program


class Lowered:
    """A function lowered for certain arguments: its graph after each pass, and its native code.

    It prints as the simplified graph.

    Attributes:
        graph: the simplified graph.
        recorded: the graph as it was recorded.
        recording: that graph, with what it reads and writes, and how its results are nested.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self.graph: Graph = program.graph
        self.recorded: Graph = program.recorded
        self.recording = program.recording

    def __str__(self) -> str:
        return str(self.graph)

    def _repr_html_(self) -> str:
        return preformatted(str(self), f"{len(self.graph.nodes)} operations ({len(self.recorded.nodes)} recorded)")

    def state(self) -> list[Any]:
        """What the inputs behind the arguments stand for now: the values of tensors, arrays and numbers outside."""
        return self._program.state_values()

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

    def hlo(self) -> str:
        """The program as XLA has optimised it, as text; empty if it is not of XLA."""
        return getattr(self._program.run, "text", str)()

    @property
    def memory(self) -> int:
        """The bytes that a call needs besides its arguments and results; 0 if nothing is native."""
        return getattr(self._program.run, "arena_size", 0)

    @property
    def moved(self) -> int:
        """The bytes that kernels read and write in a call; 0 if nothing is native."""
        return getattr(self._program.run, "moved", 0)

    def stages(self) -> list[Any]:
        """What a call does, in order: the kind of each stage, and the nodes it does; empty if nothing is native."""
        return getattr(self._program.run, "stages", list)()

    def facts(self) -> list[str]:
        """What `wengert.jit`'s ``report`` says of the code."""
        return self._program.facts()

    @property
    def _native(self) -> Any:
        return getattr(self._program.run, "native", None)


def describe(name: str, signatures: Sequence[Paths], backend: Backend) -> str:
    """The text of `Compiled.report`."""
    count = sum(map(len, signatures))
    lines = [f"{name}: {count} program{'s' if count != 1 else ''}"]
    for paths in signatures:
        lines += [f"  {line}" for program in paths for line in _lines(program)]
        lines += [f"  {line}" for line in _tree(paths)]
    reason = why_no_doors() if backend.has_doors else None
    return "\n".join(lines if reason is None else [*lines, f"  every call is through Python, since {reason}"])


def _lines(program: Program) -> list[str]:
    forms = ", ".join(f"{n.form.dtype}{list(n.form.shape)}" for n in program.graph.inputs)
    written = len(program.writes) + len(program.recording.bound)
    recorded, left = len(program.recorded.nodes), len(program.graph.nodes)
    lines = [
        _calls(program),
        f"{left} operations ({recorded} recorded)",
        f"{len(program.reads)} places read, {written} written",
        *program.facts(),
    ]
    return [f"({forms})", *(f"  {line}" for line in lines)]


def _calls(program: Program) -> str:
    direct = program.calls - program.counted
    return f"{program.calls} calls" + (f", {direct} of them without Python" if direct else "")


def _tree(paths: Paths) -> list[str]:
    """The tree of guards: each path below the lines and answers that lead to it."""
    deciding = [program for program in paths if program.decisions]
    lines = [f"  {line}" for line in _branches(deciding, 0)]
    if paths.plain_calls:
        lines.append(f"  {paths.plain_calls} calls without being compiled")
    return ["paths:", *lines] if lines else []


def _branches(programs: Sequence[Program], depth: int) -> list[str]:
    """The subtree of programs with a common prefix of decisions; equal answers at one line are counted."""
    lines = [f"{program.calls} calls" for program in programs if len(program.decisions) == depth]
    going_on = [program for program in programs if len(program.decisions) > depth]
    if going_on:
        lines.append(str(going_on[0].recording.decisions[depth].line))
    for value in dict.fromkeys(program.decisions[depth] for program in going_on):
        alike = [program for program in going_on if program.decisions[depth] == value]
        shown = alike[0].recording.decisions[depth].shown
        length = _stretch(alike, depth)
        lines.append(f"  {shown}" if length == 1 else f"  {shown}, {length} times")
        lines += [f"    {line}" for line in _branches(alike, depth + length)]
    return lines


def _stretch(programs: Sequence[Program], depth: int) -> int:
    """How many decisions at one line, from `depth` on, come out the same in all these programs."""
    first = programs[0].recording.decisions
    length = 1
    while all(
        len(program.decisions) > depth + length
        and program.decisions[depth + length] == programs[0].decisions[depth]
        and program.recording.decisions[depth + length].line == first[depth].line
        for program in programs
    ):
        length += 1
    return length
