"""Files that a command writes."""

from __future__ import annotations

from pathlib import Path

from ..core.python.files import write_whole
from .errors import Refused, command


def write_file(path: Path, text: str, option: str) -> None:
    """Write a file beside its place, and move it there when it is complete.

    Raises:
        Refused: it cannot be written; what was there before is untouched.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            write_whole(path, text.encode())
    except OSError as error:
        raise Refused(
            f"[{command()}] {option} {path} cannot be written ({error.strerror}), wanted a file in a folder that "
            f"exists; write {option} {path.name} for one in this folder"
        ) from error
