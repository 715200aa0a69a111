"""Checkpoints: nested states of tensors, numbers and texts in one file, which is whole or not there.

A file is in the format safetensors: tensors by name, and the rest as JSON among the texts that the format keeps along.
Reading one runs no code.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

ENTRY = "wengert"
"""The name of the text that has the structure of a state."""


def save_checkpoint(path: str | os.PathLike[str], state: Any) -> None:
    """Write a state to a file, which takes the place of an older one when it is complete and on the disk.

    Args:
        path: the file.
        state: dicts, lists and tuples of tensors, arrays, numbers, texts and ``None``, nested in any way.

    Raises:
        TypeError: there is something else in it.

    >>> import tempfile, wengert as wg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wg.training.save_checkpoint(f"{folder}/state.safetensors", {"step": 3, "x": wg.tensor([1.0, 2.0])})
    ...     wg.training.load_checkpoint(f"{folder}/state.safetensors")
    {'step': 3, 'x': tensor([1., 2.])}
    """
    arrays: dict[str, Any] = {}
    structure = json.dumps(described(state, "", lambda array, name: _put_aside(array, name, arrays)))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    wg.nn.save(arrays, path, {ENTRY: structure})


def load_checkpoint(path: str | os.PathLike[str]) -> Any:
    """The state that a file was written of.

    Raises:
        ValueError: it is damaged, or no checkpoint.
    """
    library = _library()
    try:
        with library.safe_open(path, "numpy") as file:
            structure = (file.metadata() or {}).get(ENTRY)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    except library.SafetensorError as error:
        raise _foreign(path, str(error)) from error
    if structure is None:
        raise _foreign(path, "it has tensors and no structure")
    return rebuilt(json.loads(structure), arrays)


def _library() -> ModuleType:
    try:
        import safetensors  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ImportError(
            "[load_checkpoint] the package safetensors is not installed, wanted it for files of tensors; write pip "
            "install 'wengert[training]'"
        ) from error
    return safetensors


def _foreign(path: Any, reason: str) -> ValueError:
    return ValueError(
        f"[load_checkpoint] {os.fspath(path)} is damaged or no checkpoint ({reason}), wanted a file written by "
        "save_checkpoint; write wg.training.save_checkpoint(path, state)"
    )


PLAIN = (type(None), bool, int, float, str)


def described(state: Any, name: str, put_aside: Callable[[Any, str], dict[str, str]]) -> Any:
    """What JSON can say of a state.

    Args:
        state: the state.
        name: of it, by which the names of what is in it begin.
        put_aside: is given each array with its name, and says where it is.

    Raises:
        TypeError: there is something else in it than tensors, numbers, texts, dicts, lists and tuples.
    """
    if isinstance(state, (wg.Tensor, numpy.ndarray, numpy.generic)):
        return put_aside(state, name)
    if isinstance(state, dict):
        return {"dict": [[key, described(value, _under(name, key), put_aside)] for key, value in state.items()]}
    if isinstance(state, (list, tuple)):
        items = [described(value, _under(name, place), put_aside) for place, value in enumerate(state)]
        return {type(state).__name__: items}
    if isinstance(state, PLAIN):
        return state
    raise TypeError(
        f"[save_checkpoint] {name or 'the state'} is of type {type(state).__name__}, wanted tensors, numbers, texts, "
        "and dicts, lists and tuples of them; write its state_dict()"
    )


def _under(name: str, key: Any) -> str:
    return f"{name}.{key}" if name else str(key)


def _put_aside(array: Any, name: str, arrays: dict[str, Any]) -> dict[str, str]:
    """Keep an array under a name of its own; complex numbers, which files do not have, as pairs."""
    value: Any = array.detach().numpy() if isinstance(array, wg.Tensor) else numpy.asarray(array)
    name = free_name(name, arrays)
    is_complex = value.dtype.kind == "c"
    arrays[name] = numpy.stack([value.real, value.imag], -1) if is_complex else value
    return {"complex" if is_complex else "tensor": name}


def free_name(name: str, taken: Container[str]) -> str:
    """A name, with strokes behind it where it is empty or taken."""
    while not name or name in taken:
        name += "'"
    return name


def rebuilt(described: Any, arrays: Mapping[str, Any]) -> Any:
    """The state of which JSON says this, with arrays by name."""
    if not isinstance(described, dict):
        return described
    ((kind, value),) = described.items()
    if kind == "tensor":
        return np.asarray(arrays[value])
    if kind == "complex":
        return np.asarray(arrays[value][..., 0] + 1j * arrays[value][..., 1])
    if kind == "dict":
        return {key: rebuilt(item, arrays) for key, item in value}
    items = [rebuilt(item, arrays) for item in value]
    return tuple(items) if kind == "tuple" else items
