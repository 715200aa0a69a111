"""What the README shows is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
CI = README.parent / ".ci" / "run"


def test_the_first_example_prints_what_it_says() -> None:
    text = README.read_text()
    assert text.count(">>>") > 5
    failures, _ = doctest.testfile(str(README), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failures == 0


def test_ci_runs_the_readmes_test_command() -> None:
    (command,) = [line for line in README.read_text().splitlines() if "pytest" in line]
    assert command in CI.read_text()
