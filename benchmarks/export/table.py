"""Measures what small machines run: a thousand calls, of C without Python, of compiled functions from Python."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy

import wengert as wg

from ..options import Options, add_words
from ..report import OURS, Page, Report
from ..rows import Row, measured
from .embedded import EMBEDDED
from .in_casadi import generated
from .repeated import TURNS, casadis, ours

AT_MOST = {"compiled": 1.2, "casadi": 0.7}
ROWS = [
    ("lorenz", "value"), ("lorenz", "jacobian"), ("kalman", "value"), ("arm", "value"), ("arm", "jacobian"),
    ("control", "value"), ("control", "gradient"),
]  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    add_words(parser, list(EMBEDDED))


def pages(options: Options) -> Iterator[Page]:
    rows = (_row(name, kind) for name, kind in ROWS if options.wants(name))
    yield measured(Report("Generated C: a thousand calls, best of several turns"), rows, options.rounds)


def _row(name: str, kind: str) -> Row:
    f, args, _ = EMBEDDED[name]
    calls = {OURS: ours(wg.export.c(f, *args, derivatives=(kind,)), args), "compiled": _compiled(f, kind, args)}
    if find_spec("casadi"):
        calls["casadi"] = casadis(generated(name, kind, args), args)
    return Row(f"{name}, {kind}", {peer: _flat(call) for peer, call in calls.items()}, AT_MOST)


def _compiled(f: Callable[..., Any], kind: str, args: tuple[Any, ...]) -> Callable[[], Any]:
    derive: dict[str, Callable[..., Any]] = {"value": lambda f: f, "jacobian": wg.jacobian, "gradient": wg.grad}
    compiled = wg.jit(derive[kind](f))

    def call() -> Any:
        result = None
        for _ in range(TURNS):
            result = compiled(*args)
        return result

    return call


def _flat(call: Callable[[], Any]) -> Callable[[], Any]:
    """The results in one array, however they are nested and however many axes of length 1 they have."""

    def flat() -> Any:
        return numpy.concatenate([numpy.ravel(x) for x in wg.trees.leaves(call())])

    return flat
