"""The call of a compiled program as one node of an outer list, with compiled pushforward, pullback and batch.

Where somebody watches, the program is recorded together with its pullback, and the list is cut in two: what does
not depend on the cotangents runs in the call, and keeps what the rest needs; the rest runs in the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...control.subgraphs import chosen, spread
from ...core.abstract import Abstract
from ...core.dtypes.kinds import is_inexact
from ...core.graph import Graph, GraphNode, cut
from ...core.lending import as_lent
from ...core.placed import raw
from ...core.primitive import Primitive
from ...core.python.once import once
from ...core.recording import NO_PARAMS, freed, record
from ...core.state import RECORDING, records
from ...core.tensor import Tensor
from ...transforms.derivatives import jvp, vjp
from ...transforms.recorded import as_tensor
from ...transforms.vectorize import vmap
from ...walks.point import zeros
from ..backend import Backend, Executable
from ..passes import simplified
from ..passes.later import LaterGraph
from ..record.trace import record_graph
from .reaching import Choices, Endings, follow, has_branches, indices_of_sides, passed


def recorded(f: Callable[..., Any], forms: Sequence[Any]) -> Graph:
    """Record a function of flat arguments of these forms, and simplify its graph."""
    return simplified(record_graph(f, forms))


class Subprogram:
    """A graph that is callable on tensors: as one node if they are watched, else directly.

    Attributes:
        graph: the graph.
        backend: what makes it executable.
        recorded: the same operation by operation, as it was written; its first outputs are those of the graph.
    """

    def __init__(self, graph: Graph, backend: Backend, recorded: Graph | None = None) -> None:
        self.graph = graph
        self.backend = backend
        self.recorded: Graph = recorded or graph
        self.primitives: dict[tuple[bool, ...], Primitive] = {}

    @once
    def run(self) -> Executable:
        """The compiled function of raw arrays; compiled when it is first needed."""
        return self.backend.lower(LaterGraph(self.graph))

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        tensors = [as_lent(x) for x in inputs]
        watched = tuple([_is_followed(t, records()) for t in tensors])
        if not any(watched):
            outputs = self.run([raw(t._value) for t in tensors])
            return [None if o is None else as_tensor(o) for o in outputs]
        moving = tuple([w and is_inexact(t.dtype) for w, t in zip(watched, tensors, strict=True)])
        watched = moving if any(moving) else watched
        primitive = self.primitives.get(watched)
        if primitive is None:
            primitive = self.primitives[watched] = call_primitive(self, watched)
        found = iter(record(primitive, tensors, NO_PARAMS))
        return [None if o is None else next(found) for o in self.graph.outputs]


def _is_followed(tensor: Any, on: int) -> bool:
    """Whether an input is tracked: by a recording, or by a derivative if it is inexact."""
    watch = tensor._node.watch & on
    return watch >= RECORDING or (bool(watch) and is_inexact(tensor.dtype))


def call_primitive(program: Subprogram, watched: tuple[bool, ...]) -> Primitive:
    """Define the primitive that calls a program, and keeps the residuals of its pullback for the watched inputs."""
    plain = _without_gaps(program.graph)
    ahead, back = split(plain, watched)
    first, second = Subprogram(ahead, program.backend), Subprogram(back, program.backend)
    forms = tuple(_form(output) for output in ahead.outputs)
    primitive = Primitive(
        "compiled_function",
        lambda *inputs: tuple(first.run([raw(x) for x in inputs])),
        ("*inputs",),
        lambda *inputs: forms,
        joint=CallMap(_without_gaps(program.recorded), first, second, len(plain.outputs), watched),
        batch=Batches(first),
        many=True,
        moves=True,
    )
    primitive.is_anywhere = True
    return primitive


def _without_gaps(graph: Graph) -> Graph:
    """The graph without its absent outputs."""
    return Graph(graph.inputs, graph.nodes, [o for o in graph.outputs if o is not None])


class Batches:
    """The batch rule of a call: the batched program, recorded when it is first needed."""

    def __init__(self, program: Subprogram) -> None:
        self.program = program
        self.batched: dict[Any, Subprogram] = {}

    def __call__(self, size: int, operands: Sequence[Any], batched: Sequence[bool], node: GraphNode) -> tuple[Any, ...]:
        axes = tuple([0 if is_batched else None for is_batched in batched])
        program = self.batched.get((axes, size))
        if program is None:
            graph = self.program.graph
            forms = [_with_axis(n.form, size, axis) for n, axis in zip(graph.inputs, axes, strict=True)]
            program = Subprogram(recorded(vmap(graph, in_axes=axes), forms), self.program.backend)
            self.batched[axes, size] = program
        return tuple(program(operands))


def _with_axis(form: Abstract, size: int, axis: int | None) -> Abstract:
    return form if axis is None else Abstract((size, *form.shape), form.dtype)


def _form(output: Any) -> Abstract:
    return output.form if isinstance(output, GraphNode) else Abstract(output.shape, output.dtype)


def split(graph: Graph, watched: tuple[bool, ...]) -> tuple[Graph, Graph]:
    """Partition a graph with its pullback into a forward graph, which also gives the residuals, and a backward graph.

    The backward graph takes the inputs, the kept values and the cotangents, and gives the cotangents of the
    watched inputs.
    """
    count = len(graph.inputs)

    def with_pullback(*values: Any) -> tuple[Any, ...]:
        f, moving = _partial(graph, values[:count], watched)
        results, pull = vjp(f, *moving)
        return (*results, *pull(tuple(values[count:])))

    forms = [node.form for node in graph.inputs] + [_form(o) for o in graph.outputs]
    joined = recorded(with_pullback, forms)
    cotangents = joined.inputs[count:]
    behind = joined.reached(cotangents)
    results, found = joined.outputs[: len(graph.outputs)], joined.outputs[len(graph.outputs) :]
    given = set(joined.inputs)
    used = [o for node in joined.nodes if node in behind for o in node.operands] + found + indices_of_sides(joined)
    kept = list(dict.fromkeys(o for o in used if isinstance(o, GraphNode) and o not in behind and o not in given))
    ahead = Graph(joined.inputs[:count], [n for n in joined.nodes if n not in behind], [*results, *kept])
    back = cut([*joined.inputs[:count], *kept, *cotangents], [n for n in joined.nodes if n in behind], found)
    return ahead, back


class CallMap:
    """The joint linear map of a call: compiled pushforward and pullback.

    Attributes:
        recorded: the program as it was written.
        ahead: the forward program, with the kept values among its outputs.
        back: the backward program.
        results: the number of outputs that are results.
        watched: which inputs `back` gives the cotangents of.
    """

    def __init__(
        self, recorded: Graph, ahead: Subprogram, back: Subprogram, results: int, watched: tuple[bool, ...]
    ) -> None:
        self.needs: frozenset[int] = frozenset(range(-1, len(watched)))
        self.recorded = recorded
        self.ahead = ahead
        self.back = back
        self.results = results
        self.watched = watched
        self.pushes: dict[Any, Subprogram] = {}
        self.reached: dict[tuple[bool, ...], list[bool]] = {}

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: GraphNode, bit: int) -> Any:
        tangents = [t if is_inexact(r.dtype) else None for t, r in zip(tangents, residuals, strict=False)]
        active = tuple(t is not None for t in tangents)
        push = self.pushes.get(active)
        if push is None:
            push = self.pushes[active] = self._push(active)
        return tuple(push([*residuals[:-1], *(t for t in tangents if t is not None)]))

    def _push(self, active: tuple[bool, ...]) -> Subprogram:
        """The compiled pushforward, of all outputs."""
        graph = self.ahead.graph
        count = len(graph.inputs)

        def push(*values: Any) -> tuple[Any, ...]:
            f, moving = _partial(graph, values[:count], active)
            return jvp(f, moving, list(values[count:]))[1]

        forms = [node.form for node in graph.inputs]
        moving = [form for form, is_active in zip(forms, active, strict=True) if is_active]
        return Subprogram(recorded(push, [*forms, *moving]), self.ahead.backend)

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        *inputs, outputs = residuals
        self._refuse_ended(cotangent, residuals)
        filled = [zeros(f) if c is None else c for c, f in zip(cotangent, node.forms[-1], strict=True)]
        if all(c is None for c in cotangent[self.results :]):
            found = self.back([*inputs, *outputs[self.results :], *filled[: self.results]])
        else:
            found = self._pull_all([*inputs, *filled])
        reached = self._reached(tuple([c is not None for c in cotangent]), residuals)
        return [c if r else None for c, r in zip(spread(found, self.watched), reached, strict=True)]

    def _reached(self, given: tuple[bool, ...], residuals: Sequence[Any]) -> list[bool]:
        """Which inputs a cotangent reaches from the given results, along the branches that were taken."""
        if self._has_branches:
            graph = self.ahead.graph
            *inputs, outputs = residuals
            return self._reached_by(given, _known([*graph.inputs, *graph.outputs], [*inputs, *outputs]))
        if given not in self.reached:
            self.reached[given] = self._reached_by(given, {})
        return self.reached[given]

    def _reached_by(self, given: tuple[bool, ...], known: dict[GraphNode, Any]) -> list[bool]:
        graph = self.ahead.graph
        moving = follow(graph, chosen(graph.inputs, self.watched))
        found = passed(graph, chosen(graph.outputs, given), moving, Choices(graph, known))
        return [node in found for node in graph.inputs]

    @once
    def _has_branches(self) -> bool:
        return has_branches(self.ahead.graph)

    def part_with(self, node: Any, index: int) -> bool:
        """Note that a backward walk has consumed a result."""
        *inputs, outputs = node.residuals
        node.residuals = (*inputs, tuple([None if i == index else o for i, o in enumerate(outputs)]))
        return index < self.results and bool(self._endings.dropped[index])

    def _refuse_ended(self, cotangent: Sequence[Any], residuals: Sequence[Any]) -> None:
        """Refuse a second walk through residuals that eager code would have freed in an earlier one.

        Raises:
            RuntimeError: it does.
        """
        walked = [i for i, output in enumerate(residuals[-1][: self.results]) if output is None]
        given = [i for i, c in enumerate(cotangent[: self.results]) if c is not None]
        if walked and given:
            known = _known(self.recorded.inputs, residuals[:-1])
            if any(self._endings.is_ended(i, j, known) for i in walked for j in given):
                raise freed()

    @once
    def _endings(self) -> Endings:
        results = self.recorded.outputs[: self.results]
        return Endings(Graph(self.recorded.inputs, self.recorded.nodes, results), self.watched)

    def _pull_all(self, values: Sequence[Any]) -> list[Any]:
        """The pullback of all outputs and residuals, which derivatives of a backward walk need."""
        count = len(self.ahead.graph.inputs)
        ahead, back = self._whole
        outputs = ahead(values[:count])
        return back([*values[:count], *outputs[len(self.ahead.graph.outputs) :], *values[count:]])

    @once
    def _whole(self) -> tuple[Subprogram, Subprogram]:
        ahead, back = split(self.ahead.graph, self.watched)
        backend = self.ahead.backend
        return Subprogram(ahead, backend), Subprogram(back, backend)


def _known(nodes: Sequence[Any], values: Sequence[Any]) -> dict[GraphNode, Any]:
    """The values of nodes of a graph that are known, as raw arrays."""
    pairs = zip(nodes, values, strict=True)
    return {node: value for node, value in pairs if isinstance(node, GraphNode) and not isinstance(value, _NOT_RAW)}


_NOT_RAW = (Tensor, Abstract, type(None))


def _partial(f: Callable[..., Any], primals: Sequence[Any], active: Sequence[bool]) -> tuple[Callable[..., Any], Any]:
    """Close over the inactive arguments: the function of the active ones, and these."""

    def of_active(*moving: Any) -> Any:
        following = iter(moving)
        return f(*[next(following) if is_active else p for p, is_active in zip(primals, active, strict=True)])

    return of_active, [p for p, is_active in zip(primals, active, strict=True) if is_active]
