"""From a document to a graph: its names are looked up in closed lists, its forms are computed anew and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.short import rounded
from ...core.graph import Graph, GraphNode, input_node
from ...core.recording import weak_form
from ...ops.windows.geometry import Axis
from .numbers import read_array, read_dtype, read_scalar, read_shape
from .primitives import named_primitive
from .structure import MalformedError, read_fields, read_integer, read_list
from .writing import FORMAT, VERSION


def graph_of(document: Any) -> Graph:
    """The graph that a document tells.

    Raises:
        MalformedError: it tells none.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise MalformedError("another kind of text")
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise MalformedError(f"a document of version {version!r:.20}")
    try:
        return _graph(read_fields(document, ("format", "version", "graph"))["graph"])
    except MalformedError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise MalformedError(f"a document with {type(error).__name__} at {error!s:.60}") from error


def _graph(content: Any) -> Graph:
    content = read_fields(content, ("inputs", "nodes", "outputs"))
    inputs = [input_node(_form(form)) for form in read_list(content["inputs"])]
    values: list[GraphNode] = [*inputs]
    for line in read_list(content["nodes"]):
        values.append(_node(line, values))
    return Graph(inputs, values[len(inputs) :], _operands(content["outputs"], values))


def _form(content: Any) -> Abstract:
    content = read_fields(content, ("dtype", "shape"))
    return Abstract(read_shape(content["shape"]), read_dtype(content["dtype"]))


def _node(line: Any, values: Sequence[GraphNode]) -> GraphNode:
    """An operation, whose form follows from its operands and is the one that is stated."""
    line = read_fields(line, ("primitive", "operands", "params", "form"), optional=("rounded",))
    operands = _operands(line["operands"], values)
    primitive = named_primitive(line["primitive"], len(operands))
    if primitive is None:
        raise MalformedError(f"an operation {line['primitive']!r:.40}, which this version does not know")
    if line.get("rounded", True) is not True:
        raise MalformedError(f"an operation that is rounded {line['rounded']!r:.20}")
    if "rounded" in line:
        primitive = rounded(primitive)
    params = {key: decoded(value) for key, value in line["params"].items()}
    if params and isinstance(primitive.evaluate, numpy.ufunc):
        raise MalformedError(
            f"an operation {primitive.name} with the parameter {next(iter(params))!r:.40}, which has none"
        )
    forms = [o.form if isinstance(o, GraphNode) else weak_form(o) for o in operands]
    form = primitive.shape(*forms, **params)
    stated = line["form"]
    if form != (tuple(map(_form, read_list(stated))) if primitive.many else _form(stated)):
        raise MalformedError(f"an operation {primitive.name} of the form {stated!r:.60}, which gives {form}")
    return GraphNode(primitive, operands, params, form)


def _operands(contents: Any, values: Sequence[GraphNode]) -> list[Any]:
    return [_operand(content, values) for content in read_list(contents)]


def _operand(content: Any, values: Sequence[GraphNode]) -> Any:
    if "constant" in content:
        return decoded(read_fields(content, ("constant",))["constant"])
    number = read_integer(read_fields(content, ("value",))["value"])
    if not 0 <= number < len(values):
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


def _slice(parts: Any) -> slice:
    return slice(*map(decoded, read_list(parts, 3)))


def _axis(parts: Any) -> Axis:
    return Axis(*map(read_integer, read_list(parts, len(Axis._fields))))


def _ellipsis(content: Any) -> EllipsisType:
    if content is not None:
        raise MalformedError(f"an ellipsis with {content!r:.60}")
    return ...


def _complex(parts: Any) -> complex:
    real, imaginary = map(decoded, read_list(parts, 2))
    if {type(real), type(imaginary)} - {int, float}:
        raise MalformedError(f"a complex number of {parts!r:.60}")
    return complex(real, imaginary)


def _number(name: Any) -> float:
    if name not in ("nan", "inf", "-inf"):
        raise MalformedError(f"a number {name!r:.60}")
    return float(name)


_READERS: dict[str, Callable[[Any], Any]] = {
    "axis": _axis,
    "list": lambda parts: list(map(decoded, read_list(parts))),
    "scalar": read_scalar,
    "array": read_array,
    "dtype": read_dtype,
    "slice": _slice,
    "ellipsis": _ellipsis,
    "complex": _complex,
    "number": _number,
    "graph": _graph,
}
"""By the key that names its kind, how a value is read."""
