"""Machine code on disk: read by later processes, never trusted blindly, never in the way."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import stat
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.machine import disk_cache as cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "cache"
    monkeypatch.setenv("WENGERT_CACHE", str(place))
    wg.jit(lambda x: x + 1)(numpy.zeros(300_000))  # what all programs share (the pool) is made before
    for entry in every_entry(place):
        entry.unlink()
    monkeypatch.setattr(cache, "WRITES_BETWEEN_LOOKS", 1)
    return place


def entries(place: Path) -> list[Path]:
    """Those of machine code."""
    return [path for path in every_entry(place) if not path.name.endswith(cache.PROGRAM_SUFFIX)]


def every_entry(place: Path) -> list[Path]:
    return sorted(place.iterdir()) if place.exists() else []


def compiled(factor: float = 3.0) -> Any:
    """The result of a program that this process compiles anew."""
    return wg.jit(lambda x: np.sin(x) * factor)(numpy.arange(3.0)).numpy()


EXPECTED = numpy.sin(numpy.arange(3.0)) * 3.0


def assert_right(found: Any) -> None:
    numpy.testing.assert_allclose(found, EXPECTED, rtol=1e-15)


def test_a_program_is_written_once_and_read_afterwards(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_right(compiled())
    (entry,) = entries(folder)
    written = entry.read_bytes()

    def fail(self: Any) -> cache.Code:
        raise AssertionError("compiled although it is in the cache")

    monkeypatch.setattr("wengert.compile.native.machine.llvm.NativeModule._compile", fail)
    assert_right(compiled())
    assert entries(folder) == [entry]
    assert entry.read_bytes() == written
    with pytest.raises(AssertionError, match="although"):
        compiled(4.0)


def test_code_from_the_cache_can_be_shown(folder: Path) -> None:
    def lowered() -> Any:
        return wg.jit(lambda x: np.sin(x) * 3.0).lower(numpy.arange(3.0))

    first, second = lowered(), lowered()
    assert len(entries(folder)) == 0
    shown = [(one.llvm(), one.asm()) for one in (first, second)]
    assert len(entries(folder)) == 1
    assert shown[0] == shown[1]
    assert "define" in shown[0][0]
    assert "segment0" in shown[0][1]


PROGRAM = """
import numpy, wengert as wg, wengert.numpy as np
from wengert.compile.native.machine.llvm import NativeModule
compile_it = NativeModule._compile
def counting(self):
    print("compiled")
    return compile_it(self)
NativeModule._compile = counting
print(wg.jit(lambda x: np.sin(x) * 3.0)(numpy.arange(3.0)).tolist())
"""


def in_another_process() -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_second_process_reads_what_the_first_has_written(folder: Path) -> None:
    first, second = in_another_process(), in_another_process()
    assert "compiled" in first
    assert "compiled" not in second
    assert first[-1] == second[-1] == str(EXPECTED.tolist())


HEADS = {
    "no object": b"[]",
    "no sizes": b"{}",
    "sizes that are none": b'{"sizes": 3, "facts": {}}',
    "texts for sizes": b'{"sizes": ["a"], "facts": {}}',
    "negative sizes": b'{"sizes": [-5, 9], "facts": {}}',
    "sizes of more than there is": b'{"sizes": [1000000000], "facts": {}}',
    "no facts": b'{"sizes": [4]}',
    "facts that are none": b'{"sizes": [4], "facts": [1]}',
    "texts for facts": b'{"sizes": [4], "facts": {"room": "x"}}',
    "no text": bytes(range(128, 256)),
    "not JSON": b"{'sizes': ",
    "very deep": b"[" * 100_000,
    "nothing": b"",
}
"""Heads of entries whose digest is right."""


def with_head(head: bytes) -> Any:
    def written(key: str, contents: bytes) -> bytes:
        packed = head + b"\n" + b"code"
        return cache._digest(key, packed) + packed

    return written


DAMAGES: dict[str, Any] = {name: with_head(head) for name, head in HEADS.items()} | {
    "truncated": lambda key, contents: contents[: len(contents) // 2],
    "empty": lambda key, contents: b"",
    "foreign": lambda key, contents: b"#!/bin/sh\necho not ours\n" * 100,
    "one bit": lambda key, contents: contents[:-1] + bytes([contents[-1] ^ 1]),
    "one more byte": lambda key, contents: contents + b"x",
    "under the digest of another name": lambda key, contents: cache._digest("f" * 64, contents[32:]) + contents[32:],
    "under no name": lambda key, contents: hashlib.sha256(contents[32:]).digest() + contents[32:],
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_entries_are_reported_and_replaced(folder: Path, name: str) -> None:
    compiled()
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    entry.write_bytes(DAMAGES[name](entry.name, whole))
    with pytest.warns(RuntimeWarning) as warned:
        assert_right(compiled())
    assert [str(w.message) for w in warned] == [
        f"[jit] the cache entry {entry} is damaged or not ours, wanted what an earlier process wrote; it is ignored "
        "and compiled anew; write WENGERT_CACHE=FOLDER for another place"
    ]
    assert cache.load(entry.name) is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_right(compiled())


def test_an_entry_that_is_a_folder_is_no_obstacle(folder: Path) -> None:
    compiled()
    (entry,) = entries(folder)
    entry.unlink()
    entry.mkdir()
    assert_right(compiled())


def test_two_entries_that_were_exchanged_are_compiled_anew(folder: Path) -> None:
    compiled(), wg.jit(lambda x, y: x @ y)(numpy.ones((3, 40)), numpy.ones((40, 5)))
    first, second = entries(folder)
    contents = first.read_bytes(), second.read_bytes()
    second.write_bytes(contents[0])
    first.write_bytes(contents[1])
    with pytest.warns(RuntimeWarning, match="damaged or not ours"):
        assert_right(compiled())
    with pytest.warns(RuntimeWarning, match="damaged or not ours"):
        found = wg.jit(lambda x, y: x @ y)(numpy.ones((3, 40)), numpy.ones((40, 5)))
    assert found.tolist() == numpy.full((3, 5), 40.0).tolist()
    assert (first.read_bytes(), second.read_bytes()) == contents


# -- what others may have written ------------------------------------------------------------------

ours_only = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owners on this platform")


def another(path: Path) -> Path:
    """A place beside another."""
    return path.with_name(path.name + "-elsewhere")


def moved_behind_a_link(path: Path) -> None:
    os.rename(path, another(path))
    path.symlink_to(another(path))


def given_away(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, 12345, -1)


DOUBTS: dict[str, Any] = {
    "the group may write": lambda path: path.chmod(path.stat().st_mode | 0o020),
    "all may write": lambda path: path.chmod(path.stat().st_mode | 0o002),
    "behind a link": moved_behind_a_link,
    "of another user": given_away,
}
REASONS = {
    "the group may write": "may be written by others",
    "all may write": "may be written by others",
    "behind a link": "is a link",
    "of another user": "belongs to another user",
}


@pytest.fixture
def no_code_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is on disk is trapped: using it is an error."""

    def trap(*args: Any) -> None:
        raise AssertionError("code was read that others may have written")

    monkeypatch.setattr(cache, "_checked", trap)


@ours_only
@pytest.mark.parametrize("doubt", DOUBTS)
@pytest.mark.usefixtures("no_code_from_disk")
def test_a_folder_that_others_may_have_written_to_is_not_used(folder: Path, doubt: str) -> None:
    compiled()
    before = [(entry.name, entry.read_bytes()) for entry in entries(folder)]
    DOUBTS[doubt](folder)
    with pytest.warns(RuntimeWarning) as warned:
        assert_right(compiled())
    assert_right(compiled())  # nothing more is said
    assert [str(w.message) for w in warned] == [
        f"[jit] the cache folder {folder} {REASONS[doubt]}, wanted a folder of our own that nobody else may write to; "
        f"it is not used, and programs are compiled anew; write rm -r {folder} for us to make it anew, or "
        "WENGERT_CACHE=FOLDER for another place"
    ]
    assert [(entry.name, entry.read_bytes()) for entry in entries(folder)] == before


@ours_only
@pytest.mark.parametrize("doubt", DOUBTS)
def test_an_entry_that_others_may_have_written_is_replaced(folder: Path, doubt: str) -> None:
    compiled()
    (entry,) = entries(folder)
    contents = entry.read_bytes()
    DOUBTS[doubt](entry)
    before = another(entry).read_bytes() if another(entry).exists() else None
    with pytest.warns(RuntimeWarning, match="is damaged or not ours"):
        assert_right(compiled())
    status = entry.lstat()
    assert stat.S_ISREG(status.st_mode)
    assert (status.st_uid, status.st_mode & 0o777) == (os.geteuid(), 0o600)
    assert entry.read_bytes() == contents
    assert (another(entry).read_bytes() if another(entry).exists() else None) == before
    assert_right(compiled())


@ours_only
def test_the_folder_is_ours_alone(folder: Path) -> None:
    before = os.umask(0o002)
    try:
        compiled()
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {entry.stat().st_mode & 0o777 for entry in entries(folder)} == {0o600}


@ours_only
def test_what_is_no_file_is_no_obstacle(folder: Path) -> None:
    compiled()
    (entry,) = entries(folder)
    entry.unlink()
    os.mkfifo(entry)
    assert_right(compiled())
    assert entry.is_file()


def test_an_entry_longer_than_any_of_ours_is_not_read(folder: Path) -> None:
    compiled()
    (entry,) = entries(folder)
    with open(entry, "wb") as file:
        file.truncate(1 << 40)
    with pytest.warns(RuntimeWarning, match="is damaged or not ours"):
        assert_right(compiled())


def test_files_that_were_never_finished_are_removed(folder: Path) -> None:
    compiled()
    old, new = folder / ".new-1-a", folder / ".new-1-b"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1_000_000, 1_000_000))
    compiled(5.0)
    assert new.exists()
    assert not old.exists()


def test_where_folders_cannot_be_held_open_entries_are_kept_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where files have no owners either."""
    monkeypatch.setattr(os, "supports_dir_fd", set())
    monkeypatch.setattr(os, "supports_fd", set())
    monkeypatch.delattr(os, "geteuid", raising=False)
    code = cache.Code([b"some", b"code"], {"room": 5})
    cache.store("key", code)
    assert cache.load("key") == code
    (folder / "key").write_bytes(b"damaged")
    with pytest.warns(RuntimeWarning, match="is damaged or not ours"):
        assert cache.load("key") is None
    monkeypatch.setattr(cache, "MOST_ON_DISK", 200)
    for number in range(5):
        cache.store(f"{number}", cache.Code([bytes(60)], {}))
    assert len(entries(folder)) == 1


def write_and_read(arguments: tuple[str, int]) -> bool:
    place, seed = arguments
    os.environ["WENGERT_CACHE"] = place
    for turn in range(100):
        number = (seed + turn) % 5
        code = cache.Code([bytes([number]) * 50_000, b""], {"number": number})
        cache.store(str(number), code)
        found = cache.load(str(number))
        if found != code:
            return False
    return True


def test_concurrent_writers_do_not_disturb_each_other(folder: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as workers:
        assert all(workers.map(write_and_read, [(str(folder), seed) for seed in range(3)]))
    assert [entry.name for entry in entries(folder)] == ["0", "1", "2", "3", "4"]


def test_where_nothing_can_be_written_programs_are_compiled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    monkeypatch.setenv("WENGERT_CACHE", str(occupied / "cache"))
    assert_right(compiled())
    assert_right(compiled())


def test_a_user_without_a_home_compiles_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container where the user is only a number."""

    def refuse(path: str) -> str:
        return path

    monkeypatch.delenv("WENGERT_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", refuse)
    with pytest.raises(RuntimeError, match="home"):
        Path.home()
    assert wg.jit(lambda x: np.sin(x) * 2.125)(0.5).item() == numpy.sin(0.5) * 2.125


def test_the_folder_is_bounded_and_forgets_what_was_used_least_recently(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_ON_DISK", 10_000)
    for number in range(8):
        cache.store(f"{number}", cache.Code([bytes(3_000)], {}))
        os.utime(folder / f"{number}", (1_000_000 + number, 1_000_000 + number))
        if number == 2:
            assert cache.load("0") is not None  # reading counts as use: now is later than all of these
    names = [entry.name for entry in entries(folder)]
    assert names == ["0", "6", "7"]
    assert sum(entry.stat().st_size for entry in entries(folder)) <= 10_000


def test_keys_depend_on_the_program_and_on_the_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    key = cache.key_of("program")
    assert key == cache.key_of("program")
    assert key != cache.key_of("program ")
    monkeypatch.setattr(cache, "_surroundings", lambda: b"another processor")
    assert key != cache.key_of("program")


def test_no_unfinished_files_are_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", fail)
    cache.store("key", cache.Code([b"code"], {}))
    assert entries(folder) == []
