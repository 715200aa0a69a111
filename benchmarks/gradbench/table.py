"""Measures the functions of every eval in each library, whose answers are compared with those of C++."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy

from ..options import Options, add_words
from ..report import OURS, Comparison, Page
from ..timing import on_one_core, steady_times
from .eval import Case, Eval
from .evals import EVALS
from .in_cpp import NAME as CPP, call as call_in_cpp
from .libraries import Library, installed
from .validation import TOLERANCE, difference

AT_MOST = 1.0


def add_options(parser: argparse.ArgumentParser) -> None:
    add_words(parser, list(EVALS))


def pages(options: Options) -> Iterator[Page]:
    on_one_core()
    libraries = installed()
    table = Comparison("GradBench on one core: best of several turns, in one process", (CPP, "jax", "torch"))
    for wanted in EVALS.values():
        for case in wanted.cases() if options.wants(wanted.name) else ():
            for function in wanted.functions if case.is_quick or not options.quick else ():
                calls = valid_calls(wanted, function, case, libraries)
                table.add(f"{wanted.name} {function}, {case.description}", steady_times(calls, options.rounds), AT_MOST)
    yield table


def valid_calls(
    wanted: Eval, function: str, case: Case, libraries: Mapping[str, Library]
) -> dict[str, Callable[[], Any]]:
    """The call of each library and of C++, after their answers have been compared."""
    made = {library.name: of_library(wanted, function, case, library) for library in libraries.values()}
    calls = {name: call for name, call in made.items() if call is not None}
    answers = {name: flat(call()) for name, call in calls.items()}
    if in_cpp := call_in_cpp(wanted, function, case.input, answers[OURS].size):
        calls[CPP], answers[CPP] = in_cpp, in_cpp().copy()
    for name, answer in answers.items():
        found = difference(answer, answers.get(CPP, answers[OURS]))
        if found > TOLERANCE:
            raise ValueError(f"[gradbench] {wanted.name} {function}: {name} differs by {found:.1e}, over {TOLERANCE}")
    return calls


def of_library(wanted: Eval, function: str, case: Case, library: Library) -> Callable[[], Any] | None:
    """A library's call; ``None`` where it cannot or takes minutes."""
    if library.name in wanted.too_long or (function in wanted.in_loops and not library.is_reversible):
        return None
    compiled = library.compiled(wanted.functions[function](library, case.input))
    operands = [library.tensor(array) for array in wanted.arrays(case.input)]
    return lambda: compiled(*operands)


def flat(result: Any) -> numpy.ndarray:
    """All numbers of an array, or of a tuple of arrays."""
    if isinstance(result, tuple):
        return numpy.concatenate([flat(part) for part in result])
    return numpy.asarray(result.detach() if hasattr(result, "detach") else result).ravel()
