"""A folder on disk of which we are the only ones that write there: nothing else is read, and no link is followed.

Machine code that others may write is theirs, and runs as us. So the folder and each file have to belong to us, without
leave for others to write, and everything goes by the folder as it was when that was looked at.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

UNFINISHED = ".new-"
"""How the names of files begin that are being written."""
STALE = 3600.0
"""After so many seconds nobody writes them any more."""

_READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WRITING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotOursError(Exception):
    """Why something on disk is not used."""


class Folder:
    """An open folder of our own.

    Attributes:
        handle: what names are relative to; ``None`` where the system has no such thing (on Windows).
    """

    def __init__(self, path: Path, handle: int | None) -> None:
        self.path = path
        self.handle = handle

    def read(self, name: str, most: int) -> bytes | None:
        """The contents of a file of at most so many bytes; ``None`` if there is no file.

        Raises:
            NotOursError: it is a link, not ours, or longer.
        """
        try:
            file = os.open(self._place(name), _READING, **self._relative("dir_fd"))
        except OSError as error:
            _refuse_links(error)
            return None
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                return None
            _check_owner(status)
            if status.st_size > most:
                raise NotOursError("is longer than any of ours")
            with os.fdopen(file, "rb", closefd=False) as opened:
                contents = opened.read(most + 1)
            with suppress(OSError):
                os.utime(file if os.utime in os.supports_fd else self._place(name))
            return contents
        finally:
            os.close(file)

    def write(self, name: str, contents: bytes) -> None:
        """Write a file as a whole, whatever was there.

        Raises:
            OSError: it cannot be written.
        """
        unfinished = f"{UNFINISHED}{os.getpid()}-{secrets.token_hex(8)}"
        file = os.open(self._place(unfinished), _WRITING, 0o600, **self._relative("dir_fd"))
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(contents)
            ends = self._relative("src_dir_fd") | self._relative("dst_dir_fd")
            os.replace(self._place(unfinished), self._place(name), **ends)
        except BaseException:
            self.remove(unfinished)
            raise

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(OSError):
            os.unlink(self._place(name), **self._relative("dir_fd"))

    def files(self) -> list[tuple[str, os.stat_result]]:
        """The names of the files that there are, those that are being written too, and what the system says of each."""
        with os.scandir(self.path if self.handle is None else self.handle) as entries:
            return [(e.name, e.stat(follow_symlinks=False)) for e in entries if e.is_file(follow_symlinks=False)]

    def prune(self, most: int) -> None:
        """Remove what is no longer being written, and the least recently used files over a number of bytes."""
        found = self.files()
        unfinished = [(name, status) for name, status in found if name.startswith(UNFINISHED)]
        for name, status in unfinished:
            if time.time() - status.st_mtime > STALE:
                self.remove(name)
        files = [file for file in found if file not in unfinished]
        total = sum(status.st_size for _, status in files)
        for name, status in sorted(files, key=lambda file: file[1].st_mtime):
            if total <= most:
                break
            self.remove(name)
            total -= status.st_size

    def _place(self, name: str) -> Any:
        return self.path / name if self.handle is None else name

    def _relative(self, keyword: str) -> dict[str, Any]:
        return {} if self.handle is None else {keyword: self.handle}


@contextmanager
def opened(path: Path) -> Iterator[Folder]:
    """A folder that there is.

    Raises:
        NotOursError: it is a link, or not ours.
        OSError: there is none, or it cannot be opened.
    """
    if os.open not in os.supports_dir_fd:
        yield Folder(path, None)
        return
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        if path.is_symlink():
            raise NotOursError("is a link") from error
        raise
    try:
        _check_owner(os.fstat(handle))
        yield Folder(path, handle)
    finally:
        os.close(handle)


def create(path: Path) -> None:
    """Make a folder that is ours alone, if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)


def _refuse_links(error: OSError) -> None:
    if error.errno == errno.ELOOP:
        raise NotOursError("is a link") from error


def _check_owner(status: os.stat_result) -> None:
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise NotOursError("belongs to another user")
    if hasattr(os, "geteuid") and status.st_mode & _OTHERS_WRITE:
        raise NotOursError("may be written by others")
