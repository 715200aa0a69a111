"""Loops and branches: their graphs simplified, and without what nobody uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy

from ...core.graph import Graph, form_of_node, subgraphs
from ...core.node import Node
from ...core.recording import PICK
from .common import identity
from .rewriting import form_of_operand, new_node, pruned, replayed_on, rewritten


def with_simple_bodies(graph: Graph, simplify: Callable[[Graph], Graph]) -> Graph:
    """The graph with every graph within it simplified."""

    def simple(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(simple, value))
        return simplify(value) if isinstance(value, Graph) else value

    def rewrite(node: Node, operands: list[Any]) -> Any:
        if not subgraphs(node):
            return None
        params = {name: simple(value) for name, value in node.params.items()}
        return new_node(node.primitive, operands, params, form_of_node(node), node.watch)

    return rewritten(graph, rewrite)


# -- what nobody uses ------------------------------------------------------------------------------


def without_idle_results(graph: Graph) -> Graph:
    """The graph with loops and branches that compute, carry and read only what somebody uses.

    What a loop carries without changing it becomes something that it reads.
    """
    used: dict[Node, set[int]] = {}
    for node in graph.nodes:
        if node.primitive is PICK:
            used.setdefault(graph.operands(node)[0], set()).add(node.params["index"])
    replaced: dict[Node, dict[int, Any]] = {}

    def rewrite(node: Node, operands: list[Any]) -> Any:
        if node.primitive is PICK:
            results = replaced.get(graph.operands(node)[0])
            return None if results is None else results[node.params["index"]]
        rule = _RULES.get(node.primitive.name)
        if rule is None:
            return None
        less = rule(node, operands, used.get(node, set()))
        found = new_node(node.primitive, less.operands, less.params, less.forms, node.watch)
        replaced[node] = {**less.known, **{old: _pick(found, new) for new, old in enumerate(less.results)}}
        return found

    return rewritten(graph, rewrite)


def _pick(node: Node, index: int) -> Node:
    forms = form_of_node(node)
    return new_node(PICK, [node], {"index": index, "count": len(forms)}, forms[index], node.watch)


class Less:
    """A loop or a branch with less.

    Attributes:
        operands: what is left of them.
        params: with smaller graphs.
        forms: of the results that are left.
        results: which these are, by their former places.
        known: results that are known without it.
    """

    def __init__(
        self, node: Node, operands: list[Any], params: dict[str, Any], results: list[int], known: dict[int, Any]
    ) -> None:
        self.operands = operands
        self.params = {**node.params, **params}
        self.forms = tuple([form_of_node(node)[i] for i in results])
        self.results = results
        self.known = known


def _branches(node: Node, operands: list[Any], used: set[int]) -> Less:
    index, *shared = operands
    branches, results = node.params["branches"], sorted(used)
    read = set().union(*(_reads(branch, results) for branch in branches))
    inputs = _Inputs(shared, sorted(read))
    smaller = tuple([inputs.of(branch, [], results) for branch in branches])
    return Less(node, [index, *inputs.operands], {"branches": smaller}, results, {})


def _scan(node: Node, operands: list[Any], used: set[int]) -> Less:
    body, captured, carried = (node.params[name] for name in ("body", "captured", "carried"))
    if node.params["length"] == 0:
        return Less(node, operands, {}, [], _without_turns(node, operands[captured : captured + carried]))
    end = captured + carried
    carry = _live([body], captured, carried, used)
    results = [*carry, *sorted(i for i in used if i >= carried)]
    fixed = _unchanged(body, captured, carry)
    turning = [i for i in carry if i not in fixed]
    kept = [i for i in results if i not in fixed]
    read = _reads(body, kept)
    inputs = _Inputs(operands, sorted(i for i in read if i < captured) + [captured + i for i in sorted(fixed)])
    rest = [captured + i for i in turning] + sorted(i for i in read if i >= end)
    params = {"body": inputs.of(body, rest, kept), "captured": len(inputs.operands), "carried": len(turning)}
    known = {i: operands[captured + i] for i in fixed}
    return Less(node, [*inputs.operands, *(operands[i] for i in rest)], params, kept, known)


def _without_turns(node: Node, carry: Sequence[Any]) -> dict[int, Any]:
    stacks = [numpy.empty(form.shape, form.dtype) for form in form_of_node(node)[len(carry) :]]
    return dict(enumerate([*carry, *stacks]))


def _while(node: Node, operands: list[Any], used: set[int]) -> Less:
    test, body, captured = (node.params[name] for name in ("test", "body", "captured"))
    carried = len(body.outputs)
    carry = _live([body], captured, carried, used, _reads(test, [0]))
    fixed = _unchanged(body, captured, carry)
    turning = [i for i in carry if i not in fixed]
    read = _reads(test, [0]) | _reads(body, turning)
    inputs = _Inputs(operands, sorted(i for i in read if i < captured) + [captured + i for i in sorted(fixed)])
    rest = [captured + i for i in turning]
    smaller = {"test": inputs.of(test, rest, [0]), "body": inputs.of(body, rest, turning)}
    params = {**smaller, "captured": len(inputs.operands)}
    known = {i: operands[captured + i] for i in fixed}
    return Less(node, [*inputs.operands, *(operands[i] for i in rest)], params, [*turning, carried], known)


_RULES: dict[str, Callable[[Node, list[Any], set[int]], Less]] = {
    "cond": _branches,
    "scan": _scan,
    "while_loop": _while,
}


class _Inputs:
    """Operands that are the same on every turn: each once, and numbers in the graphs themselves.

    Attributes:
        operands: those that are left.
    """

    def __init__(self, operands: Sequence[Any], places: Iterable[int]) -> None:
        self.operands: list[Any] = []
        self.first: dict[Any, int] = {}  # for each operand the place that stands for it
        self.same: dict[int, int] = {}
        self.numbers: dict[int, Any] = {}
        self.places: list[int] = []
        for place in places:
            self._add(operands[place], place)

    def _add(self, operand: Any, place: int) -> None:
        if not isinstance(operand, Node) and numpy.size(operand) == 1:
            self.numbers[place] = operand
        elif id(operand) in self.first:
            self.same[place] = self.first[id(operand)]
        else:
            self.first[id(operand)] = place
            self.operands.append(operand)
            self.places.append(place)

    def of(self, graph: Graph, rest: Sequence[int], outputs: Sequence[int]) -> Graph:
        """A graph with these inputs and those at `rest`, and some of its outputs."""
        inputs = graph.inputs
        given: dict[Node, Any] = {inputs[place]: inputs[first] for place, first in self.same.items()}
        for place, number in self.numbers.items():
            form = form_of_node(inputs[place])
            given[inputs[place]] = numpy.asarray(number, form.dtype).reshape(form.shape)
        nodes, ends = replayed_on(graph, given)
        kept = [inputs[place] for place in (*self.places, *rest)]
        return pruned(Graph(kept, nodes, [ends[i] for i in outputs]))


def _live(bodies: Sequence[Graph], captured: int, carried: int, used: set[int], read: Iterable[int] = ()) -> list[int]:
    """Which carried values somebody uses: outside, or to compute what is used."""
    live = {i for i in used if i < carried} | {i - captured for i in read if i >= captured}
    ends = {i for i in used if i >= carried}
    while True:
        reached = set().union(*(_reads(body, [*live, *(i for i in ends if i < len(body.outputs))]) for body in bodies))
        grown = live | {i - captured for i in reached if captured <= i < captured + carried}
        if grown == live:
            return sorted(live)
        live = grown


def _unchanged(body: Graph, captured: int, carry: Iterable[int]) -> set[int]:
    return {i for i in carry if body.outputs[i] is body.inputs[captured + i]}


def _reads(graph: Graph, outputs: Iterable[int]) -> set[int]:
    """The inputs that some outputs depend on, by their places."""
    used = {graph.outputs[i] for i in outputs if isinstance(graph.outputs[i], Node)}
    for node in reversed(graph.nodes):
        if node in used:
            used.update(o for o in graph.operands(node) if isinstance(o, Node))
    return {place for place, node in enumerate(graph.inputs) if node in used}


# -- loops that are done twice ---------------------------------------------------------------------


def with_joint_scans(graph: Graph, simplify: Callable[[Graph], Graph]) -> Graph:
    """The graph with one scan for all that carry the same and differ in their stacks only."""
    scans: dict[Any, list[Node]] = {}
    for node in graph.nodes:
        if node.primitive.name == "scan":
            scans.setdefault(_turns_of(node, graph), []).append(node)
    joint: dict[Node, tuple[Node, int]] = {}
    bodies: dict[Node, Graph] = {}
    for first, *others in scans.values():
        body: Graph = first.params["body"]
        for node in others:
            both = _joint_body(body, node, simplify)
            if both is not None:
                joint[node] = first, len(body.outputs)
                bodies[first] = body = both
    return _with_bodies(graph, joint, bodies) if joint else graph


def _turns_of(node: Node, graph: Graph) -> Any:
    numbers = tuple(node.params[name] for name in ("captured", "carried", "length", "reverse"))
    return numbers, tuple(map(identity, graph.operands(node)))


def _joint_body(body: Graph, node: Node, simplify: Callable[[Graph], Graph]) -> Graph | None:
    """The body with the further outputs of another scan's; ``None`` if they do not carry the same."""
    other, carried = node.params["body"], node.params["carried"]
    nodes, outputs = replayed_on(other, dict(zip(other.inputs, body.inputs, strict=True)))
    count = len(body.outputs)
    both = simplify(Graph(body.inputs, [*body.nodes, *nodes], [*body.outputs, *outputs]))
    again = both.outputs[count : count + carried]
    if any(a is not b for a, b in zip(both.outputs, again, strict=False)):
        return None
    return Graph(both.inputs, both.nodes, [*both.outputs[:count], *both.outputs[count + carried :]])


def _with_bodies(graph: Graph, joint: dict[Node, tuple[Node, int]], bodies: dict[Node, Graph]) -> Graph:
    made: dict[Node, Node] = {}

    def rewrite(node: Node, operands: list[Any]) -> Any:
        if node in joint:
            return made[joint[node][0]]
        if node in bodies:
            made[node] = _extended(node, operands, bodies[node])
            return made[node]
        if node.primitive is not PICK:
            return None
        first, begin = joint.get(graph.operands(node)[0], (None, 0))
        index = node.params["index"]
        if first is not None and index >= first.params["carried"]:
            index += begin - first.params["carried"]
        return _pick(operands[0], index) if operands[0] in made.values() else None

    return rewritten(graph, rewrite)


def _extended(node: Node, operands: list[Any], body: Graph) -> Node:
    forms = form_of_node(node)
    length = node.params["length"]
    further = [form_of_operand(o) for o in body.outputs[len(forms) :]]
    stacks = [type(form)((length, *form.shape), form.dtype) for form in further]
    return new_node(node.primitive, operands, {**node.params, "body": body}, (*forms, *stacks), node.watch)
