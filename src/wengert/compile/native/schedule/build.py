"""From a graph to stages: groups that become one loop nest each, matrix products, and steps in NumPy.

An elementwise operation joins the first group of its shape in which all its operands are at hand: made in the same
group at the same index, or stored by an earlier stage. A reduction joins the group of the shape that it
reduces, so that what it reduces need not be stored. Only values used beyond their group get memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ....core.abstract import Abstract
from ....core.graph import Graph, GraphNode
from ....core.primitive import Primitive, by_primitive, primitives
from ....core.recording import PICK
from ....ops import shape as s
from ....ops.after import AFTER
from ....ops.axes import scan
from ....ops.contract import matmul
from ....ops.facts import facts_of
from ....ops.indexing import gather as g
from ....ops.threefry import random_words
from ...passes.lifting import with_constants_as_inputs
from ...passes.rewriting import apply
from ..facts.failures import CHECKS
from ..facts.fourier import FOURIER
from ..facts.lagged import LAGGED
from ..facts.lapack_routines import ROUTINES
from ..facts.lowered import COPY, NATIVE_DTYPES, STORED_DTYPES, dtype_of, is_lowered
from ..facts.minimal import MINIMAL, minimal_planes
from ..facts.ordering import orders
from ..facts.parts import ASSEMBLED, AssembledPart
from ..facts.registers import fits_registers, lives_in_registers, stands_alone
from ..facts.sparse_rows import SPARSE_ROWS
from ..facts.views import (
    StridedView,
    dense,
    is_view,
    moved,
    ordered,
)
from .companions import side_by_side
from .early import with_early_operations
from .indexed import (
    SCATTERED,
    Indexed,
    index_check,
    indices_of,
    needs_check,
)
from .inner_graphs import InnerGraph, graphs_of
from .integer_ranges import IntegerRange, Ranges
from .late import is_widening, late_operations
from .long_groups import split_long_groups
from .stages import (
    Control,
    Factorization,
    FlagCheck,
    Group,
    Inner,
    Scan,
    Schedule,
    SingleOperation,
    Stage,
    nodes_of,
    shape_of,
)

SCANS = primitives(scan.cumsum, scan.cumprod, scan.recur)
"""Each element is made of the one before it."""


def native_control(node: GraphNode, ranges: Ranges) -> Control | None:
    """The stage of a loop or a branch; ``None`` if it holds operations that have no native form."""
    if lives_in_registers(node):
        return Control(node)
    inner = [arranged(given) for given in graphs_of(node, ranges)]
    return Control(node, inner) if all(i.is_native for i in inner) else None


def arranged(given: InnerGraph) -> Inner:
    """A graph within a loop or a branch, as it is done."""
    graph, pairs, known = given
    if fits_registers([graph]):
        return Inner(graph, pairs)
    lifted, arrays = with_constants_as_inputs(graph)
    builder = ScheduleBuilder(lifted, {graph.inputs[i]: found for i, found in known.items()})
    split_long_groups(builder)
    turned = [(builder.outputs[output], graph.inputs[given]) for output, given in pairs]
    builder.donate((output, given) for output, given in turned if isinstance(output, GraphNode))
    return Inner(graph, pairs, builder.finished(), dict(zip(lifted.inputs[len(graph.inputs) :], arrays, strict=True)))


class GrowingGroup(Group):
    """A group that further operations may join."""

    nodes: list[GraphNode]


class ScheduleBuilder(Schedule):
    """A schedule that is being built: operations are placed, and then moved, put in rows and given memory.

    Attributes:
        final: the nodes that are outputs.
        bounds: for an index the numbers and lengths of the axes that it is used for.
        checked: for an index, the number and length of an axis: the first stage that may use it.
        not_before: for a view of a value that waits for an event the first stage that may use it.
        late: conversions for products, which are done right before these.
        waiting: other conversions, until the operations are placed that they are for.
        orders: the axes from slowest to fastest, of values that are made of values in another order than their own.
    """

    def __init__(self, graph: Graph, known: Mapping[GraphNode, IntegerRange] = MappingProxyType({})) -> None:
        self.graph = graph
        self.final: frozenset[GraphNode] = frozenset(o for o in graph.outputs if isinstance(o, GraphNode))
        self.stages: list[Stage] = []
        self.stage_of: dict[GraphNode, int] = {}
        self.part_of: dict[GraphNode, int] = {}
        self.views: dict[GraphNode, StridedView] = {node: dense(node, shape_of(node)) for node in graph.inputs}
        self.operands: dict[GraphNode, list[Any]] = {}
        self.stored: dict[GraphNode, None] = {}
        self.donated: dict[GraphNode, GraphNode] = {}
        self.placed: dict[GraphNode, StridedView] = {}
        self.begin: dict[GraphNode, int] = {}
        self.indexed: dict[GraphNode, Indexed] = {}
        self.ranges: Ranges = Ranges(known)
        self.checked: dict[tuple[GraphNode, int, int], int] = {}
        self.results: dict[GraphNode, dict[int, GraphNode]] = {}
        self.orders: dict[GraphNode, tuple[int, ...]] = {}
        self.scratch: dict[GraphNode, int] = {}
        self.not_before: dict[GraphNode, int] = {}
        self.late: dict[GraphNode, list[GraphNode]] = late_operations(graph.nodes, graph.outputs)
        self.waiting: set[GraphNode] = set()
        self.bounds: dict[Any, list[tuple[int, int]]] = self._bounds(graph.nodes)
        for given in graph.inputs:
            self._check_bounds(given)
        for node in with_early_operations(graph, side_by_side(graph)):
            self._place(node, list(node.operands))
            self._check_bounds(node)
        self.outputs: list[Any] = [self._as_stored(o) if isinstance(o, GraphNode) else o for o in graph.outputs]

    # -- placing -----------------------------------------------------------------------------------

    def _place(self, node: GraphNode, operands: list[Any]) -> None:
        primitive = node.primitive
        self.operands[node] = operands
        self.ranges.note(node, operands)
        for operand in [o for o in operands if isinstance(o, GraphNode) and o in self.waiting]:
            self._place_waiting(operand, node, operands)
        if self._can_wait(node):
            self.waiting.add(node)
        elif is_view(node):
            self._place_view(node, operands[0])
            self._note_event(node, operands)
        elif primitive in CHECKS:
            self._check(node, operands)
        elif facts_of(primitive).has_graphs and (control := native_control(node, self.ranges)):
            self._called(control, operands)
        elif primitive in ROUTINES or primitive is FOURIER or orders(node) or stands_alone(node, operands):
            self._called(Factorization(node), operands)
        elif primitive is PICK and operands[0] in self.results:
            self._pick(node, operands[0])
        elif (
            primitive in ASSEMBLED
            and (parts := ASSEMBLED[primitive](node, operands))
            and dtype_of(node).name in NATIVE_DTYPES
        ):
            self._assemble(node, parts)
        elif primitive in INDEXED and self._is_indexed(node, operands):
            INDEXED[primitive](self, node, operands)
        elif primitive in SCANS and all(
            isinstance(v, GraphNode) and dtype_of(v).name in NATIVE_DTYPES for v in (*operands, node)
        ):
            self._scan(node, operands)
        elif facts_of(primitive).is_reduction and _is_native([*operands, node]):
            self._join(node, shape_of(operands[0]), node.params["axis"])
        elif primitive is random_words.primitive and isinstance(operands[0], GraphNode):
            self._random_words(node, *operands)
        elif _is_elementwise(node, operands):
            self._join(node, shape_of(node), None, len(self.stages) - 1 if node in self.late else 0)
            self._note_order(node, operands)
        else:
            self._step(node, operands)

    def _can_wait(self, node: GraphNode) -> bool:
        """Whether it is a conversion for one operation, with which it will be done."""
        return is_widening(node) and node not in self.late and node not in self.final

    def _place_waiting(self, conversion: GraphNode, user: GraphNode, operands: list[Any]) -> None:
        """Let a conversion be in the loop nest of the operation that it is for."""
        self.waiting.discard(conversion)
        others = [o for o in operands if isinstance(o, GraphNode) and o not in self.waiting and o is not conversion]
        is_looped = _is_elementwise(user, operands) or facts_of(user.primitive).is_reduction
        domain = shape_of(conversion)
        before = max((self._ready(o, domain) for o in others), default=0) if is_looped else len(self.stages) - 1
        self._join(conversion, domain, None, before)
        self._note_order(conversion, self.operands[conversion])

    def _note_order(self, node: GraphNode, operands: list[Any]) -> None:
        """A value that is made of values in one other order (transposed, say) is stored in that order."""
        if node in self.final:
            return
        alike = [o for o in operands if isinstance(o, GraphNode) and shape_of(o) == shape_of(node)]
        orders = {self.views[o].order if o in self.views else self.orders.get(o) for o in alike}
        if len(orders) == 1 and (order := orders.pop()) is not None:
            self.orders[node] = order

    def _place_view(self, node: GraphNode, operand: Any) -> None:
        view = moved(node.primitive, self.stored_view(operand), node.params)
        if view is None:
            copy = self._copy(operand)
            view = moved(node.primitive, dense(copy, shape_of(operand)), node.params)
        assert view is not None
        self.views[node] = view

    def _note_event(self, node: GraphNode, operands: list[Any]) -> None:
        """What is made of a value that waits for an event waits for it, too."""
        stages = [self.not_before.get(operands[0], 0)]
        if node.primitive is AFTER and isinstance(operands[1], GraphNode):
            stages.append(self._ready(operands[1], ()))
        self.not_before[node] = max(stages)

    def _assemble(self, node: GraphNode, parts: Sequence[AssembledPart]) -> None:
        """Give a value memory, and write its parts into it, one after the other."""
        earliest, begin = 0, None
        for part in parts:
            if 0 in part.view.shape:
                continue
            form = Abstract(part.view.shape, dtype_of(node))
            copy = GraphNode(COPY, [part.value], {}, form)
            self.operands[copy] = [part.value]
            self.placed[copy] = part.view
            self._join(copy, form.shape, None, earliest)
            index = self.stage_of[copy]
            begin = index if begin is None else min(begin, index)
            self.stage_of[node] = max(self.stage_of.get(node, 0), index)
            earliest = index + 1 if part.is_ground else earliest
        self.begin[node] = begin or 0
        self.stored[node] = None
        self.views[node] = dense(node, shape_of(node))

    def stored_view(self, operand: GraphNode) -> StridedView:
        """The view of an operand, whose values must be in memory for it."""
        if operand not in self.views:
            self.stored[operand] = None
            self.views[operand] = ordered(operand, shape_of(operand), self.orders.get(operand))
        return self.views[operand]

    def _need(self, operand: GraphNode) -> None:
        """Let an operand be in memory (a tuple of results stays with Python)."""
        if isinstance(operand.form, Abstract):
            self.stored_view(operand)

    def _copy(self, operand: GraphNode) -> GraphNode:
        """A stored copy of a value, its elements in order."""
        copy = GraphNode(COPY, [operand], {}, operand.form)
        self.operands[copy] = [operand]
        if dtype_of(operand).name in STORED_DTYPES:
            self._join(copy, shape_of(operand), None)
        else:
            self._step(copy, [operand])
        self.stored[copy] = None
        self.views[copy] = dense(copy, shape_of(copy))
        return copy

    def _join(
        self, node: GraphNode, domain: tuple[int, ...], axes: tuple[int, ...] | None, not_before: int = 0
    ) -> None:
        operands = self.operands[node]
        earliest = max((self._ready(o, domain) for o in operands if isinstance(o, GraphNode)), default=0)
        earliest = max(earliest, not_before)
        for index in range(earliest, len(self.stages)):
            stage = self.stages[index]
            if isinstance(stage, GrowingGroup) and stage.admits(domain, axes):
                break
        else:
            index = len(self.stages)
            stage = GrowingGroup(domain, [])
            self.stages.append(stage)
        stage.nodes.append(node)
        stage.axes = stage.axes if axes is None else axes
        self.stage_of[node] = index
        for operand in operands:
            if isinstance(operand, GraphNode) and not self.is_local(operand, node):
                self.stored_view(operand)

    def _ready(self, operand: GraphNode, domain: tuple[int, ...]) -> int:
        """The first stage that can use an operand."""
        if operand in self.views:
            base = self.views[operand].base
            if base is not operand or base not in self.stage_of:
                return max(self.stage_of.get(base, -1) + 1, self.not_before.get(operand, 0))
        index = self.stage_of[operand]
        stage = self.stages[index]
        same = isinstance(stage, Group) and stage.domain == domain and self.is_made_by_index(operand)
        return index if same else index + 1

    def _step(self, node: GraphNode, operands: list[Any]) -> None:
        for operand in operands:
            if isinstance(operand, GraphNode):
                self._need(operand)
        if laid_out := _LAID_OUT.get(node.primitive):
            self.operands[node] = [laid_out(self, o) for o in operands]
        is_product = laid_out is not None or _is_product(node, operands)
        self.stage_of[node] = len(self.stages)
        self.stages.append(SingleOperation(node, is_product))
        self._need(node)

    def _check(self, node: GraphNode, operands: list[Any]) -> None:
        for operand in operands:
            if isinstance(operand, GraphNode):
                self._need(operand)
        self.views[node] = self.views[operands[0]]
        self.stage_of[node] = len(self.stages)
        self.stages.append(FlagCheck(node))

    def _called(self, stage: Control | Factorization, operands: list[Any]) -> None:
        """What reads arrays in order, and writes its results where those who pick them look."""
        node = stage.node
        self.operands[node] = [self._in_order(o) if isinstance(o, GraphNode) else o for o in operands]
        self.stage_of[node] = len(self.stages)
        self.stages.append(stage)
        self.results[node] = {}
        if isinstance(node.form, Abstract):
            self.results[node][0] = node
            self.stored_view(node)

    def _in_order(self, operand: GraphNode) -> GraphNode:
        return operand if self.stored_view(operand).is_dense else self._copy(operand)

    def _in_lines(self, operand: GraphNode) -> GraphNode:
        """A value whose last axis is in order, or a copy."""
        return operand if self.stored_view(operand).strides[-1] == 1 else self._copy(operand)

    def _pick(self, node: GraphNode, control: GraphNode) -> None:
        first = self.results[control].setdefault(node.params["index"], node)
        self.stage_of[node] = self.stage_of[control]
        if first is node:
            self.stored_view(node)
        else:
            self.views[node] = self.views[first]

    def _scan(self, node: GraphNode, operands: list[Any]) -> None:
        self.operands[node] = [self._in_order(o) for o in operands]
        self.stage_of[node] = len(self.stages)
        self.stages.append(Scan(node))
        self.stored_view(node)

    def _as_stored(self, output: GraphNode) -> GraphNode:
        """The stored node (or input) that an output is, elements in order."""
        view = self.stored_view(output)
        return view.base if view.base is output else self._copy(output)

    def _random_words(self, node: GraphNode, key: GraphNode, start: Any) -> None:
        """Read each word of the key, and the start, as they broadcast to the counters."""
        rank = len(node.params["shape"])
        self.operands[node] = [self._leading(o, rank) for o in (self._word(key, 0), self._word(key, 1), start)]
        self._join(node, shape_of(node), None)

    def _word(self, key: GraphNode, number: int) -> GraphNode:
        word = apply(g.block.primitive, [key], {"index": (..., number)})
        self._place(word, [key])
        return word

    # -- gathers and scatters ----------------------------------------------------------------------

    def _bounds(self, nodes: Sequence[GraphNode]) -> dict[Any, list[tuple[int, int]]]:
        bounds: dict[Any, list[tuple[int, int]]] = {}
        for node in nodes:
            if node.primitive in INDEXED and self._is_indexed(node, list(node.operands)):
                for index, axis, length in indices_of(node, node.operands):
                    if isinstance(index, GraphNode):
                        bounds.setdefault(index, []).append((axis, length))
        return bounds

    def _check_bounds(self, index: GraphNode) -> None:
        """Check an index as soon as it is known: until then no state can be written over."""
        for axis, length in self.bounds.get(index, ()):
            self._in_bounds(index, axis, length)

    def _is_indexed(self, node: GraphNode, operands: list[Any]) -> bool:
        """Whether a gather, a scatter or a merged index can be done in a loop nest."""
        uses = indices_of(node, operands)
        values = operands[: len(operands) - len(uses)]
        return (
            all(dtype_of(index).name in ("int64", "int32") for index, _, _ in uses)
            and all(isinstance(index, GraphNode) or not needs_check(self.ranges.of(index), n) for index, _, n in uses)
            and all(dtype_of(v).name in NATIVE_DTYPES for v in (node, *values))
            and (node.primitive is not g.gather.primitive or isinstance(values[0], GraphNode))
            and (node.primitive is not g.scatter_add.primitive or dtype_of(node).kind != "b")
        )

    def _gather(self, node: GraphNode, operands: list[Any]) -> None:
        x, index = operands
        axis, view = node.params["axis"], self.stored_view(x)
        after = max(self._when_checked(node, operands), self.stage_of.get(view.base, -1) + 1)
        self.indexed[node] = Indexed.along(view, axis, shape_of(index), self.ranges.of(index))
        self.operands[node] = [x, self._leading(index, len(view.shape) - axis - 1)]
        self._join(node, shape_of(node), None, after)

    def _ravel(self, node: GraphNode, operands: list[Any]) -> None:
        self._join(node, shape_of(node), None, self._when_checked(node, operands))

    def _scatter(self, node: GraphNode, operands: list[Any]) -> None:
        """Zeros, or another value, and then what is added or written, one after the other."""
        *ground, v, index = operands
        axis, whole = node.params["axis"], dense(node, shape_of(node))
        self._when_checked(node, operands)
        self._assemble(node, [AssembledPart(ground[0] if ground else dtype_of(node).type(0), whole, is_ground=True)])
        write = GraphNode(SCATTERED, [v, index], {}, Abstract(shape_of(v), dtype_of(node)))
        self.operands[write] = [v, self._leading(index, len(whole.shape) - axis - 1)]
        self.indexed[write] = Indexed.along(whole, axis, shape_of(index), self.ranges.of(index), adds=not ground)
        self.placed[write] = self.indexed[write].view
        for operand in self.operands[write]:
            if isinstance(operand, GraphNode):
                self.stored_view(operand)
        self.stage_of[write] = self.stage_of[node] = len(self.stages)
        self.stages.append(Group(shape_of(v), [write], is_serial=True))

    def _leading(self, index: Any, count: int) -> Any:
        """An index with further axes of length 1 at the end, so that it broadcasts along what it leads to."""
        if count == 0 or not isinstance(index, GraphNode):
            return index
        reshaped = apply(s.reshape.primitive, [index], {"shape": (*shape_of(index), *(1,) * count)})
        self._place(reshaped, [index])
        return reshaped

    def _when_checked(self, node: GraphNode, operands: list[Any]) -> int:
        """Let the indices be checked that an operation reads; the first stage that may read them."""
        return max(self._in_bounds(*use) for use in indices_of(node, operands))

    def _in_bounds(self, index: Any, axis: int, length: int) -> int:
        if not needs_check(self.ranges.of(index), length):
            return 0
        key = index, axis, length
        if key not in self.checked:
            for node, operands in index_check(index, axis, length):
                self._place(node, operands)
            self.checked[key] = len(self.stages)
        return self.checked[key]

    def finished(self) -> Schedule:
        """The schedule, which nothing changes any more."""
        return Schedule(self)

    # -- donating ----------------------------------------------------------------------------------

    def donate(self, pairs: Iterable[tuple[GraphNode, GraphNode]]) -> None:
        """Let outputs take the memory of inputs that nobody needs any more, where that is possible."""
        for output, given in pairs:
            if output not in self.donated and given not in self.donated.values() and self._can_take(output, given):
                self.donated[output] = given

    def _can_take(self, output: GraphNode, given: GraphNode) -> bool:
        """Whether an output may be written over an input.

        It is if nothing can fail any more, and each element is read for the last time where the same element of the
        output is written.
        """
        index = self.stage_of.get(output)
        if index is None or not isinstance(self.stages[index], Group) or facts_of(output.primitive).is_reduction:
            return False
        first = self.begin.get(output, index)
        if not self.is_settled(output):
            return False
        if (
            shape_of(output) != shape_of(given)
            or dtype_of(output) != dtype_of(given)
            or any(o is given for o in self.outputs)
        ):
            return False
        return all(
            user_stage < first or (user_stage == first and view == dense(given, shape_of(output)))
            for user_stage, view in self._uses(given)
        )

    def _uses(self, base: GraphNode) -> Iterator[tuple[int, StridedView]]:
        """The stages that read a value, and the view by which they do."""
        for index, stage in self.every_part():
            for node in nodes_of(stage):
                for operand in self.operands[node]:
                    if isinstance(operand, GraphNode) and operand in self.views and self.views[operand].base is base:
                        yield index, self.view_by(node, operand, stage)


INDEXED: dict[Primitive, Callable[[ScheduleBuilder, GraphNode, list[Any]], None]] = by_primitive(
    {
        g.gather: ScheduleBuilder._gather,
        g.ravel_index: ScheduleBuilder._ravel,
        g.scatter_add: ScheduleBuilder._scatter,
        g.scatter_set: ScheduleBuilder._scatter,
    }
)
"""Operations with an index that is a value."""


_LAID_OUT: dict[Primitive, Callable[[ScheduleBuilder, GraphNode], GraphNode]] = {
    **dict.fromkeys(LAGGED | MINIMAL, ScheduleBuilder._in_lines),
    **dict.fromkeys([minimal_planes.primitive, *SPARSE_ROWS], ScheduleBuilder._in_order),
}
"""How operands have to lie in memory, of products that are no matrix products."""


def _is_native(values: Sequence[Any]) -> bool:
    return all(isinstance(v.form, Abstract) if isinstance(v, GraphNode) else True for v in values) and all(
        dtype_of(v).name in NATIVE_DTYPES and dtype_of(v).kind != "b" for v in values
    )


def _is_elementwise(node: GraphNode, operands: list[Any]) -> bool:
    if not isinstance(node.form, Abstract):
        return False
    if any(isinstance(o, GraphNode) and not isinstance(o.form, Abstract) for o in operands):
        return False
    return is_lowered(node.primitive, [dtype_of(o) for o in operands], dtype_of(node))


def _is_product(node: GraphNode, operands: list[Any]) -> bool:
    """Whether a matmul is done in machine code: arrays of one floating dtype, none of them empty."""
    return (
        node.primitive is matmul.primitive
        and all(isinstance(o, GraphNode) and isinstance(o.form, Abstract) for o in operands)
        and len({dtype_of(v) for v in (*operands, node)}) == 1
        and dtype_of(node).name in ("float32", "float64")
    )
