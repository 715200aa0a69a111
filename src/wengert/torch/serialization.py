"""``save`` and ``load``: numbers in files of the format safetensors. Nothing is unpickled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import wengert as wg
from wengert.fronts.face import Face, behind

from .tensor import of

__all__ = ["load", "save"]

ALONE = "torch.Tensor"
"""The name of a tensor that is saved alone."""


def save(obj: Any, f: Any, **_: Any) -> None:
    """Write a tensor, or a dict of tensors and numbers by name (such as a ``state_dict``), nested as you like.

    The format has tensors by name and nothing else: numbers are read as tensors, lists as dicts by number, and names
    that are whole numbers as these.

    Raises:
        TypeError: there is something in it that is neither.
    """
    wg.nn.save(_flat({ALONE: obj} if isinstance(obj, Face) else obj), _path(f, "save"))


def load(f: Any, map_location: Any = None, **_: Any) -> Any:
    """What `save` wrote, or any file in the format safetensors.

    Raises:
        ValueError: the file is of another format, such as a pickle, which PyTorch writes and nobody reads here.
    """
    found = wg.nn.load(_path(f, "load"))
    return of(found[ALONE]) if found.keys() == {ALONE} else _nested(found)


def _path(f: Any, op: str) -> Any:
    if isinstance(f, (str, os.PathLike)):
        return f
    raise TypeError(
        f"[{op}] a {type(f).__name__} was given, wanted the path of a file; write torch.{op}(..., 'net.pt')"
    )


def _flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Tensors by path."""
    if not isinstance(tree, Mapping):
        raise TypeError(
            f"[save] a {type(tree).__name__} was given, wanted a tensor or a dict of tensors by name; write "
            "torch.save(model.state_dict(), path), and load_state_dict when it is read"
        )
    found: dict[str, Any] = {}
    for name, value in tree.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{path}/"))
        elif isinstance(value, (list, tuple)):
            found.update(_flat(dict(enumerate(value)), f"{path}/"))
        elif isinstance(value, (Face, int, float, bool)):
            found[path] = behind(value) if isinstance(value, Face) else wg.tensor(value)
        else:
            raise TypeError(
                f"[save] {path!r} is a {type(value).__name__}, wanted tensors and numbers; write only the state_dict"
            )
    return found


def _nested(flat: Mapping[str, Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for path, tensor in flat.items():
        place = found
        *parents, name = path.split("/")
        for parent in parents:
            place = place.setdefault(_key(parent), {})
        place[_key(name)] = of(tensor)
    return found


def _key(name: str) -> Any:
    return int(name) if name.isdigit() else name
