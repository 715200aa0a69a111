"""How many cores are ours: those that we may run on, within the quotas of all control groups that we are in."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

from wengert.compile.native.machine import host
from wengert.compile.native.machine.host import cores, quota

# What is in the process's list of groups, the files of quotas, and how many processors that is.
SYSTEMS: dict[str, tuple[str, dict[str, str], float]] = {
    "none": ("", {}, math.inf),
    "version 2 without a limit": ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n"}, math.inf),
    "version 2": ("0::/a/b\n", {"a/b/cpu.max": "150000 100000\n"}, 1.5),
    "version 2, in a group above": ("0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "200000 50000"}, 4.0),
    "version 2, the least of both": ("0::/a/b\n", {"a/b/cpu.max": "300000 100000", "a/cpu.max": "50000 100000"}, 0.5),
    "version 2, in a container": ("0::/\n", {"cpu.max": "200000 100000\n"}, 2.0),
    "version 2, the path not seen from within": ("0::/docker/abc\n", {"cpu.max": "200000 100000"}, 2.0),
    "version 1 without a limit": (
        "4:cpu,cpuacct:/x\n",
        {"cpu,cpuacct/x/cpu.cfs_quota_us": "-1\n", "cpu,cpuacct/x/cpu.cfs_period_us": "100000\n"},
        math.inf,
    ),
    "version 1": (
        "5:memory:/y\n4:cpu,cpuacct:/x\n0::/z\n",
        {"cpu,cpuacct/x/cpu.cfs_quota_us": "250000\n", "cpu,cpuacct/x/cpu.cfs_period_us": "100000\n"},
        2.5,
    ),
    "version 1, in a container": (
        "4:cpuacct,cpu:/docker/abc\n",
        {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"},
        1.0,
    ),
    "nonsense": ("what?\n:::\n0::/a\n7:cpu:/b\n", {"a/cpu.max": "lots", "cpu/b/cpu.cfs_quota_us": "x"}, math.inf),
    "a period of nothing": ("0::/a\n", {"a/cpu.max": "100 0"}, math.inf),
    "out of the tree": ("0::/../../etc\n", {"cpu.max": "200000 100000"}, 2.0),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_quotas(name: str, tmp_path: Path) -> None:
    listed, files, expected = SYSTEMS[name]
    process, groups = tmp_path / "process", tmp_path / "groups"
    process.mkdir()
    groups.mkdir()
    (process / "cgroup").write_text(listed)
    for path, text in files.items():
        (groups / path).parent.mkdir(parents=True, exist_ok=True)
        (groups / path).write_text(text)
    assert quota(process, groups) == expected


@pytest.mark.parametrize(("allowed", "limit", "expected"), [(8, math.inf, 8), (8, 2.5, 2), (8, 0.5, 1), (1, 4.0, 1)])
def test_cores(allowed: int, limit: float, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_allowed", lambda: allowed)
    monkeypatch.setattr(host, "quota", lambda: limit)
    assert cores.__wrapped__() == expected
