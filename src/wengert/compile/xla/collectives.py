"""Where values are on devices and meshes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.graph import Graph, subgraphs
from ...core.primitive import Primitive
from ...ops.placing import CONSTRAIN, PLACE, check_runs_on
from .imported import lax
from .meshes import sharding_of

COLLECTIVE_FORMS: dict[Primitive, Callable[..., Any]] = {
    PLACE: lambda x, device, origin: x,
    CONSTRAIN: lambda x, layout: lax.with_sharding_constraint(x, sharding_of(layout)),
}


def refuse_other_meshes(graph: Graph, device: str) -> None:
    """Refuse a graph that is to run on one device, or on a mesh, if it names another mesh.

    Raises:
        ValueError: it does.
    """
    for node in graph.nodes:
        for body in subgraphs(node).values():
            refuse_other_meshes(body, device)
        if node.primitive is CONSTRAIN:
            check_runs_on(node.params["layout"].mesh, device, node.primitive.name)
