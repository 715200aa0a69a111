"""Schedule the guards of a path: on inputs, in a prelude of the program, or after it.

Those on inputs are checked at once. Those that are cheap to compute, beside the rest, are computed by a small program
of their own, ahead of the rest: then a call on another path costs little, and the rest may write to the memory of
what it replaces. All others come out of the program itself, whose results are thrown away if one comes out
differently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...control.subgraphs import graphs_of
from ...core.graph import Graph, GraphNode
from ...ops.printing import PRINT
from ..native.facts.cost import WORTH_A_CALL, cost
from ..passes.rewriting import gathered
from ..record.decisions import Decision

SHARE_AHEAD = 0.25
"""The largest share of a program's cost that a prelude for its guards may have."""


class DecisionCheck(NamedTuple):
    """A guard, as it is checked at each call.

    Attributes:
        position: which decision.
        index: which input or output it is about.
        read: from the raw value to the answer.
        value: the answer on this path.
    """

    position: int
    index: int
    read: Callable[[Any], Any]
    value: Any


class Miss(NamedTuple):
    """A guard failed: the call leaves this path.

    Attributes:
        position: which decision; those before it were as on this path.
        value: the answer.
    """

    position: int
    value: Any


NO_ANSWER = object()
"""An answer that no path was recorded for."""


def first_miss(checks: Sequence[DecisionCheck], values: Sequence[Any]) -> Miss | None:
    """The first guard that fails on these values, or has no answer, as the integer of NaN; ``None`` if all hold."""
    for position, index, read, value in checks:
        try:
            found = read(values[index])
        except (ValueError, OverflowError):
            return Miss(position, NO_ANSWER)
        if found != value:
            return Miss(position, found)
    return None


class Guards:
    """The guards of a graph whose last outputs are what they check.

    Attributes:
        before: checks of inputs.
        ahead: the graph whose outputs are checked first; ``None`` if there is nothing to compute ahead.
        checks_ahead: the checks of its outputs.
        graph: the rest.
        after: the checks of the last outputs of the rest.
    """

    def __init__(self, whole: Graph, decisions: Sequence[Decision]) -> None:
        first = len(whole.outputs) - len(decisions)
        places = {node: i for i, node in enumerate(whole.inputs)}
        ends = whole.outputs[first:]
        pending = [
            (DecisionCheck(i, 0, decision.read, decision.value), end)
            for i, (decision, end) in enumerate(zip(decisions, ends, strict=True))
            if isinstance(end, GraphNode)
        ]
        at_once = _leading(pending, lambda end: end in places)
        self.before: list[DecisionCheck] = [check._replace(index=places[end]) for check, end in pending[:at_once]]
        pending = pending[at_once:]
        early = _cheap(whole, [end for _, end in pending])
        self.ahead: Graph | None = gathered(whole.inputs, [end for _, end in pending[:early]]) if early else None
        self.checks_ahead: list[DecisionCheck] = [
            check._replace(index=i) for i, (check, _) in enumerate(pending[:early])
        ]
        self.after: list[DecisionCheck] = [
            check._replace(index=first + i) for i, (check, _) in enumerate(pending[early:])
        ]
        outputs = [*whole.outputs[:first], *(end for _, end in pending[early:])]
        self.graph: Graph = gathered(whole.inputs, outputs) if early else Graph(whole.inputs, whole.nodes, outputs)


def _leading(pending: Sequence[tuple[DecisionCheck, GraphNode]], holds: Callable[[GraphNode], bool]) -> int:
    """The length of the leading run of ends that satisfy a predicate."""
    return next((i for i, (_, end) in enumerate(pending) if not holds(end)), len(pending))


def _cheap(graph: Graph, ends: Sequence[GraphNode]) -> int:
    """The number of leading ends that a prelude can compute within its share of the cost; all, if the graph prints."""
    if _prints(graph):
        return len(ends)
    total = cost(graph.nodes)
    if total < WORTH_A_CALL:
        return 0
    known, spent = set(graph.inputs), 0.0
    for count, end in enumerate(ends):
        new = [node for node in gathered(graph.inputs, [end]).nodes if node not in known]
        known.update(new)
        spent += cost(new)
        if spent > SHARE_AHEAD * total:
            return count
    return len(ends)


def _prints(graph: Graph) -> bool:
    """Whether a graph prints, so that it must not run before its path is known to be taken."""
    return any(node.primitive is PRINT or any(map(_prints, graphs_of(node))) for node in graph.nodes)
