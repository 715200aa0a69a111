"""Runs scripts again and again with one library, and prints what a run takes: ``python -m benchmarks.fronts.scripts``.

Each library has a process of its own, since both are called ``torch`` there.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import subprocess
import sys
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..timing import Time, best, now

FOLDER = Path(__file__).parents[2] / "tests" / "fronts" / "torch" / "scripts"
FRONT, LIBRARY = "front", "torch"


def names() -> list[str]:
    """The scripts that the tests of the front run."""
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def run(name: str) -> Time:
    """What one run takes, without what it prints."""
    before = now()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    return now() - before


def times_with(library: str, scripts: Iterable[str], rounds: int) -> Mapping[str, Time]:
    """The best of several runs of each script, after one that is not counted, in a new process."""
    command = [sys.executable, "-m", __name__, library, str(rounds), *scripts]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name: Time(**parts) for name, parts in json.loads(ran.stdout).items()}


def main(library: str, rounds: int, scripts: Iterable[str]) -> None:
    if library == FRONT:
        import wengert.torch

        wengert.torch.install()
    found = {}
    for name in scripts:
        run(name)
        found[name] = vars(best(run(name) for _ in range(rounds)))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
