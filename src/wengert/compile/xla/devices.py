"""The devices of JAX: their names, and values in their memory or laid out on meshes of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy

from ...core.mesh import Mesh, MeshLayout, check_divides
from ...core.placed import HOST, KINDS_OF_DEVICES, admit
from ...core.primitive import Primitive
from ...core.python.source import at_line
from .eager import evaluated
from .imported import jax, wide_numbers
from .meshes import devices_of, is_on_mesh, layout_in, name_of_device, of_all_processes, of_this_process, sharding_of


class KnownSharding(NamedTuple):
    """A sharding that arrays have had.

    Attributes:
        sharding: the sharding.
        number: by which it is told from others.
        name: that of the device, or of the mesh.
    """

    sharding: Any
    number: int
    name: str


MOST_MET = 1_000
"""So many objects that stand for shardings are remembered: results of one program have the same ones."""


class XlaDevices:
    """Those who compute with arrays of JAX.

    Attributes:
        meshes: those on which there have been arrays, by name.
    """

    def __init__(self) -> None:
        self._known: dict[Any, KnownSharding] = {}
        self._met: dict[int, KnownSharding] = {}
        self.meshes: dict[str, Mesh] = {}

    def names(self) -> list[str]:
        """The names of all devices, those that are not processors first."""
        return [name_of_device(device) for device in _every_device()]

    def settled(self, name: str) -> str:
        """The whole name of a device."""
        return name_of_device(device_named(name))

    def where(self, value: Any) -> Any:
        """The number of the sharding of an array."""
        return self._sharding_of(value).number

    def name_of(self, value: Any) -> str:
        """Where an array is: a device, or a mesh."""
        return self._sharding_of(value).name

    def _sharding_of(self, value: Any) -> KnownSharding:
        """What is known of a sharding; equal ones are one, which is asked only of objects that were not met."""
        sharding = value.sharding
        met = self._met.get(id(sharding))
        return self._meet(sharding) if met is None or met.sharding is not sharding else met

    def _meet(self, sharding: Any) -> KnownSharding:
        known = self._known.get(sharding)
        if known is None:
            known = KnownSharding(sharding, len(self._known), self._name_where(sharding))
            self._known[sharding] = known
        if len(self._met) >= MOST_MET:
            self._met.clear()
        self._met[id(sharding)] = known._replace(sharding=sharding)
        return known

    def _name_where(self, sharding: Any) -> str:
        if not is_on_mesh(sharding):
            (device,) = sharding.device_set
            return name_of_device(device)
        mesh = layout_in(sharding, 0).mesh
        self.meshes[mesh.name] = mesh
        return mesh.name

    def place_of(self, value: Any) -> str | MeshLayout:
        """The device on which an array is, or its layout on a mesh."""
        sharding = value.sharding
        return layout_in(sharding, value.ndim) if is_on_mesh(sharding) else self.name_of(value)

    def is_here(self, value: Any) -> bool:
        """Whether an array is whole on devices of this process, or has its elements on each of them."""
        return value.is_fully_addressable or value.is_fully_replicated

    def place(self, value: Any, place: str | MeshLayout) -> Any:
        """An array of JAX on a device or a mesh, or of NumPy."""
        if place == HOST:
            return of_all_processes(value)
        with wide_numbers():
            if not isinstance(place, MeshLayout):
                return jax().device_put(value, device_named(place))
            sharding = sharding_of(place)
            if isinstance(value, numpy.ndarray):
                return jax().make_array_from_callback(value.shape, sharding, value.__getitem__)
            return jax().device_put(value, sharding)

    def joined(self, value: Any, layout: MeshLayout) -> Any:
        """An array on a mesh, of which each process has given the part that is on its devices.

        Raises:
            ValueError: an axis is not as long as a multiple of the number of its devices in this process.
        """
        check_divides(MeshLayout(of_this_process(layout.mesh), layout.parts), value.shape, "join")
        with wide_numbers():
            return jax().make_array_from_process_local_data(sharding_of(layout), value)

    def mesh(self, axes: tuple[tuple[str, int], ...], names: Sequence[str] | None) -> Mesh:
        """A mesh of devices of a name, or of all.

        Raises:
            ValueError: the product of the lengths is not the number of devices.
        """
        return Mesh(axes, devices_of(axes, names))

    def evaluate(self, primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
        """The raw result of a primitive, by a small program of its own."""
        return evaluated(primitive, values, params)


@cache
def xla_devices() -> XlaDevices:
    """The devices, once operations know their values."""
    made = XlaDevices()
    admit(type(jax().numpy.zeros(())), made)
    return made


def device_named(name: str) -> Any:
    """The device of a name; without a number the first of its kind.

    Raises:
        ValueError: there is none.
    """
    kind, _, number = name.partition(":")
    wanted = f"{kind}:{number or 0}"
    found = {name_of_device(device): device for device in _every_device()}
    if wanted not in found:
        raise ValueError(
            f"[device] there is no device {name!r}, wanted one of {', '.join(found)}, or 'cpu' for NumPy's memory; "
            f"write {next(iter(found))!r}, or install JAX for this kind of device{at_line()}"
        )
    return found[wanted]


def _every_device() -> list[Any]:
    """The devices of every kind that JAX finds and that are this process's."""
    found = []
    for platform in KINDS_OF_DEVICES:
        try:
            found += jax().local_devices(backend=platform)
        except RuntimeError:
            continue
    return sorted(found, key=lambda device: device.platform == "cpu")
