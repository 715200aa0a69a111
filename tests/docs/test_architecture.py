"""The page on the architecture names what is there, and every folder that a reader meets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PACKAGE = ROOT / "src" / "wengert"
NAMED = sorted(set(re.findall(r"`([\w/]+/[\w/]*\w(?:\.py)?)`", PAGE)))
PLACES = (ROOT, PACKAGE, PACKAGE / "compile")


def test_something_is_named() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_is_there(name: str) -> None:
    assert any((place / name).exists() for place in PLACES)


@pytest.mark.parametrize("folder", [PACKAGE, PACKAGE / "compile", PACKAGE / "compile" / "native"], ids=lambda p: p.name)
def test_every_folder_is_named(folder: Path) -> None:
    folders = {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert not [name for name in folders if not re.search(rf"`(?:[\w/]*/)?{name}`", PAGE)]
