"""What the pages show is what happens."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.test_init import NESTED

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITTEN_BY_TOOLS = {"explain.md", "functions.md"}
"""Their own tests run what they show."""
NEEDED = {"devices.md": "jax", "scaling.md": "jax", "how_to/export.md": "onnx_ir"}
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
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, tried = doctest.testfile(str(PAGES[name]), module_relative=False, optionflags=options, encoding="utf-8")
    assert tried > 0
    assert failed == 0


def anchors(page: Path) -> set[str]:
    """The places in a page that links may name: its headings, in lower case, with hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def is_broken(page: Path, link: str) -> bool:
    """Whether a link leads nowhere, or out of the site."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if target.suffix != ".md":
        return not target.exists()
    return target not in PAGES.values() or (anchor != "" and anchor not in anchors(target))


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_pages_and_places_in_them(name: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", PAGES[name].read_text())
    assert [link for link in links if "://" not in link and is_broken(PAGES[name], link)] == []


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = set()
    for path in PAGES.values():
        for block in re.findall(r"```\{toctree\}\n(.*?)```", path.read_text(), re.DOTALL):
            names = [line for line in block.splitlines() if line and not line.startswith(":")]
            listed |= {(path.parent / f"{name}.md").resolve() for name in names}
    assert {path.resolve() for path in PAGES.values()} - listed == {DOCS / "index.md"}
    assert listed <= {path.resolve() for path in PAGES.values()}


def namespaces() -> Iterator[str]:
    """The modules to which public names lead."""
    waiting = ["wengert", "wengert.numpy", "wengert.scipy", "wengert.datasets"]
    yield from (f"wengert.numpy.{name}" for name in NESTED)
    for name in waiting:
        yield name
        module = importlib.import_module(name)
        values = [getattr(module, public) for public in getattr(module, "__all__", ())]
        waiting += [v.__name__ for v in values if isinstance(v, ModuleType) and v.__name__.startswith(f"{name}.")]


def test_the_reference_names_every_namespace() -> None:
    listed = re.findall(r"wengert[\w.]*", PAGES["reference.md"].read_text())
    made_of_namespaces = {"wengert.numpy.lib"}
    assert set(namespaces()) - set(listed) - made_of_namespaces == set()


@pytest.mark.wide
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("furo")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-d", str(tmp_path / "trees")]
    done = subprocess.run([*command, str(DOCS), str(tmp_path / "html")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
