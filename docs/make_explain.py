"""Runs the commands on the page about `explain`, and writes what they print below them: python -m docs.make_explain."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from wengert.cli import main

PAGE = Path(__file__).parent / "explain.md"
PICTURE = PAGE.with_suffix(".svg")
COMMAND = re.compile(r"```console\n\$ wengert (?P<words>.*)\n(?P<output>(?:.*\n)*?)```\n")

COST = re.compile(r"^cost .*\n(?: +\(.*\n)?", re.MULTILINE)
"""What a gradient costs is measured, and not said where the machine is busy or a call is short."""


def render(page: str) -> tuple[str, str]:
    """The page with what its commands print, and the picture that one of them draws."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.py").write_text(page.partition("```python\n")[2].partition("```")[0])
        rendered = COMMAND.sub(_ran_in(Path(folder)), page)
        return rendered, (Path(folder) / PICTURE.name).read_text(encoding="utf-8")


def _ran_in(folder: Path) -> Callable[[re.Match[str]], str]:
    def ran(command: re.Match[str]) -> str:
        words = [_placed(word, folder) for word in shlex.split(command["words"])]
        result = CliRunner().invoke(main, words, env={"COLUMNS": "80"})
        printed = COST.sub("", result.stdout.replace(f"{folder}/", ""))
        return f"```console\n$ wengert {command['words']}\n{printed}```\n"

    return ran


def _placed(word: str, folder: Path) -> str:
    """The files of a command are in the folder."""
    return str(folder / word) if word.startswith("model.py") or word.endswith(".svg") else word


if __name__ == "__main__":
    text, picture = render(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")
    PICTURE.write_text(picture, encoding="utf-8")
