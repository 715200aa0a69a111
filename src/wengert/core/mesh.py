"""Meshes of devices, and how the axes of an array lie on them: plain values, which a backend reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .python.source import at_line

Part = str | tuple[str, ...] | None
"""The axis of a mesh, or the axes, along which an axis of an array is cut; ``None`` if it is whole everywhere."""


@dataclass(frozen=True)
class Mesh:
    """Devices in a grid, whose axes have names.

    Attributes:
        axes: the name and the length of each axis.
        devices: the names of the devices, the last axis first; ``None`` for all that there are, in their order.
    """

    axes: tuple[tuple[str, int], ...]
    devices: tuple[str, ...] | None = None

    @property
    def shape(self) -> dict[str, int]:
        """The length of each axis."""
        return dict(self.axes)

    @property
    def size(self) -> int:
        """The number of devices."""
        return math.prod(self.shape.values())

    @property
    def name(self) -> str:
        """What `Tensor.device` is of tensors on it."""
        axes = ", ".join(f"{axis}={length}" for axis, length in self.axes)
        return f"mesh({axes})" if self.devices is None else f"mesh({axes} of {', '.join(self.devices)})"

    def length(self, part: Part) -> int:
        """Into how many parts an axis of an array is cut."""
        return math.prod(self.shape[axis] for axis in axes_of(part))

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class MeshLayout:
    """Where the elements of an array are on a mesh.

    Attributes:
        mesh: the mesh.
        parts: for each axis of the array the axis of the mesh, or the axes, along which it is cut.
    """

    mesh: Mesh
    parts: tuple[Part, ...]

    @property
    def axes(self) -> list[str]:
        """The axes of the mesh along which the array is cut; along the others there are copies."""
        return [axis for part in self.parts for axis in axes_of(part)]

    def behind(self, axes: int) -> MeshLayout:
        """The layout of an array with further axes in front, which are whole."""
        return MeshLayout(self.mesh, (*(None,) * axes, *self.parts))

    def block(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of the part that one device has of an array of a shape."""
        lengths = map(self.mesh.length, self.parts)
        return tuple([size // length for size, length in zip(shape, lengths, strict=True)])

    def whole(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of an array of which each device has a part of a shape."""
        lengths = map(self.mesh.length, self.parts)
        return tuple([size * length for size, length in zip(shape, lengths, strict=True)])

    def __str__(self) -> str:
        return f"{self.mesh.name}[{', '.join(map(repr, self.parts))}]"


def axes_of(part: Part) -> tuple[str, ...]:
    """The axes of a mesh along which an axis of an array is cut."""
    return () if part is None else (part,) if isinstance(part, str) else part


def layout_of(mesh: Mesh, parts: Any, ndim: int, op: str) -> MeshLayout:
    """The layout that a user has written, with an entry for each of the axes of an array.

    Raises:
        ValueError: it has more entries than the array has axes, a name that is no axis of the mesh, or one twice.
    """
    given = parts if isinstance(parts, tuple | list) else (parts,)
    if len(given) > ndim:
        raise ValueError(
            f"[{op}] {_shown(given)} has {len(given)} entries for an array of {ndim} axes, wanted at most one for each "
            f"axis; write {_shown(given[:ndim])}{at_line()}"
        )
    layout = MeshLayout(mesh, (*map(_settled, given), *(None,) * (ndim - len(given))))
    known = ", ".join(map(repr, mesh.shape))
    for axis in layout.axes:
        if axis not in mesh.shape:
            raise ValueError(
                f"[{op}] {_shown(given)} names the axis {axis!r}, wanted axes of {mesh}: {known}; write one of these, "
                f"or None for an axis that is not cut{at_line()}"
            )
        if layout.axes.count(axis) > 1:
            raise ValueError(
                f"[{op}] {_shown(given)} names the axis {axis!r} twice, wanted each axis of a mesh once at most; write "
                f"None in one of the places{at_line()}"
            )
    return layout


def _settled(part: Any) -> Part:
    """An entry in one spelling: a tuple of one axis is that axis."""
    axes = tuple(part) if isinstance(part, list | tuple) else axes_of(part)
    return axes if len(axes) > 1 else axes[0] if axes else None


def _shown(parts: Sequence[Any]) -> str:
    return repr(tuple(map(_settled, parts)))


def check_divides(layout: MeshLayout, shape: Sequence[int], op: str) -> None:
    """Refuse a layout that does not cut an array into equal parts.

    Raises:
        ValueError: the length of an axis is no multiple of the number of its parts.
    """
    for axis, (size, part) in enumerate(zip(shape, layout.parts, strict=True)):
        length = layout.mesh.length(part)
        if size % length:
            raise ValueError(
                f"[{op}] axis {axis} of shape {tuple(shape)} has length {size}, which {part!r} of {layout.mesh} cuts "
                f"into {length} parts, wanted a multiple of {length}; write None for axis {axis}, or pad it to "
                f"{-(-size // length) * length}{at_line()}"
            )
