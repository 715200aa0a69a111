"""What a native program does in a call, stage by stage, for those who show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...core.graph import GraphNode
from .schedule.stages import Control, Factorization, FlagCheck, Group, RowBlocks, Scan, SingleOperation, Stage


class StageFacts(NamedTuple):
    """A stage.

    Attributes:
        kind: what it is, in words.
        nodes: the operations that it does, in their order.
    """

    kind: str
    nodes: Sequence[GraphNode]


STAGE_KINDS: dict[type, str] = {
    Group: "kernel",
    RowBlocks: "kernel, by blocks of rows",
    Scan: "cumulative kernel",
    SingleOperation: "step in NumPy",
    Control: "loop or branch",
    Factorization: "library routine",
    FlagCheck: "check",
}
MATRIX_PRODUCT = "matrix product"


def stage_facts(stages: Iterable[Stage]) -> list[StageFacts]:
    """The facts of stages, but for those that do nothing."""
    return [StageFacts(_kind(stage), nodes) for stage in stages if (nodes := _nodes(stage))]


def _kind(stage: Stage) -> str:
    return MATRIX_PRODUCT if isinstance(stage, SingleOperation) and stage.is_product else STAGE_KINDS[type(stage)]


def _nodes(stage: Stage) -> Sequence[GraphNode]:
    return list(stage.nodes) if isinstance(stage, Group | RowBlocks) else [stage.node]
