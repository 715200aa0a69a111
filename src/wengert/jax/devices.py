"""The device: there is one, the CPU."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CPU", "Device", "device_count", "devices", "local_device_count", "local_devices", "process_count", "process_index",
]  # fmt: skip


class Device:
    """A device on which arrays are.

    >>> from wengert import jax
    >>> jax.devices()
    [CpuDevice(id=0)]
    """

    id = 0
    platform = device_kind = "cpu"
    process_index = 0

    def __repr__(self) -> str:
        return "CpuDevice(id=0)"

    def __str__(self) -> str:
        return "TFRT_CPU_0"


CPU = Device()
"""The one that there is."""


def devices(backend: str | None = None) -> list[Device]:
    """The CPU, in a list.

    Raises:
        RuntimeError: another backend is asked for.
    """
    if backend not in (None, "cpu"):
        raise RuntimeError(f"[devices] backend={backend!r} was given, wanted 'cpu', the only one; write jax.devices()")
    return [CPU]


def device_count(backend: str | None = None) -> int:
    """1."""
    return len(devices(backend))


local_devices: Final = devices
local_device_count: Final = device_count


def process_count(backend: str | None = None) -> int:
    """1."""
    return len(devices(backend))


def process_index(backend: str | None = None) -> int:
    """0."""
    return devices(backend)[0].process_index
