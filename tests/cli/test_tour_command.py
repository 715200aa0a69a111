"""``wengert tour`` shows every figure as expected, and says so if one is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from wengert.cli import main
from wengert.tour import digits, examples, scenarios
from wengert.tour.figures import Figure, Scenario


def test_every_figure_is_as_expected() -> None:
    result = CliRunner().invoke(main, ["tour"])
    assert result.exit_code == 0, result.output
    assert [f"A{i}" for i in range(1, 9)] == re.findall(r"^(A\d)  ", result.stdout, flags=re.MULTILINE)
    assert re.search(r"✓  its derivative +11 +expected 11", result.stdout)
    assert re.search(
        r"✓  two derivatives of x\^3 at 3, by gradients\(\) +\[27, 18\] +expected \(27, 18\)", result.stdout
    )
    assert re.search(r"✓  difference of the parameters of both styles +0 +expected 0", result.stdout)
    assert re.search(r"backward\(\) +920 steps in [\d.]+ s", result.stdout)
    assert re.search(r"jit, again +920 steps in [\d.]+ s", result.stdout)
    assert re.search(r"[\d.]+ times as fast as eager", result.stdout)
    assert re.search(r"^29 of 29 figures as expected, in [\d.]+ s$", result.stdout, flags=re.MULTILINE)
    assert "✗" not in result.stdout


@pytest.fixture
def short_tour(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(digits, "EPOCHS", 1)
    monkeypatch.setattr(digits, "batches", lambda train: [(digits.pixels(train)[:8], train.labels[:8])])
    monkeypatch.setattr(digits, "figures", lambda *networks: [])
    return monkeypatch


def test_a_wrong_figure_is_marked_with_exit_code_1(short_tour: pytest.MonkeyPatch) -> None:
    wrong = Scenario("A0", "two and two", lambda: [Figure("2 + 2", 4, 5), Figure("2 * 2", 4, 4)])
    short_tour.setattr(scenarios, "SCENARIOS", [wrong])
    result = CliRunner().invoke(main, ["tour"])
    assert result.exit_code == 1
    assert re.search(r"✗  2 \+ 2 +4 +expected 5", result.stdout)
    assert re.search(r"✓  2 \* 2 +4 +expected 4", result.stdout)
    assert "\n1 of 2 figures as expected, in " in result.stdout


def test_an_error_is_one_line_with_exit_code_2(short_tour: pytest.MonkeyPatch) -> None:
    def broken() -> list[Figure]:
        raise OSError("the disk\nis full")

    short_tour.setattr(scenarios, "SCENARIOS", [Scenario("A0", "nothing", broken)])
    result = CliRunner().invoke(main, ["tour"])
    assert result.exit_code == 2
    assert result.stderr == (
        "[tour] OSError: the disk is full, wanted a run without an error; "
        "write --debug for the traceback, which says where it happened\n"
    )
    debugged = CliRunner().invoke(main, ["tour", "--debug"])
    assert debugged.exit_code == 2
    assert debugged.stderr.startswith("Traceback (most recent call last):\n")
    assert debugged.stderr.endswith(result.stderr)


def test_the_list_of_examples() -> None:
    result = CliRunner().invoke(main, ["tour", "--list"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split(maxsplit=1) == [
        "a1_dual_numbers",
        "Forward mode by dual numbers: x^2 + 3x + 2 at 4.",
    ]
    assert len(lines) > 25


def test_an_example_is_run_by_the_number_of_its_scenario() -> None:
    result = CliRunner().invoke(main, ["tour", "A1"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("a1_dual_numbers  Forward mode")
    assert "value 30, derivative 11\n" in result.stdout


def test_an_example_is_given_size_and_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = '"""Learns [much]."""\ndef main(size="full", seed=0):\n    print(size, seed)\n'
    (tmp_path / "c1_learns.py").write_text(code)
    (tmp_path / "c2_lacks.py").write_text('"""Lacks."""\nimport not_there\n')
    monkeypatch.setattr(examples, "FOLDERS", [tmp_path])
    result = CliRunner().invoke(main, ["tour", "c1", "--size", "quick", "--seed", "3"])
    assert result.stdout == "c1_learns  Learns [much].\nquick 3\n"
    result = CliRunner().invoke(main, ["tour", "c2"])
    assert (result.exit_code, result.stderr) == (
        2,
        "[tour] c2_lacks needs the package not_there, which is not there, wanted those of the examples; "
        "write pip install 'wengert[gallery]'\n",
    )
    result = CliRunner().invoke(main, ["tour", "lacks"])
    assert (result.exit_code, result.stderr) == (
        2,
        "[tour] there is no example 'lacks', wanted a name that wengert tour --list shows, or its beginning; "
        "write wengert tour c2_lacks\n",
    )


def test_help_and_version() -> None:
    assert "tour     Show what the package does, and that it is right." in CliRunner().invoke(main, ["-h"]).stdout
    assert re.fullmatch(r"wengert, version [\d.]+\n", CliRunner().invoke(main, ["--version"]).stdout)


def test_a_command_that_is_not_there_is_told_with_the_nearest() -> None:
    result = CliRunner().invoke(main, ["explian"])
    assert (result.exit_code, result.stderr) == (
        2,
        "[wengert] there is no command 'explian', wanted one of explain, explore, tour, launch, doctor, cache; "
        "write wengert explain\n",
    )
