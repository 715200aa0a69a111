"""Why steps of a program are in NumPy, and what to write instead: a line for each kind of step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

from ...core.abstract import Abstract
from ...core.graph import GraphNode
from ...core.primitive import Primitive, by_primitive, primitives
from ...core.recording import PICK
from ...ops import elementwise as e
from ...ops.axes import sort as o
from ...ops.contract import matmul
from ...ops.einsum import is_einsum
from ...ops.facts import facts_of
from ...ops.special import statistical as special
from .facts.lowered import DOUBLE, HALF, KINDS, NATIVE_DTYPES, STORED_DTYPES, LoweringKind, dtype_of
from .facts.parts import ASSEMBLED
from .legalize.complex_parts.split import steps_within
from .legalize.complex_parts.steps import NumPyStep
from .schedule.build import INDEXED, SCANS, arranged
from .schedule.indexed import indices_of
from .schedule.inner_graphs import graphs_of
from .schedule.stages import Schedule, is_foreign


@dataclass(frozen=True)
class ForeignStep:
    """An operation in NumPy.

    Attributes:
        primitive: the operation; that of whole numbers, if it is one of complex ones.
        node: where it is in the graph.
        operands: what it reads.
        dtypes: the names of those of its operands that are arrays, and at last of its result.
    """

    primitive: Primitive
    node: GraphNode
    operands: Sequence[Any]
    dtypes: Sequence[str]

    @property
    def kind(self) -> LoweringKind | None:
        return KINDS.get(self.primitive)


Names = Collection[str]


class Refusal(NamedTuple):
    """Why machine code refuses some steps.

    Attributes:
        refused: from a step to the dtypes that are refused; to none if it is not refused for this.
        why: what machine code cannot; in braces the dtypes.
        instead: what to write.
    """

    refused: Callable[[ForeignStep], Names]
    why: str
    instead: str


SHORT_DTYPES = STORED_DTYPES - NATIVE_DTYPES
MACHINE_INDICES = ("int64", "int32")
ORDERED = primitives(o.sort, o.argsort, o.searchsorted)


def _if(holds: Callable[[ForeignStep], bool]) -> Callable[[ForeignStep], Names]:
    """All dtypes of the steps for which something holds."""
    return lambda step: step.dtypes if holds(step) else ()


def _unknown(step: ForeignStep) -> Names:
    return [name for name in step.dtypes if name not in STORED_DTYPES]


def _other_indices(step: ForeignStep) -> Names:
    indices = indices_of(step.node, step.operands) if step.primitive in INDEXED else ()
    return [name for index, _, _ in indices if (name := dtype_of(index).name) not in MACHINE_INDICES]


def _short(step: ForeignStep) -> Names:
    """Short numbers that are moved by an index, joined, sorted, or combined along an axis; bools that are combined."""
    combines = step.primitive in SCANS or facts_of(step.primitive).is_reduction
    moves = any(step.primitive in kind for kind in (INDEXED, ASSEMBLED, ORDERED))
    few = SHORT_DTYPES | {"bool"} if combines else SHORT_DTYPES if moves else ()
    return [name for name in step.dtypes if name in few]


def _compares_signs(step: ForeignStep) -> bool:
    return step.kind is LoweringKind.COMPARISON and "uint64" in step.dtypes


def _is_rounded_twice(step: ForeignStep) -> bool:
    return step.dtypes[-1] == HALF.name and DOUBLE.name in step.dtypes


def _gives(kinds: str) -> Callable[[ForeignStep], bool]:
    return lambda step: step.kind is not None and numpy.dtype(step.dtypes[-1]).kind in kinds


REFUSALS: Sequence[Refusal] = (
    Refusal(
        _if(lambda step: isinstance(step.node.primitive, NumPyStep)),
        "complex numbers are two real ones in machine code, and it has no formula in these",
        "it in terms of x.real and x.imag",
    ),
    Refusal(_unknown, "machine code does not compute with {}", "x.astype('float64')"),
    Refusal(
        _if(lambda step: step.primitive is matmul.primitive),
        "machine code multiplies matrices of one floating dtype, not {}",
        "a.astype('float64') @ b.astype('float64'), which is exact for integers up to 2**53",
    ),
    Refusal(
        _if(lambda step: is_einsum(step.primitive)),
        "it is no product of two matrices: it has more operands, or a letter twice in one",
        "products of two operands, and np.diagonal for a letter that is there twice",
    ),
    Refusal(_other_indices, "machine code has indices of int64 and int32, not {}", "x[index.astype('int64')]"),
    Refusal(
        _short,
        "machine code combines, joins, sorts and looks up numbers of 32 and 64 bits, not {}",
        "x.astype('float32') or x.astype('int32')",
    ),
    Refusal(
        _if(_compares_signs), "integers are compared of which one has a sign and the other has not", "x.astype('int64')"
    ),
    Refusal(_if(_is_rounded_twice), "a double is rounded to float16, once", "x.astype('float32').astype('float16')"),
    Refusal(
        _if(_gives("b")), "bools are no numbers in machine code", "np.logical_or, np.logical_and or np.logical_xor"
    ),
    Refusal(_if(_gives("iu")), "machine code has it for floating numbers, not {}", "x.astype('float64')"),
)
"""The first that refuses a step is told."""

ADVICE: Mapping[Primitive, str] = by_primitive(
    {
        o.lexsort: "np.argsort(x), if there is one key",
        e.isposinf: "x == np.inf",
        e.isneginf: "x == -np.inf",
        e.signbit: "np.copysign(1, x) < 0",
        e.sinc: "np.sin(np.pi * x) / (np.pi * x), where x is not 0",
        e.heaviside: "np.where(x == 0, y, np.where(x < 0, 0, np.where(x > 0, 1, x)))",
        e.isclose: "abs(x - y) <= atol + rtol * abs(y)",
        e.nan_to_num: "np.where(np.isnan(x), 0, x), where x is not infinite",
        e.ldexp: "x * 2.0**n",
        e.modf_integral: "np.trunc(x)",
        e.modf_fraction: "x - np.trunc(x)",
        special.exp10: "np.exp(np.log(10) * x)",
        special.logit: "np.log(x / (1 - x))",
        special.entr: "-x * np.log(x), where x is not 0",
    }
)
"""What is nearly the same and has machine code, of operations that have none on any numbers."""

UNWRITTEN = "it has no machine code"
BEFORE_A_LOOP = "it before a loop, for all turns at once, if it is in one"


def reasons(schedule: Schedule) -> list[str]:
    """A line for each kind of step in NumPy: its name, why it is there, and what to write instead."""
    return list(dict.fromkeys(_lines(schedule)))


def _lines(schedule: Schedule, within: str = "") -> Iterator[str]:
    for stage in schedule.stages:
        if is_foreign(stage) and stage.node.primitive is not PICK:
            yield from _lines_of(stage.node, schedule, within)


def _lines_of(node: GraphNode, schedule: Schedule, within: str) -> Iterator[str]:
    """Those of a step; of a loop or a branch those of what keeps it in NumPy."""
    around = within or f", and with it {node.primitive.name}"
    if isinstance(node.primitive, NumPyStep):
        inner = [line for step in steps_within(node) for line in _lines_of(step, schedule, around)]
    elif facts_of(node.primitive).has_graphs:
        graphs = map(arranged, graphs_of(node, schedule.ranges))
        inner = [line for graph in graphs if graph.schedule for line in _lines(graph.schedule, around)]
    else:
        inner = []
    yield from inner or [_line(_step(node, schedule.operands.get(node, node.operands)), within)]


def _step(node: GraphNode, operands: Sequence[Any]) -> ForeignStep:
    primitive = node.primitive.of if isinstance(node.primitive, NumPyStep) else node.primitive
    arrays = [x for x in operands if isinstance(getattr(x, "form", None), Abstract) or isinstance(x, numpy.ndarray)]
    result = [form.dtype for form in node.result_forms[:1]]
    return ForeignStep(primitive, node, operands, [dtype.name for dtype in (*map(dtype_of, arrays), *result)])


def _line(step: ForeignStep, within: str) -> str:
    name = f"{step.primitive.name}{within}"
    if facts_of(step.primitive).has_graphs:
        return f"{name}: an array in it is empty, or of a dtype that machine code has not; write x.astype('float64')"
    for refusal in REFUSALS:
        if refused := refusal.refused(step):
            return f"{name}: {refusal.why.format(' and '.join(sorted(set(refused))))}; write {refusal.instead}"
    return f"{name}: {UNWRITTEN}; write {ADVICE.get(step.primitive, BEFORE_A_LOOP)}"
