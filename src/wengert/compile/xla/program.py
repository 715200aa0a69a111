"""A graph as a compiled program of XLA."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from operator import itemgetter
from typing import Any

import numpy

from ...core.graph import Graph, GraphNode
from ..passes.lifting import with_constants_as_inputs
from .agreement import check_agreement
from .collectives import refuse_other_meshes
from .imported import jax, wide_numbers
from .lowering import Performed
from .memory import NO_MEMORY, out_of_memory
from .placement import Placement

WIDE_BYTES = 8
"""The bytes of a number from which on JAX has to be told that it is to stay as wide as it is."""


class XlaProgram:
    """Runs a graph: ``program(inputs)`` gives the outputs, arrays of JAX or NumPy.

    Outputs are NumPy's if all inputs are, but for those that are to stay on the device.

    Attributes:
        graph: the graph.
        placement: where it runs, and where its inputs and outputs are.
        overwritten: the inputs whose memory outputs take, so that they are gone after a call.
        kept: the outputs that stay on the device.
        compiled: the program, as JAX has it; its outputs are those that take the memory of inputs, and then the others.
        in_order: what puts these in the order of the graph's outputs; ``None`` if they are.
        seconds: how long it took to make.
    """

    def __init__(
        self,
        graph: Graph,
        placement: Placement,
        donors: Mapping[int, int] | None = None,
        kept: Collection[int] = (),
    ) -> None:
        start = time.perf_counter()
        self.graph = graph
        self.placement = placement
        donors = donors or {}
        self.overwritten: list[int] = sorted(set(donors.values()))
        self.kept = kept
        refuse_other_meshes(graph, placement.name)
        lifted, constants = with_constants_as_inputs(graph)
        order = _donated_first(len(graph.outputs), donors)
        self.in_order = None if order == sorted(order) else itemgetter(*map(order.index, range(len(order))))
        with wide_numbers():
            traced = self._traced(lifted, order)
            if placement.is_shared:
                check_agreement(traced)
            self.compiled: Any = traced.compile()
            self.constants: list[Any] = list(map(placement.constant, constants))
        self.context = wide_numbers if any(_is_wide(node.form) for node in graph.inputs) else nullcontext
        self.is_plain: bool = not kept and all(output is not None for output in graph.outputs)
        self.given: list[int] = [
            i for i, o in enumerate(graph.outputs) if isinstance(o, GraphNode) and o in set(graph.inputs)
        ]
        self.seconds: float = time.perf_counter() - start

    def _traced(self, graph: Graph, order: Sequence[int]) -> Any:
        """The graph for XLA, with its outputs in this order."""
        graph = Graph(graph.inputs, graph.nodes, [graph.outputs[i] for i in order])
        where, outputs = self.placement.inputs, self.placement.outputs
        outputs = outputs and [outputs[i] for i in order]
        constants = [self.placement.whole] * (len(graph.inputs) - len(where))
        shapes = [
            jax().ShapeDtypeStruct(node.form.shape, node.form.dtype, sharding=sharding)
            for node, sharding in zip(graph.inputs, (*where, *constants), strict=True)
        ]
        options = {"keep_unused": True, "donate_argnums": self.overwritten, "out_shardings": outputs}
        return jax().jit(Performed(graph), **options).lower(*shapes)

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        if inputs and numpy.ndarray not in map(type, inputs):
            return self._run(inputs)
        with self.context():
            made = self._run(inputs)
        if any(type(x) is not numpy.ndarray for x in inputs):
            return made
        if self.is_plain and not self.given:
            return list(map(numpy.asarray, made))
        return [x if x is None or i in self.kept else self._brought(i, x) for i, x in enumerate(made)]

    def _run(self, inputs: Sequence[Any]) -> list[Any]:
        try:
            made = self.compiled(*inputs, *self.constants)
        except RuntimeError as error:
            if NO_MEMORY not in str(error):
                raise
            raise out_of_memory(self.graph, self.compiled, self.placement.name) from None
        return made if self.in_order is None else list(self.in_order(made))

    def _brought(self, number: int, output: Any) -> Any:
        """An output in NumPy's memory; its own, where it is an input."""
        return numpy.array(output) if number in self.given else numpy.asarray(output)

    def text(self) -> str:
        """The program after XLA's optimisations."""
        return self.compiled.as_text()

    def facts(self) -> list[str]:
        """What a report says of it."""
        cost = self.compiled.cost_analysis() or {}
        moved, work = int(cost.get("bytes accessed", 0)), int(cost.get("flops", 0))
        return [
            f"all of it by XLA on {self.placement.name}, jax {jax().__version__}",
            f"{work} operations on numbers, {moved} bytes moved in a call{self.placement.of_each}",
            f"{len(self.overwritten)} inputs are updated in place",
            f"compiled in {1e3 * self.seconds:.0f} ms",
        ]


def _donated_first(count: int, donors: Mapping[int, int]) -> list[int]:
    """The order of so many outputs in which JAX finds those that take the memory of inputs.

    It gives the memory of each input that may be overwritten to the first output of the same form that has none yet.
    """
    return [*sorted(donors, key=lambda output: donors[output]), *(i for i in range(count) if i not in donors)]


def _is_wide(form: Any) -> bool:
    kind, size = form.dtype.kind, form.dtype.itemsize
    return size >= (2 * WIDE_BYTES if kind == "c" else WIDE_BYTES)
