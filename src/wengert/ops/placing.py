"""Moving values between devices: an operation that is its own derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.abstract import Abstract
from ..core.placed import HOST, device_of, devices
from ..core.primitive import Primitive
from ..core.recording import general, record
from ..core.source import at_line
from ..core.state import state
from ..core.tensor import Tensor
from .linear_maps import Map


def _evaluate(x: Any, device: str, origin: str) -> Any:
    return devices().place(x, device)


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    return _move(operands[0], **node.params)


PLACE = Primitive(
    "place",
    _evaluate,
    ("x",),
    lambda x, device, origin: Abstract(x.shape, x.dtype),
    [
        Map(
            lambda dx, residuals, node: _move(dx, **node.params),
            lambda ct, residuals, node: _move(ct, device=node.params["origin"], origin=node.params["device"]),
            frozenset(),
        )
    ],
    batch=_batch,
    moves=True,
)
_move = PLACE.operation = general(PLACE)
PLACE.is_anywhere = True


def placed(x: Tensor, device: str) -> Tensor:
    """A tensor in the memory of a device; the tensor itself, if it is there.

    Raises:
        RuntimeError: a compiled function asks, whose values are where its program runs.
    """
    if state.recorder is not None:
        raise RuntimeError(
            f"[to] inside jit a tensor was to be moved to {device}, wanted tensors that are where the program runs; "
            f"write x.to({device!r}) before the call{at_line()}"
        )
    origin = HOST if type(x._value) is Abstract else device_of(x._value)
    return x if origin == device else record(PLACE, (x,), {"device": device, "origin": origin})
