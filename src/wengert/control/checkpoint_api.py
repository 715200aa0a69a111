"""`checkpoint`: keep the inputs of a function, and compute the rest again when it is needed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from ..core.abstract import form_of
from ..core.graph import Graph, GraphNode
from ..core.node import next_sequence
from ..core.python.recipes import Made, found_as
from ..core.python.trees import flatten, unflatten
from ..core.recording import current
from ..core.state import state
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..transforms.asked import check_function
from ..transforms.checkpointing import forgetful, with_writes, written_to
from ..transforms.closures import since, subgraph
from ..transforms.recorded import as_tensor
from .checkpoint_primitive import checkpointed
from .memory_plan import MemoryPlan, Segment, bytes_of, planned
from .structures import is_recorded
from .subgraphs import graph_of, input_forms


@teaches_keywords
def checkpoint(f: Callable[..., Any], memory: str | int | None = None) -> Checkpointed:
    """Trade time for memory: a call of `f` keeps its inputs only, and is run again by each walk.

    Tensors that `f` reads from outside (the parameters of a layer) get their derivatives too. Random numbers of
    `wengert.random` are drawn once, and are the same in each run. In compiled code what `f` computes is computed again
    where a backward walk in the same program needs it.

    With a budget, `f` is cut into segments, some of which are kept and the others computed again, so that a backward
    walk holds no more than that besides the arguments, the results and their gradients. In eager mode the operations
    of `f` are then recorded before they are run, as `scan` records a body: it does not branch on values or write
    to tensors outside.

    Args:
        f: a function of arrays, nested as you like, and of anything else.
        memory: a budget in bytes: ``"200MB"``, ``"1.5 GiB"`` or a number; ``checkpoint(f, memory).plan(*args)`` tells
            what will be held and computed again.

    Raises:
        RuntimeError: in the walk, `f` gives something else than in the call, since what it reads was written to in
            between, or since it draws numbers of others.
        ValueError: `memory` is no size, or less than the least that `f` can do with.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.grad(wg.checkpoint(lambda x: np.sin(np.sin(x))))(0.0)
    tensor(1.)

    Sources: A. Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
    differentiation" (1992); for budgets see `wengert.control.memory_plan`.
    """
    check_function(f, "checkpoint")
    return Checkpointed(f, None if memory is None else bytes_of(memory))


class Checkpointed(Made):
    """A checkpointed function."""

    def __new__(cls, f: Callable[..., Any], budget: int | None) -> Checkpointed:
        function = super().__new__(cls, _checkpointed, f, budget)
        functools.update_wrapper(function, f)
        return function

    def __reduce__(self) -> Any:
        return found_as(self) or (Checkpointed, self.args)

    def plan(self, *args: Any, **kwargs: Any) -> MemoryPlan:
        """What a backward walk from a call with such arguments would hold, and compute again; nothing is computed.

        Raises:
            ValueError: there is no budget, or it is too small.
        """
        f, budget = self.args
        if budget is None:
            raise ValueError("[checkpoint] there is no budget to plan for; write checkpoint(f, memory='200MB')")
        leaves, structure = flatten((args, kwargs))
        given, named = unflatten(structure, [as_tensor(leaf) if _is_array(leaf) else leaf for leaf in leaves])
        return planned(_Flat.of(f, given, named).graph, budget, TEMPORARIES)


TEMPORARIES = 3
"""Values that NumPy holds besides while a rule is evaluated, about."""


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, numpy.ndarray | numpy.number | float)


def _checkpointed(f: Callable[..., Any], budget: int | None, /, *args: Any, **kwargs: Any) -> Any:
    leaves, _ = flatten((args, kwargs))
    if is_recorded(*leaves):
        return _recorded(f, budget, args, kwargs)
    if state.openers:
        return f(*args, **kwargs)
    return forgetful(f, args, kwargs) if budget is None else _Flat.of(f, args, kwargs).called(budget)


def _recorded(f: Callable[..., Any], budget: int | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The results as those of nodes that are computed again; what `f` writes outside is recorded as it is."""
    begin = next_sequence()
    leaves, structure = flatten(f(*args, **kwargs))
    made_inside = [i for i, leaf in enumerate(leaves) if type(leaf) is Tensor and leaf._node.sequence < begin]
    graph, captured = since(begin, [leaves[i] for i in made_inside])
    if captured:
        found = (
            checkpointed(*captured, graph=graph) if budget is None else _run(planned(graph, budget), graph, captured)
        )
        for i, result in zip(made_inside, found, strict=True):
            leaves[i] = result
    return unflatten(structure, leaves)


class _Flat(NamedTuple):
    """A function, recorded for certain arguments.

    Attributes:
        graph: from what it reads outside and the arguments to its results.
        inputs: those, as tensors.
        arguments: the tensors among the arguments, as the caller holds them.
        leaves, structure: its results, and what it writes to the arguments; the places of `made` are for those of the
            graph.
    """

    graph: Graph
    inputs: list[Tensor]
    arguments: list[Tensor]
    leaves: list[Any]
    structure: Any
    made: list[int]

    @classmethod
    def of(cls, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Flat:
        leaves, structure = flatten((args, kwargs))
        arguments = [leaf for leaf in leaves if type(leaf) is Tensor]
        given = [current(leaf) for leaf in arguments]
        results: list[Any] = []

        def flat(*values: Any) -> list[Any]:
            following = iter(values)
            again, named = unflatten(structure, [next(following) if type(x) is Tensor else x for x in leaves])
            results[:] = flatten(with_writes(lambda: f(*again, **named), values))
            return [leaf for leaf in results[0] if type(leaf) is Tensor]

        graph, captured = subgraph("checkpoint", flat, [form_of(x._value) for x in given])
        found, whole = results
        made = [i for i, leaf in enumerate(found) if type(leaf) is Tensor]
        return cls(graph, [*captured, *given], arguments, found, whole, made)

    def called(self, budget: int) -> Any:
        leaves = list(self.leaves)
        for i, result in zip(
            self.made, _run(planned(self.graph, budget, TEMPORARIES), self.graph, self.inputs), strict=True
        ):
            leaves[i] = result
        return written_to(self.arguments, *unflatten(self.structure, leaves))


def _run(plan: MemoryPlan, graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """The results of a graph, segment by segment."""
    values: dict[GraphNode, Any] = dict(zip(graph.inputs, inputs, strict=True))
    for segment in plan.segments:
        given = [values[node] for node in segment.inputs]
        found = segment.graph(*given) if segment.is_kept else checkpointed(*given, graph=_again(segment))
        values.update(zip(segment.outputs, found, strict=True))
    return [values[o] if isinstance(o, GraphNode) else o for o in graph.outputs]


def _again(segment: Segment) -> Graph:
    """What computes a segment again."""
    graph, inner = segment.graph, segment.inner
    return graph if inner is None else graph_of(lambda *values: _run(inner, graph, values), input_forms(graph))
