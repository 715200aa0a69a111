"""Meshes and layouts, as JAX has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy

from ...core.mesh import Mesh, MeshLayout
from ...core.python.source import at_line
from .imported import jax, wide_numbers


@cache
def mesh_of(mesh: Mesh) -> Any:
    """A mesh, as JAX has it."""
    names = {name_of_device(device): device for device in jax().devices()}
    chosen = list(names.values()) if mesh.devices is None else [names[name] for name in mesh.devices]
    return jax().sharding.Mesh(numpy.array(chosen).reshape([*mesh.shape.values()]), tuple(mesh.shape))


@cache
def sharding_of(layout: MeshLayout) -> Any:
    """A layout, as JAX has it."""
    return jax().sharding.NamedSharding(mesh_of(layout.mesh), parts_of(layout))


def parts_of(layout: MeshLayout) -> Any:
    """The entries of a layout, as JAX has them."""
    return jax().sharding.PartitionSpec(*layout.parts)


def is_on_mesh(sharding: Any) -> bool:
    """Whether an array with a sharding is on a mesh rather than on one device alone."""
    return isinstance(sharding, jax().sharding.NamedSharding)


def layout_in(sharding: Any, ndim: int) -> MeshLayout:
    """The layout of an array of so many axes that has a sharding of JAX."""
    grid = sharding.mesh
    devices = tuple(map(name_of_device, grid.devices.flat))
    is_whole = devices == tuple(map(name_of_device, jax().devices()))
    mesh = Mesh(tuple(grid.shape.items()), None if is_whole else devices)
    given = tuple(_settled(part) for part in tuple(sharding.spec)[:ndim])
    return MeshLayout(mesh, (*given, *(None,) * (ndim - len(given))))


def _settled(part: Any) -> Any:
    if not isinstance(part, tuple):
        return part
    return part if len(part) > 1 else part[0] if part else None


def of_this_process(mesh: Mesh) -> Mesh:
    """The part of a mesh that consists of devices of this process."""
    grid = mesh_of(mesh).local_mesh
    if grid.size == mesh.size:
        return mesh
    return Mesh(tuple(grid.shape.items()), tuple(map(name_of_device, grid.devices.flat)))


def devices_of(axes: Sequence[tuple[str, int]], names: Sequence[str] | None) -> tuple[str, ...] | None:
    """The devices of a mesh by name; ``None`` for all that there are.

    Raises:
        ValueError: there are not as many as the product of the lengths says, or one of them is not there.
    """
    every = [name_of_device(device) for device in jax().devices()]
    given = every if names is None else list(names)
    unknown = [name for name in given if name not in every]
    if unknown:
        raise ValueError(
            f"[mesh] there is no device {unknown[0]!r}, wanted some of {', '.join(every)}; leave devices= out for all "
            f"of them{at_line()}"
        )
    wanted = math.prod(length for _, length in axes)
    if wanted != len(given):
        lengths = " x ".join(f"{length} ({axis})" for axis, length in axes)
        raise ValueError(
            f"[mesh] {lengths} is {wanted}, and there are {len(given)} devices, wanted lengths whose product is that; "
            f"write {_fitting(axes, len(given))}, or devices= with {wanted} names; on a processor the environment "
            f"variable XLA_FLAGS=--xla_force_host_platform_device_count={wanted} makes {wanted} of it{at_line()}"
        )
    return None if given == every else tuple(given)


def _fitting(axes: Sequence[tuple[str, int]], count: int) -> str:
    """A mesh of these axes with so many devices: the first axis takes what the others leave, or all."""
    (first, _), *others = axes
    rest = math.prod(length for _, length in others)
    fits = count % rest == 0
    lengths = {first: count // rest if fits else count, **{axis: n if fits else 1 for axis, n in others}}
    return f"mesh({lengths})"


def of_all_processes(value: Any) -> Any:
    """An array in NumPy's memory; where other processes have parts of it, all of them have to ask for it."""
    if value.is_fully_addressable or value.is_fully_replicated:
        return numpy.array(value)
    whole = jax().sharding.NamedSharding(value.sharding.mesh, jax().sharding.PartitionSpec())
    with wide_numbers():
        return numpy.array(jax().jit(lambda x: x, out_shardings=whole)(value))


def name_of_device(device: Any) -> str:
    """How a device is called here."""
    return f"{device.platform}:{device.id}"
