"""The value and gradient of a function as a compiled program: its passes, kernels, memory and cost."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy

from ...compile import passes
from ...compile.jit import jit
from ...compile.report import Lowered
from ...core.graph import Graph, GraphNode
from ...transforms.derivatives import value_and_grad
from ..cost import cost, told
from ..text import constant, dtype_and_shape
from .model import Kernel, Pass, Program, Row
from .sources import Sources

CONTEXT = 2
"""So many unchanged lines are shown around a change."""
MOST_LINES = 3000
"""So many operations a graph may have whose changes are shown line by line."""


def program_of(f: Callable[..., Any], args: Sequence[Any], sources: Sources) -> Program:
    """Compile the value and gradient of ``f(*args)``; if that fails, the program says why."""
    derivative = value_and_grad(f, argnums=tuple(range(len(args)))) if args else f
    try:
        lowered = jit(derivative).lower(*args)
        lowered.stages()
    except Exception as error:  # whatever a user's function raises that is no program
        return Program(f"{type(error).__name__}: {error}", 0, 0, 0, 0, [], [], [], [])
    with numpy.errstate(all="ignore"):
        spent = cost(f, args)
    return _described(lowered, spent, sources)


def _described(lowered: Lowered, spent: Any, sources: Sources) -> Program:
    return Program(
        trouble="",
        recorded=len(lowered.recorded.nodes),
        operations=len(lowered.graph.nodes),
        memory=lowered.memory,
        moved=lowered.moved,
        kernels=[
            Kernel(stage.kind, [node.primitive.name for node in stage.nodes], _places(stage.nodes, sources))
            for stage in lowered.stages()
        ],
        passes=passes_of(lowered.recorded),
        facts=lowered.facts(),
        cost=[] if spent is None else told(spent),
    )


def _places(nodes: Sequence[GraphNode], sources: Sources) -> list[Any]:
    return list(dict.fromkeys(place for node in nodes if (place := sources.place(node.line)) is not None))


def passes_of(recorded: Graph) -> list[Pass]:
    """The recorded graph, and what each pass makes of it."""
    names, about = _Names(), {"recorded": "what the function and its derivative did", **_about()}
    found: list[Pass] = []
    before: list[str] = []
    for name, graph in passes.after_each_pass(recorded).items():
        after = list(names.lines(graph)) if len(graph.nodes) <= MOST_LINES else []
        rows = list(_changes(before, after)) if found else [Row(" ", line) for line in after]
        found.append(Pass(name, about.get(name, ""), len(graph.nodes), rows))
        before = after
    return found


class _Names:
    """Names of nodes that they keep from pass to pass, so that what did not change reads the same."""

    def __init__(self) -> None:
        self.known: dict[GraphNode, str] = {}
        self.numbers = itertools.count(1)

    def lines(self, graph: Graph) -> Iterator[str]:
        yield f"inputs {', '.join(f'{self._of(node)}: {dtype_and_shape(node.form)}' for node in graph.inputs)}"
        for node in graph.nodes:
            forms = ", ".join(map(dtype_and_shape, node.result_forms))
            operands = ", ".join(map(self._of, node.operands))
            yield f"{self._of(node)} = {node.primitive.name}({operands}): {forms}"
        yield f"return {', '.join(map(self._of, graph.outputs))}"

    def _of(self, operand: Any) -> str:
        if not isinstance(operand, GraphNode):
            return constant(operand)
        if operand not in self.known:
            self.known[operand] = f"n{next(self.numbers)}"
        return self.known[operand]


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    """The lines that are gone and the lines that are new, each group with some lines around it; order is no change."""
    if sorted(before) == sorted(after):
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from (Row(" ", line) for line in before[a:b])
            else:
                yield from (Row("-", line) for line in before[a:b])
                yield from (Row("+", line) for line in after[c:d])


def _about() -> dict[str, str]:
    """What each pass does, in the words of the table at the head of their folder."""
    rows = (line.split(maxsplit=1) for line in (passes.__doc__ or "").splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 2 and row[0] in passes.PASSES}
