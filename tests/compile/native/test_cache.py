"""Machine code on disk: read by later processes, never trusted blindly, never in the way."""

from __future__ import annotations

import multiprocessing
import os
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

from wengert.compile.native import cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "cache"
    monkeypatch.setenv("WENGERT_CACHE", str(place))
    wg.jit(lambda x: x + 1)(numpy.zeros(300_000))  # what all programs share (the pool) is made before
    for entry in entries(place):
        entry.unlink()
    return place


def entries(place: Path) -> list[Path]:
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

    monkeypatch.setattr("wengert.compile.native.target.NativeModule._compile", fail)
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
from wengert.compile.native.target import NativeModule
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


DAMAGES = {
    "truncated": lambda contents: contents[: len(contents) // 2],
    "empty": lambda contents: b"",
    "foreign": lambda contents: b"#!/bin/sh\necho not ours\n" * 100,
    "one bit": lambda contents: contents[:-1] + bytes([contents[-1] ^ 1]),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_entries_are_reported_and_replaced(folder: Path, name: str) -> None:
    compiled()
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    entry.write_bytes(DAMAGES[name](whole))
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


def test_the_folder_is_bounded_and_forgets_what_was_used_least_recently(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 10_000)
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
    def fail(*args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", fail)
    cache.store("key", cache.Code([b"code"], {}))
    assert entries(folder) == []
