"""``wengert cache``: what is kept is shown, and only what is ours is removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wengert.cli import main
from wengert.compile.native.machine.disk_cache import Code, store


def run(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["cache", *options], env={"WENGERT_CACHE": str(folder)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of two programs, and a file that is not the cache's."""
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path / "ours"))
    store("ab" * 32, Code([b"x" * (1 << 20)], {}))
    store("cd" * 32, Code([b"y" * (1 << 20)], {}))
    (tmp_path / "ours" / "notes.txt").write_text("mine")
    return tmp_path / "ours"


def test_what_is_kept(folder: Path) -> None:
    assert run(folder).output == f"2 programs, 2.0 MB, in {folder}, of at most 256 MB\n"


def test_all_is_removed_but_what_is_not_ours(folder: Path) -> None:
    assert run(folder, "--clear").output == f"removed 2 programs, 2.0 MB, in {folder}\n"
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert run(folder).output == f"0 programs, 0.0 MB, in {folder}, of at most 256 MB\n"


def test_no_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert run(tmp_path / "none").output == f"0 programs, 0.0 MB, in {tmp_path}/none, of at most 256 MB\n"
    assert not (tmp_path / "none").exists()


def test_a_folder_that_others_may_write_to_is_left_alone(folder: Path) -> None:
    folder.chmod(0o777)
    result = run(folder, "--clear")
    assert result.exit_code == 2
    assert result.output == (
        f"[cache] {folder} may be written by others, wanted a folder of our own; nothing is removed; write "
        "WENGERT_CACHE=FOLDER for another place\n"
    )
    assert len(list(folder.iterdir())) == 3
