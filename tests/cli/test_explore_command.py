"""``wengert explore`` takes the words of ``wengert explain``, writes a page whole or not at all, or serves it."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wengert.cli import main
from wengert.explaining.explorer import Exploration

MODEL = """
import wengert.numpy as np

def f(x1, x2):
    return np.log(x1) + x1 * x2

def squares(x):
    return np.stack([x, x * x])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["explore", *words])


def test_a_page_is_written(folder: Path) -> None:
    result = run("model.py:squares", "--at", "3.0", "--component", "1", "--html", "page.html")
    assert (result.exit_code, result.stdout) == (0, "wrote page.html\n")
    assert '"function":"squares"' in (folder / "page.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_refused(folder: Path) -> None:
    result = run("model.py:f", "--at", "2.0,5.0", "--html", "missing/page.html")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("[explore] --html missing/page.html cannot be written")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("model.py:f",), "[explore] no point was given, wanted the arguments of the function; write wengert explore "),
        (
            ("model.py:g", "--at", "1.0"),
            "[explore] there is no function 'g' in model.py, wanted one of its functions; ",
        ),
        (
            ("--at", "1.0"),
            "[explore] Missing argument 'FILE.py:FUNCTION', wanted a function and its point; write wengert",
        ),
        (("model.py:f", "--htm", "x"), "[explore] there is no option --htm, wanted one of --at, "),
    ],
)
def test_errors_name_this_command(folder: Path, words: tuple[str, ...], message: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stderr[: len(message)]) == (2, message)


def test_the_page_is_served_until_it_is_interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def interrupted(exploration: Exploration) -> None:
        with urllib.request.urlopen(exploration.url) as answer:
            assert answer.status == 200
        raise KeyboardInterrupt

    monkeypatch.setattr(Exploration, "wait", interrupted)
    monkeypatch.setattr("webbrowser.open", opened.append)
    result = run("model.py:f", "--at", "2.0,5.0")
    assert result.exit_code == 0
    assert result.stdout == f"{opened[0]} (Ctrl-C ends it)\n\n"
    assert run("model.py:f", "--at", "2.0,5.0", "--no-browser").exit_code == 0
    assert len(opened) == 1
