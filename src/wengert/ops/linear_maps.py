"""The grades of a derivative: what a rule says, made a linear map.

A rule is a function whose parameter *names* say what it reads: names of operands, ``out`` for the
result, names of keyword parameters, and ``like`` for the form (shape and dtype) of its own operand.
Only what is named is kept for the backward walk.

===============  ==================================================================================
`factor`         elementwise: the tangent is multiplied by an array of the shape of the result
                 (in `wengert.ops.factors`)
`linear`         the map and its transpose, both as functions of the (co)tangent
`general`        the map as a function of the tangent, in linear operations; walking it transposes it
`missing`        none: asking for it raises, and says which kind of nothing it is
===============  ==================================================================================
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

Rule = Callable[..., Any]


class Map:
    """A linear map (see `wengert.core.primitive.LinearMap`).

    Where the transpose is mostly zeros, ``add_to(total, cotangent, node)`` adds it in place.
    """

    __slots__ = ("add_to", "apply", "needs", "transpose", "unguarded")

    def __init__(
        self,
        apply: Rule,
        transpose: Rule | None,
        needs: frozenset[int],
        unguarded: Rule | None = None,
        add_to: Rule | None = None,
    ) -> None:
        self.apply: Rule = apply
        self.transpose: Rule | None = transpose
        self.needs: frozenset[int] = needs
        self.unguarded: Rule | None = transpose if unguarded is None else unguarded
        self.add_to: Rule | None = add_to


class Reader:
    """Finds what a rule names: residuals by position, parameters, or the form of its operand."""

    def __init__(self, rule: Rule, operands: Sequence[str], position: int, skip: int) -> None:
        names = list(inspect.signature(rule).parameters)[skip:]
        self.result: int = len(operands)
        self.position = position
        self.residuals: dict[str, int] = {n: self._place(n, operands) for n in names if n == "out" or n in operands}
        self.wants_like: bool = "like" in names
        self.params: list[str] = [n for n in names if n not in self.residuals and n != "like"]
        self.needs: frozenset[int] = frozenset(self.residuals.values())

    def _place(self, name: str, operands: Sequence[str]) -> int:
        return self.result if name == "out" else operands.index(name)

    def bound(self, rule: Rule) -> Rule:
        """The rule as a function of (vector, residuals, node)."""
        if not self.residuals and not self.params and not self.wants_like:
            return lambda vector, residuals, node: rule(vector)
        return lambda vector, residuals, node: rule(vector, **self.read(residuals, node, vector))

    def read(self, residuals: Sequence[Any], node: Any, vector: Any) -> dict[str, Any]:
        found = {name: residuals[place] for name, place in self.residuals.items()}
        for name in self.params:
            found[name] = node.params[name]
        if self.wants_like:
            found["like"] = vector if node.forms is None else node.forms[self.position]
        return found


def linear(apply_rule: Rule, transpose_rule: Rule) -> Callable[[Sequence[str], int], Map]:
    """Linear in this operand: ``apply_rule(tangent, ...)`` and ``transpose_rule(cotangent, ...)``."""

    def build(operands: Sequence[str], position: int) -> Map:
        forward = Reader(apply_rule, operands, position, skip=1)
        reverse = Reader(transpose_rule, operands, position, skip=1)

        return Map(forward.bound(apply_rule), reverse.bound(transpose_rule), forward.needs | reverse.needs)

    return build


def general(apply_rule: Rule) -> Callable[[Sequence[str], int], Map]:
    """Any derivative: ``apply_rule(tangent, ...)`` written in operations linear in the tangent."""

    def build(operands: Sequence[str], position: int) -> Map:
        reader = Reader(apply_rule, operands, position, skip=1)

        return Map(reader.bound(apply_rule), None, reader.needs)

    return build


NOT_WRITTEN = "not written yet"
NOT_DIFFERENTIABLE = "not differentiable"


def missing(kind: str, reason: str) -> Callable[[Sequence[str], int], Map]:
    """No derivative with respect to this operand, where it is not zero either.

    Args:
        kind: `NOT_WRITTEN`, or `NOT_DIFFERENTIABLE` where the operand makes sense in whole numbers only.
        reason: completes the message.
    """

    def build(operands: Sequence[str], position: int) -> Map:
        def refuse(vector: Any, residuals: Sequence[Any], node: Any) -> Any:
            raise NotImplementedError(
                f"[{node.primitive.name}] the derivative with respect to {operands[position]!r} was asked for, which "
                f"is {kind} ({reason}); wanted one with respect to another argument; write "
                f"stop_gradient({operands[position]}), or give the rule with wengert.custom_derivative"
            )

        return Map(refuse, refuse, frozenset())

    return build


def maps_for(operands: Sequence[str], rules: Sequence[Any]) -> list[Map | None]:
    """The maps of a primitive from one rule an operand (``None``: zero derivative)."""
    return [None if build is None else build(operands, i) for i, build in enumerate(rules)]
