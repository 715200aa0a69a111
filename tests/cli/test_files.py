"""A file is written whole, or what was there stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wengert.cli.errors import Refused
from wengert.cli.files import write_file


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "f.svg"
    path.write_text("before")
    write_file(path, "after é", "--svg")
    assert path.read_text(encoding="utf-8") == "after é"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_if_the_new_file_cannot_be_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.svg"
    path.write_text("before")

    def fail(*places: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(Refused) as error:
        write_file(path, "after", "--svg")
    assert error.value.message == (
        f"[explain] --svg {path} cannot be written (No space left on device), wanted a file in a folder that exists; "
        "write --svg f.svg for one in this folder"
    )
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_file(pipe, "graph", "--dot")
    assert os.read(reader, 100) == b"graph"
    os.close(reader)
    assert pipe.is_fifo()
