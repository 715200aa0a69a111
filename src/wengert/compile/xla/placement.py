"""Where a program runs, and where its inputs and outputs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ...core.graph import Graph
from ...core.mesh import Mesh, MeshLayout
from .devices import device_named
from .imported import jax
from .meshes import name_of_device, sharding_of


@dataclass(frozen=True)
class Placement:
    """The device or the mesh of a program, and the shardings that JAX is told.

    Attributes:
        name: that of the device, or of the mesh.
        whole: the sharding of what is whole on each device.
        inputs: the sharding of each input.
        outputs: that of each output, ``None`` where XLA decides; or ``None`` for all.
        of_each: what reports say of numbers that are those of one device.
        is_shared: whether other processes may have a part in it.
    """

    name: str
    whole: Any
    inputs: Sequence[Any]
    outputs: Any = None
    of_each: str = ""
    is_shared: bool = False

    def constant(self, value: Any) -> Any:
        """An array of NumPy where the program reads it."""
        return jax().make_array_from_callback(value.shape, self.whole, value.__getitem__)


def on_device(graph: Graph, device: str | None) -> Placement:
    """All on one device, by default the first one of JAX."""
    found = jax().devices()[0] if device is None else device_named(device)
    whole = jax().sharding.SingleDeviceSharding(found)
    return Placement(name_of_device(found), whole, [whole] * len(graph.inputs))


def on_mesh(graph: Graph, mesh: Mesh, inputs: Sequence[Any], donors: Mapping[int, int]) -> Placement:
    """Inputs where they are, those in NumPy's memory whole on each device; state that is laid out stays so."""
    whole = sharding_of(MeshLayout(mesh, ()))
    where = [None if type(x) is numpy.ndarray else x.sharding for x in inputs]
    outputs = [where[donors[i]] if i in donors else None for i in range(len(graph.outputs))]
    return Placement(mesh.name, whole, [x or whole for x in where], outputs, " by each device", True)
