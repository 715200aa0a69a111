"""Where numbers are: in NumPy's memory (``"cpu"``), or on a device of XLA (``"cpu:0"``, ``"gpu:0"``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import trees
from .core.placed import CHOSEN, HOST, devices as _devices, settled
from .numpy.arrays.creation import asarray
from .ops.placing import placed

__all__ = ["device", "device_put", "devices"]


def devices() -> list[str]:
    """The names of the devices of XLA in this process, those that are not processors first.

    NumPy's memory, where tensors are unless something else is asked for, is called ``"cpu"`` and is not among them.

    Raises:
        ImportError: JAX is not installed (``pip install 'wengert[xla]'``).
    """
    return _devices().names()


def device_put(tree: Any, device: str | None = None) -> Any:
    """Arrays, numbers and tensors, alone or nested, as tensors on a device.

    Args:
        tree: what is to be there; tensors that are there already stay as they are.
        device: its name; ``"gpu"`` is ``"gpu:0"``. If not given, the one of the block `device`, or the first there is.

    Raises:
        ValueError: there is no such device.

    Derivatives pass: the gradient of a tensor that was moved is where the tensor was.
    """
    wanted = device or CHOSEN.get() or devices()[0]
    return trees.map(lambda leaf: placed(asarray(leaf), settled(wanted)), tree)


@contextmanager
def device(name: str) -> Iterator[str]:
    """A block in which compiled functions run on a device, and `device_put` moves there.

    Raises:
        ValueError: there is no such device.
    """
    token = CHOSEN.set(_chosen(name))
    try:
        yield settled(name)
    finally:
        CHOSEN.reset(token)


def _chosen(name: str) -> str | None:
    """The device of a block; none for NumPy's memory."""
    return None if name == HOST else settled(name)
