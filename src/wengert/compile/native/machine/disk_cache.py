"""Machine code kept on disk, so that a second process need not compile what a first one has.

Beside it there are finished programs (see `kept`), each by the graph that it is made of, which say where code finds its
arrays: who finds one need not even look for its code.

An entry is named by the SHA-256 of everything that the code depends on: the program (its graph, and where its values
are), the processor and its features, the versions of LLVM, Python, NumPy and this package, and the source that the code
is written by. It begins with the SHA-256 of its name and contents, so a truncated, exchanged or foreign file is
recognised, reported and compiled anew; so is one that others may have written (see `folder`). Files are written whole
under a name of their own and then renamed, so that writers do not disturb each other or a reader. The least recently
used entries are removed when the folder grows over its bound.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import accumulate, count, pairwise
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import llvmlite
import numpy

from ....core.python.source import IMPORTED, PACKAGE
from .folder import (
    Folder,
    NotOursError,
    create,
    opened,
)
from .host import host

MOST_ON_DISK = 256 << 20
DIGEST = hashlib.sha256().digest_size
WRITERS = ("compile", "control", "core", "numpy", "ops", "scipy/special", "transforms", "walks")
"""The parts of the package by which graphs are simplified and machine code is written."""

PROGRAM_SUFFIX = ".program"
"""How the names of finished programs end; those of machine code have no such ending."""

WRITES_BETWEEN_LOOKS = 64
"""After so many entries the folder is looked through for old ones, which takes as long as there are files in it."""
_written = count(os.getpid())
"""Entries that are written; from another number on in each process, so that short ones take turns in looking."""


class Code(NamedTuple):
    """Machine code as object files, and numbers that whoever runs it must know."""

    objects: list[bytes]
    facts: Mapping[str, int]

    def packed(self) -> bytes:
        """As the contents of a file."""
        return joined({"facts": dict(self.facts)}, self.objects)

    @classmethod
    def unpacked(cls, contents: bytes) -> Code:
        """The inverse.

        Raises:
            NotOursError: these are not the contents of such a file.
        """
        head, objects = separated(contents)
        try:
            return cls(objects, {str(name): int(value) for name, value in head["facts"].items()})
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise NotOursError("is damaged") from error


def joined(head: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    """What is said of some parts, in numbers and texts, and these."""
    return b"\n".join([json.dumps({**head, "sizes": list(map(len, parts))}).encode(), b"".join(parts)])


def separated(contents: bytes) -> tuple[Mapping[str, Any], list[bytes]]:
    """The inverse.

    Raises:
        NotOursError: these are no parts with a head.
    """
    first, _, rest = contents.partition(b"\n")
    try:
        head = json.loads(first)
        ends = list(accumulate(head["sizes"], initial=0))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise NotOursError("is damaged") from error
    if ends != sorted(ends) or ends[-1] != len(rest):
        raise NotOursError("is damaged")
    return head, [rest[begin:end] for begin, end in pairwise(ends)]


class Entry(Protocol):
    """What is kept in a file."""

    def packed(self) -> bytes: ...

    @classmethod
    def unpacked(cls, contents: bytes) -> Any: ...


E = TypeVar("E", bound=Entry)


# -- names -----------------------------------------------------------------------------------------


def folder() -> Path:
    """Where the entries are: ``$WENGERT_CACHE``, or the user's cache folder.

    Raises:
        FileNotFoundError: the user has no home, as in a container where it is only a number.
    """
    given, caches = os.environ.get("WENGERT_CACHE"), os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(given).expanduser() if given else Path(caches or Path.home() / ".cache") / "wengert"
    except RuntimeError as error:
        raise FileNotFoundError(*error.args) from error


@cache
def _surroundings() -> bytes:
    """What code depends on besides the program."""
    from .... import __version__

    versions = (__version__, llvmlite.__version__, host().version, sys.version, numpy.__version__)
    machine = (host().triple, host().processor, host().feature_text)
    parts = (*versions, *machine, source_digest(Path(PACKAGE)))
    return "\n".join(parts).encode()


def source_digest(package: Path, imported: float = IMPORTED) -> str:
    """A digest of the source that code is written by, which changes more often than versions do.

    Where it has changed since it was imported, nobody else may use the code, and the digest is one of nothing.
    """
    digest = hashlib.sha256()
    for path in sorted(path for part in WRITERS for path in _sources(str(package / part))):
        with open(path, "rb") as file:
            contents = file.read()
            if os.fstat(file.fileno()).st_mtime > imported:
                return os.urandom(DIGEST).hex()
        digest.update(b"%d\n" % len(contents) + contents)
    return digest.hexdigest()


def _sources(place: str) -> Iterator[str]:
    """The files in a folder; none if the package is in an archive, which the version must tell from others."""
    for entry in os.scandir(place) if os.path.isdir(place) else ():
        if entry.is_dir():
            yield from _sources(entry.path)
        elif entry.name.endswith(".py"):
            yield entry.path


def key_of(*program: str) -> str:
    """The name of a program's entry."""
    return hashlib.sha256(b"\0".join([_surroundings(), *(part.encode() for part in program)])).hexdigest()


# -- the whole of it -------------------------------------------------------------------------------


class Stock(NamedTuple):
    """What the cache holds.

    Attributes:
        path: its folder, whether or not it is there.
        entries: how many programs with machine code.
        size: the bytes of all that is kept.
        trouble: why the folder is not used; ``None`` if it is, or will be made.
    """

    path: Path
    entries: int
    size: int
    trouble: str | None


def stock() -> Stock:
    """What the cache holds now.

    Raises:
        FileNotFoundError: the user has no home.
    """
    path = folder()
    try:
        with opened(path) as place:
            sizes = {name: status.st_size for name, status in place.files() if is_entry(name)}
            return Stock(path, sum(not name.endswith(PROGRAM_SUFFIX) for name in sizes), sum(sizes.values()), None)
    except FileNotFoundError:
        return Stock(path, 0, 0, None)
    except (NotOursError, OSError) as error:
        return Stock(path, 0, 0, str(error))


def clear() -> Stock:
    """Remove all entries, and nothing else that may be in the folder.

    Returns:
        What was removed.

    Raises:
        NotOursError: the folder is a link, or others may write to it.
        OSError: it cannot be opened.
    """
    found = stock()
    with suppress(FileNotFoundError), opened(found.path) as place:
        for name, _ in place.files():
            if is_entry(name):
                place.remove(name)
    left = stock()
    return found._replace(entries=found.entries - left.entries, size=found.size - left.size)


def is_entry(name: str) -> bool:
    """Whether a file has the name of a program, or of one that is finished."""
    return re.fullmatch(f"[0-9a-f]{{{2 * DIGEST}}}({re.escape(PROGRAM_SUFFIX)})?", name) is not None


# -- entries ---------------------------------------------------------------------------------------


def load(key: str, kind: type[E] = Code) -> E | None:
    """An entry; ``None`` if there is none that is whole and ours."""
    return _in_folder(lambda place: _read(place, key, kind))


def store(key: str, entry: Entry) -> None:
    """Keep an entry; where the folder cannot be written to, do without."""
    with suppress(OSError):
        create(folder())
    _in_folder(lambda place: _write(place, key, entry.packed()))


def _in_folder(use: Callable[[Folder], E | None]) -> E | None:
    """What is done with the folder, if it is there, is ours, and the system allows it."""
    with suppress(OSError):
        path = folder()
        try:
            with opened(path) as place:
                return use(place)
        except NotOursError as error:
            _warn_of_folder(path, str(error))
    return None


def _read(place: Folder, key: str, kind: type[E]) -> E | None:
    try:
        contents = place.read(key, MOST_ON_DISK)
        return None if contents is None else kind.unpacked(_checked(key, contents))
    except NotOursError:
        warnings.warn(
            f"[jit] the cache entry {place.path / key} is damaged or not ours, wanted what an earlier process wrote; "
            "it is ignored and compiled anew; write WENGERT_CACHE=FOLDER for another place",
            RuntimeWarning,
            stacklevel=2,
        )
        return None


def _write(place: Folder, key: str, packed: bytes) -> None:
    place.write(key, _digest(key, packed) + packed)
    if next(_written) % WRITES_BETWEEN_LOOKS == 0:
        place.prune(MOST_ON_DISK)


@cache
def _warn_of_folder(path: Path, why: str) -> None:
    warnings.warn(
        f"[jit] the cache folder {path} {why}, wanted a folder of our own that nobody else may write to; it is not "
        f"used, and programs are compiled anew; write rm -r {path} for us to make it anew, or WENGERT_CACHE=FOLDER for "
        "another place",
        RuntimeWarning,
        stacklevel=2,
    )


def _checked(key: str, contents: bytes) -> bytes:
    """The contents of a file behind their digest.

    Raises:
        NotOursError: it is the digest of others.
    """
    digest, packed = contents[:DIGEST], contents[DIGEST:]
    if _digest(key, packed) != digest:
        raise NotOursError("is damaged")
    return packed


def _digest(key: str, packed: bytes) -> bytes:
    """What an entry begins with: its name is a part, so that it is of no use under another."""
    return hashlib.sha256(b"%s\n%s" % (key.encode(), packed)).digest()


def code_of(key: str | None, compile_it: Callable[[], Code]) -> Code:
    """The machine code of a program, from the cache or compiled now; without a key always the latter."""
    code = None if key is None else load(key)
    if code is None:
        code = compile_it()
        if key is not None:
            store(key, code)
    return code
