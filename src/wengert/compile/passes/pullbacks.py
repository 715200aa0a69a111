"""Dead code of the pullback of a loop: unused cotangents, and what is carried and read for these alone.

It stays the pullback of a loop: what moves with a result that is left is left in the body, whose derivatives may be
wanted in their turn.
"""

from __future__ import annotations

from typing import Any

from ...core.graph import GraphNode
from .less import Inputs, Less, live_of, reads_of


class _Needed:
    """What of a pullback is needed, by position.

    Attributes:
        targets: of each result, the input of the body whose cotangent it is.
        wanted: the inputs of the body whose cotangents are used, or lead to one that is.
        results: those results.
        ends: the cotangents that are read, among those given.
        stacks: the outputs of the body beyond the carry that they belong to.
        carry: what is carried.
        read: the inputs of the body that are read on the way there or back.
    """

    def __init__(self, node: GraphNode, used: set[int]) -> None:
        body, back, captured, carried = (node.params[name] for name in ("body", "back", "captured", "carried"))
        sources = [i for i, moves in enumerate(node.params["ends"]) if moves]
        self.first, self.count = captured + carried, len(body.inputs)
        self.targets = [i for i, moves in enumerate(node.params["moving"]) if moves]
        self.wanted = {self.targets[i] for i in used}
        while True:
            read = reads_of(back, self.results)
            turning = {captured + i for k, i in enumerate(sources) if i < carried and self.count + k in read}
            if turning <= self.wanted:
                break
            self.wanted |= turning
        self.ends = [
            k for k, i in enumerate(sources) if (captured + i in self.wanted if i < carried else self.count + k in read)
        ]
        self.stacks = [sources[k] for k in self.ends if sources[k] >= carried]
        live = {i - captured for i in self.wanted if captured <= i < self.first} | set(self.stacks)
        self.carry = live_of(body, captured, carried, live, (i for i in read if i < self.first))
        self.read = {i for i in read if i < self.count} | reads_of(body, [*self.carry, *self.stacks])

    @property
    def results(self) -> list[int]:
        return [place for place, target in enumerate(self.targets) if target in self.wanted]


def pullback_with_less(node: GraphNode, operands: list[Any], used: set[int]) -> Less:
    """The pullback with the results in `used`, and what these depend on."""
    captured, needed = node.params["captured"], _Needed(node, used)
    inputs = Inputs(operands[1:], sorted(i for i in needed.read - needed.wanted if i < captured))
    rest = sorted(i for i in needed.wanted if i < captured) + [captured + i for i in needed.carry]
    rest += sorted(i for i in needed.read | needed.wanted if needed.first <= i)
    cotangents = [needed.count + k for k in needed.ends]
    moving = [i in needed.wanted for i in rest]
    params = {
        "body": inputs.of(node.params["body"], rest, [*needed.carry, *needed.stacks]),
        "back": inputs.of(node.params["back"], [*rest, *cotangents], needed.results),
        "captured": len(inputs.operands) + sum(i < captured for i in rest),
        "carried": len(needed.carry),
        "moving": (*(False,) * len(inputs.operands), *moving),
        "ends": (*(captured + i in needed.wanted for i in needed.carry), *(True,) * len(needed.stacks)),
    }
    given = [operands[0], *inputs.operands, *(operands[1 + i] for i in (*rest, *cotangents))]
    return Less(node, given, params, needed.results, {})
