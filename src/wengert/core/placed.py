"""Raw values in the memory of devices, which NumPy does not compute with.

They have types of their own. When the first of one is made, `admit` notes who computes with it, and lets an observer
follow operations from then on, so that all of them look at what their operands are; a process without devices never
does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, Protocol

import numpy

from .mesh import Mesh, MeshLayout
from .primitive import Primitive
from .python.source import at_line
from .state import observers

HOST = "cpu"
"""The name of NumPy's memory. Devices have a number: ``"cpu:0"``, ``"gpu:1"``."""


class Devices(Protocol):
    """Those who compute with values of a type."""

    def names(self) -> list[str]:
        """The names of all devices."""
        ...

    def settled(self, name: str) -> str:
        """The whole name of a device that is there; its number may be missing."""
        ...

    def name_of(self, value: Any) -> str:
        """Where a value is."""
        ...

    def where(self, value: Any) -> Any:
        """By what values on different devices are told apart; it takes less time than their name."""
        ...

    def place_of(self, value: Any) -> str | MeshLayout:
        """Where a value is, as `place` takes it: of one on a mesh its layout."""
        ...

    def is_here(self, value: Any) -> bool:
        """Whether all elements of a value can be read in this process."""
        ...

    def place(self, value: Any, place: str | MeshLayout) -> Any:
        """A raw value in the memory of a device, or laid out on a mesh."""
        ...

    def mesh(self, axes: tuple[tuple[str, int], ...], names: Sequence[str] | None) -> Mesh:
        """A mesh of devices of some names, or of all."""
        ...

    def joined(self, value: Any, layout: MeshLayout) -> Any:
        """A value on a mesh, of which each process has given its part."""
        ...

    def evaluate(self, primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
        """The raw result of a primitive, of which an operand is on a device; where that is."""
        ...


PLACED: dict[type, Devices] = {}
"""For each type of value that is on a device who computes with it; empty almost always."""

_OFFERED: list[Callable[[], Devices]] = []


def offer_devices(load: Callable[[], Devices]) -> None:
    """Offer devices; `load` gives them when they are first asked for."""
    _OFFERED[:] = [load]


def devices() -> Devices:
    """The devices that are offered."""
    return _OFFERED[0]()


KINDS_OF_DEVICES = ("cpu", "gpu", "tpu")


def is_device(name: str) -> bool:
    """Whether a text is the name of a device, rather than of a dtype."""
    return name.partition(":")[0] in KINDS_OF_DEVICES


def settled(name: str) -> str:
    """The whole name of where values can be.

    Raises:
        ValueError: there is no such device.
    """
    return name if name == HOST else devices().settled(name)


def admit(kind: type, computing: Devices) -> None:
    """Let operations look for values of a type from now on."""
    if kind not in PLACED:
        PLACED[kind] = computing
        observers.append(_followed)


def only_devices_look() -> bool:
    """Whether operations are followed for the sake of devices alone, and no block has chosen one."""
    return observers == [_followed] and CHOSEN.get() is None


def _followed(primitive: Primitive, operands: Any, params: Any, result: Any) -> None:
    """The observer by which operations look at their operands."""


CHOSEN: ContextVar[str | None] = ContextVar("device", default=None)
"""The device that a block has chosen."""


def current_device() -> str | None:
    """The device that the innermost block has chosen; ``None`` outside of blocks."""
    return CHOSEN.get()


def is_placed(value: Any) -> bool:
    """Whether a raw value is on a device."""
    return type(value) in PLACED


def raw(value: Any) -> Any:
    """A raw value as it is where it is on a device; else as an array of NumPy."""
    return value if is_placed(value) else numpy.asarray(value)


def device_of(value: Any) -> str:
    """The name of where a raw value is."""
    computing = PLACED.get(type(value))
    return HOST if computing is None else computing.name_of(value)


def place_of(value: Any) -> str | MeshLayout:
    """Where a raw value is: the name of a device, or its layout on a mesh."""
    computing = PLACED.get(type(value))
    return HOST if computing is None else computing.place_of(value)


def is_here(value: Any) -> bool:
    """Whether all elements of a raw value can be read in this process."""
    computing = PLACED.get(type(value))
    return computing is None or computing.is_here(value)


def check_is_here(value: Any, op: str) -> None:
    """Refuse to read a value of which other processes have parts.

    Raises:
        RuntimeError: they have.
    """
    if not is_here(value):
        raise RuntimeError(
            f"[{op}] an array of shape {value.shape} on {device_of(value)} was to be read, of which other processes "
            f"have parts, wanted one that is whole here; write x.to('cpu') in every process{at_line()}"
        )


def common_device(values: Iterable[Any], op: str) -> str | None:
    """The device of those values that are on one; ``None`` if none is. What is in NumPy's memory goes along.

    Raises:
        ValueError: they are on several.
    """
    names = sorted({device_of(value) for value in values if is_placed(value)})
    if len(names) > 1:
        raise ValueError(
            f"[{op}] the operands are on {' and '.join(names)}, wanted one device; write {_move_to(names)} for the "
            f"others{at_line()}"
        )
    return names[0] if names else None


def _move_to(names: Sequence[str]) -> str:
    """What brings tensors to one of some devices; to a mesh, if there is one."""
    is_mesh = any(not is_device(name) for name in names)
    return "wg.distributed.replicate(x, mesh)" if is_mesh else f"x.to({names[0]!r})"
