"""The primitive of a function of parts: a graph that each device of a mesh performs on what it has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..core.abstract import Abstract
from ..core.graph import Graph
from ..core.mesh import MeshLayout
from ..core.node import Node
from ..core.placed import HOST, devices, is_placed, raw
from ..core.primitive import OPERANDS, Primitive
from ..core.recording import general
from ..ops.broadcast import broadcast_to
from ..ops.collectives import psum
from ..ops.factors import scale
from ..transforms.following import followed_params
from .active import moving_outputs
from .subgraphs import (
    batched_call,
    batched_outputs,
    chosen,
    graph_of,
    inexact,
    input_forms,
    output_forms,
    pull,
    push,
    spread,
    with_axis,
    zeros_for,
)


def _evaluate(*operands: Any, graph: Graph, ins: Sequence[MeshLayout], outs: Sequence[MeshLayout]) -> Any:
    """The results, on the mesh; in NumPy's memory, if all operands were there."""
    computing = devices()
    values = [computing.place(raw(x), layout) for x, layout in zip(operands, ins, strict=True)]
    results = computing.evaluate(SHARD_MAP, values, {"graph": graph, "ins": ins, "outs": outs})
    return results if any(map(is_placed, operands)) else tuple([computing.place(x, HOST) for x in results])


def _shape(*operands: Any, graph: Graph, ins: Sequence[MeshLayout], outs: Sequence[MeshLayout]) -> tuple[Any, ...]:
    forms = zip(output_forms(graph), outs, strict=True)
    return tuple([Abstract(layout.whole(form.shape), form.dtype) for form, layout in forms])


def _others(layout: MeshLayout) -> dict[str, int]:
    """The axes of the mesh along which an array has copies, and how many."""
    return {axis: count for axis, count in layout.mesh.shape.items() if axis not in layout.axes}


class _Map:
    """The linear map of such a function: each device performs that of its graph."""

    needs = OPERANDS

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        operands, graph, ins, outs = residuals[:-1], *_params(node)
        moving = [t is not None and inexact(o) for t, o in zip(tangents, operands, strict=True)]
        ends = moving_outputs(graph, moving)
        count = len(operands)

        def pushed(*values: Any) -> Sequence[Any]:
            return push(graph, values[:count], values[count:], moving, ends)[1]

        body = graph_of(pushed, [*input_forms(graph), *chosen(input_forms(graph), moving)])
        found = shard_mapped(
            *operands,
            *chosen(tangents, moving),
            graph=body,
            ins=(*ins, *chosen(ins, moving)),
            outs=tuple(chosen(outs, ends)),
        )
        return tuple(spread(found, ends))

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        """A result that is whole along an axis is one of equal copies: each is given its share of the cotangent, and
        what the copies of an operand are given is added up."""
        operands, graph, ins, outs = residuals[:-1], *_params(node, bit)
        moving = [bool(w) and inexact(o) for w, o in zip(wanted, operands, strict=True)]
        ends = moving_outputs(graph, moving)
        count = len(operands)
        assert node.forms is not None

        def pulled(*values: Any) -> Sequence[Any]:
            shares = [_share(ct, layout) for ct, layout in zip(values[count:], chosen(outs, ends), strict=True)]
            found = pull(graph, values[:count], shares, moving, ends)[1]
            return [_added_up(ct, layout) for ct, layout in zip(found, chosen(ins, moving), strict=True)]

        body = graph_of(pulled, [*input_forms(graph), *chosen(output_forms(graph), ends)])
        found = shard_mapped(
            *operands,
            *zeros_for(cotangent, node.forms[-1], ends),
            graph=body,
            ins=(*ins, *chosen(outs, ends)),
            outs=tuple(chosen(ins, moving)),
        )
        return spread(found, moving)


def _params(node: Node, bit: int = 0) -> tuple[Graph, Sequence[MeshLayout], Sequence[MeshLayout]]:
    params = followed_params(node, bit) if bit else node.params
    return params["graph"], node.params["ins"], node.params["outs"]


def _share(cotangent: Any, layout: MeshLayout) -> Any:
    copies = math.prod(_others(layout).values())
    return cotangent if copies == 1 else scale(cotangent, 1 / copies)


def _added_up(cotangent: Any, layout: MeshLayout) -> Any:
    others = _others(layout)
    return psum(cotangent, axes=tuple(others), count=math.prod(others.values())) if others else cotangent


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    """Each device does all examples at once; their axis is cut along none of the mesh."""
    graph, ins, outs = _params(node)
    forms = [with_axis(f, size) if b else f for f, b in zip(input_forms(graph), batched, strict=True)]
    marks = batched_outputs(graph, batched)

    def of_batch(*values: Any) -> list[Any]:
        outputs = zip(batched_call(graph, size, values, batched), marks, output_forms(graph), strict=True)
        return [o if m else broadcast_to(o, shape=(size, *form.shape)) for o, m, form in outputs]

    return shard_mapped(
        *operands,
        graph=graph_of(of_batch, forms),
        ins=tuple([layout.behind(1) if b else layout for layout, b in zip(ins, batched, strict=True)]),
        outs=tuple([layout.behind(1) for layout in outs]),
    )


SHARD_MAP = Primitive("shard_map", _evaluate, ("*operands",), _shape, joint=_Map(), batch=_batch, many=True, moves=True)
SHARD_MAP.is_anywhere = True
shard_mapped = SHARD_MAP.operation = general(SHARD_MAP)
"""``shard_mapped(*operands, graph=, ins=, outs=)``: the results of the graph, performed on parts as the layouts say."""
