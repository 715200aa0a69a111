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
    def called(function: object) -> set[object]:
        with make_functions.Spy() as spy:
            found = make_functions.callees(Case("any", function, (uniform((2,)),)), spy)
        return {f for f in found if f.__module__.startswith("wengert")}

    bound = np.sum
    assert called(np.sum) == {np.sum}
    assert called(functools.partial(np.sum, axis=0)) == {np.sum}
    assert called(lambda x: np.sin(np.sum(x))) == {np.sum, np.sin}
    assert called(lambda x: bound(x, axis=0)) == {np.sum}
    assert called(functools.partial(lambda m, x: getattr(m, "exp")(x), np)) == {np.exp}  # noqa: B009
    assert called(lambda x: np.linalg.norm(x)) == {np.linalg.norm}
    assert called(lambda x: np.mean(x)) == {np.mean}
    assert called(lambda x: x * 2) == set()
    assert np.sin.__name__ == "sin"
    assert not hasattr(np.sin, "__wrapped__")


def test_cases_count_for_the_function_they_are_named_after() -> None:
    place = (uniform((3,)),)
    cases = [
        Case("argsort", np.argsort, place, order=0),
        Case("sorted_by_argsort", lambda x: np.take(x, np.argsort(x)), place, order=2),
    ]
    rows = make_functions.summarise(cases, {np.argsort: ["argsort"], np.take: ["take"]})
    assert (rows[np.argsort].order, rows[np.take].order) == (0, 2)


def test_a_row_shows_what_the_cases_test() -> None:
    row = make_functions.Row()
    row.add(Case("one", np.sin, (uniform((2,)),), order=1, batched=False))
    row.add(Case("two", np.sin, (uniform((2,)),), order=2, dtypes=("complex128",)))
    assert row.cells() == ["2", "2", "yes", "yes"]
    flat = make_functions.Row()
    flat.add(Case("flat", np.floor, (uniform((2,)),), order=0, batched=False))
    assert flat.cells() == ["-", "-", "-", "-"]
