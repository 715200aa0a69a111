"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import Refused


def write_whole(path: Path, text: str, option: str) -> None:
    """Write a file beside its place, and move it there when it is complete.

    Raises:
        Refused: it cannot be written; what was there before is untouched.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            _write_and_move(path, text)
    except OSError as error:
        raise Refused(
            f"[explain] {option} {path} cannot be written ({error.strerror}), wanted a file in a folder that exists; "
            f"write {option} {path.name} for one in this folder"
        ) from error


def _write_and_move(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
