"""An elementary operation: how to evaluate it, its shape rule, its derivative, its batching."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class LinearMap(Protocol):
    """The local derivative of a primitive with respect to one operand, at a point.

    Both directions are given the node's residuals (raw values, or tensors while something outer is
    watching), so that one statement of the derivative serves forward and reverse.

    Attributes:
        needs: positions in the residuals (operands, then the result) that the map reads.
        apply: forward, ``(tangent of the operand, residuals, node)`` to the tangent of the result.
        transpose: reverse, ``(cotangent of the result, residuals, node)`` to that of the operand;
            ``None`` leaves it to the backward walk, which transposes `apply` by walking it.
        unguarded: as `transpose`, for raw values; zero times infinity may be NaN.
    """

    @property
    def needs(self) -> frozenset[int]: ...
    @property
    def apply(self) -> Callable[..., Any]: ...
    @property
    def transpose(self) -> Callable[..., Any] | None: ...
    @property
    def unguarded(self) -> Callable[..., Any] | None: ...


OPERANDS: Container[int] = range(sys.maxsize)
"""The residuals that a joint map reads: all operands, however many there are, and not the result."""


class JointMap(Protocol):
    """The local derivative with respect to all operands at once, where they share their work.

    Attributes:
        needs: as for `LinearMap`.
        apply: ``(tangents, residuals, node, bit)`` to the tangent of the result; ``None`` in and out is zero.
        transpose: ``(cotangent, residuals, node, wanted, bit)`` to the cotangents of the operands.

    Either may be ``None``: the walks derive it from the other. `bit` is the watch being walked.

    A map of a primitive with many results may have a further method ``part_with(node, index)``, which drops what the
    node keeps for result `index` alone after a walk from it, and tells whether it has dropped anything.
    """

    @property
    def needs(self) -> Container[int]: ...
    @property
    def apply(self) -> Callable[..., Any] | None: ...
    @property
    def transpose(self) -> Callable[..., Any] | None: ...


class Identity:
    """The linear map that changes nothing."""

    needs: frozenset[int] = frozenset()

    @staticmethod
    def apply(tangent: Any, residuals: Sequence[Any], node: Any) -> Any:
        return tangent

    @staticmethod
    def transpose(cotangent: Any, residuals: Sequence[Any], node: Any) -> Any:
        return cotangent

    unguarded = transpose


class Primitive:
    """An elementary operation of the list.

    Args:
        name: what the list, the errors and the graphs call it.
        evaluate: ``evaluate(*raw_operands, **params)`` gives the raw result.
        operands: names of the operands, by which rules ask for them; one name with a leading ``*``
            stands for any number of them.
        shape: ``shape(*forms, **params)`` gives the `Abstract` of the result (a tuple if `many`).
        maps: the linear map for each operand; ``None`` where the derivative is zero.
        joint: one linear map for all operands, instead of `maps`.
        batch: ``batch(size, operands, batched, node)`` evaluates with the operands marked in `batched`
            carrying a leading batch axis, and returns the result with one.
        many: the result is a tuple.
        moves: it hands on elements as they are, whatever their dtype, or runs functions; else it computes with them.

    Attributes:
        unguarded: the unguarded transpose for each operand.
        is_guarded: one of them reads something, and is another than the transpose: it may give NaN where that does not.
        adders: for each operand a function that adds the transpose to a cotangent in place, where that costs
            less than to make it; empty if there is none.
        keeps_nothing: no rule reads an operand or the result, whoever is tracked.
        is_anywhere: its evaluation takes values wherever they are, on a device too.
        is_freed: a node of it is dropped by the walk that passes it: it keeps values, and has one result.
        simple: one result, and every linear map has a stated transpose.
        operation: the function that calls the primitive on raw values or tensors.
        part_with: what drops the values of one of many results (see `JointMap`), if the map says.
        wide: of one for short dtypes (see `wengert.core.dtypes.short`) the primitive that it rounds.
        rounded: the one for short dtypes, once it has been asked for.
    """

    __slots__ = (
        "_keeps",
        "adders",
        "batch",
        "evaluate",
        "is_anywhere",
        "is_freed",
        "is_guarded",
        "joint",
        "keeps_nothing",
        "many",
        "maps",
        "moves",
        "name",
        "operands",
        "operation",
        "part_with",
        "rounded",
        "shape",
        "simple",
        "unguarded",
        "wide",
    )

    def __init__(
        self,
        name: str,
        evaluate: Callable[..., Any],
        operands: Sequence[str],
        shape: Callable[..., Any],
        maps: Sequence[LinearMap | None] = (),
        joint: JointMap | None = None,
        batch: Callable[..., Any] | None = None,
        many: bool = False,
        moves: bool = False,
    ) -> None:
        self.name: str = name
        self.evaluate: Callable[..., Any] = evaluate
        self.operands: tuple[str, ...] = tuple(operands)
        self.shape: Callable[..., Any] = shape
        self.maps: tuple[LinearMap | None, ...] = tuple(maps)
        self.joint = joint
        self.batch = batch
        self.many: bool = many
        self.moves: bool = moves
        self.is_anywhere: bool = False
        self.wide: Primitive | None = None
        self.rounded: Primitive | None = None
        self.operation: Callable[..., Any] = evaluate
        self.part_with: Callable[[Any, int], bool] | None = getattr(joint, "part_with", None)
        self.unguarded: tuple[Any, ...] = tuple([None if m is None else m.unguarded for m in self.maps])
        self.is_guarded: bool = any(m is not None and m.needs and m.unguarded is not m.transpose for m in self.maps)
        self.adders: tuple[Any, ...] = tuple([getattr(m, "add_to", None) for m in self.maps])
        if not any(self.adders):
            self.adders = ()
        self.simple: bool = (
            self.differentiable and joint is None and not many and all(m is None or m.unguarded for m in self.maps)
        )
        self.keeps_nothing: bool = joint is None and not any(m.needs for m in self.maps if m is not None)
        self.is_freed: bool = not (self.keeps_nothing or many)
        self._keeps: dict[tuple[bool, ...], tuple[bool, ...]] = {}

    def give_rules(self, joint: JointMap, batch: Callable[..., Any]) -> None:
        """Give a primitive, before it is first called, a linear map and a batch rule that call it themselves."""
        self.joint = joint
        self.batch = batch
        self.simple = self.keeps_nothing = False
        self.is_freed = not self.many

    @property
    def is_elementwise(self) -> bool:
        """Whether it is computed element by element, as its shape rule says."""
        return getattr(self.shape, "is_elementwise", False)

    @property
    def differentiable(self) -> bool:
        return self.joint is not None or any(m is not None for m in self.maps)

    def map_of(self, position: int) -> LinearMap | None:
        """The linear map of an operand; a variadic primitive has one map for all."""
        return self.maps[position] if position < len(self.maps) else self.maps[-1]

    def keeps(self, tracked: tuple[bool, ...]) -> tuple[bool, ...]:
        """Which residuals (operands, then the result) the rules need when these operands are tracked."""
        kept = self._keeps.get(tracked)
        if kept is None:
            kept = self._keeps[tracked] = self._infer_keeps(tracked)
        return kept

    def _infer_keeps(self, tracked: tuple[bool, ...]) -> tuple[bool, ...]:
        if self.joint is not None:
            needs = self.joint.needs
        else:
            maps = [self.map_of(i) for i, is_tracked in enumerate(tracked) if is_tracked]
            needs = frozenset().union(*(m.needs for m in maps if m is not None))
        count = len(tracked)
        if needs is OPERANDS:
            return (*(True,) * count, False)
        result = count if count in needs or -1 in needs else -1
        return tuple(i in needs or i == result for i in range(count + 1))

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def primitive_of(operation: Any) -> Primitive:
    """A primitive, given as such or by the function that calls it."""
    return operation if isinstance(operation, Primitive) else operation.primitive


def primitives(*operations: Any) -> frozenset[Primitive]:
    """The primitives of some operations."""
    return frozenset(map(primitive_of, operations))


def by_primitive(table: Mapping[Any, T]) -> dict[Primitive, T]:
    """A table of operations, keyed by their primitives."""
    return {primitive_of(operation): entry for operation, entry in table.items()}
