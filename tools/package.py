"""What is published, built and checked: ``python -m tools.package``.

The source archive and the wheel are built apart from this environment, the wheel from the archive; their descriptions
and contents are checked (`twine`, `check-wheel-contents`); the wheel is installed in a new environment, where the
package says that it is well, and Pyright counts how many of its public names have a known type. Needs a package index.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECKERS = ("build", "twine", "check-wheel-contents", "pyright")
ALLOWED = "W004,W009"
"""Examples have names that are no modules', and are a package beside the code that is typed."""
TYPED = 0.95
"""The share of public names, those of inner modules counted, whose types are known: it may not fall."""


class Failed(SystemExit):
    """A step did not do what it should: its output, and exit code 1."""


def main() -> None:
    """Build and check, and print a line for each step."""
    with tempfile.TemporaryDirectory() as place:
        for line in steps(Path(place)):
            print(line, flush=True)


def steps(place: Path) -> Iterator[str]:
    """The steps, in a folder that is empty: what each has found."""
    python = environment(place / "checkers", *CHECKERS)
    run(python, "-m", "build", "--outdir", place / "dist", ROOT)
    built = sorted((place / "dist").iterdir())
    yield "built: " + ", ".join(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB)" for path in built)
    wheel = next(path for path in built if path.suffix == ".whl")
    run(python, "-m", "twine", "check", "--strict", *built)
    yield "descriptions: pass"
    run(python, "-m", "check_wheel_contents", "--ignore", ALLOWED, wheel)
    yield "contents: pass"
    installed = environment(place / "user", wheel)
    yield "installed: " + run(installed, "-m", "wengert", "--version").strip()
    run(installed, "-m", "wengert", "doctor")
    yield "doctor: all is well"
    yield f"public names of known type: {known_share(typed(installed, python)):.1%}"


def environment(place: Path, *packages: str | Path) -> Path:
    """The Python of a new environment with some packages."""
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", *packages)
    return python


def typed(installed: Path, checker: Path) -> float:
    """The share of the installed package's public names whose types Pyright knows, those of inner modules counted."""
    command = (checker, "-m", "pyright", "--pythonpath", installed, "--verifytypes", "wengert", "--ignoreexternal")
    path = os.pathsep.join([str(installed.parent), os.environ["PATH"]])
    done = subprocess.run(
        [*map(str, command), "--outputjson"], capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    return json.loads(done.stdout)["typeCompleteness"]["completenessScore"]


def known_share(share: float) -> float:
    """The share, which must not be less than it was."""
    if share < TYPED:
        raise Failed(
            f"[package] the types of {share:.1%} of the public names are known, wanted {TYPED:.0%}; annotate them"
        )
    return share


def run(*command: str | Path) -> str:
    """The output of a command, which has to succeed."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=tempfile.gettempdir())
    if done.returncode:
        raise Failed(f"[package] {' '.join(map(str, command[1:]))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
