"""The page: one file that needs nothing else, in which no name or value is markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import wengert as wg
from wengert.explaining.explorer.model import as_json
from wengert.explaining.explorer.page_text import built, page

SOURCES = Path(__file__).parents[3] / "explorer"
HOSTILE = "</script><script>alert(1)</script><!--\u2028&<img src=x onerror=alert(1)>"


class _Reader(HTMLParser):
    """Collects the elements with their attributes, and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        self.texts.setdefault(attributes.get("id") or tag, data)


@pytest.fixture(scope="module")
def read() -> _Reader:
    return _Reader(wg.explore(lambda x: x * x, 3.0).html())


def test_nothing_is_loaded(read: _Reader) -> None:
    links = [value for _, attributes in read.elements for name, value in attributes.items() if name in ("src", "href")]
    assert links == ["data:,"]
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", built("explorer.css") + built("explorer.js"))


def test_only_the_script_and_the_style_of_the_page_are_allowed(read: _Reader) -> None:
    (policy,) = [a["content"] or "" for tag, a in read.elements if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == f"'{_digest(read.texts['script'])}'"
    assert rules["style-src"] == f"'{_digest(read.texts['style'])}'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_hostile_names_are_texts() -> None:
    plain = _Reader(page("name", json.dumps({"function": "name"})))
    hostile = _Reader(page(HOSTILE, json.dumps({"function": HOSTILE}, ensure_ascii=False)))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in plain.elements]
    assert json.loads(hostile.texts["document"]) == {"function": HOSTILE}


def test_a_hostile_function_name_is_in_the_document_as_it_is() -> None:
    def f(x: Any) -> Any:
        return x * x

    f.__name__ = HOSTILE
    read = _Reader(wg.explore(f, 3.0).html())
    assert json.loads(read.texts["document"])["function"] == HOSTILE


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    explored = wg.explore(lambda x: x * x, 3.0)
    explored.save(tmp_path / "page.html")
    read = _Reader((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert json.loads(read.texts["document"]) == json.loads(as_json(explored.document()))
    with pytest.raises(FileNotFoundError):
        explored.save(tmp_path / "missing" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_what_is_built_belongs_to_the_sources() -> None:
    names = sorted([*(f"src/{path.name}" for path in (SOURCES / "src").iterdir()), *SETTINGS])
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\n".encode() + (SOURCES / name).read_bytes() + b"\n")
    assert built("sources.sha256").strip() == digest.hexdigest(), "write npm run build in the folder explorer"


SETTINGS = ("package.json", "tsconfig.json", "vite.config.ts")
