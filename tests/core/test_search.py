"""Finding one thing among several, and nothing that ends a loop in silence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import wengert
from wengert.core.python.search import first


def test_the_first() -> None:
    assert first(x for x in (1, 2, 3) if x > 1) == 2


def test_nothing_found_is_an_error_also_within_map() -> None:
    with pytest.raises(LookupError, match=r"\[first\] nothing was found"):
        tuple(map(first, ([1], [])))


def bare_searches(path: Path) -> list[str]:
    """Where a file has ``next(... for ...)`` without a default."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    nexts = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "next" and len(c.args) == 1]
    return [f"{path}:{c.lineno}" for c in nexts if isinstance(c.args[0], ast.GeneratorExp)]


def test_no_search_raises_stop_iteration() -> None:
    """A search that may find nothing has a default, and `first` is for where there must be something."""
    assert not [place for path in Path(wengert.__file__).parent.rglob("*.py") for place in bare_searches(path)]
