"""What the nodes of a graph read and give, its parts, and its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.passes import after_each_pass
from wengert.compile.record.trace import record_graph
from wengert.core.abstract import Abstract
from wengert.core.graph import Graph, GraphNode, cut, subgraphs
from wengert.core.recording import ALIAS, READ, weak_form

FORM = Abstract((3, 3), numpy.dtype(float))
HELD = numpy.arange(9.0).reshape(3, 3)


def left_out(x: Any) -> Any:
    with wg.no_grad():
        scale = np.max(x)
    return x / scale


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "a gradient": wg.grad(lambda x: np.sum(np.tanh(x) ** 2)),
    "a gradient of a gradient": wg.grad(lambda x: np.sum(wg.grad(lambda y: np.sum(np.sin(y) * x))(x))),
    "a loop": lambda x: wg.fori_loop(0, 3, lambda i, c: np.sin(c) @ HELD + i, x),
    "a gradient of a loop": wg.grad(lambda x: np.sum(wg.fori_loop(0, 3, lambda i, c: np.sin(c) * x, x))),
    "a gradient of an open loop": wg.grad(
        lambda x: np.sum(wg.while_loop(lambda c: np.sum(c) < 90, lambda c: c * 1.5 + 1, x, memory=2))
    ),
    "a branch": lambda x: wg.cond(np.sum(x) > 0, np.sin, lambda y: y * HELD, x),
    "a batch": wg.vmap(lambda row: np.sort(row) * np.sum(row)),
    "many results": lambda x: np.concatenate(np.split(x, 3)[::-1]),
    "what is left out": left_out,
    "a constant": lambda x: HELD,
    "its input": lambda x: x,
}


def every_graph(graph: Graph) -> Iterator[Graph]:
    yield graph
    for node in graph.nodes:
        for inner in subgraphs(node).values():
            yield from every_graph(inner)


@pytest.mark.parametrize("name", PROGRAMS)
def test_operands_are_nodes_of_the_graph_or_constants(name: str) -> None:
    recorded = record_graph(lambda x: [PROGRAMS[name](x)], [FORM])
    for whole in after_each_pass(recorded).values():
        for graph in every_graph(whole):
            known = set(graph.inputs)
            for node in graph.nodes:
                assert node.primitive not in (ALIAS, READ)
                assert all(o in known if isinstance(o, GraphNode) else type(o) is not Abstract for o in node.operands)
                known.add(node)
            assert all(o in known for o in graph.outputs if isinstance(o, GraphNode))


@pytest.mark.parametrize("name", PROGRAMS)
def test_forms_are_those_of_the_shape_rules(name: str) -> None:
    for graph in every_graph(record_graph(lambda x: [PROGRAMS[name](x)], [FORM])):
        for node in graph.nodes:
            given = [o.form if isinstance(o, GraphNode) else weak_form(o) for o in node.operands]
            assert node.primitive.shape(*given, **node.params) == node.form
            assert len(node.operand_forms) == len(node.operands)


def test_a_part_reads_new_inputs_for_what_was_made() -> None:
    graph = record_graph(lambda x: [np.exp(np.sin(x)) + x], [FORM])
    sine, exponential, total = graph.nodes
    part = cut([sine, *graph.inputs], [exponential, total], [total])
    assert [node.operands for node in part.inputs] == [(), ()]
    assert part.nodes[0].operands == (part.inputs[0],)
    assert part.nodes[1].operands == (part.nodes[0], part.inputs[1])
    assert exponential.operands == (sine,)


def test_graphs_within_operations_are_indented() -> None:
    f = wg.jit(lambda x: wg.fori_loop(0, 3, lambda i, c: wg.cond(np.sum(c) > 0, np.sin, lambda d: d * x, c), x))
    lines = [line.split("  #")[0].rstrip() for line in str(f.lower(numpy.ones(3))).splitlines()]
    assert lines == [
        "program(a: float64[3]):",
        "    b = scan(a, a, captured=1, carried=1, length=3, reverse=False, memory=None)",
        "        body(a: float64[3], b: float64[3]):",
        "            c = sum(b, axis=(0,), keepdims=False)",
        "            d = greater(c, 0)",
        "            e = astype(d, dtype=int64)",
        "            f = cond(e, b, a)",
        "                branches[0](a: float64[3], b: float64[3]):",
        "                    c = multiply(a, b)",
        "                    return c",
        "                branches[1](a: float64[3], b: float64[3]):",
        "                    c = sin(a)",
        "                    return c",
        "            g = pick(f, index=0, count=1)",
        "            return g",
        "    c = pick(b, index=0, count=1)",
        "    return c",
    ]
