"""Programs on meshes: one of XLA's for each way in which the inputs are laid out, which XLA partitions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy

from ...core.graph import Graph
from ...core.mesh import Mesh, MeshLayout
from .devices import xla_devices
from .meshes import sharding_of
from .placement import on_device, on_mesh
from .program import XlaProgram


def lowered_for(
    graph: Graph, device: str | None, donors: Mapping[int, int] | None, kept: Collection[int]
) -> XlaProgram | PartitionedProgram:
    """Compile a graph for a device, or for a mesh, by their names."""
    mesh = xla_devices().meshes.get(device or "")
    if mesh is None:
        return XlaProgram(graph, on_device(graph, device), donors, kept)
    return PartitionedProgram(graph, mesh, donors or {}, kept)


class PartitionedProgram:
    """Runs a graph on a mesh: ``program(inputs)`` gives the outputs, arrays of JAX.

    Attributes:
        graph: the graph.
        mesh: where it runs.
        donors: for outputs the inputs whose memory, and layout, they take.
        overwritten: the inputs whose memory outputs take, so that they are gone after a call.
        whole: the sharding of what is whole on each device, as what is in NumPy's memory will be.
        programs: the programs of XLA by the shardings of the inputs.
    """

    def __init__(self, graph: Graph, mesh: Mesh, donors: Mapping[int, int], kept: Collection[int]) -> None:
        self.graph = graph
        self.mesh = mesh
        self.donors = donors
        self.kept = kept
        self.overwritten = sorted(set(donors.values()))
        self.whole = sharding_of(MeshLayout(mesh, ()))
        self.programs: dict[tuple[Any, ...], XlaProgram] = {}

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        key = tuple([self.whole if type(x) is numpy.ndarray else x.sharding for x in inputs])
        program = self.programs.get(key)
        if program is None:
            placement = on_mesh(self.graph, self.mesh, inputs, self.donors)
            program = self.programs[key] = XlaProgram(self.graph, placement, self.donors, self.kept)
        return program(inputs)

    @property
    def latest(self) -> XlaProgram:
        """The program that was made last."""
        return list(self.programs.values())[-1]

    def text(self) -> str:
        """The latest program after XLA's optimisations: what each device does."""
        return self.latest.text()

    def facts(self) -> list[str]:
        """What a report says of it."""
        return self.latest.facts() if self.programs else [f"not compiled yet for {self.mesh}"]
