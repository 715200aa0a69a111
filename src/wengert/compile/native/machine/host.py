"""The machine that we run on, and that we compile for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm

from .apart import apart

# -- the processor ---------------------------------------------------------------------------------


class Host(NamedTuple):
    """What LLVM says of a machine.

    Attributes:
        target: from which its code generators are made.
        features: the instructions that its processor has.
        version: of LLVM.
    """

    target: Any
    triple: str
    processor: str
    features: Mapping[str, bool]
    feature_text: str
    version: str


@cache
def host() -> Host:
    """This machine."""
    return apart(_asked)[0]


def _asked() -> Host:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    features = llvm.get_host_cpu_features()
    return Host(
        llvm.Target.from_default_triple(),
        llvm.get_default_triple(),
        llvm.get_host_cpu_name(),
        dict(features),
        features.flatten(),
        str(llvm.llvm_version_info),
    )


@dataclass(frozen=True)
class Registers:
    """The vector registers of a processor: how many there are, and their bytes."""

    count: int
    bytes: int


@cache
def registers() -> Registers:
    """Those of the processor that we run on."""
    features = host().features
    if features.get("avx512f"):
        return Registers(32, 64)
    if features.get("avx"):
        return Registers(16, 32)
    return Registers(16 if "x86" in host().triple else 32, 16)


# -- how much of it is ours ------------------------------------------------------------------------


@cache
def cores() -> int:
    """How many cores this process may use: those it may run on, within the time that its control group has."""
    return max(1, int(min(_allowed(), quota())))


def _allowed() -> int:
    count = getattr(os, "process_cpu_count", None)  # from Python 3.13 on, where it heeds PYTHON_CPU_COUNT as well
    if count is not None:
        return count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quota(process: Path = Path("/proc/self"), groups: Path = Path("/sys/fs/cgroup")) -> float:
    """The seconds of processors that a process may use in a second, by its control groups: infinity if it may all.

    Source: the documentation of Linux, "Control Group v2" (``cpu.max``) and "CFS Bandwidth Control" (version 1).
    """
    return min(_limits(process, groups), default=float("inf"))


def _limits(process: Path, groups: Path) -> Iterator[float]:
    for line in _text(process / "cgroup").splitlines():
        _, _, named = line.partition(":")
        controllers, _, path = named.partition(":")
        if controllers == "":
            for folder in _and_above(groups, path):
                yield from _limit(_text(folder / "cpu.max").split())
        elif "cpu" in controllers.split(","):
            for folder in (*_and_above(groups / controllers, path), *_and_above(groups / "cpu", path)):
                yield from _limit([_text(folder / f"cpu.cfs_{what}_us").strip() for what in ("quota", "period")])


def _and_above(root: Path, path: str) -> Iterator[Path]:
    """The folder of a group, and of those that it is in; within a container only some of them are there."""
    folder = root / path.strip("/")
    yield folder
    while folder != root and root in folder.parents:
        folder = folder.parent
        yield folder


def _limit(numbers: list[str]) -> Iterator[float]:
    """A quota by its period, in microseconds; texts where there is none."""
    with suppress(ValueError, ZeroDivisionError):
        used, period = map(int, numbers)
        if used > 0:
            yield used / period


def _text(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text()
    return ""
