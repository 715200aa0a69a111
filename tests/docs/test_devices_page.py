"""What the page about devices shows is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "devices.md"


def test_python_answers_as_the_page_says() -> None:
    pytest.importorskip("jax")
    failures, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert failures == 0
    assert tried > 10
