"""The document of the explorer: everything that the page shows, as plain values."""

from __future__ import annotations

import json
from typing import Any

import numpy
import pytest
from tools.explorer_model import PAGE, typescript

import wengert as wg
import wengert.numpy as np
from wengert.core.abstract import Abstract
from wengert.explaining.explorer.mathml import MINUS
from wengert.explaining.explorer.model import as_json


class Block(wg.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = wg.nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        return np.tanh(self.first(x)) * 2


BLOCK = Block()


def product(x: Any, y: Any) -> Any:
    a = x**2 * y
    return a + np.sin(y)


def newton(a: Any) -> Any:
    x = a
    for _ in range(5):
        x = (x + a / x) / 2
    return x


def of_block(x: Any) -> Any:
    return np.sum(BLOCK(x))


def troubled(x: Any, y: Any) -> Any:
    return np.sqrt(x) * y + np.log(y - 1.0)


FUNCTIONS = [(product, (3.0, 2.0)), (newton, (2.0,)), (of_block, (numpy.ones(2),)), (troubled, (0.0, 0.5))]


@pytest.fixture(params=FUNCTIONS, ids=lambda given: given[0].__name__)
def explored(request: Any) -> Any:
    f, args = request.param
    with numpy.errstate(all="ignore"):
        return wg.explore(f, *args).document(), wg.explain(f, *args)


def test_the_document_says_what_explain_says(explored: Any) -> None:
    document, explanation = explored
    lines = explanation.lines
    assert [(e.name, e.expression, e.tangent_terms, e.adjoint_terms) for e in document.entries] == [
        (line.name, line.expression, line.tangent_terms, line.adjoint_terms) for line in lines
    ]
    assert [[None if r.entry is None else lines[r.entry].name for r in e.reads] for e in document.entries] == [
        list(line.reads) for line in lines
    ]


def test_the_document_is_strict_json_with_numbers_in_their_places(explored: Any) -> None:
    document, _ = explored
    read = json.loads(as_json(document), parse_constant=pytest.fail)
    entries, rules = len(read["entries"]), len(read["rules"])
    for entry in read["entries"]:
        assert all(r["entry"] is None or r["entry"] < entries for r in entry["reads"])
        assert entry["rule"] is None or entry["rule"] < rules
        assert entry["call"] is None or entry["call"] < len(read["calls"])


def test_lines_know_where_they_were_written() -> None:
    document = wg.explore(product, 3.0, 2.0).document()
    (source,) = document.sources
    text = {line.number: line.text.strip() for line in source.lines}
    assert source.name == "test_documents.py"
    assert [(e.operation, text[e.place.line]) for e in document.entries if e.place] == [
        ("power", "a = x**2 * y"),
        ("multiply", "a = x**2 * y"),
        ("sin", "return a + np.sin(y)"),
        ("add", "return a + np.sin(y)"),
    ]


def test_lines_know_the_calls_of_modules() -> None:
    document = wg.explore(of_block, numpy.ones(2)).document()
    calls = {e.operation: None if e.call is None else document.calls[e.call] for e in document.entries if e.operation}
    assert (calls["matmul"].path, calls["matmul"].kind) == ("BLOCK.first", "Linear")
    assert calls["tanh"].kind == "Block"
    assert document.calls[calls["matmul"].outer] is calls["tanh"]
    assert calls["sum"] is None
    assert not BLOCK._hooks


def test_what_is_not_finite_is_marked_where_it_arises() -> None:
    with numpy.errstate(all="ignore"):
        document = wg.explore(troubled, 0.0, 0.5).document()
    found = {e.operation or e.name: e.arises for e in document.entries if e.arises}
    assert found == {"log": ["value"], "x": ["adjoint"], "sqrt": ["tangent"]}


def test_loops_are_those_of_the_explanation() -> None:
    (loop,) = wg.explore(newton, 2.0).document().loops
    assert (loop.size, loop.turns) == (3, 5)


RULES = {
    np.sin: ("sin(x)", "dx·cos(x)", ["av·cos(x)"]),
    np.exp: ("e^x", "dx·v", ["av·v"]),
    np.log: ("log(x)", "dx·1/x", ["av·1/x"]),
    np.tanh: ("tanh(x)", "dx·sech^2(x)", ["av·sech^2(x)"]),
    np.negative: (f"{MINUS}x", f"{MINUS}dx", [f"{MINUS}av"]),
    (lambda x: x * x): ("x·y", "dx·y+dy·x", ["av·y", "av·x"]),
    (lambda x: x**3): ("x^3", "dx·3·x^2", ["av·3·x^2"]),
    (lambda x: x - 2 * x): (f"x{MINUS}y", f"dx{MINUS}dy", ["av", f"{MINUS}av"]),
}


@pytest.mark.parametrize("f", RULES)
def test_formulas_are_those_of_the_rules(f: Any) -> None:
    document = wg.explore(f, 0.5).document()
    rule = document.rules[document.entries[-1].rule]
    assert rule.tangent is not None
    value, tangent, adjoints = RULES[f]
    assert _text(rule.value) == value
    assert _text(rule.tangent) == tangent
    assert [_text(one.formula) for one in rule.adjoints] == adjoints


def _text(formula: Any) -> str:
    """A formula in one line."""
    if isinstance(formula, str):
        return formula
    name, *children = formula
    between = {"msup": "^", "mfrac": "/"}.get(name, "")
    return between.join(map(_text, children))


def test_the_page_knows_the_same_schema() -> None:
    assert PAGE.read_text(encoding="utf-8") == typescript(), "write python -m tools.explorer_model"


def test_other_points_are_computed() -> None:
    explored = wg.explore(product, 3.0, 2.0)
    moved = explored.document({0: [1.0]})
    assert moved.result.value.text == wg.explore(product, 1.0, 2.0).document().result.value.text
    with pytest.raises(ValueError, match="elements of argument 0 were given"):
        explored.document({0: [1.0, 2.0]})


def test_the_program_tells_its_kernels_and_what_passes_changed() -> None:
    program = wg.explore(product, 3.0, 2.0).program()
    assert not program.trouble
    assert sum(len(kernel.operations) for kernel in program.kernels) >= program.operations - 1
    names = [one.name for one in program.passes]
    assert names[0] == "recorded"
    assert program.passes[-1].operations == program.operations
    assert all(one.about for one in program.passes)
    changed = {one.name for one in program.passes if one.rows}
    assert "algebra" in changed


def test_a_function_that_is_no_program_says_why() -> None:
    def f(x: Any) -> Any:
        if isinstance(x._value, Abstract):
            raise RuntimeError("not without values")
        return x * x

    assert wg.explore(f, 2.0).program().trouble == "RuntimeError: not without values"
