"""`Graph.to_json` and `Graph.from_json`: what is written loads again, prints the same, and never runs anything."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy
import pytest
from tests import laws
from tests.cases.case import Case
from tests.export.refusals import refused
from tests.test_laws import CASES

import wengert as wg
import wengert.numpy as np
from wengert.core.graph import Graph
from wengert.export import documents
from wengert.export.documents.primitives import _defined, _primitives, name_in_documents, named_primitive
from wengert.export.documents.reading import decoded
from wengert.export.documents.writing import encoded

X = numpy.linspace(0.3, 1.7, 4)
SCHEMA = json.loads(Path(documents.__file__).with_name("graph.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EVERY = [pytest.param(case, id=name) for name, case in CASES]


def recorded(f: Any, *args: Any) -> Graph:
    return wg.jit(f).lower(*args).recorded


def check_case(case: Case) -> None:
    args = laws.make_arguments(case, case.dtypes[-1])
    graph = recorded(laws.derivative(laws.flat(case.function), args) if case.order else case.function, *args)
    with refused("[to_json] the operation"):
        text = graph.to_json()
        VALIDATOR.validate(json.loads(text))
        assert str(Graph.from_json(text)) == str(graph)
        assert Graph.from_json(text).to_json() == text


@pytest.mark.parametrize("case", EVERY[5::40])
def test_graphs_load_again(case: Case) -> None:
    check_case(case)


@pytest.mark.wide
@pytest.mark.parametrize("case", EVERY)
def test_all_graphs_load_again(case: Case) -> None:
    check_case(case)


def loop(x: Any) -> Any:
    return np.sum(wg.fori_loop(0, 3, lambda i, c: np.sin(c) + x, x))


def test_what_loads_runs_compiles_and_differentiates() -> None:
    graph = Graph.from_json(wg.jit(wg.grad(loop)).lower(X).graph.to_json())
    expected = wg.grad(loop)(X)
    laws.assert_close(graph(X)[0], expected, 1e-12)
    laws.assert_close(wg.jit(graph)(X)[0], expected, 1e-12)
    laws.assert_close(wg.jvp(lambda x: graph(x)[0], (X,), (X,))[1], wg.hvp(loop, (X,), (X,)), 1e-12)


def test_every_primitive_has_one_name() -> None:
    assert len(_primitives()) > 300
    assert all(named_primitive(name_in_documents(p) or "", 1) is p for p in _defined())


VALUES = [
    None, True, 3, 2.0, -0.0, 1e-300, "text", (1, (2, 3)), [1, 2], ..., slice(None, 3, -1), numpy.dtype("float32"),
    float("inf"), 1 - 2j, numpy.float32(0.1), numpy.int64(7), numpy.arange(6, dtype="int16").reshape(2, 3),
    numpy.array([numpy.nan, -0.0, 1e308]), numpy.zeros((0, 2)), numpy.array(True),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_load_again_to_the_bit(value: Any) -> None:
    found = decoded(json.loads(json.dumps(encoded(value), allow_nan=False)))
    assert type(found) is type(value)
    assert repr(found) == repr(value)
    if isinstance(value, numpy.ndarray):
        assert found.tobytes() == value.tobytes()
        assert found.dtype == value.dtype


def test_files_are_whole_or_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    graph = recorded(loop, X)
    assert graph.to_json(path) == path.read_text()
    assert str(Graph.from_json(path)) == str(graph)
    opaque = recorded(wg.custom_derivative(np.sin, vjp=lambda primals, out, ct: (ct,)), X)
    with pytest.raises(TypeError, match=r"^\[to_json\] the operation"):
        opaque.to_json(path)
    assert str(Graph.from_json(str(path))) == str(graph)
    assert [p.name for p in tmp_path.iterdir()] == ["graph.json"]


def damaged() -> list[Any]:
    """Documents with one thing wrong each."""
    good = json.loads(recorded(np.sin, X).to_json())
    node = good["graph"]["nodes"][0]

    def changed(**parts: Any) -> Any:
        return {**good, "graph": {**good["graph"], "nodes": [{**node, **parts}]}}

    return [
        {},
        {**good, "format": "pickle"},
        {**good, "version": 99},
        {**good, "graph": {}},
        changed(primitive="os.system"),
        changed(primitive="__import__"),
        changed(operands=[{"value": 1}]),
        changed(operands=[{"value": -1}]),
        changed(operands=[{"value": True}]),
        changed(operands=[]),
        changed(params={"out": {"call": "eval"}}),
        changed(params={"where": 3}),
        changed(form={"dtype": "float64", "shape": [5]}),
        changed(form={"dtype": "object", "shape": [4]}),
        changed(operands=[{"constant": {"array": {"dtype": "float64", "shape": [4], "data": "AAAA"}}}]),
        changed(operands=[{"constant": {"array": {"dtype": "object", "shape": [1], "data": "AAAAAAAAAAA="}}}]),
    ]


@pytest.mark.parametrize("document", damaged())
def test_damaged_documents_are_refused(document: Any) -> None:
    with pytest.raises(ValueError, match=r"^\[from_json\] .*, wanted a document that Graph.to_json"):
        Graph.from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["{", "{} {}", '{"a": NaN}', '{"a":' * 100_000])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^\[from_json\]"):
        Graph.from_json(text)


JUNK = (None, True, -1, 1.5, "", "float64", [], {}, [1, 2, 3], {"value": 0}, {"constant": 1}, {"number": "1e3"})


def places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a document something could be something else."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, part in pairs:
        yield (*path, key)
        yield from places(part, (*path, key))


def changed(document: Any, path: tuple[Any, ...], change: Any) -> Any:
    """A copy in which the part at a place is changed: ``change(what holds it, its key)``."""
    copied = copy.deepcopy(document)
    *above, key = path
    holder = copied
    for step in above:
        holder = holder[step]
    change(holder, key)
    return copied


def neighbours(document: Any, step: int) -> Iterator[Any]:
    """Documents that differ from one in a place, of which each `step`-th: another thing, nothing, or one more key."""
    for number, path in enumerate(itertools.islice(places(document), 0, None, step)):
        for junk in JUNK[number % 3 :: 3]:
            yield changed(document, path, lambda holder, key, junk=junk: holder.__setitem__(key, junk))
        yield changed(document, path, lambda holder, key: holder.__delitem__(key))
        yield changed(document, path, lambda holder, key: isinstance(holder, dict) and holder.update(more=1))


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.wide)])
def test_what_the_schema_does_not_allow_is_refused(step: int) -> None:
    """The schema promises no less than the loader asks."""
    parameter = lambda value: {"constant": encoded(value)}
    document = json.loads(recorded(lambda x: wg.fori_loop(0, 3, lambda i, c: np.sin(c)[::2].sum() + c, x), X).to_json())
    document["graph"]["outputs"] += [parameter(v) for v in (numpy.float32(0.1), 1 - 2j, ..., [1], numpy.ones(2))]
    Graph.from_json(json.dumps(document))
    tried = [near for near in neighbours(document, step) if not VALIDATOR.is_valid(near)]
    assert len(tried) > 500 // step
    for near in tried:
        with pytest.raises(ValueError, match=r"^\[from_json\]"):
            Graph.from_json(json.dumps(near))
