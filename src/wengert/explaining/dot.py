"""The list as a graph in the DOT language of Graphviz."""

from __future__ import annotations

from collections.abc import Sequence

from .boxes import Box, entries_of
from .folding import Item
from .text import DIGITS
from .trace import Trace

FILLS = {"input": "#e7f0fa", "operation": "#ffffff", "output": "#e6f6ec"}
BORDERS = {"input": "#2b6cb0", "operation": "#5a6473", "output": "#276749"}


def dot(trace: Trace, items: Sequence[Item]) -> str:
    """The graph; of what repeats itself the first turn."""
    entries = entries_of(trace, items)
    boxes = [entry for entry in entries if isinstance(entry, Box)]
    head = ["  rankdir=LR;", '  node [shape=box, style="rounded,filled", fontname="monospace"];']
    edges = [
        f"  {_quoted(source.line.name)} -> {_quoted(box.line.name)} [label={_quoted(read.label(DIGITS))}];"
        for box in boxes
        for read in box.reads
        if isinstance(source := entries[read.source], Box)
    ]
    return "\n".join([f"digraph {_quoted(trace.function)} {{", *head, *map(_box, boxes), *edges, "}", ""])


def _box(box: Box) -> str:
    label = "\\n".join(map(_escaped, (box.title, " ".join(box.figures(DIGITS)))))
    fill, border = FILLS[box.kind], BORDERS[box.kind]
    return f'  {_quoted(box.line.name)} [label="{label}", fillcolor="{fill}", color="{border}"];'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
