"""Signs and colours fit the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from wengert.cli.console import console, cross, tick


@pytest.mark.parametrize(
    ("encoding", "signs"), [("utf-8", ("✓", "✗")), ("ascii", ("ok", "NO")), ("cp1252", ("ok", "NO"))]
)
def test_signs_are_those_that_the_encoding_has(encoding: str, signs: tuple[str, str]) -> None:
    screen = Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert (screen.render_str(tick(screen)).plain, screen.render_str(cross(screen)).plain) == signs


def test_lines_are_not_broken_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("[bold]" + "word " * 70)
    assert capsys.readouterr().out.rstrip("\n") == ("word " * 70).rstrip("\n")
