"""Reverse mode: descend the list with cotangents.

From the seeds, nodes are met latest first (a heap on the sequence number), so that a node's cotangent
is complete when it is met, and nothing recurses. At each node the linear map of every operand is
transposed; the walk adds up what arrives and brings it to the form of the operand.
"""

from __future__ import annotations

from cmath import isfinite
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice
from math import inf
from operator import attrgetter
from typing import Any

from numpy import asarray, ndarray, vdot

from ..core.abstract import TRANSPOSE, Abstract, Recording
from ..core.lending import own
from ..core.node import Leaf, Node
from ..core.placed import PLACED
from ..core.primitive import Primitive
from ..core.recording import PICK, abstract_alias, residuals_of
from ..core.repeats import Repeats
from ..core.state import LENDING, InUsersHands, Unwatched, Watch, walk_observers
from ..core.tensor import Tensor
from ..ops.axes.finite import ARE_FINITE
from .point import fit_cotangent, observed, plus, quiet

STRETCH_ELEMENTS = 1 << 16
"""A stretch ends when its cotangents have this many elements, of which each node counts for..."""
NODE_ELEMENTS = 1 << 10
"""...this many by itself."""
PENDING_SHARE = 8
"""Of the pending nodes one in so many is passed before they are copied again, however many they are."""
_IS_GUARDED = attrgetter("primitive.is_guarded")
LARGE = 1 << 13
"""Elements from which an array counts as large."""


def backward(
    seeds: Iterable[tuple[Node, Any]],
    targets: Sequence[Node],
    bit: int,
    free: bool = False,
    create_graph: bool = False,
    closed: bool = False,
    stop: bool = False,
) -> dict[Node, Any]:
    """Walk from `seeds` towards `targets` along the nodes that carry the watch `bit`.

    Args:
        seeds: the results with their cotangents.
        targets: nodes whose cotangents are wanted; nothing older than the oldest is visited. Empty: go
            to every leaf.
        bit: the watch whose list this is.
        free: drop the residuals of nodes that only this watch needs, as soon as they are passed.
        create_graph: let the same watch record the walk itself.
        closed: the watch has been given back, and its bit may belong to another by now; so it is left
            alone, and only not looked at.
        stop: do not go beyond a target.

    Returns:
        The cotangent of each target and each leaf that was reached.
    """
    walk = _Walk(targets, bit, stop)
    with Unwatched(LENDING | (0 if create_graph or closed else bit)) as on, quiet(), Repeats():
        on &= ~bit if closed else -1
        for node, cotangent in seeds:
            if node.watch & bit and node.sequence <= walk.oldest:
                walk.deliver(node, cotangent)
        partings: dict[Node, list[Node]] = {}
        while walk.heap:
            passed = walk.stretch(on)
            if free:
                release(passed, bit, partings)
    return walk.found


def release(nodes: Iterable[Node], bit: int, partings: dict[Node, list[Node]]) -> None:
    """Drop the residuals of nodes that no other watch needs.

    A node with many results keeps its own as long as one is there from which no walk has come; if it can part with
    what goes with one of them (`JointMap.part_with`), that is done when the walk has passed the node itself, and
    `partings` has the selections by which the walk has come to it. A selection from a node without values can be
    passed again, so that a view of a leaf is made once and walked to many times.
    """
    for node in nodes:
        if node.watch != bit:
            continue
        primitive = node.primitive
        if primitive.is_freed:
            node.residuals = None
            node.parents = ()
        elif primitive is PICK:
            _release_selection(node, partings)
        elif primitive.part_with is not None:
            _drop(pick for pick in partings.pop(node, ()) if primitive.part_with(node, pick.params["index"]))


def _release_selection(pick: Node, partings: dict[Node, list[Node]]) -> None:
    parent = pick.parents[0]
    if parent.primitive.part_with is not None:
        partings.setdefault(parent, []).append(pick)
    elif any(value is not None for value in parent.residuals):
        _drop((pick,))


def _drop(nodes: Iterable[Node]) -> None:
    for node in nodes:
        node.residuals = None
        node.parents = ()


class _Walk:
    """The state of a backward walk.

    Attributes:
        pending: the cotangent, so far, of each node that is still to be met.
        heap: those nodes, the latest first.
        found: the cotangents of targets and leaves that were met.
        steps: so many nodes are to be passed one by one, since the last stretch was short for what it copied.
    """

    __slots__ = ("bit", "found", "heap", "oldest", "pending", "steps", "stop", "wanted")

    def __init__(self, targets: Sequence[Node], bit: int, stop: bool = False) -> None:
        self.bit = bit
        self.stop = stop
        self.wanted = frozenset(targets)
        self.oldest = max((t.sequence for t in targets), default=inf)
        self.found: dict[Node, Any] = {}
        self.pending: dict[Node, Any] = {}
        self.heap: list[tuple[int, Node]] = []
        self.steps = 0

    def deliver(self, node: Node, cotangent: Any) -> None:
        """Add to the cotangent of a node."""
        if node in self.pending:
            self.pending[node] = plus(self.pending[node], cotangent)
        else:
            self.pending[node] = cotangent
            heappush(self.heap, (node.sequence, node))

    def stretch(self, on: int) -> list[Node]:
        """Pass some nodes, and return them.

        Simple nodes on raw values are passed many at a time without guarding their products; if some have any,
        and what they deliver is not finite, the stretch is walked again with guards. (To check each product would
        cost as much as the product, for a small array.)
        """
        if walk_observers or PLACED or self.steps > 0:
            self.steps -= 1
            return [self.step(on)]
        before, count = self.pending.copy(), len(self.found)
        passed = self.run(on)
        self.steps = len(before) // PENDING_SHARE - len(passed)
        if not passed:
            return [self.step(on)]
        if any(map(_IS_GUARDED, passed)) and not (
            all_finite(self.pending, before) and self.found_finite(count, before)
        ):
            self.pending, self.heap = before, [(node.sequence, node) for node in before]
            heapify(self.heap)
            for _ in passed:
                self.step(on)
        return passed

    def found_finite(self, count: int, before: dict[Node, Any]) -> bool:
        """Whether the cotangents found after the first `count`, and not as they were before, are finite."""
        found = islice(reversed(self.found.items()), len(self.found) - count)
        return all(c is before.get(node) or is_finite(c) for node, c in found)

    def run(self, on: int) -> list[Node]:
        """Pass simple nodes without guards, up to a number of them and of elements.

        A cotangent that was made here from a block may take further blocks in place: in a loop over the
        elements of an array, each reading would else cost as much as the array.
        """
        bit, wanted, oldest = self.bit, self.wanted, self.oldest
        pending, heap = self.pending, self.heap
        passed: list[Node] = []
        fresh: set[Node] = set()
        room = max(STRETCH_ELEMENTS, len(pending) // PENDING_SHARE * NODE_ELEMENTS)
        while heap and room > 0:
            node = heap[0][1]
            primitive = node.primitive
            cotangent = pending[node]
            residuals = node.residuals
            if residuals is None or node.watch & on or not primitive.simple or type(cotangent) is Tensor:
                if type(node) is not Leaf or node.hooks:
                    break
                self.found[node] = cotangent
            heappop(heap)
            del pending[node]
            if wanted and node in wanted:
                self.found[node] = cotangent
                if self.stop:
                    passed.append(node)
                    continue
            forms = node.forms
            passed.append(node)
            room -= NODE_ELEMENTS + cotangent.size
            adders = primitive.adders
            if adders and node.parents[0] in fresh:
                adders[0](pending[node.parents[0]], cotangent, node)
                continue
            position = 0
            for parent in node.parents:
                if parent.watch & bit and parent.sequence <= oldest and primitive.unguarded[position] is not None:
                    contribution = primitive.unguarded[position](cotangent, residuals, node)
                    if forms is not None:
                        contribution = fit_cotangent(contribution, forms[position])
                    if parent in pending:
                        pending[parent] = pending[parent] + contribution
                    else:
                        pending[parent] = contribution
                        heappush(heap, (parent.sequence, parent))
                    if adders and type(pending[parent]) is ndarray:
                        fresh.add(parent)
                position += 1  # noqa: SIM113 - the hot path
        return passed

    def step(self, on: int) -> Node:
        """Pass one node of any kind."""
        node = heappop(self.heap)[1]
        cotangent = self.pending.pop(node)
        if type(node) is Leaf:
            cotangent = self.found[node] = through_hooks(cotangent, node.hooks)
        if node in self.wanted:
            self.found[node] = cotangent
            if self.stop:
                return node
        pull(node, cotangent, residuals_of(node, on), self.bit, self.oldest, self.deliver)
        return node


def all_finite(cotangents: dict[Node, Any], before: dict[Node, Any]) -> bool:
    """Whether the cotangents that are not as they were before are finite."""
    return all(c is before.get(node) or is_finite(c) for node, c in cotangents.items())


def is_finite(cotangent: Any) -> bool:
    """Whether a cotangent has finite numbers only; one without a value counts as finite."""
    value = cotangent._value if type(cotangent) is Tensor else cotangent
    if type(value) is Abstract:
        return True
    if value.size < LARGE:
        return isfinite(vdot(value, value))  # the quickest of all checks; for a large array BLAS would wake its threads
    return ARE_FINITE.evaluate(value)


def pull(
    node: Node,
    cotangent: Any,
    residuals: Sequence[Any],
    bit: int,
    oldest: float,
    deliver: Callable[[Node, Any], None],
) -> None:
    """Deliver to each watched operand of a node its share of the cotangent, in the operand's form."""
    wanted = [parent.watch & bit and parent.sequence <= oldest for parent in node.parents]
    contributions = _pass(node, cotangent, residuals, wanted, bit)
    for position, (parent, contribution) in enumerate(zip(node.parents, contributions, strict=True)):
        if contribution is not None:
            form = None if node.forms is None else node.forms[position]
            deliver(parent, contribution if form is None else fit_cotangent(contribution, form))


def _pass(node: Node, cotangent: Any, residuals: Sequence[Any], wanted: Sequence[Any], bit: int) -> Sequence[Any]:
    if not walk_observers:
        return cotangents_through(node.primitive, node, cotangent, residuals, wanted, bit)
    return observed(
        "backward",
        node,
        cotangent,
        lambda: cotangents_through(node.primitive, node, cotangent, residuals, wanted, bit),
    )


def cotangents_through(
    primitive: Primitive, node: Node, cotangent: Any, residuals: Sequence[Any], wanted: Sequence[Any], bit: int
) -> Sequence[Any]:
    """The cotangents of the operands that are wanted; ``None`` for the others, and for zero."""
    joint = primitive.joint
    if joint is not None:
        if joint.transpose is None:
            contributions = transpose_joint(joint, cotangent, residuals, node, wanted, bit)
        else:
            contributions = joint.transpose(cotangent, residuals, node, wanted, bit)
        return [c if is_wanted else None for c, is_wanted in zip(contributions, wanted, strict=True)]
    contributions = []
    for linear_map, is_wanted in zip(primitive.maps, wanted, strict=True):
        if not is_wanted or linear_map is None:
            contributions.append(None)
        elif linear_map.transpose is None:
            contributions.append(_transpose_general(linear_map, cotangent, residuals, node, len(contributions)))
        else:
            contributions.append(linear_map.transpose(cotangent, residuals, node))
    return contributions


def through_hooks(cotangent: Any, hooks: dict[int, Callable[[Any], Any]]) -> Any:
    """The cotangent after each hook has seen, and perhaps replaced, it."""
    for hook in list(hooks.values()):
        with InUsersHands():
            replaced = hook(cotangent if type(cotangent) is Tensor else Tensor(cotangent))
        if replaced is not None:
            cotangent = _replacement(replaced, cotangent)
    return cotangent


def _replacement(replaced: Any, cotangent: Any) -> Any:
    """What a hook returned, if it fits in the place of the cotangent."""
    replaced = replaced if type(replaced) is Tensor else own(asarray(replaced))
    if (replaced.shape, replaced.dtype) != (cotangent.shape, cotangent.dtype):
        raise TypeError(
            f"[register_hook] a hook returned {replaced.dtype} of shape {replaced.shape}, wanted {cotangent.dtype} of "
            f"shape {cotangent.shape}, as the gradient it was given; return a gradient of that form, or None"
        )
    return replaced


# -- transposing a linear map by walking it --------------------------------------------------------


def transpose_by_walking(apply: Callable[..., Any], forms: Sequence[Any], cotangent: Any) -> list[Any]:
    """The transpose of a linear function at a cotangent.

    The function is recorded on inputs without values (a linear map needs none), and walked backward.

    Args:
        apply: a function of one tensor for each form, made of operations linear in them.
        forms: shape and dtype of each input.
        cotangent: that of the result; a tuple (with ``None`` for zero) if it has many.

    Returns:
        The cotangent of each input; ``None`` where the result does not depend on it.
    """
    with Watch(abstract=True) as bit:
        recording = Recording(TRANSPOSE)
        inputs = [abstract_alias(form, bit, recording) for form in forms]
        result = apply(*inputs)
        results, cotangents = ((result,), (cotangent,)) if type(result) is not tuple else (result, cotangent)
        seeds = [
            (r._node, fit_cotangent(c, r._value))
            for r, c in zip(results, cotangents, strict=True)
            if type(r) is Tensor and c is not None
        ]
        targets = [tensor._node for tensor in inputs]
        found = backward(seeds, targets, bit)
    return [found.get(target) for target in targets]


def _transpose_general(linear_map: Any, cotangent: Any, residuals: Sequence[Any], node: Node, position: int) -> Any:
    def apply(tangent: Any) -> Any:
        return linear_map.apply(tangent, residuals, node)

    return transpose_by_walking(apply, [form_at(node, position, cotangent)], cotangent)[0]


def transpose_joint(
    joint: Any, cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
) -> Sequence[Any]:
    positions = [i for i, is_wanted in enumerate(wanted) if is_wanted]

    def spread(values: Sequence[Any]) -> list[Any]:
        spread_out: list[Any] = [None] * len(wanted)
        for position, value in zip(positions, values, strict=True):
            spread_out[position] = value
        return spread_out

    forms = [form_at(node, i, cotangent) for i in positions]

    def apply(*tangents: Any) -> Any:
        return joint.apply(spread(tangents), residuals, node, bit)

    return spread(transpose_by_walking(apply, forms, cotangent))


def form_at(node: Node, position: int, vector: Any) -> Any:
    """The form of an operand (that of `vector`, if all forms at the node are the same)."""
    return vector if node.forms is None else node.forms[position]
