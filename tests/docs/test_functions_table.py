"""The generated table of functions is up to date and complete."""

from __future__ import annotations

import functools

from docs import make_functions
from tests.cases.case import Case, uniform

import wengert.numpy as np


def test_page_is_up_to_date() -> None:
    assert make_functions.PAGE.read_text() == make_functions.render(), "run python -m docs.make_functions"


def test_every_public_function_is_tested_by_the_laws_or_has_no_derivative() -> None:
    assert make_functions.undeclared() == []


def test_functions_are_found_in_what_a_case_calls() -> None:
    public = {np.sum: ["sum"], np.sin: ["sin"], np.linalg.norm: ["norm"], np.exp: ["exp"], np.mean: ["mean"]}

    def subjects(name: str, function: object) -> set[object]:
        return set(make_functions.subjects(Case(name, function, (uniform((2,)),)), public))

    bound = np.sum
    assert subjects("any", np.sum) == {np.sum}
    assert subjects("any", functools.partial(np.sum, axis=0)) == {np.sum}
    assert subjects("any", lambda x: np.sin(np.sum(x))) == {np.sum, np.sin}
    assert subjects("sum_of_sines", lambda x: np.sum(np.sin(x))) == {np.sum}
    assert subjects("any", lambda x: bound(x, axis=0)) == {np.sum}
    assert subjects("any", functools.partial(lambda m, x: getattr(m, "exp")(x), np)) == {np.exp}  # noqa: B009
    assert subjects("any", lambda x: np.linalg.norm(x)) == {np.linalg.norm}
    assert subjects("any", lambda x: np.mean(x)) == {np.mean}
    assert subjects("any", lambda x: x * 2) == set()
    assert np.sin.__name__ == "sin"
    assert not hasattr(np.sin, "__wrapped__")


def test_a_row_shows_what_the_cases_test() -> None:
    row = make_functions.Row()
    row.add(Case("one", np.sin, (uniform((2,)),), order=1, batched=False))
    row.add(Case("two", np.sin, (uniform((2,)),), order=2, dtypes=("complex128",)))
    assert row.cells() == ["2", "2", "yes", "yes"]
    flat = make_functions.Row()
    flat.add(Case("flat", np.floor, (uniform((2,)),), order=0, batched=False))
    assert flat.cells() == ["-", "-", "-", "-"]
