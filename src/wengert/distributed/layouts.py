"""Tensors on meshes: cut along their axes, or whole on each device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..core.mesh import Mesh, MeshLayout, check_divides, layout_of
from ..core.placed import devices as _devices
from ..core.python.source import at_line
from ..ops.placing import constrained, placed

Parts = str | Sequence[str | Sequence[str] | None] | None
"""What users write of a layout: for each axis of an array an axis of the mesh, several, or ``None``."""


def mesh(axes: Mapping[str, int], devices: Sequence[str] | None = None) -> Mesh:
    """A grid of devices whose axes have names, along which arrays are cut.

    Args:
        axes: the name and the length of each axis; neighbours on the last one are next to each other.
        devices: the names of the devices (`wengert.devices`); all of them, in every process, if not given.

    Raises:
        ValueError: the product of the lengths is not the number of devices.
        ImportError: JAX is not installed (``pip install 'wengert[xla]'``).

    >>> import wengert as wg
    >>> wg.distributed.mesh({"data": 1, "model": 1})
    mesh(data=1, model=1)
    """
    lengths = tuple((str(axis), int(length)) for axis, length in axes.items())
    if not lengths or any(length < 1 for _, length in lengths):
        raise ValueError(
            f"[mesh] {dict(axes)} was given, wanted axes of length 1 or more by name; write "
            f"mesh({{'data': 4}}){at_line()}"
        )
    return _devices().mesh(lengths, devices)


def shard(x: Any, mesh: Mesh, parts: Parts) -> wg.Tensor:
    """A tensor whose elements are on the devices of a mesh, cut along some axes.

    Operations on it are done where its elements are, and compiled functions are programs for the whole mesh, which
    XLA partitions.

    Args:
        x: an array; where there are several processes, the same one in each.
        mesh: the mesh.
        parts: for each axis of `x` the axis of the mesh along which it is cut, or several, or ``None``; axes that are
            left out are whole.

    Raises:
        ValueError: an axis is not as long as a multiple of its number of parts, or there is no such axis of the mesh.

    Derivatives pass: the gradient of a tensor that was moved is where the tensor was.

    >>> import wengert as wg, wengert.numpy as np
    >>> mesh = wg.distributed.mesh({"data": 1})
    >>> x = wg.shard(np.arange(4.0), mesh, "data")
    >>> x.device, (x * 2).device
    ('mesh(data=1)', 'mesh(data=1)')
    """
    tensor = np.asarray(x)
    return placed(tensor, _layout(mesh, parts, tensor.shape, "shard"))


def replicate(tree: Any, mesh: Mesh) -> Any:
    """Arrays and numbers, alone or nested, as tensors that are whole on each device of a mesh; see `shard`.

    >>> import wengert as wg
    >>> wg.distributed.replicate(1.0, wg.distributed.mesh({"data": 1})).device
    'mesh(data=1)'
    """
    return wg.trees.map(lambda leaf: shard(leaf, mesh, ()), tree)


def join(x: Any, mesh: Mesh, parts: Parts) -> wg.Tensor:
    """A tensor on a mesh, of which each process has given the part that is on its devices.

    Args:
        x: the part of this process; the parts of all processes, one after the other, are the tensor.
        mesh: the mesh.
        parts: as for `shard`, which this is where there is one process.

    Raises:
        ValueError: the parts are not as long as a multiple of the number of devices.
    """
    tensor = np.asarray(x)
    if tensor.device == mesh.name:
        return tensor
    layout = layout_of(mesh, parts, tensor.ndim, "join")
    return wg.Tensor(_devices().joined(tensor.detach().numpy(), layout))


def constrain(x: Any, mesh: Mesh, parts: Parts) -> wg.Tensor:
    """The same tensor, laid out on a mesh in a certain way: within a compiled function, what XLA partitions it by.

    Where nothing is on a mesh this is the identity, so that one program serves with and without.

    Args:
        x: a tensor.
        mesh: the mesh.
        parts: as for `shard`.

    Raises:
        ValueError: as for `shard`; or the operands are on a device, or on another mesh.

    >>> import wengert as wg, wengert.numpy as np
    >>> mesh = wg.distributed.mesh({"data": 1})
    >>> f = wg.jit(lambda x: wg.constrain(np.sin(x), mesh, "data"))
    >>> f(wg.distributed.replicate(np.zeros(2), mesh)), f(np.zeros(2))
    (tensor([0., 0.]), tensor([0., 0.]))
    """
    tensor = np.asarray(x)
    return constrained(tensor, layout=_layout(mesh, parts, tensor.shape, "constrain"))


def _layout(mesh: Mesh, parts: Parts, shape: Sequence[int], op: str) -> MeshLayout:
    layout = layout_of(mesh, parts, len(shape), op)
    check_divides(layout, shape, op)
    return layout
