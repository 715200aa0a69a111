"""What is said where a device has not the memory that a program takes."""

from __future__ import annotations

from typing import Any

from ...core.graph import Graph
from ...core.python.source import at_line

NO_MEMORY = "RESOURCE_EXHAUSTED"
"""How XLA's error begins."""

SHOWN = 3
"""So many of the largest arrays are named."""


def out_of_memory(graph: Graph, compiled: Any, device: str) -> MemoryError:
    """The error: how much the program takes, and the largest arrays in it."""
    sizes = compiled.memory_analysis()
    given, made, between = sizes.argument_size_in_bytes, sizes.output_size_in_bytes, sizes.temp_size_in_bytes
    return MemoryError(
        f"[xla] the program takes {given + made + between} bytes on {device} ({given} of arguments, {made} of results, "
        f"{between} in between), wanted as many as there are free; its largest arrays are {_largest(graph)}; write "
        f"wg.checkpoint(f) for what is kept for the way back, or pass fewer examples at a time{at_line()}"
    )


def _largest(graph: Graph) -> str:
    """The forms of the largest results, and the operations whose results they are."""
    found = [(form, node.primitive.name) for node in graph.nodes for form in node.result_forms]
    found.sort(key=lambda pair: -pair[0].size * pair[0].dtype.itemsize)
    return ", ".join(f"{form.dtype}{list(form.shape)} of {name}" for form, name in found[:SHOWN])
