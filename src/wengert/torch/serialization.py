"""``save`` and ``load``: numbers and plain values in files of the format safetensors. Nothing is unpickled.

The tensors are in the file under names that say where they are, as any reader of the format sees them. What they are
in, dicts, lists and plain values, is beside them as JSON.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import wengert as wg
from wengert.fronts.face import Face

from . import dtypes
from .device import check_device
from .size import Size
from .tensor import of

__all__ = ["add_safe_globals", "load", "safe_globals", "save"]

TREE = "wengert.torch"
"""The name of what is beside the tensors."""

PLAIN = (bool, int, float, str, type(None))


def save(obj: Any, f: Any, **_: Any) -> None:
    """Write tensors, numbers and texts in dicts, lists and tuples, nested as you like, such as a checkpoint.

    Args:
        obj: what is written.
        f: the path of a file, or a file that is open for bytes.

    Raises:
        TypeError: there is something else in it, such as a whole module.
    """
    tensors: dict[str, Any] = {}
    tree = json.dumps(_said(obj, "", tensors))
    with _as_path(f, "save") as path:
        wg.nn.save(tensors, path, {TREE: tree})
        if path != f:
            f.write(Path(path).read_bytes())


def load(f: Any, map_location: Any = None, *, weights_only: bool | None = None, **_: Any) -> Any:
    """What `save` wrote, or the tensors by name of any file in the format safetensors.

    Args:
        f: the path of a file, or a file that is open for bytes.
        map_location: ``"cpu"``, or nothing.

    Raises:
        ValueError: the file is of another format, such as a pickle, which PyTorch writes and nobody reads here.
    """
    if isinstance(map_location, (str, dtypes.dtype)):
        check_device(map_location, "load")
    with _as_path(f, "load") as path:
        if path != f:
            Path(path).write_bytes(f.read())
        tensors = {name: of(tensor) for name, tensor in wg.nn.load(path).items()}
        tree = _beside(Path(path).read_bytes())
    return tensors if tree is None else _built(json.loads(tree), tensors)


@contextmanager
def _as_path(f: Any, op: str) -> Iterator[Any]:
    """The path of a file; one in a new folder for a file that is open.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(f, (str, os.PathLike)):
        yield f
    elif hasattr(f, "read") and hasattr(f, "write"):
        with tempfile.TemporaryDirectory() as folder:
            yield os.path.join(folder, "file")
    else:
        raise TypeError(
            f"[{op}] a {type(f).__name__} was given, wanted the path of a file; write torch.{op}(..., 'net.pt')"
        )


def _beside(content: bytes) -> str | None:
    """What stands beside the tensors: the format begins with the length of a text in JSON, and this text."""
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]).get("__metadata__", {}).get(TREE)


def _said(value: Any, path: str, tensors: dict[str, Any]) -> Any:
    """A value in JSON: plain values as they are, others as a dict whose only key says what they are."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Face):
        name = path or "tensor"
        tensors[name] = value._tensor
        return {"followed" if value._tensor.requires_grad and value._tensor.is_leaf else "tensor": name}
    if isinstance(value, dtypes.dtype):
        return {"dtype": value.name}
    before = f"{path}." if path else ""
    if isinstance(value, Mapping):
        return {"dict": [[_said(key, "", {}), _said(each, f"{before}{key}", tensors)] for key, each in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "size" if isinstance(value, Size) else "tuple"
        return {kind: [_said(each, f"{before}{place}", tensors) for place, each in enumerate(value)]}
    raise TypeError(
        f"[save] {path or 'what was given'} is a {type(value).__name__}, wanted tensors, numbers and texts in dicts "
        "and lists; write torch.save(model.state_dict(), path), and load_state_dict when it is read"
    )


def _built(said: Any, tensors: Mapping[str, Any]) -> Any:
    if not isinstance(said, dict):
        return said
    ((kind, value),) = said.items()
    if kind in ("tensor", "followed"):
        return tensors[value].requires_grad_(kind == "followed")
    if kind == "dtype":
        return dtypes.bfloat16() if value == "bfloat16" else dtypes.DTYPES[value]
    if kind == "dict":
        return {_built(key, tensors): _built(each, tensors) for key, each in value}
    return {"list": list, "tuple": tuple, "size": Size}[kind](_built(each, tensors) for each in value)


def add_safe_globals(safe_globals: Any) -> None:
    """Nothing: nothing is unpickled, so that no class has to be allowed."""


@contextmanager
def safe_globals(safe_globals: Any) -> Iterator[None]:
    """A block that does nothing: nothing is unpickled, so that no class has to be allowed."""
    yield
