"""What is said of a primitive without LLVM, and what writes the code of it, are about the same primitives."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import pytest

pytest.importorskip("llvmlite")

from tests.test_fact_tables import tables

from wengert.compile.native.emit import kernel, lapack_calls, scan
from wengert.compile.native.emit.memory_loops import loops
from wengert.compile.native.emit.registers import control, elimination, straight_line
from wengert.compile.native.emit.scalars import elementwise
from wengert.compile.native.facts import lapack_routines, lowered, registers
from wengert.compile.native.schedule import build, inner_graphs
from wengert.core.primitive import Primitive
from wengert.ops.facts import _ROWS

WITH_GRAPHS = {primitive for primitive, facts in _ROWS.items() if facts.has_graphs}
REDUCTIONS = {primitive for primitive, facts in _ROWS.items() if facts.is_reduction}

PAIRS: dict[str, tuple[Set[Primitive], Set[Primitive]]] = {
    "elementwise": (lowered.KINDS.keys(), elementwise.LOWERED.keys()),
    "in registers": (registers.IN_REGISTERS, straight_line.RULES.keys()),
    "eliminations": (registers.ELIMINATED, elimination.ELIMINATION_RULES.keys()),
    "routines of LAPACK": (lapack_routines.ROUTINES, lapack_calls.CALLS.keys()),
    "scans": (build.SCANS, scan.COMBINED.keys()),
    "reductions": (REDUCTIONS, kernel._COMBINED.keys()),
    "what they start from": (REDUCTIONS, kernel._NEUTRAL.keys()),
    "loops and branches in registers": (WITH_GRAPHS, control.CONTROL_RULES.keys() - straight_line.RULES.keys()),
    "on memory": (WITH_GRAPHS, loops._EMIT.keys()),
    "their graphs": (WITH_GRAPHS, inner_graphs._GRAPHS.keys()),
}


@pytest.mark.parametrize("name", PAIRS)
def test_facts_and_code_are_about_the_same_primitives(name: str) -> None:
    facts, code = PAIRS[name]
    assert facts
    assert set(facts) == set(code)


def entries(table: Any, primitive: Primitive) -> Any:
    """What a table says of a primitive."""
    return table.get(primitive) if isinstance(table, dict) else primitive in table


def test_primitives_of_one_name_are_treated_alike() -> None:
    """In the text by which code is found again on disk a primitive is its name, and no more."""
    native = [(place, table) for place, table in tables() if place.startswith("wengert.compile.native")]
    keyed = [(place, table) for place, table in native if any(isinstance(key, Primitive) for key in table)]
    assert len(keyed) > 20
    known = {key for _, table in keyed for key in table}
    for place, table in keyed:
        for primitive in table:
            for other in known:
                if other.name == primitive.name:
                    assert entries(table, other) == entries(table, primitive), (place, primitive)
