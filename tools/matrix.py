"""Tests on other Pythons, and with the oldest and newest of what is depended on: ``python -m tools.matrix``.

Each Python from 3.11 on that this machine has gets an environment with the newest versions; the oldest of them also
one with exactly those that `pyproject.toml` asks for at least. In each a part of the tests is run, on what depends on
versions: the interpreter's objects, LLVM, the disk, threads, dtypes. What is not there is said, and is no failure.

Seen to pass: 3.11 with the oldest, 3.12 and 3.13 with NumPy 2.5, SciPy 1.18, optree 0.20 and llvmlite 0.50. There was
no 3.14, nor a Python without the global lock, where calls do not go through doors, as `Compiled.report` says.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.14t")
TESTS = (
    *("tests/test_init.py", "tests/core", "tests/test_threads.py", "tests/compile/test_jit.py"),
    *("tests/compile/test_threads_compiled.py", "tests/compile/test_forks.py"),
    *("tests/compile/record/test_recorder.py", "tests/compile/call", "tests/compile/native/machine/test_disk_cache.py"),
    *(
        "tests/compile/native/machine/test_apart.py",
        "tests/compile/native/machine/test_pool.py",
        "tests/compile/native/machine/test_interrupts.py",
    ),
    *("tests/compile/native/schedule/test_cache_text.py", "tests/numpy/test_dtypes.py", "tests/scipy/test_linalg.py"),
)


class Case(NamedTuple):
    """A Python, and the requirements that it is tried with."""

    version: str
    python: str
    requirements: list[str]
    name: str


def floors() -> list[str]:
    """The least versions of what is depended on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [requirement.replace(">=", "==") for requirement in project["dependencies"]]


def found(version: str) -> str | None:
    """A Python of a version on this machine, on the path or among those of pyenv."""
    places = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python{version}"))
    for place in (shutil.which(f"python{version}"), *map(str, places)):
        if place and _answers(place, version):
            return place
    return None


def _answers(python: str, version: str) -> bool:
    """Whether it starts, is of the version, and can make environments."""
    ask = "import sys, sysconfig, venv; t = sysconfig.get_config_var('Py_GIL_DISABLED'); print(sys.version[:4], t or 0)"
    answer = subprocess.run([python, "-c", ask], capture_output=True, text=True).stdout.split()
    return answer == [version.rstrip("t"), "1" if version.endswith("t") else "0"]


def cases() -> Iterator[Case]:
    """All there are, the oldest first."""
    oldest = True
    for version in PYTHONS:
        python = found(version)
        if python is None:
            print(f"{version:6} is not on this machine", flush=True)
            continue
        if oldest:
            yield Case(version, python, floors(), "oldest")
        oldest = False
        yield Case(version, python, [], "newest")


def tried(case: Case, place: Path) -> str:
    """What came of a case."""
    python = place / "bin" / "python"
    subprocess.run([case.python, "-m", "venv", str(place)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--prefer-binary", *case.requirements, f"{ROOT}[test]"]
    installed = subprocess.run(install, capture_output=True, text=True)
    if installed.returncode:
        return "cannot be installed: " + _last_line(installed.stderr)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "WENGERT_CACHE": str(place / "cache")}
    run = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *sys.argv[1:], *TESTS]
    done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True)
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    summary = "passes" if done.returncode == 0 else _last_line(done.stdout) if not failed else f"{len(failed)} fail:"
    return "\n    ".join([f"{summary} ({_versions(python)})", *failed])


def _versions(python: Path) -> str:
    names = [re.split(r"\W", requirement)[0] for requirement in floors()]
    ask = "import sys, importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"
    return subprocess.run([str(python), "-c", ask, *names], capture_output=True, text=True).stdout.strip()


def _last_line(text: str) -> str:
    return next(iter(text.strip().splitlines()[-1:]), "")


def main() -> None:
    for case in cases():
        with tempfile.TemporaryDirectory() as place:
            print(f"{case.version:6} {case.name}: {tried(case, Path(place))}", flush=True)


if __name__ == "__main__":
    main()
