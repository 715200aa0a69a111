"""Machine code kept on disk, so that a second process need not compile what a first one has.

An entry is named by the SHA-256 of everything that the code depends on: the program in LLVM's language, the
processor and its features, the versions of LLVM and of this package. It begins with the SHA-256 of its contents, so a
truncated or foreign file is recognised, reported and compiled anew. Files are written whole under a name of their own
and then renamed, so that writers do not disturb each other or a reader. The least recently used entries are
removed when the folder grows over its bound.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

MOST_BYTES = 256 << 20
DIGEST = hashlib.sha256().digest_size


def folder() -> Path:
    """Where the entries are: ``$WENGERT_CACHE``, or the user's cache folder."""
    given = os.environ.get("WENGERT_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wengert"


@cache
def _surroundings() -> bytes:
    """What code depends on besides the program."""
    from ... import __version__

    features = llvm.get_host_cpu_features().flatten()
    parts = (__version__, llvmlite.__version__, str(llvm.llvm_version_info), llvm.get_host_cpu_name(), features)
    return "\n".join(parts).encode()


def key_of(program: str) -> str:
    """The name of a program's entry."""
    return hashlib.sha256(_surroundings() + program.encode()).hexdigest()


def load(key: str) -> bytes | None:
    """The machine code of an entry; ``None`` if there is none that is whole."""
    path = folder() / key
    try:
        contents = path.read_bytes()
    except OSError:
        return None
    digest, code = contents[:DIGEST], contents[DIGEST:]
    if hashlib.sha256(code).digest() != digest:
        warnings.warn(
            f"[jit] the cache entry {path} is damaged or not ours, wanted what an earlier process wrote; it is ignored "
            "and compiled anew; write WENGERT_CACHE=FOLDER for another place",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    with suppress(OSError):
        os.utime(path)
    return code


def store(key: str, code: bytes) -> None:
    """Keep machine code; where the folder cannot be written to, do without."""
    with suppress(OSError):
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(name, place / key)
        except BaseException:
            os.unlink(name)
            raise
        _prune(place)


def _prune(place: Path) -> None:
    """Remove the least recently used entries over the bound."""
    entries = [(entry.stat(), entry.path) for entry in os.scandir(place) if entry.is_file()]
    total = sum(status.st_size for status, _ in entries)
    for status, path in sorted(entries, key=lambda entry: entry[0].st_mtime):
        if total <= MOST_BYTES:
            break
        with suppress(OSError):
            os.unlink(path)
            total -= status.st_size


def code_of(program: str, compile_it: Callable[[], bytes]) -> bytes:
    """The machine code of a program, from the cache or compiled now."""
    key = key_of(program)
    code = load(key)
    if code is None:
        code = compile_it()
        store(key, code)
    return code
