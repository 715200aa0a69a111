"""Checkpoints of state that is laid out on a mesh: a file for each process, and an index that is written last.

A checkpoint is a folder ``step-...``. Each process writes the parts of arrays that are on its devices, in the format
safetensors. When all have done so the first one writes the index, whole or not at all: with it the checkpoint is there.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ..compile.xla.pieces import ArrayPiece, made_of, pieces_of, span
from ..core.mesh import MeshLayout
from ..core.placed import place_of
from ..core.python.files import write_whole
from ..core.python.source import at_line
from ..training.checkpoints import described, free_name, rebuilt
from .processes import gathered, process_index, wait_for_all

INDEX = "index.json"

PREFIX = "step-"


class Checkpoint(NamedTuple):
    """What has been read.

    Attributes:
        step: the number that it was written with.
        state: the state.
    """

    step: int
    state: Any


def save_checkpoint(folder: str | os.PathLike[str], state: Any, step: int, keep: int = 2) -> None:
    """Write a state, of which each process has parts; every process has to call it.

    It is there as a whole or not at all, whenever a process is killed.

    Args:
        folder: where checkpoints are, which all processes can write to.
        state: dicts, lists and tuples of tensors, arrays, numbers, texts and ``None``, nested in any way. What is not
            on a mesh is the first process's.
        step: its number; the latest one is that with the largest.
        keep: so many of the latest are kept, others removed.

    Raises:
        TypeError: there is something else in it.

    >>> import tempfile, wengert as wg, wengert.numpy as np
    >>> mesh = wg.distributed.mesh({"data": 1})
    >>> state = {"x": wg.shard(np.arange(4.0), mesh, "data"), "epoch": 3}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wg.distributed.save_checkpoint(folder, state, step=100)
    ...     wg.distributed.load_checkpoint(folder)
    Checkpoint(step=100, state={'x': tensor([0., 1., 2., 3.]), 'epoch': 3})
    """
    place = Path(folder) / f"{PREFIX}{step:010}"
    place.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}
    structure = described(state, "", lambda array, name: _put_aside(array, name, arrays))
    pieces = {name: _pieces(array) for name, array in arrays.items()}
    token = int(gathered(numpy.int64(secrets.randbits(48)))[0])
    _write_part(place / _file(token, process_index()), pieces)
    wait_for_all(f"parts of {place.name}")
    if process_index() == 0:
        index = {"structure": structure, "arrays": {n: _entry(arrays[n], pieces[n], token) for n in arrays}}
        write_whole(place / INDEX, json.dumps(index).encode())
        _remove_others(place, token, keep)


def load_checkpoint(folder: str | os.PathLike[str], like: Any = None) -> Checkpoint | None:
    """The latest state that was written as a whole; ``None`` if there is none.

    Args:
        folder: where checkpoints are.
        like: a state of the same structure. Where it has a tensor on a mesh, the one that is read is laid out alike,
            of which each process reads its part; however many processes have written it. Other arrays are in NumPy's
            memory, whole.

    Raises:
        ValueError: a file of it is missing or damaged.
    """
    found = [path for path in sorted(Path(folder).glob(f"{PREFIX}*")) if (path / INDEX).exists()]
    if not found:
        return None
    place = found[-1]
    index = json.loads((place / INDEX).read_bytes())
    wanted: dict[str, Any] = {}
    described(like, "", lambda array, name: _put_aside(array, name, wanted))
    stored = {name: _stored_in(place, name, entry) for name, entry in index["arrays"].items()}
    read = {name: _restored(array, _layout(wanted.get(name))) for name, array in stored.items()}
    return Checkpoint(int(place.name.removeprefix(PREFIX)), rebuilt(index["structure"], read))


# -- arrays and their pieces -----------------------------------------------------------------------


def _put_aside(array: Any, name: str, arrays: dict[str, Any]) -> dict[str, str]:
    name = free_name(name, arrays)
    arrays[name] = array._value if isinstance(array, wg.Tensor) else numpy.asarray(array)
    return {"tensor": name}


def _layout(value: Any) -> MeshLayout | None:
    place = None if value is None else place_of(value)
    return place if isinstance(place, MeshLayout) else None


def _pieces(value: Any) -> list[ArrayPiece]:
    if _layout(value) is not None:
        return pieces_of(value)
    return [ArrayPiece(0, (0,) * value.ndim, value.shape, numpy.asarray(value))]


def _file(token: int, process: int) -> str:
    return f"part-{token:012x}-{process:05}.safetensors"


def _entry(value: Any, pieces: Sequence[ArrayPiece], token: int) -> dict[str, Any]:
    """What the index says of an array."""
    found = [{"file": _file(token, p.process), "begin": p.begin, "shape": p.shape} for p in pieces]
    return {"shape": value.shape, "dtype": str(value.dtype), "pieces": found}


def _name(name: str, piece: int) -> str:
    return f"{name}@{piece}"


def _write_part(path: Path, pieces: Mapping[str, Sequence[ArrayPiece]]) -> None:
    """Write what this process has; the name of a piece is that of its array with its number."""
    wg.nn.save(
        {
            _name(name, number): _stored(numpy.asarray(piece.value))
            for name, parts in pieces.items()
            for number, piece in enumerate(parts)
            if piece.process == process_index()
        },
        path,
    )


def _stored(array: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    """An array as bytes, which the format has of every dtype: a last axis more."""
    return numpy.frombuffer(array.tobytes(), numpy.uint8).reshape(*array.shape, array.dtype.itemsize)


def _remove_others(place: Path, token: int, keep: int) -> None:
    """Remove parts of older writes of this checkpoint, and checkpoints that are neither whole nor of the latest."""
    for path in place.glob("part-*"):
        if not path.name.startswith(f"part-{token:012x}"):
            path.unlink()
    older = sorted(path for path in place.parent.glob(f"{PREFIX}*") if path.name < place.name)
    whole = [path for path in older if (path / INDEX).exists()]
    for path in set(older) - set(whole[len(whole) - keep + 1 :] if keep > 1 else []):
        shutil.rmtree(path, ignore_errors=True)


def _stored_in(place: Path, name: str, entry: Mapping[str, Any]) -> StoredArray:
    """An array, by what the index says of it."""
    return StoredArray(place, name, tuple(entry["shape"]), np.result_type(entry["dtype"]), entry["pieces"])


# -- reading ---------------------------------------------------------------------------------------


class StoredArray(NamedTuple):
    """An array of a checkpoint.

    Attributes:
        place: the folder.
        name: of the array.
        shape: its shape.
        dtype: its dtype.
        pieces: the file, the beginning and the shape of each piece.
    """

    place: Path
    name: str
    shape: tuple[int, ...]
    dtype: Any
    pieces: list[dict[str, Any]]

    def read(self, index: Sequence[slice]) -> numpy.ndarray[Any, Any]:
        """The part at some slices, of the pieces that it meets."""
        begin, shape = span(index, self.shape)
        out = numpy.empty(shape, self.dtype)
        for number, piece in enumerate(self.pieces):
            meeting = _meeting(begin, shape, piece["begin"], piece["shape"])
            if meeting is not None:
                ours, theirs = meeting
                out[ours] = self._piece(number, piece, theirs)
        return out

    def _piece(self, number: int, piece: Mapping[str, Any], index: tuple[slice, ...]) -> Any:
        """A part of a piece, of which no more is read."""
        path = self.place / piece["file"]
        library = _library()
        try:
            with library.safe_open(path, "numpy") as file:
                stored = file.get_slice(_name(self.name, number))[(*index, slice(None))]
        except (library.SafetensorError, OSError) as error:
            raise ValueError(
                f"[load_checkpoint] {path} is missing or damaged ({error}), wanted the parts that the index names; "
                f"remove {self.place}, and the checkpoint before it counts{at_line()}"
            ) from error
        return numpy.ascontiguousarray(stored).view(self.dtype)[..., 0]


def _library() -> ModuleType:
    import safetensors  # pyright: ignore[reportMissingImports]

    return safetensors


def _meeting(begin: Sequence[int], shape: Sequence[int], other_begin: Sequence[int], other_shape: Sequence[int]) -> Any:
    """Where two parts of an array meet, as slices of each; ``None`` if they do not."""
    ours, theirs = [], []
    for a, n, b, m in zip(begin, shape, other_begin, other_shape, strict=True):
        low, high = max(a, b), min(a + n, b + m)
        if low >= high:
            return None
        ours.append(slice(low - a, high - a))
        theirs.append(slice(low - b, high - b))
    return tuple(ours), tuple(theirs)


def _restored(stored: StoredArray, layout: MeshLayout | None) -> wg.Tensor:
    """An array of a checkpoint, whole in NumPy's memory, or laid out on a mesh."""
    if layout is None:
        return np.asarray(stored.read([slice(None)] * len(stored.shape)))
    return wg.Tensor(made_of(stored.shape, layout, stored.read))
