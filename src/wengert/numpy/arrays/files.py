"""Files of arrays: NumPy's formats, written whole or not at all, and read without running what is in them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy

from ...core.tensor import Tensor
from ...ops.operands import numbers
from ..protocols.lift import to_tensor
from ..protocols.values import raw

__all__ = ["load", "save", "savetxt", "savez", "savez_compressed"]


# -- writing ---------------------------------------------------------------------------------------


def save(file: Any, arr: Any, allow_pickle: bool = False) -> None:
    """As ``numpy.save``, of the value; a path gets its file whole or not at all.

    Raises:
        TypeError: it is no array of numbers.
        ValueError: ``allow_pickle=True``.
    """
    _refuse_pickles("save", allow_pickle)
    value = _value(arr, "save")
    _write(file, ".npy", lambda target: numpy.save(target, value, allow_pickle=False))


def savez(file: Any, *args: Any, allow_pickle: bool = False, **kwds: Any) -> None:
    """As ``numpy.savez``, of the values; a path gets its file whole or not at all."""
    _save_several(numpy.savez, file, args, allow_pickle, kwds)


def savez_compressed(file: Any, *args: Any, allow_pickle: bool = False, **kwds: Any) -> None:
    """As ``numpy.savez_compressed``, of the values; a path gets its file whole or not at all."""
    _save_several(numpy.savez_compressed, file, args, allow_pickle, kwds)


def _save_several(write: Callable[..., None], file: Any, args: Any, allow_pickle: bool, named: dict[str, Any]) -> None:
    op = write.__name__
    _refuse_pickles(op, allow_pickle)
    values = [_value(a, op) for a in args]
    others = {name: _value(a, op) for name, a in named.items()}
    _write(file, ".npz", lambda target: write(target, *values, allow_pickle=False, **others))


def savetxt(fname: Any, X: Any, *args: Any, **options: Any) -> None:
    """As ``numpy.savetxt``, of the value; a path gets its file whole or not at all."""
    value = _value(X, "savetxt")
    if _is_path(fname):
        _replace_whole(os.fspath(fname), lambda path: numpy.savetxt(path, value, *args, **options))
    else:
        numpy.savetxt(fname, value, *args, **options)


def _value(x: Any, op: str) -> Any:
    return raw(to_tensor(x, op))


def _refuse_pickles(op: str, allow_pickle: bool) -> None:
    if allow_pickle:
        raise ValueError(
            f"[{op}] allow_pickle=True was given, wanted False, since reading a pickle runs what is written in it; "
            "write pickle.dump for objects that you trust"
        )


def _is_path(file: Any) -> bool:
    return isinstance(file, (str, os.PathLike))


def _write(file: Any, extension: str, write: Callable[[Any], None]) -> None:
    """Write to a file, or to a path, which has the extension of its format."""
    made = io.BytesIO()
    write(made)
    if not _is_path(file):
        file.write(made.getvalue())
        return
    path = os.fspath(file)
    _replace_whole(path if path.endswith(extension) else path + extension, lambda target: _fill(target, made))


def _fill(path: str, content: io.BytesIO) -> None:
    with open(path, "wb") as file:
        file.write(content.getbuffer())


def _replace_whole(path: str, write: Callable[[str], Any]) -> None:
    """Write beside a path, and give it the name when all is there."""
    from tempfile import mkstemp  # which takes as long to import as a tenth of this package

    handle, beside = mkstemp(prefix=".new-", suffix=os.path.splitext(path)[1], dir=os.path.dirname(path) or ".")
    os.close(handle)
    try:
        write(beside)
        os.chmod(beside, os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o666 & ~_umask())
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


# -- reading ---------------------------------------------------------------------------------------


class Archive(Mapping[str, Tensor]):
    """The arrays of a ``.npz`` file by their names, each read when it is asked for."""

    def __init__(self, theirs: Any) -> None:
        self._theirs = theirs
        self.files: list[str] = theirs.files

    def __getitem__(self, name: str) -> Tensor:
        return Tensor(numbers(self._theirs[name], "load"))

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._theirs.close()

    def __repr__(self) -> str:
        return f"Archive({', '.join(self.files)})"


def load(
    file: Any,
    mmap_mode: Any = None,
    allow_pickle: bool = False,
    fix_imports: bool = True,
    encoding: Any = "ASCII",
    *,
    max_header_size: int = 10000,
) -> Any:
    """As ``numpy.load``: a tensor, or of a ``.npz`` file its arrays by their names.

    Raises:
        ValueError: ``allow_pickle=True``, or there is a pickle in the file.
    """
    _refuse_pickles("load", allow_pickle)
    found = numpy.load(file, mmap_mode, False, fix_imports, encoding, max_header_size=max_header_size)
    return Tensor(numbers(found, "load")) if isinstance(found, numpy.ndarray) else Archive(found)
