"""From a document to a graph: its names are looked up in closed lists, its forms are computed anew and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.short import rounded
from ...core.graph import Graph, GraphNode, input_node
from ...core.recording import weak_form
from ...ops.windows.geometry import Axis
from .numbers import MalformedError, read_array, read_dtype, read_shape
from .primitives import named_primitive
from .writing import FORMAT, VERSION


def graph_of(document: Any) -> Graph:
    """The graph that a document tells.

    Raises:
        MalformedError: it tells none.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise MalformedError("another kind of text")
    if document.get("version") != VERSION:
        raise MalformedError(f"a document of version {document.get('version')!r:.20}")
    try:
        return _graph(document["graph"])
    except MalformedError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise MalformedError(f"a document with {type(error).__name__} at {error!s:.60}") from error


def _graph(content: Mapping[str, Any]) -> Graph:
    inputs = [input_node(_form(form)) for form in content["inputs"]]
    values: list[GraphNode] = [*inputs]
    for line in content["nodes"]:
        values.append(_node(line, values))
    return Graph(inputs, values[len(inputs) :], _operands(content["outputs"], values))


def _form(content: Mapping[str, Any]) -> Abstract:
    return Abstract(read_shape(content["shape"]), read_dtype(content["dtype"]))


def _node(line: Mapping[str, Any], values: Sequence[GraphNode]) -> GraphNode:
    """An operation, whose form follows from its operands and is the one that is stated."""
    operands = _operands(line["operands"], values)
    primitive = named_primitive(line["primitive"], len(operands))
    if primitive is None:
        raise MalformedError(f"an operation {line['primitive']!r:.40}, which this version does not know")
    if line.get("rounded", False):
        primitive = rounded(primitive)
    params = {key: decoded(value) for key, value in line["params"].items()}
    if params and isinstance(primitive.evaluate, numpy.ufunc):
        raise MalformedError(
            f"an operation {primitive.name} with the parameter {next(iter(params))!r:.40}, which has none"
        )
    forms = [o.form if isinstance(o, GraphNode) else weak_form(o) for o in operands]
    form = primitive.shape(*forms, **params)
    stated = line["form"]
    if form != (tuple(map(_form, stated)) if primitive.many else _form(stated)):
        raise MalformedError(f"an operation {primitive.name} of the form {stated!r:.60}, which gives {form}")
    return GraphNode(primitive, operands, params, form)


def _operands(contents: Sequence[Any], values: Sequence[GraphNode]) -> list[Any]:
    return [_operand(content, values) for content in contents]


def _operand(content: Mapping[str, Any], values: Sequence[GraphNode]) -> Any:
    if "constant" in content:
        return decoded(content["constant"])
    number = content["value"]
    if type(number) is not int or not 0 <= number < len(values):
        raise MalformedError(f"an operand {number!r:.20}, which no earlier operation makes")
    return values[number]


def decoded(value: Any) -> Any:
    """The parameter or constant that JSON stands for."""
    if isinstance(value, list):
        return tuple(map(decoded, value))
    if not isinstance(value, dict):
        return value
    ((key, content),) = value.items()
    return _READERS[key](content)


def _slice(parts: Sequence[Any]) -> slice:
    start, stop, step = map(decoded, parts)
    return slice(start, stop, step)


_READERS: dict[str, Callable[[Any], Any]] = {
    "axis": lambda parts: Axis(*parts),
    "list": lambda parts: list(map(decoded, parts)),
    "scalar": lambda content: read_array(content)[()],
    "array": read_array,
    "dtype": read_dtype,
    "slice": _slice,
    "ellipsis": lambda content: ...,
    "complex": lambda parts: complex(*map(decoded, parts)),
    "number": float,
    "graph": _graph,
}
"""By the key that names its kind, how a value is read."""
