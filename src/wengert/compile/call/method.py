"""Install the native routine as ``__call__`` of a class, in this process."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

from ...core.node import Node
from ...core.python.locks import Line
from ...core.tensor import Tensor
from ..interpreter.layouts import Slots, are_as_described, slot
from ..interpreter.methods import FAST_WITH_NAMES, Definition, new_method
from ..interpreter.process_table import world
from ..native.machine.disk_cache import key_of
from ..native.machine.llvm import NativeModule, Source
from .door import Door


class Routine:
    """The machine code, with the objects that it refers to.

    Raises:
        LookupError: this is not a Python or NumPy that it knows.
    """

    def __init__(self, cls: type) -> None:
        self.call = cls.__call__
        self.world: Any = world(self.call)
        slots = _slots(cls)
        self.native: NativeModule = NativeModule(lambda: _source(slots), key_of("entry", *map(str, slots)))
        self.native.word("world").value = self.world.ctypes.data
        self.definition: Definition = Definition(b"__call__", self.native.address("call"), FAST_WITH_NAMES, None)
        self.method: Any = new_method(cls, self.definition)


_one_at_a_time = Line()


def doors_open(cls: type) -> bool:
    """Install the routine as ``__call__`` of a class; false if the layouts of this Python are not known.

    The class has a ``__call__``, which goes on to serve what doors do not, and the slot ``doors``.
    """
    with _one_at_a_time.lock:
        return _routine(cls) is not None


@cache
def _routine(cls: type) -> Routine | None:
    if not are_as_described():
        return None
    try:
        made = Routine(cls)
    except LookupError:
        return None
    cls.__call__ = made.method
    return made


def _slots(cls: Any) -> Slots:
    """The offsets of slots in tensors, nodes, doors and the objects of a class."""
    value, table = object(), numpy.empty(0, numpy.int64)
    node, holder, door = Node.__new__(Node), cls.__new__(cls), Door.__new__(Door)
    node.watch, holder.doors, door.table = 1 << 70, (door,), table
    tensor = Tensor(value, node)
    return Slots(
        value=slot(tensor, value),
        node=slot(tensor, node),
        kin=slot(tensor, None),
        watch=slot(node, node.watch),
        doors=slot(holder, holder.doors),
        table=slot(door, table),
    )


def _source(slots: Slots) -> Source:
    from .routine import written

    return written(slots)
