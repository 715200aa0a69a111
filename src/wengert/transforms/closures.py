"""A function of tensors and what it reads from outside, as a graph whose first inputs stand for what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core.abstract import Abstract, Recording, form_of
from ..core.graph import NOTHING, Graph, finished, input_node
from ..core.node import Node, Point
from ..core.recording import (
    ALIAS,
    NO_PARAMS,
    UNTRACKED,
    aliased,
    current,
    named_by,
)
from ..core.state import DEFINE_BY_RUN, RECORDING, Watch, recording_watches, state
from ..core.tensor import Tensor
from .following import is_unfollowed, marked


class Subgraph(NamedTuple):
    """A recorded body.

    Attributes:
        graph: its first inputs stand for what it captured, the others for its arguments.
        captured: the tensors from outside that it reads.
    """

    graph: Graph
    captured: list[Tensor]


def subgraph(name: str, f: Callable[..., Sequence[Any]], forms: Sequence[Any]) -> Subgraph:
    """Record a function of flat arguments, of which the forms are given.

    What it computes of captured tensors alone stays outside: it is the same on every turn.
    """
    recording = Recording(name)
    return _recorded(recording, f, [Abstract(form.shape, form.dtype, recording) for form in forms])


def subgraph_at(name: str, f: Callable[..., Sequence[Any]], values: Sequence[Any]) -> Subgraph:
    """Record a function of flat arguments: on the path that it takes at their values, where they have values.

    Where a recording is open, they have none, as in `subgraph`.
    """
    if state.recordings or any(type(value) is Abstract for value in values):
        return subgraph(name, f, list(map(form_of, values)))
    return _recorded(Recording(name), f, values)


def _recorded(recording: Recording, f: Callable[..., Sequence[Any]], values: Sequence[Any]) -> Subgraph:
    with Watch(abstract=True) as bit:
        inputs = [_input(value, bit | state.on & DEFINE_BY_RUN) for value in values]
        nodes = [tensor._node for tensor in inputs]
        try:
            outputs = [current(o) if type(o) is Tensor else o for o in f(*inputs)]
        finally:
            recording.is_open = False
    return _gathered(nodes, outputs, lambda node: bool(node.watch & bit))


def _input(value: Any, watch: int) -> Tensor:
    form = value if type(value) is Abstract else form_of(value)
    return Tensor(value, Node(ALIAS, (UNTRACKED,), (None, form), NO_PARAMS, None, watch))


def since(begin: int, outputs: Sequence[Any]) -> Subgraph:
    """What was recorded after the sequence number `begin`, as a graph without arguments."""
    ends = [current(o) if type(o) is Tensor else o for o in outputs]
    return _gathered([], ends, lambda node: node.sequence < begin and node.watch >= RECORDING and not _is_input(node))


def _is_input(node: Node) -> bool:
    """Whether a node stands for what a recording is given, such as state that is first read here."""
    return node.primitive is ALIAS and node.parents[0] is UNTRACKED


def _gathered(inputs: Sequence[Node], outputs: Sequence[Any], inside: Callable[[Node], bool]) -> Subgraph:
    """The graph of the nodes inside that outputs depend on; the watched tensors that it reads are captured."""
    known = frozenset(inputs)
    nodes: dict[Node, None] = {}
    captured: dict[Node, Tensor] = {}
    ends = [_end(o, known, inside, captured) if type(o) is Tensor else o for o in outputs]
    stack = [end for end in ends if isinstance(end, Node) and end not in captured and end not in known]
    while stack:
        node = stack.pop()
        if node in nodes:
            continue
        nodes[node] = None
        for parent, value in zip(node.parents, node.residuals, strict=False):
            maker = named_by(parent)
            if maker in known or maker in nodes:
                continue
            if inside(maker):
                stack.append(maker)
            else:
                _capture(captured, value, parent)
    ordered = sorted(nodes, key=lambda node: -node.sequence)
    given = {node: input_node(form_of(tensor._value)) for node, tensor in captured.items()}
    given |= {node: input_node(node.residuals[-1]) for node in inputs}
    lines = NOTHING if state.recorder is None else state.recorder.lines
    graph, standing = finished(given, ordered, ends, lines=lines)
    marks = [standing[node] for node in ordered if is_unfollowed(node)] if state.on & DEFINE_BY_RUN else []
    return Subgraph(marked(graph, marks), list(captured.values()))


def _end(output: Tensor, known: frozenset[Node], inside: Callable[[Node], bool], captured: dict[Node, Tensor]) -> Any:
    """The node of an output, or the constant that it is."""
    maker = named_by(output._node)
    if maker not in known and not inside(maker):
        return _capture(captured, output._value, output._node) or output._value
    return maker


def _capture(captured: dict[Node, Tensor], value: Any, node: Node) -> Node | None:
    """Note a tensor from outside, if anybody watches it, and tell by which node it is known."""
    if type(value) is not Abstract and not node.watch & recording_watches():
        return None
    node = _watched_alike(node)
    captured.setdefault(node, Tensor(value, node))
    return node


def _watched_alike(node: Node) -> Node:
    """The first name of a value that whoever is open now watches as this one.

    Two derivatives at one point have an alias of it each, and these are two tensors to a body that reads both.
    """
    further = aliased(node)
    while further is not None and not _tells_apart(node, further) & recording_watches():
        node, further = further, aliased(further)
    return node


def _tells_apart(name: Node, node: Node) -> int:
    """The watches of a name or of what it names, but not of both; one that begins with the name is not the other's."""
    return (name.watch ^ node.watch) | (name.bit if type(name) is Point else 0)


def with_inputs(sub: Subgraph, captured: Sequence[Tensor]) -> Graph:
    """The graph of a body with the captured tensors of several as its first inputs."""
    inputs = iter(sub.graph.inputs)
    known = {tensor._node: node for tensor, node in zip(sub.captured, inputs, strict=False)}
    given = [known.get(tensor._node) or input_node(form_of(tensor._value)) for tensor in captured]
    return Graph([*given, *inputs], sub.graph.nodes, sub.graph.outputs)


def united(subgraphs: Sequence[Subgraph]) -> list[Tensor]:
    """The captured tensors of several bodies, each once."""
    captured: dict[Node, Tensor] = {}
    for sub in subgraphs:
        for tensor in sub.captured:
            _capture(captured, tensor._value, tensor._node)
    return list(captured.values())
