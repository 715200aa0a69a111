"""What the pages show is what happens."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITTEN_BY_TOOLS = {"explain.md", "functions.md"}
"""Their own tests run what they show."""
NEEDED = {"devices.md": "jax", "scaling.md": "jax"}
"""The extras that pages show."""


def pages() -> Iterator[Path]:
    """The pages of the site, without what is built from them."""
    for path in sorted(DOCS.rglob("*.md")):
        if "_build" not in path.parts:
            yield path


PAGES = {path.relative_to(DOCS).as_posix(): path for path in pages()}
SHOWING = [name for name, path in PAGES.items() if ">>>" in path.read_text() and name not in WRITTEN_BY_TOOLS]


@pytest.mark.parametrize("name", SHOWING)
def test_python_answers_as_the_page_says(name: str) -> None:
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    options = doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(PAGES[name]), module_relative=False, optionflags=options, encoding="utf-8")
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGES[name].read_text())
    assert [link for link in links if "://" not in link and not (PAGES[name].parent / link).exists()] == []


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = set()
    for path in PAGES.values():
        for block in re.findall(r"```\{toctree\}\n(.*?)```", path.read_text(), re.DOTALL):
            names = [line for line in block.splitlines() if line and not line.startswith(":")]
            listed |= {(path.parent / f"{name}.md").resolve() for name in names}
    assert {path.resolve() for path in PAGES.values()} - listed == {DOCS / "index.md"}
    assert listed <= {path.resolve() for path in PAGES.values()}
