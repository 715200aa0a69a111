"""Simplifications of a graph: each pass is a function from a graph to a graph with the same meaning.

===========  ============================================================
inlining     checkpointed graphs, among the other operations
bodies       the graphs within loops and branches, simplified
rounding     operations on short floats, as those on float32, whose results are rounded
constant     operations on constants, folded
expansion    operations of several steps, as these steps
contraction  sums of products, as matrix products
sums         sums that loops carry, after them
stacks       stacks of matrix products, as single ones
squeezing    axes of length 1, left out
algebra      operations that change nothing, and chains of shape changes
assembly     sums of parts that make up a whole, as these joined
common       common subexpressions, done once
turning      matrix products that are used transposed, made so
joint        loops that are a part of others, done by these
idle         dead results, carries and inputs of loops and branches
turns        loop-invariant operations, before the loop
sinking      transposes of what loops multiply with, in these
===========  ============================================================

Every pass leaves out the operations whose results nobody uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...core.graph import Graph
from .algebra import without_idle_operations
from .assembly import with_parts_joined
from .common import without_repetitions
from .constant import with_constants_evaluated
from .contraction import with_matrix_products
from .expansion import with_steps
from .hoisting import with_turns_prepared
from .idle import without_idle_results
from .inlining import with_checkpoints_inside
from .joint import with_joint_loops
from .nested_graphs import with_simple_bodies
from .rounding import with_wide_operations
from .sinking import with_matrices_as_they_lie
from .squeezing import without_short_axes
from .stacks import with_single_products
from .sums import with_sums_after_loops
from .turning import with_products_turned

_OF_BODIES: dict[str, Callable[[Graph], Graph]] = {
    "inlining": with_checkpoints_inside,
    "bodies": lambda graph: with_simple_bodies(graph, _simple_body),
    "rounding": with_wide_operations,
    "constant": with_constants_evaluated,
    "expansion": with_steps,
    "contraction": with_matrix_products,
    "sums": with_sums_after_loops,
    "stacks": with_single_products,
    "squeezing": without_short_axes,
    "algebra": without_idle_operations,
    "assembly": with_parts_joined,
    "common": without_repetitions,
    "turning": with_products_turned,
    "joint": lambda graph: with_joint_loops(graph, _simple_body),
    "idle": without_idle_results,
}

PASSES = {**_OF_BODIES, "turns": with_turns_prepared, "sinking": with_matrices_as_they_lie}
"""The last two once for all loops, since loops that are not yet one are to look alike."""


def after_each_pass(graph: Graph) -> dict[str, Graph]:
    """The graph as recorded, and after each pass, by name."""
    graphs = {"recorded": graph}
    for name, simplify in PASSES.items():
        graph = graphs[name] = simplify(graph)
    return graphs


def simplified(graph: Graph) -> Graph:
    """The graph after every pass."""
    return _after(PASSES.values(), graph)


def _simple_body(graph: Graph) -> Graph:
    return _after(_OF_BODIES.values(), graph)


def _after(passes: Iterable[Callable[[Graph], Graph]], graph: Graph) -> Graph:
    for simplify in passes:
        graph = simplify(graph)
    return graph


__all__ = ["PASSES", "after_each_pass", "simplified"]
