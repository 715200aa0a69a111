"""Finished programs on disk: found by what was recorded, they do what programs that are made do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native import kept
from wengert.compile.native.facts.graph_text import NamelessError
from wengert.compile.native.facts.package_names import name_in_package
from wengert.compile.native.kept import FinishedProgram, found_on_disk, name_on_disk
from wengert.compile.native.machine.disk_cache import NotOursError, joined
from wengert.compile.passes.later import LaterGraph
from wengert.core.primitive import primitive_of
from wengert.export.documents import primitives
from wengert.scipy.stats import distribution

X = numpy.linspace(0.5, 2.0, 12).reshape(3, 4)
SQUARE = X[:, :3] + 3 * numpy.eye(3)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))
    monkeypatch.setattr(kept, "found_on_disk", found_on_disk)


class Counter:
    """State that a program replaces in place."""

    def __init__(self) -> None:
        self.total = wg.tensor(numpy.zeros((3, 4)))

    def __call__(self, x: Any) -> Any:
        self.total += np.sin(x) * x
        return np.sum(self.total)


def newton(a: Any) -> Any:
    return wg.while_loop(lambda x: np.abs(x * x - a) > 1e-9, lambda x: (x + a / x) / 2, a)


def loss(x: Any) -> Any:
    return np.sum(wg.scan(lambda c, row: (np.tanh(c + row), c * row), x[0], x)[1])


PROGRAMS: dict[str, tuple[Callable[[], Callable[..., Any]], tuple[Any, ...]]] = {
    "elementwise": (lambda: lambda x: np.sin(x) * x + 1, (X,)),
    "constants": (lambda: lambda x: x * numpy.arange(4.0) + x[numpy.array([2, 0, 1])], (X,)),
    "results that are inputs, or absent": (lambda: lambda x, y: (y, None, x @ y.T, x), (X, X + 1)),
    "numbers of another kind": (lambda: lambda x: (x > 1, np.astype(x, "int16"), np.exp(1j * x)), (X,)),
    "a loop": (lambda: newton, (2.0,)),
    "a gradient": (lambda: wg.grad(loss), (X,)),
    "a factorisation": (lambda: lambda a, b: np.linalg.solve(a, b), (SQUARE, X[:, 0])),
    "short floats": (lambda: lambda x: np.sin(x) * 2, (X.astype("float16"),)),
    "state": (Counter, (X,)),
}


def program_of(compiled: Any) -> Any:
    ((program,),) = compiled.programs.values()
    return program


def run_of(compiled: Any) -> Any:
    return program_of(compiled).run


def plain(result: Any) -> Any:
    return wg.trees.map(lambda x: (x.dtype, x.tolist()) if isinstance(x, wg.Tensor) else x, result)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_that_are_found_do_what_those_do_that_are_made(name: str) -> None:
    make, arguments = PROGRAMS[name]
    made, found = wg.jit(make()), wg.jit(make())
    results = [[plain(compiled(*arguments)) for _ in range(103)][-1] for compiled in (made, found)]
    assert results[0] == results[1]
    assert "construction" in vars(run_of(made))
    assert "construction" not in vars(run_of(found))
    assert "guards" not in vars(program_of(found))
    assert [bool(compiled.doors) for compiled in (made, found)] in ([True, True], [False, False])
    assert run_of(made).native.llvm() == run_of(found).native.llvm()


def test_a_program_that_is_found_raises_what_eager_code_raises() -> None:
    for _ in range(2):
        third = wg.jit(lambda x, i: np.sum(x[i]))
        assert third(X, 1) == X[1].sum()
        with pytest.raises(IndexError, match="index 7 is out of bounds for axis 0 with size 3"):
            third(X, 7)


def test_steps_in_numpy_are_made_anew() -> None:
    functions = [wg.jit(lambda x: np.linalg.eig(np.sin(x))[0] + 1) for _ in range(2)]
    assert functions[0](SQUARE).tolist() == functions[1](SQUARE).tolist()
    assert "construction" in vars(run_of(functions[1]))


# -- names -----------------------------------------------------------------------------------------


def name_of(f: Callable[..., Any], *arguments: Any, donors: dict[int, int] | None = None) -> str | None:
    return name_on_disk(LaterGraph(wg.jit(f).lower(*arguments).recorded, lambda: None), donors or {})


DIFFERENT: dict[str, Callable[[], list[Any]]] = {
    "operations": lambda: [name_of(f, X) for f in (np.sin, np.cos, np.trunc, np.fix)],
    "numbers of constants": lambda: [name_of(lambda x, n=n: x + numpy.full(4, n), X) for n in (1.0, 2.0)],
    "forms": lambda: [name_of(np.sin, x) for x in (X, X.T, X.astype("f4"))],
    "memory that is given away": lambda: [name_of(np.sin, X, donors=donors) for donors in ({}, {0: 0})],
    "numbers in a body": lambda: [name_of(lambda x, n=n: wg.fori_loop(0, 3, lambda i, c: c * n, x), X) for n in (2, 3)],
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_programs_depend_on_changes_the_name(what: str) -> None:
    names = DIFFERENT[what]()
    assert None not in names
    assert len(set(names)) == len(names)
    assert names == DIFFERENT[what]()


def test_a_graph_that_was_simplified_has_a_name_of_its_own() -> None:
    graph = wg.jit(np.sin).lower(X).recorded
    assert name_on_disk(LaterGraph(graph), {}) != name_on_disk(LaterGraph(graph, lambda: graph), {})


def test_operations_of_the_package_have_names_of_their_own() -> None:
    names = {p: name_in_package(p) for p in primitives._defined() if p is not primitive_of(distribution._count)}
    assert len(set(names.values())) == len(names) > 300


def test_what_is_made_for_one_function_has_no_name() -> None:
    node = (wg.tensor([1.0], requires_grad=True) * 2)._node
    assert name_in_package(node.primitive) == name_in_package(primitive_of(np.multiply))
    hooked = np.sin(wg.tensor([1.0], requires_grad=True))
    hooked.register_hook(lambda g: 10 * g)
    with pytest.raises(NamelessError):
        name_in_package(hooked._node.primitive)


HEADS: list[dict[str, Any]] = [
    {},
    {"constants": [], "code": "ab"},
    {"layout": {}, "constants": [], "code": "ab"},
    {"layout": 3, "constants": [], "code": "ab"},
    {"layout": {}, "constants": [[[2], "float64"]], "code": "ab"},
]


@pytest.mark.parametrize("head", HEADS)
def test_what_is_no_program_is_not_taken_for_one(head: dict[str, Any]) -> None:
    with pytest.raises(NotOursError):
        FinishedProgram.unpacked(joined(head, [bytes(8)] * len(head.get("constants", ()))))
