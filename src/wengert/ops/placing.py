"""Moving values between devices, and laying them out on meshes: operations that are their own derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.abstract import Abstract
from ..core.mesh import Mesh, MeshLayout
from ..core.placed import HOST, device_of, devices, is_placed, place_of
from ..core.primitive import Primitive
from ..core.python.source import at_line
from ..core.recording import general, record
from ..core.state import state
from ..core.tensor import Tensor
from .linear_maps import Map


def _evaluate(x: Any, device: str | MeshLayout, origin: str | MeshLayout) -> Any:
    return devices().place(x, device)


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    return _move(operands[0], **{name: _of_batch(place) for name, place in node.params.items()})


def _of_batch(place: str | MeshLayout) -> str | MeshLayout:
    return place.behind(1) if isinstance(place, MeshLayout) else place


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


def placed(x: Tensor, device: str | MeshLayout) -> Tensor:
    """A tensor in the memory of a device, or laid out on a mesh; the tensor itself, if it is there.

    Raises:
        RuntimeError: a compiled function asks, whose values are where its program runs.
    """
    if state.recorder is not None:
        write = (
            "wg.constrain(x, mesh, parts)" if isinstance(device, MeshLayout) else f"x.to({device!r}) before the call"
        )
        raise RuntimeError(
            f"[to] inside jit a tensor was to be moved to {device}, wanted tensors that are where the program runs; "
            f"write {write}{at_line()}"
        )
    origin = HOST if type(x._value) is Abstract else place_of(x._value)
    return x if origin == device else record(PLACE, (x,), {"device": device, "origin": origin})


# -- on a mesh -------------------------------------------------------------------------------------


def check_runs_on(mesh: Mesh, device: str, op: str) -> None:
    """Refuse a mesh within what runs elsewhere.

    Raises:
        ValueError: it runs on a device, or on another mesh.
    """
    if device != mesh.name:
        raise ValueError(
            f"[{op}] {mesh} was given, and the operands are on {device}, wanted some that are on this mesh; write "
            f"wg.distributed.replicate(x, mesh) for one of them{at_line()}"
        )


def _batch_of_constrained(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    return constrained(operands[0], layout=node.params["layout"].behind(1))


def _evaluate_constrained(x: Any, layout: MeshLayout) -> Any:
    if not is_placed(x):
        return x
    check_runs_on(layout.mesh, device_of(x), "constrain")
    return devices().place(x, layout)


CONSTRAIN = Primitive(
    "constrain",
    _evaluate_constrained,
    ("x",),
    lambda x, layout: Abstract(x.shape, x.dtype),
    [
        Map(
            lambda dx, residuals, node: constrained(dx, **node.params),
            lambda ct, residuals, node: constrained(ct, **node.params),
            frozenset(),
        )
    ],
    batch=_batch_of_constrained,
    moves=True,
)
CONSTRAIN.is_anywhere = True
constrained = CONSTRAIN.operation = general(CONSTRAIN)
"""``constrained(x, layout=)`` is `x`, of which programs on the mesh have the elements where the layout says."""
