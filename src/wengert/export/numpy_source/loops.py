"""Loops and branches as statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ...control.cond_primitive import COND
from ...control.loop_primitives import PULLBACK, SCAN, WHILE
from ...control.subgraphs import chosen, output_forms, parts
from ...core.graph import Graph, GraphNode
from ...core.primitive import Primitive
from .spelling import Expression


class Statements(Protocol):
    """The lines of a function in the making, as those who write loops see it."""

    known: dict[GraphNode, Expression]
    depth: int
    results: dict[GraphNode, list[str]]

    def write(self, line: str) -> None: ...
    def name(self, stem: str | None = None) -> str: ...
    def operand(self, value: Any, partners: Sequence[Any] = ()) -> Expression: ...
    def variable(self, value: Any) -> Expression: ...
    def graph_lines(self, graph: Graph) -> list[Expression]: ...
    def assign(self, names: Sequence[str], values: Sequence[Expression]) -> None: ...


def _body(writer: Statements, graph: Graph, inputs: Sequence[Expression]) -> list[Expression]:
    """The operations of a body, whose inputs stand for values around it."""
    writer.known.update(zip(graph.inputs, inputs, strict=True))
    return writer.graph_lines(graph)


def _begun(writer: Statements, values: Sequence[Expression]) -> list[str]:
    """New variables that begin with these values, which may be written to."""
    names = [writer.name() for _ in values]
    for name, value in zip(names, values, strict=True):
        writer.write(f"{name} = {value.text}")
    return names


def _variables(names: Sequence[str]) -> list[Expression]:
    return [Expression(name) for name in names]


def _turns(length: Any, reverse: bool) -> str:
    return f"reversed(range({length}))" if reverse else f"range({length})"


def _stacks(writer: Statements, forms: Sequence[Any], length: Any) -> list[str]:
    names = [writer.name() for _ in forms]
    for name, form in zip(names, forms, strict=True):
        shape = ", ".join(map(str, (length, *form.shape)))
        writer.write(f"{name} = np.empty(({shape},), {form.dtype.name!r})")
    return names


def _scan(writer: Statements, node: GraphNode) -> None:
    body, carried, length = (node.params[key] for key in ("body", "carried", "length"))
    operands = [writer.variable(o) for o in node.operands]
    shared, carry, xs = parts(operands, node.params["captured"], carried)
    names = _begun(writer, carry)
    stacks = _stacks(writer, output_forms(body)[carried:], length)
    turn = writer.name("t")
    writer.write(f"for {turn} in {_turns(length, node.params['reverse'])}:")
    writer.depth += 1
    slices = [Expression(f"{x.text}[{turn}]") for x in xs]
    after, ys = parts(_body(writer, body, [*shared, *_variables(names), *slices]), carried)
    for stack, y in zip(stacks, ys, strict=True):
        writer.write(f"{stack}[{turn}] = {y.text}")
    writer.assign(names, after)
    writer.depth -= 1
    writer.results[node] = [*names, *stacks]


def _while(writer: Statements, node: GraphNode) -> None:
    shared, carry = parts([writer.variable(o) for o in node.operands], node.params["captured"])
    names = _begun(writer, carry)
    count = writer.name("turns")
    writer.write(f"{count} = np.int64(0)")
    writer.write("while True:")
    writer.depth += 1
    (goes_on,) = _body(writer, node.params["test"], [*shared, *_variables(names)])
    writer.write(f"if not {goes_on.beside(0)}:")
    writer.write("    break")
    writer.assign(names, _body(writer, node.params["body"], [*shared, *_variables(names)]))
    writer.write(f"{count} += 1")
    writer.depth -= 1
    writer.results[node] = [*names, count]


def _cond(writer: Statements, node: GraphNode) -> None:
    index, *operands = [writer.variable(o) for o in node.operands]
    branches = node.params["branches"]
    names = [writer.name() for _ in node.result_forms]
    for place, branch in enumerate(branches):
        writer.write(_test(index, place, len(branches)))
        writer.depth += 1
        found = _body(writer, branch, operands)
        writer.assign(names, found) if names else writer.write("pass")
        writer.depth -= 1
    writer.results[node] = names


def _test(index: Expression, place: int, count: int) -> str:
    """The head of a branch: the first for numbers up to 0, the last for all that are left."""
    if place == count - 1:
        return "else:"
    return f"{'if' if place == 0 else 'elif'} {index.beside(0)} <= {place}:"


def _pullback(writer: Statements, node: GraphNode) -> None:
    """Forward, keeping the carries, and then back."""
    params = node.params
    body, back, captured, carried, moving = (params[k] for k in ("body", "back", "captured", "carried", "moving"))
    turns, *operands = [writer.variable(o) for o in node.operands]
    shared, carry, rest = parts(operands, captured, carried)
    xs, rest = parts(rest, len(body.inputs) - captured - carried)
    cotangents, ys = parts(rest, sum(params["ends"][:carried]))
    names, kept = _begun(writer, carry), writer.name("kept")
    writer.write(f"{kept} = []")
    turn, count = writer.name("t"), writer.name("turns")
    writer.write(f"{count} = int({turns.text})")
    writer.write(f"for {turn} in {_turns(count, params['reverse'])}:")
    writer.depth += 1
    writer.write(f"{kept}.append(({''.join(f'{name}, ' for name in names)}))")
    slices = [Expression(f"{x.text}[{turn}]") for x in xs]
    after = _body(writer, body, [*shared, *_variables(names), *slices])[:carried]
    writer.assign(names, after)
    writer.depth -= 1
    sizes = sum(moving[:captured]), sum(moving[captured : captured + carried])
    of_sums, _, of_slices = parts(output_forms(back), *sizes)
    sums = [writer.name() for _ in of_sums]
    for name, form in zip(sums, of_sums, strict=True):
        writer.write(f"{name} = np.zeros({form.shape}, {form.dtype.name!r})")
    backs = _begun(writer, cotangents)
    moved = chosen(xs, moving[captured + carried :])
    stacks = [writer.name() for _ in of_slices]
    for name, x in zip(stacks, moved, strict=True):
        writer.write(f"{name} = np.zeros_like({x.text})")
    writer.write(f"for {turn} in {_turns(count, not params['reverse'])}:")
    writer.depth += 1
    if names:
        writer.write(f"{', '.join(names)}, = {kept}.pop()")
    ends = [Expression(f"{y.text}[{turn}]") for y in ys]
    found = _body(writer, back, [*shared, *_variables(names), *slices, *_variables(backs), *ends])
    added, handed, parts_of = parts(found, *sizes)
    for stack, value in zip(stacks, parts_of, strict=True):
        writer.write(f"{stack}[{turn}] = {value.text}")
    for total, value in zip(sums, added, strict=True):
        writer.write(f"{total} = {total} + {value.text}")
    writer.assign(backs, handed)
    writer.depth -= 1
    writer.results[node] = [*sums, *backs, *stacks]


STATEMENTS: dict[Primitive, Callable[[Any, GraphNode], None]] = {
    SCAN: _scan,
    WHILE: _while,
    COND: _cond,
    PULLBACK: _pullback,
}
"""Operations that run graphs."""
