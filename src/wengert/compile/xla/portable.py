"""Graphs as artifacts of StableHLO, which programs without this package can load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ...core.graph import Graph
from ...core.python.trees import flatten, unflatten
from .imported import jax, wide_numbers
from .lowering import Performed


def portable(
    graph: Graph, args: Sequence[Any], nested: Callable[[Sequence[Any]], Any], platforms: Sequence[str]
) -> bytes:
    """A graph as an artifact that takes arguments nested as `args`, and gives its outputs as `nested` puts them."""
    perform = Performed(graph)

    def run(*given: Any) -> Any:
        return nested(perform(*flatten(given)[0]))

    structure = flatten(tuple(args))[1]
    with wide_numbers():
        forms = [jax().ShapeDtypeStruct(node.form.shape, node.form.dtype) for node in graph.inputs]
        export = import_module("jax.export").export(jax().jit(run), platforms=tuple(platforms))
        return bytes(export(*unflatten(structure, forms)).serialize())
