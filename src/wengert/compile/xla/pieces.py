"""The parts of an array that lie on the devices of a mesh, each by the first device that has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from ...core.mesh import MeshLayout
from .imported import jax, wide_numbers
from .meshes import sharding_of


class ArrayPiece(NamedTuple):
    """A part of an array.

    Attributes:
        process: the process that has it.
        begin: where it begins along each axis.
        shape: its shape.
        value: the part itself, in the process that has it.
    """

    process: int
    begin: tuple[int, ...]
    shape: tuple[int, ...]
    value: Any


def pieces_of(value: Any) -> list[ArrayPiece]:
    """The pieces that make up an array: the same ones, in the same order, in every process."""
    here = {shard.device: shard.data for shard in value.addressable_shards}
    found: dict[tuple[int, ...], ArrayPiece] = {}
    for device, index in value.sharding.devices_indices_map(value.shape).items():
        begin, shape = span(index, value.shape)
        if begin not in found:
            found[begin] = ArrayPiece(device.process_index, begin, shape, here.get(device))
    return list(found.values())


def span(index: Sequence[slice], shape: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where slices begin, and how long they are."""
    ranges = [range(length)[entry] for entry, length in zip(index, shape, strict=True)]
    return tuple([r.start for r in ranges]), tuple(map(len, ranges))


def made_of(shape: tuple[int, ...], layout: MeshLayout, read: Callable[[Any], numpy.ndarray[Any, Any]]) -> Any:
    """An array on a mesh, of what `read` gives for the slices that are on devices of this process."""
    with wide_numbers():
        return jax().make_array_from_callback(shape, sharding_of(layout), read)
