"""From a function to a model: its inputs, its nodes, its outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy
import onnx_ir as ir  # pyright: ignore[reportMissingImports]

from ...compile.native.legalize.expansions import by_formula
from ...compile.passes.nested_graphs import with_simple_bodies
from ...compile.passes.rewriting import rewritten
from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.python.trees import flatten, unflatten
from ..numpy_source.writing import readable
from ..recorded import Exported, exported
from .batches import BATCH, freed_of_size
from .graphs import has_operators, outputs_of
from .nodes import OPSET, Nodes, datatype, value


class Written(NamedTuple):
    """A function in nodes.

    Attributes:
        name: what it is called.
        inputs, outputs: its values.
        forms: those of the outputs.
        nodes: what is between.
    """

    name: str
    inputs: list[Any]
    outputs: list[Any]
    forms: list[Any]
    nodes: Nodes


def model_of(f: Callable[..., Any], args: Sequence[Any], batch: Sequence[str]) -> Any:
    """The model of a function; the first axes of the inputs in `batch` are of any length."""
    made = exported(f, args, "onnx")
    written = _written(made)
    sizes = {a.name: a.value.shape[0] for a in made.arguments if a.name in batch}
    if len(sizes) < len(batch) or len(set(sizes.values())) > 1:
        names = ", ".join(a.name for a in made.arguments)
        raise ValueError(
            f"[onnx] batch is {tuple(batch)}, wanted names of inputs whose first axes are equally long, among {names}; "
            f"write batch=({made.arguments[0].name!r},)"
        )
    if batch:
        _free(written, _written(exported(f, _with_one_more(args, made, batch), "onnx")), sizes)
    for place, (output, form) in enumerate(zip(written.outputs, written.forms, strict=True), 1):
        output.name = "output" if len(written.outputs) == 1 else f"output_{place}"
        output.shape, output.dtype = ir.Shape(form.shape), datatype(form.dtype)
    nodes = written.nodes
    graph = ir.Graph(
        written.inputs,
        written.outputs,
        nodes=nodes.open[0],
        initializers=nodes.constants,
        opset_imports={"": OPSET},
        name=written.name,
    )
    return ir.Model(graph, ir_version=10, producer_name="wengert")


def _written(made: Exported) -> Written:
    graph, nodes = in_operators(readable(made.graph)), Nodes()
    forms = [node.form for node in made.graph.inputs]
    inputs = [value(a.name, form.dtype, form.shape) for a, form in zip(made.arguments, forms, strict=True)]
    outputs = [nodes.call("Identity", output) for output in outputs_of(nodes, graph, inputs)]
    return Written(made.name, inputs, outputs, list(map(form_of_operand, graph.outputs)), nodes)


def in_operators(graph: Graph) -> Graph:
    """The graph with operations that ONNX has no operators for as others that it has, as far as formulas go."""

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        found = None if has_operators(node) else by_formula(node, operands)
        return found if all(map(has_operators, _made_of(found, operands))) else None

    return rewritten(with_simple_bodies(graph, in_operators), rewrite)


def _made_of(result: Any, operands: Sequence[Any]) -> Iterator[GraphNode]:
    """The operations between operands and a result."""
    known, waiting = {o for o in operands if isinstance(o, GraphNode)}, [result]
    while waiting:
        node = waiting.pop()
        if isinstance(node, GraphNode) and node not in known:
            known.add(node)
            waiting.extend(node.operands)
            yield node


def _with_one_more(args: Sequence[Any], made: Exported, batch: Sequence[str]) -> Any:
    """The arguments with one more example."""
    leaves, structure = flatten(tuple(args))
    assert len(leaves) == len(made.arguments), "arguments that are no arrays are not given to models"
    pairs = zip(leaves, made.arguments, strict=True)
    return unflatten(structure, [_extended(a.value) if a.name in batch else x for x, a in pairs])


def _extended(x: Any) -> Any:
    return numpy.concatenate([x, x[:1]])


def _free(written: Written, more: Written, sizes: dict[str, int]) -> None:
    """Let a model be for any number of examples, by one for one more."""
    examples = [x for x in written.inputs if x.name in sizes]
    freed_of_size(written.nodes, more.nodes, examples[0], next(iter(sizes.values())))
    for x in examples:
        x.shape = ir.Shape([BATCH, *list(x.shape)[1:]])
    for place, (form, other) in enumerate(zip(written.forms, more.forms, strict=True)):
        lengths = [n if n == m else None for n, m in zip(form.shape, other.shape, strict=True)]
        written.forms[place] = Freed(lengths, form.dtype)


class Freed(NamedTuple):
    """A form with lengths that are not known."""

    shape: list[int | None]
    dtype: Any
