"""The devices of JAX: their names, and values in their memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy

from ...core.placed import HOST, KINDS_OF_DEVICES, admit
from ...core.primitive import Primitive
from ...core.source import at_line
from .eager import evaluated
from .imported import jax, wide_numbers


class XlaDevices:
    """Those who compute with arrays of JAX."""

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}

    def names(self) -> list[str]:
        """The names of all devices, those that are not processors first."""
        return [name_of_device(device) for device in _every_device()]

    def settled(self, name: str) -> str:
        """The whole name of a device."""
        return name_of_device(device_named(name))

    def where(self, value: Any) -> Any:
        """The sharding of an array."""
        return value.sharding

    def name_of(self, value: Any) -> str:
        """Where an array is."""
        name = self._names.get(value.sharding)
        if name is None:
            (device,) = value.devices()
            name = self._names[value.sharding] = name_of_device(device)
        return name

    def place(self, value: Any, device: str) -> Any:
        """An array of JAX on a device, or of NumPy."""
        if device == HOST:
            return numpy.array(value)
        with wide_numbers():
            return jax().device_put(value, device_named(device))

    def evaluate(self, primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
        """The raw result of a primitive, by a small program of its own."""
        return evaluated(primitive, values, params)


@cache
def xla_devices() -> XlaDevices:
    """The devices, once operations know their values."""
    made = XlaDevices()
    admit(type(jax().numpy.zeros(())), made)
    return made


def name_of_device(device: Any) -> str:
    """How a device is called here."""
    return f"{device.platform}:{device.id}"


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
    """The devices of every kind that JAX finds in this process."""
    found = []
    for platform in KINDS_OF_DEVICES:
        try:
            found += jax().local_devices(backend=platform)
        except RuntimeError:
            continue
    return sorted(found, key=lambda device: device.platform == "cpu")
