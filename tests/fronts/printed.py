"""What scripts print, compared: the same words, and the same numbers to rounding.

``python -m tests.fronts.printed torch`` writes what the scripts print with the library itself, which must be installed.
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from wengert.fronts.scripts import installed

HERE = Path(__file__).parent
NODE = re.compile(r",?\s*grad_fn=<\w+>")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)")


def scripts(library: str) -> list[Path]:
    """The scripts written for a library."""
    return sorted((HERE / library / "scripts").glob("*.py"))


def stored(script: Path) -> str:
    """What a script printed with the library itself."""
    return (script.parent.parent / "printed" / f"{script.stem}.txt").read_text()


def words(text: str) -> str:
    """A text without its numbers, spaces, and what is each engine's own: names of nodes."""
    return re.sub(r"\s+", "", NUMBER.sub("#", NODE.sub("", text).replace(" ", "")))


def numbers(text: str) -> list[float]:
    """The numbers in a text."""
    return [float(number) for number in NUMBER.findall(NODE.sub("", text))]


@contextlib.contextmanager
def set_aside(library: str) -> Iterator[None]:
    """Within a ``with`` block a library is not imported, though another test may have done so."""
    kept = {name: module for name, module in sys.modules.items() if f"{name}.".startswith(f"{library}.")}
    for name in kept:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.modules.update(kept)


def printed_by_front(library: str, script: Path) -> str:
    """What a script prints with the front in the place of the library."""
    out = io.StringIO()
    with set_aside(library), installed(library, f"wengert.{library}"), contextlib.redirect_stdout(out):
        runpy.run_path(str(script), run_name="__main__")
    return out.getvalue()


def printed_with(library: str, script: Path) -> str:
    """What a script prints with the library itself."""
    ran = subprocess.run([sys.executable, "-W", "ignore", script], capture_output=True, text=True, check=True)
    return ran.stdout


def main(library: str) -> None:
    """Store what all scripts print."""
    for script in scripts(library):
        target = script.parent.parent / "printed" / f"{script.stem}.txt"
        target.write_text(printed_with(library, script))
        print(target.name)


if __name__ == "__main__":
    main(sys.argv[1])
