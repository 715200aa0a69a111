"""What the page about networks shows is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"


def test_python_answers_as_the_page_says() -> None:
    options = doctest.NORMALIZE_WHITESPACE
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=options, encoding="utf-8")
    assert failures == 0
    assert tried > 20
