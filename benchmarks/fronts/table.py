"""Measures the front for PyTorch."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator
from importlib.util import find_spec

from ..options import Options, add_words
from ..report import OURS, Page, Report
from ..rows import measured
from ..timing import Time
from . import scripts, steps

AT_MOST = 1.0


def add_options(parser: argparse.ArgumentParser) -> None:
    add_words(parser, ["steps", *scripts.names()])


def pages(options: Options) -> Iterator[Page]:
    if options.wants("steps"):
        yield measured(Report("Steps on the front of PyTorch: best of several turns"), steps.rows(), options.rounds)
    wanted = [name for name in scripts.names() if options.wants(name)]
    if wanted and find_spec(scripts.LIBRARY):
        yield of_scripts(wanted, options)


def of_scripts(wanted: list[str], options: Options) -> Report:
    """Scripts on the front and with PyTorch, and all of them together."""
    report = Report("Scripts on the front of PyTorch: best of several runs, imports not counted")
    ours, theirs = (scripts.times_with(each, wanted, options.rounds) for each in (scripts.FRONT, scripts.LIBRARY))
    for name in wanted:
        report.add(name, {OURS: ours[name], "torch": theirs[name]}, {})
    report.add("all", {OURS: _sum(ours.values()), "torch": _sum(theirs.values())}, {"torch": AT_MOST})
    return report


def _sum(times: Collection[Time]) -> Time:
    return Time(sum(time.wall for time in times), sum(time.cpu for time in times))
