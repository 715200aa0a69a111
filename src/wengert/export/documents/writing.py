"""From a graph to a document, as the JSON schema in ``graph.schema.json`` says.

A document is an object with the keys ``format``, ``version`` and ``graph``. A graph has the forms of its ``inputs``,
its ``nodes`` and its ``outputs``; a node its ``primitive``, ``operands``, ``params`` and ``form``. An operand is
``{"value": 3}``, the fourth among inputs and nodes, or ``{"constant": ..}``. Constants and parameters are plain JSON
where that says all there is to say, a tuple is an array, and others are objects with one key that names their kind:

==============================  =======================================================
``{"list": [..]}``              a list
``{"number": "nan"}``           a float that JSON has no number for
``{"complex": [0.0, 1.0]}``     a complex number, by its parts
``{"slice": [0, null, 2]}``     start, stop, step
``{"ellipsis": null}``          ``...``
``{"dtype": "float64"}``        a dtype, by NumPy's name
``{"array": {..}}``             dtype, shape, and the elements in base64, little-endian
``{"scalar": {..}}``            the same for a NumPy scalar
``{"axis": [1, 0, 0, 1, 1]}``   how windows move along an axis: stride, low, high, dilation, input dilation
``{"graph": {..}}``             the body of a loop, or the side of a branch
==============================  =======================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from types import EllipsisType
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.graph import Graph, GraphNode
from ...ops.windows.geometry import Axis
from .numbers import UnwritableError, write_array
from .primitives import name_in_documents

FORMAT = "wengert.graph"
VERSION = 1


def document_of(graph: Graph) -> dict[str, Any]:
    """A graph as a document.

    Raises:
        TypeError: an operation is not of this package, or has a parameter that is no plain value.
    """
    return {"format": FORMAT, "version": VERSION, "graph": _graph(graph)}


def _graph(graph: Graph) -> dict[str, Any]:
    numbers = {node: number for number, node in enumerate((*graph.inputs, *graph.nodes))}
    return {
        "inputs": [_form(node.form) for node in graph.inputs],
        "nodes": [_node(node, numbers) for node in graph.nodes],
        "outputs": _operands(graph.outputs, numbers),
    }


def _form(form: Any) -> Any:
    if isinstance(form, Abstract):
        return {"dtype": form.dtype.name, "shape": list(form.shape)}
    return list(map(_form, form))


def _node(node: GraphNode, numbers: Mapping[GraphNode, int]) -> dict[str, Any]:
    wide = node.primitive.wide or node.primitive
    name = name_in_documents(wide)
    if name is None:
        raise TypeError(
            f"[to_json] the operation {wide.name} was made for one function, with a rule of its own, wanted operations "
            "that documents know by name; write the function without custom_derivative and the like"
        )
    try:
        params = {key: encoded(value) for key, value in node.params.items()}
        operands = _operands(node.operands, numbers)
    except UnwritableError as error:
        raise TypeError(
            f"[to_json] the operation {wide.name} has a {error} among its parameters and constants, wanted numbers, "
            "texts, arrays, slices and graphs, which load again without running anything; write the graph of a "
            "function without it"
        ) from None
    rounded = {} if wide is node.primitive else {"rounded": True}
    return {"primitive": name, **rounded, "operands": operands, "params": params, "form": _form(node.form)}


def _operands(operands: Iterable[Any], numbers: Mapping[GraphNode, int]) -> list[Any]:
    return [{"value": numbers[o]} if isinstance(o, GraphNode) else {"constant": encoded(o)} for o in operands]


def encoded(value: Any) -> Any:
    """A parameter or a constant as JSON.

    Raises:
        UnwritableError: it is of a kind that documents do not have.
    """
    if type(value) in (bool, int, str, type(None)):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"number": repr(value)}
    if type(value) is tuple:
        return list(map(encoded, value))
    for kind, (key, write) in _KINDS.items():
        if isinstance(value, kind):
            return {key: write(value)}
    raise UnwritableError(type(value).__name__)


_KINDS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    Axis: ("axis", list),
    list: ("list", lambda value: list(map(encoded, value))),
    numpy.generic: ("scalar", lambda value: write_array(numpy.asarray(value))),
    numpy.ndarray: ("array", write_array),
    numpy.dtype: ("dtype", lambda value: value.name),
    slice: ("slice", lambda value: [encoded(part) for part in (value.start, value.stop, value.step)]),
    EllipsisType: ("ellipsis", lambda value: None),
    complex: ("complex", lambda value: [encoded(value.real), encoded(value.imag)]),
    Graph: ("graph", _graph),
}
"""By type, the key of a value in a document, and what is written under it."""
