"""On a terminal it is told what takes long, and nothing is left of it afterwards."""

from __future__ import annotations

import io
import sys
import time

import pytest

import wengert as wg
from wengert.compile.native.machine import progress
from wengert.compile.native.machine.progress import told_if_long


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, patience: float) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "UNTOLD", patience)
    monkeypatch.setattr(progress, "INTERVAL", 0.001)
    with told_if_long("compiling 7 operations"):
        deadline = time.monotonic() + 10 * (patience == 0)
        while not stream.getvalue() and time.monotonic() < deadline:
            time.sleep(0.001)
    return stream.getvalue()


def test_what_takes_long_is_told_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written(Terminal(), monkeypatch, 0)
    assert text.startswith("\r[jit] compiling 7 operations: 0 s")
    assert text.endswith(" \r")


def test_what_is_quick_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(Terminal(), monkeypatch, 60) == ""


def test_nothing_is_told_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "UNTOLD", 0)
    with told_if_long("compiling 7 operations"):
        time.sleep(0.01)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("closed", [False, True])
def test_without_a_stream_it_is_done_all_the_same(closed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal() if closed else None
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    with told_if_long("compiling 7 operations"):
        pass


def test_compiling_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    told: list[str] = []
    monkeypatch.setattr(progress, "told_if_long", lambda what: told.append(what) or told_if_long(what))
    wg.jit(lambda x: x * 3 + 1)(2.0)
    assert told == ["compiling 2 operations"]
