"""What LLVM does is done in threads that interrupts do not reach, and is freed there."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

import pytest

pytest.importorskip("llvmlite")

import llvmlite.binding as llvm

from wengert.compile.native.machine import apart as module, llvm as target
from wengert.compile.native.machine.apart import apart, free_with
from wengert.compile.native.machine.llvm import ModulePart, NativeModule, Source

TEXT = "define i64 @f(i64 %x) {\n  %y = add i64 %x, 1\n  ret i64 %y\n}\n@place = global i64 5\n"


def here() -> threading.Thread:
    return threading.current_thread()


def test_the_main_thread_does_none_of_the_work() -> None:
    assert apart(lambda: 5) == [5]
    assert threading.main_thread() not in apart(here, 3)
    in_another: list[Any] = []
    thread = threading.Thread(target=lambda: in_another.extend([here(), *apart(here), *apart(here, 3)]))
    thread.start()
    thread.join()
    assert in_another[0] is in_another[1] is in_another[2]
    assert len(set(map(id, in_another[2:]))) == 3


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_is_raised_apart_is_raised_here(error: type[BaseException]) -> None:
    def fail() -> None:
        raise error("text")

    with pytest.raises(error, match="text"):
        apart(fail, 2)
    assert apart(lambda: 1) == [1]


def test_where_no_thread_can_be_started_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert apart(here, 2) == [threading.main_thread()] * 2


def test_what_is_gone_is_freed_by_the_next_that_works_apart() -> None:
    class Owner:
        pass

    freed: list[threading.Thread] = []
    owners = [Owner(), Owner()]
    owners[0].other, owners[1].other = owners[1], owners[0]  # type: ignore[attr-defined]
    for owner in owners:
        free_with(owner, lambda: freed.append(here()))
    del owner, owners
    gc.collect()
    assert freed == []
    apart(here)
    assert len(freed) == 2
    assert threading.main_thread() not in freed


def test_engines_are_closed_when_their_modules_are_gone() -> None:
    native = NativeModule(lambda: Source([ModulePart(TEXT)], {}))
    engine, known = native._engine, len(module._owners)
    assert native.address("f")
    assert native.word("place").value == 5
    del native
    gc.collect()
    assert not engine.closed
    apart(here)
    assert engine.closed
    assert len(module._owners) < known


def test_the_main_thread_never_holds_the_lock_of_llvmlite() -> None:
    """An interrupt within it would keep it for ever."""
    holders: set[str] = set()
    note = lambda: holders.add(threading.current_thread().name)
    nothing = lambda: None
    llvm.ffi.register_lock_callback(note, nothing)
    try:
        native = NativeModule(
            lambda: Source([ModulePart(TEXT), ModulePart(TEXT.replace("@f", "@g").replace("place", "other"))], {})
        )
        native.address("g")
        native.word("place")
        native.llvm(), native.assembly()
        del native
        gc.collect()
        apart(here)
        with pytest.raises(RuntimeError):
            target.compiled([ModulePart("nonsense")])
        gc.collect()
    finally:
        llvm.ffi.unregister_lock_callback(note, nothing)
    assert "MainThread" not in holders
    assert holders


@pytest.mark.parametrize("text", ["nonsense", "define i64 @f() {\nret i32 1\n}", "define i64 @f() {\nret i64 %x\n}"])
def test_contexts_are_closed_after_their_modules_when_something_fails(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    for cls in (llvm.ModuleRef, llvm.ContextRef):
        dispose = cls._dispose
        monkeypatch.setattr(cls, "_dispose", lambda self, d=dispose: (closed.append(type(self).__name__), d(self)))
    with pytest.raises(RuntimeError) as error:
        target.compiled([ModulePart(text)])
    assert closed[-1:] == ["ContextRef"]
    assert closed in (["ContextRef"], ["ModuleRef", "ContextRef"])
    del error


def test_what_nobody_waits_for_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interrupt, each thread ends what it has begun."""
    begun: list[int] = []
    release = threading.Event()

    def slow(part: ModulePart, machine: Any) -> bytes:
        begun.append(1)
        release.wait(60)
        return b""

    def interrupted(work: Any, threads: int) -> None:
        for _ in range(threads):
            threading.Thread(target=work).start()
        while len(begun) < threads:
            time.sleep(0.001)
        raise KeyboardInterrupt

    monkeypatch.setattr(target, "machine_code", slow)
    monkeypatch.setattr(target, "apart", interrupted)
    monkeypatch.setattr(target, "cores", lambda: 2)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        target.compiled([ModulePart(TEXT)] * 9)
    release.set()
    while threading.active_count() > before:
        time.sleep(0.001)
    assert len(begun) == 2
