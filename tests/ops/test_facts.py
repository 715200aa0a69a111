"""What is stated of primitives is true: of all that is evaluated by rows of facts, and at all kinds of numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.passes.squeezing import ELEMENTWISE
from wengert.control.subgraphs import holds_graph
from wengert.core.graph import Graph, GraphNode
from wengert.core.primitive import Primitive, by_primitive
from wengert.core.recording import PICK, UNFOLLOWED
from wengert.ops import elementwise as e, factors, join, shape as s
from wengert.ops.after import after
from wengert.ops.axes import reduce as r, scan
from wengert.ops.axes.finite import ARE_FINITE
from wengert.ops.axes.softmax import SOFTMAX_PULL, log_softmax, softmax
from wengert.ops.axes.sort import argsort, permute
from wengert.ops.axes.standardize import STANDARDIZED_PULL, standardized
from wengert.ops.broadcast import broadcast_to
from wengert.ops.contract import matmul, product_by_rows
from wengert.ops.facts import _ROWS, UNKNOWN, Facts, facts_of, state_facts
from wengert.ops.indexing import gather as g
from wengert.ops.matrices.sparse import Pattern, sampled, spread
from wengert.ops.threefry import random_words
from wengert.ops.windows import reduce as w
from wengert.ops.windows.correlate import correlate
from wengert.ops.windows.geometry import Axis
from wengert.ops.windows.unfold import fold, unfold

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -7.25, 1e-300, -1e300, 5e-324, 710.0, -745.0, numpy.pi, 1e16]
NOT_FINITE = [numpy.inf, -numpy.inf, numpy.nan]
KINDS = [
    numpy.array([*FLOATS, *NOT_FINITE]),
    numpy.array([0.0, -0.0, 1.0, -3.5, 1e-45, -3e38, numpy.inf, numpy.nan], "float32"),
    numpy.array([0, 1, -1, 5, -(2**63), 2**63 - 1]),
    numpy.array([False, True]),
]


def stated(fact: Callable[[Facts], bool]) -> list[Any]:
    """The primitives of which a fact is stated, in the same order in every process."""
    return [pytest.param(p, id=p.name) for p in sorted(_ROWS, key=lambda p: p.name) if fact(_ROWS[p])]


def evaluated(primitive: Primitive, *operands: Any) -> Any:
    with numpy.errstate(all="ignore"):
        return primitive.evaluate(*operands)


def grid(numbers: Any, count: int) -> list[Any]:
    """All tuples of numbers, as arrays of the operands."""
    return [
        numpy.array(column, numbers.dtype) for column in zip(*itertools.product(numbers, repeat=count), strict=True)
    ]


@pytest.mark.parametrize("primitive", stated(lambda facts: facts.is_pointwise))
@pytest.mark.parametrize("numbers", KINDS[:2], ids=["double", "single"])
def test_a_function_is_evaluated_element_by_element_anywhere(primitive: Primitive, numbers: Any) -> None:
    operands = grid(numbers, len(primitive.operands))
    whole = evaluated(primitive, *operands)
    for number in range(0, len(operands[0]), 7):
        alone = evaluated(primitive, *(o[number] for o in operands))
        assert numpy.allclose(alone, whole[number], rtol=1e-6, equal_nan=True)


def is_elementwise(primitive: Primitive) -> bool:
    return isinstance(primitive.shape, factors.ElementwiseShape)


def reduced(operation: Any) -> Callable[[Any], Any]:
    return lambda x: operation(x, axis=(0,), keepdims=False)


def _diagonal(size: int) -> Pattern:
    return Pattern((size, size), numpy.arange(size), numpy.arange(size + 1))


OTHERS: dict[Primitive, Callable[[Any], Any]] = by_primitive(
    {
        **{operation: reduced(operation) for operation in (r.sum, r.prod, r.max, r.min, r.any, r.all)},
        **{operation: reduced(operation) for operation in (r.argmax, r.argmin)},
        **{f: lambda x, f=f: f(x + 0.0, axis=(0,)) for f in (softmax, log_softmax)},  # inexact numbers
        scan.cumsum: lambda x: scan.cumsum(x, axis=0, reverse=False),
        scan.cumprod: lambda x: scan.cumprod(x, axis=0, reverse=False),
        matmul: lambda x: matmul(x, x),
        product_by_rows: lambda x: product_by_rows(x[None], x[None]),
        spread: lambda x: spread(x, x, pattern=_diagonal(x.size)),
        sampled: lambda x: sampled(x, x, pattern=_diagonal(x.size)),
        ARE_FINITE: ARE_FINITE.evaluate,
        s.reshape: lambda x: s.reshape(x, shape=(1, x.size)),
        s.transpose: lambda x: s.transpose(x, axes=(0,)),
        broadcast_to: lambda x: broadcast_to(x, shape=(2, x.size)),
        **{cast: lambda x: [e.astype(x, dtype=d) for d in ("int32", "float32", "bool")] for cast in e.CASTS},
        join.concatenate: lambda x: join.concatenate(x, x, axis=0),
        join.split: lambda x: join.split(x, axis=0, sizes=(1, x.size - 1)),
        join.stack: lambda x: join.stack(x, x, axis=0),
        join.unstack: lambda x: join.unstack(x, axis=0),
        g.block: lambda x: g.block(x, index=(slice(1, None),)),
        g.unslice: lambda x: g.unslice(x, index=(slice(1, None),), shape=(x.size + 1,)),
        g.slice_set: lambda x: g.slice_set(x, x[:1], index=(slice(1),)),
        permute: lambda x: permute(x, argsort(x, axis=0, descending=False), axis=0),
        correlate: lambda x: correlate(x[None, None, None], x[None, None, None, :3], axes=(Axis(low=1),)),
        unfold: lambda x: unfold(x, size=(2,), axes=(Axis(),)),
        fold: lambda x: fold(x[:, None], lengths=(x.size,), size=(1,), axes=(Axis(),)),
        **{f: lambda x, f=f: f(x, size=(2,), axes=(Axis(),)) for f in (w.window_sum, w.window_max, w.window_min)},
        **{f: lambda x, f=f: f(x, x, x, size=(1,), axes=(Axis(),)) for f in (w.tied_mean, w.tied_shares)},
        random_words: lambda x: random_words(
            numpy.resize(x, 2).astype(numpy.uint32), 0, shape=(x.size,), dtype=numpy.dtype(numpy.uint32)
        ),
        PICK: lambda x: PICK.evaluate((x, x), index=1, count=2),
        UNFOLLOWED: UNFOLLOWED.evaluate,
        after: lambda x: after(x, x),
        standardized: lambda x: standardized(x + 0.0, axis=(0,), number=1e-5),
        STANDARDIZED_PULL: lambda x: STANDARDIZED_PULL.evaluate(x + 0.0, x + 0.0, axis=(0,), number=1e-5),
        SOFTMAX_PULL: lambda x: SOFTMAX_PULL.evaluate(x + 0.0, x + 0.0, axis=(0,)),
    }
)
"""What is not elementwise, or takes parameters, as an operation on a row of numbers."""


@pytest.mark.part(2)
@pytest.mark.parametrize("primitive", stated(lambda facts: facts.never_raises and not facts.has_graphs))
@pytest.mark.parametrize("numbers", KINDS, ids=["double", "single", "integer", "bool"])
def test_what_never_raises_does_so_at_no_number(primitive: Primitive, numbers: Any) -> None:
    if primitive is e.power.primitive and e.power_raises(numbers.dtype):
        return
    if not is_elementwise(primitive):
        with numpy.errstate(all="ignore"):
            OTHERS[primitive](numbers)
        return
    count = len(primitive.operands)
    try:
        evaluated(primitive, *[numbers[:0]] * count)
    except TypeError:
        return  # it refuses this dtype, whatever the values are
    evaluated(primitive, *grid(numbers, count))


@pytest.mark.parametrize("primitive", stated(lambda facts: facts.is_finite_of_finite))
def test_finite_of_finite(primitive: Primitive) -> None:
    assert numpy.isfinite(evaluated(primitive, numpy.array(FLOATS))).all()


@pytest.mark.parametrize("primitive", stated(lambda facts: facts.is_zero_of_zero))
def test_zero_of_zero(primitive: Primitive) -> None:
    turns = numpy.pi * numpy.arange(-1000, 1001)
    x = numpy.array([*FLOATS, *turns, *numpy.nextafter(turns, 9e9), *NOT_FINITE])
    assert numpy.all((evaluated(primitive, x) != 0) | (x == 0))


@pytest.mark.parametrize("primitive", stated(lambda facts: facts.is_never_zero))
def test_never_zero(primitive: Primitive) -> None:
    turns = numpy.pi * (numpy.arange(-1000, 1001) + 0.5)
    assert numpy.all(evaluated(primitive, numpy.array([*FLOATS, *turns, *NOT_FINITE])) != 0)


GUARDED_PAIRS = grid(numpy.array([0.0, -0.0, 2.0, numpy.inf, numpy.nan]), 2)


@pytest.mark.parametrize("primitive", sorted(factors.GUARDED_PRODUCTS, key=str), ids=str)
def test_a_guarded_product_is_zero_where_zero_meets_what_is_not_finite(primitive: Primitive) -> None:
    x, by = GUARDED_PAIRS
    hidden = ((x == 0) & ~numpy.isfinite(by)) | ((by == 0) & ~numpy.isfinite(x))
    with numpy.errstate(invalid="ignore"):
        assert numpy.array_equal(evaluated(primitive, x, by), numpy.where(hidden, 0, x * by), equal_nan=True)


@pytest.mark.parametrize("primitive", stated(lambda facts: facts.is_guard))
def test_a_guard_keeps_its_operand_or_makes_it_zero(primitive: Primitive) -> None:
    x, by = GUARDED_PAIRS
    hidden = ((x == 0) & ~numpy.isfinite(by)) | ((by == 0) & ~numpy.isfinite(x))
    assert numpy.array_equal(evaluated(primitive, x, by), numpy.where(hidden, 0, x), equal_nan=True)


@pytest.mark.parametrize("primitive", stated(lambda facts: facts.is_reduction))
def test_a_reduction_combines_two_by_two(primitive: Primitive) -> None:
    x = numpy.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]])
    reduced = lambda a, axis: primitive.evaluate(a, axis=axis, keepdims=False)
    assert reduced(x, (0, 1)) == reduced(reduced(x, (0,)), (0,)) == reduced(reduced(x, (1,)), (0,))


# -- loops and branches ----------------------------------------------------------------------------


def turning(x: Any) -> Any:
    x = wg.fori_loop(0, 3, lambda i, x: np.sin(x) * x, x)
    x = wg.while_loop(lambda x: np.sum(x) < 4, lambda x: x * 1.5 + 0.1, x)
    return np.sum(wg.cond(np.sum(x) > 2, np.exp, np.cos, x))


def nodes_of(graph: Graph) -> list[GraphNode]:
    inner = [g for node in graph.nodes for g in node.params.values() if isinstance(g, Graph)]
    return [*graph.nodes, *(node for g in inner for node in nodes_of(g))]


@pytest.mark.parametrize("f", [turning, wg.grad(turning), lambda x: wg.jvp(wg.grad(turning), (x,), (x,))[1]])
def test_what_runs_graphs_is_stated(f: Callable[[Any], Any]) -> None:
    nodes = nodes_of(wg.jit(f).lower(numpy.array([0.3, 0.7])).graph)
    assert any(holds_graph(node) for node in nodes)
    for node in nodes:
        assert facts_of(node.primitive).has_graphs == holds_graph(node), node.primitive


# -- the rows --------------------------------------------------------------------------------------


def test_nothing_is_known_of_a_primitive_of_the_user() -> None:
    assert facts_of(Primitive("mine", lambda x: x, ("x",), lambda x: x)) is UNKNOWN == Facts()


def test_each_primitive_has_one_row() -> None:
    with pytest.raises(AssertionError, match="stated twice"):
        state_facts(UNKNOWN, e.exp)


def test_facts_are_stated_of_every_elementwise_operation_that_loops_may_move() -> None:
    assert len(ELEMENTWISE) > 100
    assert not [primitive for primitive in ELEMENTWISE if not facts_of(primitive).never_raises]


def test_facts_that_follow_from_others_hold() -> None:
    for primitive, facts in _ROWS.items():
        assert facts != UNKNOWN, primitive
        assert facts.never_raises or not (facts.is_pointwise or facts.is_cheap or facts.is_reduction), primitive
        assert isinstance(primitive.shape, factors.ElementwiseShape) or not facts.is_pointwise, primitive
    assert facts_of(PICK) == Facts(never_raises=True)
