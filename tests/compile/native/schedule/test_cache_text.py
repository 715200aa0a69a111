"""What names a program on disk: equal names have equal code, and whatever the code depends on changes the name."""

from __future__ import annotations

import itertools
import math
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given, settings, strategies as st

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.construction import Construction
from wengert.compile.native.facts.graph_text import BY_NAME, NamelessError
from wengert.compile.native.machine import disk_cache as cache
from wengert.compile.native.machine.host import host
from wengert.core.abstract import Abstract
from wengert.core.graph import Graph

X = numpy.linspace(-1.0, 1.0, 12).reshape(3, 4)
WHOLE = numpy.arange(6)


def program(f: Callable[..., Any], *arguments: Any) -> Any:
    """How a function is compiled, recorded anew."""
    return wg.jit(f).lower(*arguments)._program.run.construction


def key(f: Callable[..., Any], *arguments: Any) -> str:
    found = program(f, *arguments).key
    assert found is not None
    return found


# -- single values ---------------------------------------------------------------------------------


def nan_of(payload: int) -> float:
    return struct.unpack("<d", struct.pack("<Q", 0x7FF8 << 48 | payload))[0]


VALUES = [
    *(0, 1, -1, True, False, None, ..., "", "None", b"", "1", 1 << 70),
    *(0.0, -0.0, 1.0, math.inf, nan_of(0), nan_of(1), 5e-324, 0j, complex(0.0, -0.0), complex(-0.0, 0.0), 1j),
    *((), [], {}, (1,), (1, 1), (11,), ((1,), 1), (1, (1,)), ((1, 1),), [1], {"a": 1}, {"a": 1.0}, {"b": 1}),
    *(slice(None), slice(1), slice(1, None), slice(None, None, 1), slice(1.0), range(3), range(0, 3, 2)),
    *(("a,b",), ("a", "b"), ("'a','b'",), "tuple[1]", numpy.float64, numpy.float32, float),
    *(numpy.dtype(name) for name in ("float64", ">f8", "int64", "uint64", "bool", "S3", "U3", "M8[s]", "M8[ns]")),
    numpy.dtype([("a", "f8")]),
    numpy.dtype([("b", "f8")]),
    *(kind(1) for kind in (numpy.float64, numpy.float32, numpy.int64, numpy.int32, numpy.bool_)),
    *(numpy.array(number) for number in (1.0, -0.0, 0.0, nan_of(0), nan_of(1), 1)),
    *(numpy.ones(shape) for shape in (1, (1, 1), 4, (2, 2), (1, 4), 0, (0, 2))),
    numpy.array([[1.0, 2.0], [3.0, 4.0]]),
    numpy.array([[1.0, 3.0], [2.0, 4.0]]),
    *(Abstract((2,), numpy.dtype(name)) for name in ("float32", "float64")),
    Abstract((2, 1), numpy.dtype("float32")),
    Graph([], [], []),
    Graph([], [], [0]),
]


def test_values_that_differ_in_anything_have_texts_that_differ() -> None:
    texts = [BY_NAME.of(value) for value in VALUES]
    assert [(a, b) for a, b in itertools.combinations(range(len(texts)), 2) if texts[a] == texts[b]] == []


def test_equal_values_have_equal_texts() -> None:
    assert BY_NAME.of((1.5, [None, "a"], {"k": slice(2)})) == BY_NAME.of((1.5, [None, "a"], {"k": slice(2)}))
    array = numpy.arange(6.0).reshape(2, 3)
    assert BY_NAME.of(array) == BY_NAME.of(numpy.asfortranarray(array)) == BY_NAME.of(array.copy())


@pytest.mark.parametrize("value", [object(), lambda: 0, numpy.array([None]), Path, {1: object()}, {1, 2}])
def test_what_cannot_be_told_apart_has_no_text(value: Any) -> None:
    with pytest.raises(NamelessError):
        BY_NAME.of(value)


# -- programs --------------------------------------------------------------------------------------


def scanned(number: Any, reverse: bool = False) -> Callable[..., Any]:
    return lambda x: wg.scan(lambda c, row: (c * number + row, c), x[0], x, reverse=reverse)[1]


def clipped(index: Any) -> Callable[..., Any]:
    """Indices that are constants: whether they need a check is known from them."""
    return lambda x: np.reshape(x, (-1,))[index + 0 * WHOLE]


DIFFERENT: dict[str, list[Callable[..., Any]]] = {
    "operation": [lambda x: np.sin(x), lambda x: np.cos(x)],
    "order of operands": [lambda x, y: x - y, lambda x, y: y - x, lambda x, y: x - x],
    "order of inputs": [lambda x, y: np.sin(x), lambda x, y: np.sin(y)],
    "order of outputs": [lambda x: (x + 1, x * 2), lambda x: (x * 2, x + 1), lambda x: x + 1],
    "number": [lambda x, n=n: x * n for n in (0.5, 3, numpy.float64(3), numpy.float32(3), numpy.int32(3))],
    "zero": [lambda x: np.copysign(x, 0.0), lambda x: np.copysign(x, -0.0)],
    "payload": [lambda x: np.where(x > 0, x, nan_of(0)), lambda x: np.where(x > 0, x, nan_of(1))],
    "axis": [lambda x: np.sum(x, axis=0), lambda x: np.sum(x, axis=1), lambda x: np.sum(x)],
    "keepdims": [lambda x: np.sum(x, keepdims=True), lambda x: np.sum(x)],
    "dtype": [lambda x, d=d: np.astype(x, d) for d in (numpy.float32, numpy.int64, numpy.int32)],
    "slice": [lambda x: x[1:] + 1, lambda x: x[:2] + 1, lambda x: x[::2] + 1, lambda x: x[::-2] + 1],
    "axes": [lambda x: np.cumsum(x.T, axis=0), lambda x: np.cumsum(x, axis=0)],
    "index": [clipped(WHOLE), clipped(WHOLE - 1)],
    "constant": [lambda x, n=n: x[:, :, None] + numpy.ones(n) for n in (2, 3)],
    "dtype of a constant": [lambda x, d=d: x + numpy.ones((3, 4), d) for d in ("f4", "f8", "i4", "?")],
    "number in a loop": [scanned(0.5), scanned(0.25), scanned(numpy.float32(0.5))],
    "order of turns": [scanned(0.5), scanned(0.5, reverse=True)],
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", DIFFERENT)
def test_what_code_depends_on_changes_the_name(name: str) -> None:
    functions = DIFFERENT[name]
    given = [X] * functions[0].__code__.co_argcount if "order of" in name and "turns" not in name else [X]
    names = [key(f, *given) for f in functions]
    assert len(set(names)) == len(names)
    assert names == [key(f, *given) for f in functions]


def test_forms_of_inputs_change_the_name() -> None:
    forms = [X, X.T, X[:2], X.astype("f4"), X.reshape(-1), X > 0, X.astype("i4"), X.astype("i8")]
    assert len({key(lambda x: x + x, form) for form in forms}) == len(forms)


def test_memory_of_inputs_that_is_given_away_changes_the_name() -> None:
    graph = program(lambda x, y: (x + y, x * y), X, X).schedule.graph
    plain = Construction(graph, {}).key
    names = [Construction(graph, donors).key for donors in ({0: 0}, {0: 1}, {1: 0}, {0: 0, 1: 1})]
    assert len({plain, *names}) == 5


def test_numbers_of_constants_do_not_change_the_name() -> None:
    assert key(lambda x: x + numpy.full(4, 1.0), X) == key(lambda x: x + numpy.full(4, 2.0), X)
    first, second = (wg.jit(lambda x, n=n: x + numpy.full(4, n)) for n in (1.0, 2.0))
    assert numpy.array_equal(second(X).numpy() - first(X).numpy(), (X + 2.0) - (X + 1.0))


def test_surroundings_change_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(np.sin, X)
    monkeypatch.setattr(wg, "__version__", "another")
    monkeypatch.setattr(cache, "_surroundings", cache._surroundings.__wrapped__)
    changed = key(np.sin, X)
    other = host()._replace(processor="another")
    monkeypatch.setattr(cache, "host", lambda: other)
    assert len({before, changed, key(np.sin, X)}) == 3


def test_a_change_of_the_source_changes_its_digest(tmp_path: Path) -> None:
    for part in cache.WRITERS:
        (tmp_path / part / "inner").mkdir(parents=True)
        (tmp_path / part / "inner" / "a.py").write_text("x = 1\n")
    later = time.time() + 60
    digests = [cache.source_digest(tmp_path, later)]
    (tmp_path / "compile" / "inner" / "a.py").write_text("x = 2\n")
    digests.append(cache.source_digest(tmp_path, later))
    (tmp_path / "ops" / "b.py").write_text("")
    digests.append(cache.source_digest(tmp_path, later))
    (tmp_path / "ops" / "notes.txt").write_text("")
    assert cache.source_digest(tmp_path, later) == digests[-1]
    assert len(set(digests)) == 3
    before = time.time() - 60
    assert len({*digests, cache.source_digest(tmp_path, before), cache.source_digest(tmp_path, before)}) == 5


# -- random programs -------------------------------------------------------------------------------

STEPS: list[Callable[[Any, int], Any]] = [
    lambda x, n: x + n,
    lambda x, n: x * float(n),
    lambda x, n: np.sin(x) if n else np.cos(x),
    lambda x, n: np.sum(x, axis=n % x.ndim, keepdims=True) if x.ndim else x,
    lambda x, n: np.transpose(x) * n,
    lambda x, n: np.where(x > n, x, -x),
    lambda x, n: x @ np.transpose(x)[:, : n + 1] if x.ndim == 2 else x,
    lambda x, n: np.concatenate([x, x * n], axis=n % x.ndim) if x.ndim else x,
    lambda x, n: np.reshape(x, (-1,))[numpy.array([0, n, -1]) % x.size],
    lambda x, n: np.cumsum(x, axis=n % x.ndim) if x.ndim else x,
    lambda x, n: np.sort(x, axis=-1)[..., ::-1] if x.ndim else x,
    lambda x, n: np.broadcast_to(x, (n + 1, *x.shape)) + x,
    lambda x, n: x[..., : max(1, n)] if x.ndim else x,
    lambda x, n: wg.fori_loop(0, n + 1, lambda i, c: np.tanh(c) * n, x),
]

RECIPES = st.lists(st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 2)), min_size=1, max_size=4)


def built(recipe: list[tuple[int, int]]) -> Any:
    def f(x: Any) -> Any:
        for step, number in recipe:
            x = STEPS[step](x, number)
        return x

    return program(f, X)


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(RECIPES, st.integers(0, 3), st.integers(0, 2))
def test_equal_names_have_equal_code(recipe: list[tuple[int, int]], place: int, number: int) -> None:
    place %= len(recipe)
    changed = [*recipe[:place], (recipe[place][0], number), *recipe[place + 1 :]]
    first, again, other = built(recipe), built(recipe), built(changed)
    assert first.key == again.key
    assert first.source() == again.source()
    assert first.key != other.key or first.source() == other.source()
