"""Where values are on devices and meshes, and what devices exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...control.shard_map_primitive import SHARD_MAP
from ...core.graph import Graph, GraphNode, subgraphs
from ...core.mesh import Mesh, MeshLayout
from ...core.primitive import Primitive, by_primitive
from ...ops import collectives as c
from ...ops.placing import CONSTRAIN, PLACE, check_runs_on
from .imported import jax, lax
from .meshes import mesh_of, parts_of, sharding_of


def _shard_map(*operands: Any, graph: Any, ins: Sequence[MeshLayout], outs: Sequence[MeshLayout]) -> tuple[Any, ...]:
    perform = jax().shard_map(
        lambda *parts: tuple(graph(*parts)),
        mesh=mesh_of(outs[0].mesh),
        in_specs=tuple(map(parts_of, ins)),
        out_specs=tuple(map(parts_of, outs)),
        check_vma=False,
    )
    return tuple(perform(*operands))


COLLECTIVE_FORMS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        PLACE: lambda x, device, origin: x,
        CONSTRAIN: lambda x, layout: lax.with_sharding_constraint(x, sharding_of(layout)),
        SHARD_MAP: _shard_map,
        c.psum: lambda x, axes, count: lax.psum(x, axes),
        c.all_gather: lambda x, axis, dim, count: lax.all_gather(x, axis, axis=dim, tiled=True),
        c.reduce_scatter: lambda x, axis, dim, count: lax.psum_scatter(x, axis, scatter_dimension=dim, tiled=True),
        c.all_to_all: lambda x, axis, split, join, count: lax.all_to_all(x, axis, split, join, tiled=True),
        c.ppermute: lambda x, axis, pairs: lax.ppermute(x, axis, pairs),
    }
)


def refuse_other_meshes(graph: Graph, device: str) -> None:
    """Refuse a graph that is to run on one device, or on a mesh, if it names another mesh.

    Raises:
        ValueError: it does.
    """
    for node in graph.nodes:
        for body in subgraphs(node).values():
            refuse_other_meshes(body, device)
        mesh = _mesh_named_in(node)
        if mesh is not None:
            check_runs_on(mesh, device, node.primitive.name)


def _mesh_named_in(node: GraphNode) -> Mesh | None:
    if node.primitive is CONSTRAIN:
        return node.params["layout"].mesh
    return node.params["outs"][0].mesh if node.primitive is SHARD_MAP else None
