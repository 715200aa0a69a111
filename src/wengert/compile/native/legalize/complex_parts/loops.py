"""Loops and branches that carry complex numbers: each is two that they carry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .....control.cond_primitive import COND
from .....control.loop_primitives import PULLBACK, SCAN, WHILE
from .....core.abstract import Abstract
from .....core.graph import Graph, GraphNode, form_of_operand, subgraphs
from .....core.primitive import Primitive
from ....passes.rewriting import pick_of
from .number import COMPLEX_DTYPES, Complex
from .operands import in_dtype, parts_of
from .steps import NumPyStep

Splitting = Callable[[Graph], Graph]
"""A graph in which each complex input and output is two."""


def _widths(values: Sequence[Any]) -> list[int]:
    """Of each operand or input, how many real ones it is."""
    return [2 if form_of_operand(value).dtype in COMPLEX_DTYPES else 1 for value in values]


def _flat(operands: Sequence[Any], inputs: Sequence[GraphNode]) -> list[Any]:
    """The operands, with both parts of those that inputs have as complex numbers."""
    found: list[Any] = []
    for operand, given in zip(operands, inputs, strict=True):
        dtype = COMPLEX_DTYPES.get(given.form.dtype)
        if dtype is None:
            found.append(operand)
        else:
            parts = parts_of(operand)
            found += [in_dtype(parts.real, dtype), in_dtype(parts.imag, dtype)]
    return found


def _marks(marks: Sequence[bool], widths: Sequence[int]) -> tuple[bool, ...]:
    return tuple(mark for mark, width in zip(marks, widths, strict=True) for _ in range(width))


def _node(node: GraphNode, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """The loop on parts, and its results; ``None`` if in it is a step in NumPy, which is quicker on whole numbers."""
    forms = [f for form in node.result_forms for f in _forms(form)]
    changed = GraphNode(node.primitive, operands, {**node.params, **params}, tuple(forms))
    return None if any(map(_has_steps, subgraphs(changed).values())) else _results(node, changed)


def _forms(form: Abstract) -> list[Abstract]:
    dtype = COMPLEX_DTYPES.get(form.dtype)
    return [form] if dtype is None else [Abstract(form.shape, dtype)] * 2


def _has_steps(graph: Graph) -> bool:
    return any(
        isinstance(node.primitive, NumPyStep) or any(map(_has_steps, subgraphs(node).values())) for node in graph.nodes
    )


def _results(node: GraphNode, changed: GraphNode) -> tuple[Any, ...]:
    found, place = [], 0
    for form in node.result_forms:
        parts = [pick_of(changed, place + i) for i in range(len(_forms(form)))]
        place += len(parts)
        found.append(Complex(*parts) if len(parts) == 2 else parts[0])
    return tuple(found)


def _scan(node: GraphNode, operands: Sequence[Any], planes: Splitting) -> Any:
    body, captured, carried = (node.params[name] for name in ("body", "captured", "carried"))
    widths = _widths(body.inputs)
    counts = {"captured": sum(widths[:captured]), "carried": sum(widths[captured : captured + carried])}
    return _node(node, _flat(operands, body.inputs), {"body": planes(body), **counts})


def _while(node: GraphNode, operands: Sequence[Any], planes: Splitting) -> Any:
    test, body, captured = (node.params[name] for name in ("test", "body", "captured"))
    params = {"test": planes(test), "body": planes(body), "captured": sum(_widths(body.inputs[:captured]))}
    return _node(node, _flat(operands, body.inputs), params)


def _cond(node: GraphNode, operands: Sequence[Any], planes: Splitting) -> Any:
    index, *others = operands
    branches = node.params["branches"]
    flat = [index, *_flat(others, branches[0].inputs)]
    return _node(node, flat, {"branches": tuple(map(planes, branches))})


def _pullback(node: GraphNode, operands: Sequence[Any], planes: Splitting) -> Any:
    turns, *others = operands
    body, back, captured, carried = (node.params[name] for name in ("body", "back", "captured", "carried"))
    widths = _widths(body.inputs)
    params = {
        "body": planes(body),
        "back": planes(back),
        "captured": sum(widths[:captured]),
        "carried": sum(widths[captured : captured + carried]),
        "moving": _marks(node.params["moving"], widths),
        "ends": _marks(node.params["ends"], _widths(body.outputs)),
    }
    return _node(node, [turns, *_flat(others, back.inputs)], params)


LOOPS: dict[Primitive, Callable[[GraphNode, Sequence[Any], Splitting], Any]] = {
    SCAN: _scan,
    WHILE: _while,
    COND: _cond,
    PULLBACK: _pullback,
}
