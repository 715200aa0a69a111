"""Tensors by name in files of the format safetensors, which hold numbers only: no code runs when one is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..core.python.files import write_whole
from .errors import wrong

__all__ = ["load", "save"]


def _library() -> ModuleType:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            "[nn.save] the package safetensors is not installed, wanted it for files of tensors; write pip install "
            "'wengert[training]'"
        ) from error
    return safetensors


def save(state: Mapping[str, Any], path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
    """Write arrays by name, such as a ``state_dict``, to a file in the format safetensors: whole, or not at all.

    PyTorch reads it with ``safetensors.torch.load_file(path)``.

    Args:
        state: arrays or tensors by name.
        path: the file; one that is there is replaced when the new one is complete.
        metadata: texts by name, kept along.

    Raises:
        TypeError: `state` is no dict of arrays by name.

    >>> import tempfile, wengert as wg
    >>> net = wg.nn.Linear(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wg.nn.save(net.state_dict(), f"{folder}/net.safetensors")
    ...     net.load_state_dict(wg.nn.load(f"{folder}/net.safetensors"))
    Incompatible(missing_keys=[], unexpected_keys=[])
    """
    if not isinstance(state, Mapping) or not all(isinstance(name, str) for name in state):
        raise TypeError(
            f"[nn.save] a {type(state).__name__} was given, wanted a dict of arrays by name; write "
            "nn.save(net.state_dict(), path)"
        )
    arrays = {name: numpy.array(_detached(value), order="C") for name, value in state.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "biufcV":
            raise TypeError(
                f"[nn.save] {name!r} is a {type(state[name]).__name__}, wanted arrays of numbers by name; write "
                "nn.save(net.state_dict(), path), or wg.training.save_checkpoint(path, state) for nested state"
            )
    write_whole(Path(path), _library().numpy.save(arrays, metadata=dict(metadata) if metadata else None))


def _detached(value: Any) -> Any:
    return value.detach().numpy() if isinstance(value, wg.Tensor) else numpy.asarray(value)


def load(path: str | os.PathLike[str]) -> dict[str, wg.Tensor]:
    """The tensors by name that are in a file in the format safetensors, written by `save` or by PyTorch.

    Raises:
        ValueError: the file is damaged, or of another format.
    """
    library = _library()
    try:
        parts = library.deserialize(Path(path).read_bytes())
    except library.SafetensorError as error:
        raise wrong(
            "nn.load",
            f"the file {os.fspath(path)}, which is damaged or of another format ({error})",
            "a file in the format safetensors",
            "write safetensors.torch.save_file(net.state_dict(), path) in PyTorch, or nn.save here",
        ) from error
    return {name: _tensor(part, path) for name, part in parts}


KINDS = {"F": "float", "I": "int", "U": "uint", "C": "complex"}
"""What the letters of the format's dtypes stand for, before a number of bits."""


def _tensor(part: Mapping[str, Any], path: Any) -> wg.Tensor:
    """A tensor of its dtype, shape and bytes."""
    code = part["dtype"]
    try:
        name = {"BOOL": "bool", "BF16": "bfloat16"}.get(code) or KINDS[code[0]] + code[1:]
        return np.asarray(numpy.frombuffer(part["data"], np.result_type(name)).reshape(part["shape"]))
    except (KeyError, TypeError) as error:
        raise wrong(
            "nn.load",
            f"the file {os.fspath(path)} with numbers of the dtype {code}",
            "numbers of 16 bits or more, integers or truth values",
            "write tensor.to(torch.float32) for it in PyTorch before it is saved",
        ) from error
