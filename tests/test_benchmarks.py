"""The tools of benchmarks: what a file of results says, what counts as a change, GradBench's protocol and its evals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

pytest.importorskip("llvmlite")

from benchmarks.gradbench.evals import EVALS
from benchmarks.gradbench.libraries import wengert
from benchmarks.gradbench.protocol import responses
from benchmarks.gradbench.table import flat, of_library, valid_calls
from benchmarks.gradbench.validation import TOLERANCE, difference
from benchmarks.report import Comparison, Report
from benchmarks.results import change, compare, read, write
from benchmarks.timing import Time, best_times, steady_times

HAS_CPP = shutil.which("g++") is not None
COMMAND = "python -m benchmarks one"
QUICK = ("hello", "llsq")
"""Evals that compile in no time."""


# -- tables ----------------------------------------------------------------------------------------


def pages(ours: float, peers: float = 2e-6, noise: float = 0.0) -> list[Any]:
    report, comparison = Report("one"), Comparison("another")
    report.add("a row", {"wengert": Time(ours, ours, noise), "jax": Time(peers, peers)}, {"jax": 0.5})
    comparison.add("a peak", {"wengert": 5e6, "torch": 1e7}, 1.0)
    return [report, comparison]


def test_a_file_of_results_has_all_rows_and_their_origin(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write(path, pages(1e-6), COMMAND)
    assert set(json.loads(path.read_text())) == {"command", "machine", "versions", "commit", "date", "tables"}
    assert read(path) == {
        ("one", "a row"): {"wengert": Time(1e-6, 1e-6), "jax": Time(2e-6, 2e-6)},
        ("another", "a peak"): {"wengert": 5e6, "torch": 1e7},
    }


def test_a_file_of_results_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write(path, pages(1e-6), COMMAND)
    before = path.read_text()

    def broken() -> Iterator[Any]:
        yield from pages(2e-6)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write(path, broken(), COMMAND)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("ours", "peers", "noise", "verdict"),
    [
        (1.04, 1.0, 0.0, ""),
        (1.2, 1.0, 0.0, "worse"),
        (0.8, 1.0, 0.0, "better"),
        (1.2, 1.2, 0.0, ""),  # the machine is slower, for all
        (1.2, 1.0, 0.3, ""),
        (1.0, 1.5, 0.0, "better"),
    ],
)
def test_a_change_counts_beyond_that_of_peers_and_noise(ours: float, peers: float, noise: float, verdict: str) -> None:
    before = {"wengert": Time(1.0, 1.0), "jax": Time(1.0, 1.0)}
    after = {"wengert": Time(ours, ours, noise), "jax": Time(peers, peers)}
    assert change(before, after).verdict == verdict


def test_two_files_are_compared_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    write(first, pages(1e-6), COMMAND)
    write(second, pages(3e-6)[:1], COMMAND)
    compare(first, second)
    printed = capsys.readouterr().out
    (row,) = [line for line in printed.splitlines() if "a row" in line]
    assert "3.00" in row
    assert "worse" in row
    assert "a.json alone: a peak" in printed.replace("\n", " ")


@pytest.mark.parametrize("times", [best_times, steady_times])
def test_times_are_of_both_clocks(times: Any) -> None:
    found = times({"sum": lambda: sum(range(1000))}, 1)["sum"]
    assert found.wall > 0
    assert found.cpu > 0
    assert found / 2 == replace(found, wall=found.wall / 2, cpu=found.cpu / 2)


# -- GradBench -------------------------------------------------------------------------------------


def session(messages: Iterable[Mapping[str, Any]]) -> list[Any]:
    lines = (json.dumps({"id": number, **message}) for number, message in enumerate(messages))
    return [json.loads(line) for line in responses(lines)]


def test_the_tool_answers_every_message_with_its_number() -> None:
    start, known, unknown, done = session(
        [
            {"kind": "start", "eval": "hello"},
            {"kind": "define", "module": "hello"},
            {"kind": "define", "module": "goodbye"},
            {"kind": "analysis", "of": 1, "valid": True},
        ]
    )
    assert start == {"id": 0, "tool": "wengert"}
    assert known == {"id": 1, "success": True}
    assert not unknown["success"]
    assert unknown["error"].startswith("[gradbench] no module 'goodbye', wanted one of hello, ")
    assert done == {"id": 3}


def test_the_tool_runs_a_function_as_often_as_is_wanted() -> None:
    given = {"x": [0.0, 1.0, 2.0], "min_runs": 3, "min_seconds": 0}
    (answer,) = session([{"kind": "evaluate", "module": "lse", "function": "gradient", "input": given}])
    assert answer["success"]
    assert len(answer["timings"]) == 3
    assert all(timing["name"] == "evaluate" and timing["nanoseconds"] > 0 for timing in answer["timings"])
    assert difference(answer["output"], numpy.exp([0, 1, 2]) / numpy.exp([0, 1, 2]).sum()) < 1e-12


def test_the_tool_tells_what_went_wrong_and_goes_on() -> None:
    wrong = {"kind": "evaluate", "module": "hello", "function": "triple", "input": 1.0}
    failed, done = session([wrong, {**wrong, "function": "double", "input": 3.0}])
    assert not failed["success"]
    assert "no function 'triple', wanted one of square, double" in failed["error"]
    assert done["output"] == 6.0


def test_answers_have_the_shape_that_gradbench_wants() -> None:
    """A mixture's gradient by names; of bundle adjustment's the first thirty numbers and the last."""
    gmm, ba = EVALS["gmm"], EVALS["ba"]
    parts = [numpy.zeros(shape) for shape in ((5,), (5, 2), (5, 2), (5, 1))]
    assert {name: len(part) for name, part in gmm.answer("jacobian", parts, {}).items()} == dict.fromkeys(
        ("alpha", "mu", "q", "l"), 5
    )
    given, blocks = {"n": 2, "m": 3, "p": 12}, numpy.arange(360.0).reshape(12, 2, 15)
    told = ba.answer("jacobian", (blocks, numpy.full(12, -7.0)), given)
    assert told["vals"] == [*range(30), -7.0]
    assert told["cols"] == [*range(11), 22, 23, 24, 31] * 2 + [42]
    assert told["rows"] == [*range(0, 361, 15), *range(361, 366), 372]


def agrees_with_cpp(name: str) -> None:
    library = {"wengert": wengert()}
    for case in (case for case in EVALS[name].cases() if case.is_quick):
        for function in EVALS[name].functions:
            assert "c++" in valid_calls(EVALS[name], function, case, library)


@pytest.mark.skipif(not HAS_CPP, reason="there is no compiler for C++")
@pytest.mark.parametrize("name", QUICK)
def test_evals_agree_with_cpp(name: str) -> None:
    agrees_with_cpp(name)


@pytest.mark.wide
@pytest.mark.skipif(not HAS_CPP, reason="there is no compiler for C++")
@pytest.mark.parametrize("name", [name for name in EVALS if name not in QUICK])
def test_all_evals_agree_with_cpp(name: str) -> None:
    agrees_with_cpp(name)


@pytest.mark.wide
@pytest.mark.parametrize(("name", "published"), [("particle", 0.2071918746486116), ("saddle", 8.246324826140356e-06)])
def test_nested_evals_give_the_published_numbers(name: str, published: float) -> None:
    (case,) = EVALS[name].cases()
    for function in EVALS[name].functions:
        call = of_library(EVALS[name], function, case, wengert())
        assert call is not None
        assert abs(flat(call()) - published).max() < 1e-9


def test_answers_that_are_wrong_are_not_valid() -> None:
    assert difference([1.0, 2.0], [1.0, 2.0 + 5 * TOLERANCE]) > TOLERANCE
    assert difference([1.0], [1.0, 1.0]) == numpy.inf
    assert difference([numpy.nan], [1.0]) == numpy.inf
    assert difference([1e6], [1e6 + 10]) < TOLERANCE
