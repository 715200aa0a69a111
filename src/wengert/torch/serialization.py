"""``save`` and ``load``: numbers in files of the format safetensors. Nothing is unpickled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import wengert as wg
from wengert.fronts.face import Face, behind

from .tensor import of

__all__ = ["load", "save"]

ALONE = "tensor"
"""The name of a tensor that is saved alone."""


def save(obj: Any, f: Any, **_: Any) -> None:
    """Write a tensor, or a dict of tensors and numbers by name (such as a ``state_dict``), nested as you like.

    Raises:
        TypeError: there is something in it that is neither.
    """
    flat = _flat({ALONE: obj} if isinstance(obj, Face) else obj)
    wg.nn.save(flat, _path(f, "save"), {"wengert.torch": "alone" if isinstance(obj, Face) else "nested"})


def load(f: Any, map_location: Any = None, **_: Any) -> Any:
    """What `save` wrote, or any file in the format safetensors.

    Raises:
        ValueError: the file is a pickle, as PyTorch writes it.
    """
    path = _path(f, "load")
    with open(path, "rb") as file:
        begin = file.read(8)
    if _is_pickle(begin):
        raise ValueError(
            f"[load] {os.fspath(path)!r} is a pickle, which may run any code when it is read, wanted a file in the "
            "format safetensors; write safetensors.torch.save_file(model.state_dict(), path) where PyTorch is"
        )
    found = wg.nn.load(path)
    return of(found[ALONE]) if found.keys() == {ALONE} else _nested(found)


def _is_pickle(begin: bytes) -> bool:
    """Whether a file is a pickle or an archive of one; safetensors begin with the length of a header in 8 bytes."""
    return begin[:4] == b"PK\x03\x04" or (begin[:1] == b"\x80" and any(begin[4:]))


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
