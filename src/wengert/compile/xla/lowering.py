"""The lowering table, and graphs as functions of arrays by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...core.abstract import form_of
from ...core.dtypes.kinds import is_inexact, result_type, wide
from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.primitive import Primitive, primitives
from ...core.recording import ALIAS, PICK, READ, UNFOLLOWED
from ...ops import join
from ...ops.axes import reduce as r, scan, sort
from ...ops.contract import matmul, product_by_rows
from ...ops.einsum import is_einsum
from ...ops.matrices import banded, equations, functions, solving
from ...ops.matrices.sparse import sampled, spread
from ...ops.threefry import random_words
from ...ops.windows.correlate import correlate
from ..record.trace import record_graph
from .collectives import COLLECTIVE_FORMS
from .control import CONTROL_FORMS
from .elementwise import ALIKE, ELEMENTWISE_FORMS
from .imported import jnp
from .matrices import IN_STEPS, MATRIX_FORMS
from .movement import MOVEMENT_FORMS
from .products import PRODUCT_FORMS, einsum
from .quantiles import place
from .random_words import words
from .reductions import REDUCTION_FORMS
from .refused import REFUSED, NotLoweredError, UnsuitableError, refusal
from .special import SPECIAL_FORMS

ArrayForm = Callable[..., Any]

FORMS: dict[Primitive, ArrayForm] = {
    **ELEMENTWISE_FORMS,
    **SPECIAL_FORMS,
    **MOVEMENT_FORMS,
    **REDUCTION_FORMS,
    **PRODUCT_FORMS,
    **MATRIX_FORMS,
    **CONTROL_FORMS,
    **COLLECTIVE_FORMS,
    random_words.primitive: words,
    sort.place.primitive: place,
    ALIAS: lambda x: x,
    UNFOLLOWED: lambda x: x,
    READ: lambda value, leaf: value,
    PICK: lambda results, index, count: results[index],
}
"""What each primitive is, in public functions of JAX, on arrays."""

IN_RESULTS_DTYPE = primitives(
    *(r.sum, r.prod, scan.cumsum, scan.cumprod, scan.recur, join.concatenate, join.stack),
    *(matmul, product_by_rows, correlate, spread, sampled, solving.solve, solving.solve_triangular),
    *(banded.solve_banded, equations.sylvester, functions.derivative_of_expm),
)
"""Those whose operands are brought to the dtype of the result, as NumPy does."""


class Performed:
    """A graph as a function of arrays: each call performs its operations, which JAX traces.

    Attributes:
        graph: the graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __call__(self, *inputs: Any) -> list[Any]:
        values: dict[Any, Any] = dict(zip(self.graph.inputs, inputs, strict=True))
        for node in self.graph.nodes:
            values[node] = performed(node, [values[o] if isinstance(o, GraphNode) else o for o in node.operands])
        return [values[o] if isinstance(o, GraphNode) else _as_array(o) for o in self.graph.outputs]


def in_steps(evaluate: Callable[..., Any]) -> ArrayForm:
    """What is evaluated by operations of the library, performed as these."""

    def form(*operands: Any, **params: Any) -> Any:
        graph = record_graph(lambda *given: (evaluate(*given, **params),), list(map(form_of, operands)))
        return Performed(graph)(*operands)[0]

    return form


FORMS |= {primitive: in_steps(evaluate) for primitive, evaluate in IN_STEPS.items()}


def _as_array(constant: Any) -> Any:
    return None if constant is None else jnp.asarray(constant)


def performed(node: GraphNode, operands: Sequence[Any]) -> Any:
    """The result of a node's operation on arrays, in the dtype that the node has.

    Raises:
        NotLoweredError: it is not lowered, or not on such operands.
    """
    form = form_for(node.primitive)
    if form is None:
        raise refusal(node, REFUSED.get(node.primitive, "it is not among those that are known"))
    params = {name: _performing(value) for name, value in node.params.items()}
    try:
        made = form(*_prepared(node, operands), **params)
    except NotLoweredError:
        raise
    except (UnsuitableError, NotImplementedError, TypeError, ValueError, IndexError) as error:
        raise refusal(node, str(error)) from error
    if node.primitive.many:
        return tuple(_in_dtype(x, form.dtype) for x, form in zip(made, node.result_forms, strict=True))
    return made if node.primitive is PICK else _in_dtype(made, node.form.dtype)


def form_for(primitive: Primitive) -> ArrayForm | None:
    """How a primitive is performed; ``None`` if it is not lowered."""
    if is_einsum(primitive):
        return einsum
    return FORMS.get(primitive.wide or primitive)


def _performing(value: Any) -> Any:
    """A parameter, with graphs in it as functions."""
    if isinstance(value, Graph):
        return Performed(value)
    if isinstance(value, tuple) and any(isinstance(part, Graph) for part in value):
        return tuple(map(_performing, value))
    return value


def _in_dtype(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else x.astype(dtype)


# -- operands --------------------------------------------------------------------------------------


def _prepared(node: GraphNode, operands: Sequence[Any]) -> list[Any]:
    """The operands as arrays, in the dtype that NumPy computes in where that is one."""
    primitive = node.primitive.wide or node.primitive
    if primitive is PICK:
        return list(operands)
    if primitive in IN_RESULTS_DTYPE or is_einsum(primitive):
        return [_converted(o, wide(node.form.dtype)) for o in operands]
    if not primitive.is_elementwise:
        return [o if hasattr(o, "dtype") else numpy.asarray(o) for o in operands]
    alike = ALIKE.get(primitive, slice(None))
    dtype = _common(node.operands[alike], node.result_forms[0].dtype)
    rest = [o if hasattr(o, "dtype") else numpy.asarray(o) for o in operands]
    rest[alike] = [_converted(o, dtype) for o in operands[alike]]
    return rest


def _common(operands: Sequence[Any], result: Any) -> Any:
    """What NumPy brings operands of an elementwise operation to; Python's numbers have no say."""
    found = wide(result_type(*(o if _is_weak(o) else form_of_operand(o).dtype for o in operands)))
    return result if is_inexact(result) and not is_inexact(found) else found


def _is_weak(operand: Any) -> bool:
    return type(operand) in (bool, int, float, complex)


def _converted(x: Any, dtype: Any) -> Any:
    """An array in a dtype; a constant stays one of NumPy's, which rules may look into."""
    if not hasattr(x, "dtype"):
        return numpy.asarray(x, dtype)
    return x if x.dtype == dtype else x.astype(dtype)
