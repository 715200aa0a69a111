"""NumPy arrays that a compiled function reads from outside are inputs: their elements are those of each call."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.compile.state.test_noticed import PLACES, Thing, in_a_closure, in_an_attribute
from tests.compile.test_derivatives_inside import FORMS
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.programs import paths

X = numpy.array([0.5, -2.0, 1.5])

USES: dict[str, Callable[[Any, Any], Any]] = {
    "factor": lambda a, x: x * a,
    "exponent": lambda a, x: x**a,
    "base": lambda a, x: np.abs(a) ** x,
    "operand of a comparison": lambda a, x: np.where(x > a, x, a),
    "product": lambda a, x: a @ x,
    "element": lambda a, x: x * a[1] + a[-1],
    "slice": lambda a, x: x[1:] - a[::-1][:2],
    "row by row": lambda a, x: sum((x * row for row in a), x),
    "unpacked": lambda a, x: (lambda first, *rest: x * first + len(rest))(*a),
    "sum by NumPy": lambda a, x: x + numpy.sum(a) - a.mean(),
    "function of NumPy": lambda a, x: x * numpy.exp(-a),
    "function of ours": lambda a, x: x + np.cumsum(np.sin(a)),
    "number of it": lambda a, x: x * float(a[2]),
    "tensor of it": lambda a, x: x - wg.tensor(a),
    "copy": lambda a, x: _with_first(a.copy(), x),
    "stacked": lambda a, x: np.stack([x, a]).T,
    "matrix of it": lambda a, x: np.linalg.solve(np.eye(3) * 5 + np.outer(a, a), x),
    "length": lambda a, x: x * len(a) * a.size + a.ndim,
    "in a loop": lambda a, x: wg.fori_loop(0, 3, lambda i, c: c * 0.5 + a * np.sin(c), x),
    "in a scan": lambda a, x: wg.scan(lambda c, row: (c + row, c * row), np.sum(x), a)[1],
    "in a branch": lambda a, x: wg.cond(np.sum(x) > 0, lambda: x * a, lambda: x - a),
    "in a batch": lambda a, x: wg.vmap(lambda t: t * a)(x),
    "in a decision with an argument": lambda a, x: x * 2 if (a @ x) > -1e9 else x,
    "derivative": lambda a, x: wg.grad(lambda t: np.sum(np.sin(t) ** 2 * a))(x),
    "its own derivative": lambda a, x: wg.grad(lambda a: np.sum(np.exp(a * 0.1) * x))(a),
    "logarithm": lambda a, x: wg.grad(lambda t: np.sum(np.log(t * t + 1) * a))(x),
    "in a gradient of a loop": lambda a, x: wg.grad(
        lambda t: np.sum(wg.fori_loop(0, 3, lambda i, c: np.cos(c) * a, t))
    )(x),
    "in a checkpoint": lambda a, x: wg.grad(lambda t: np.sum(wg.checkpoint(lambda t: np.sin(t) * a)(t)))(x),
}
USES |= {
    f"{form} inside": lambda a, x, use=use: use(a, np.sum(x) + 1)
    for form, use in FORMS.items()  # type: ignore[misc]
}


def _with_first(held: Any, x: Any) -> Any:
    held[0] = 3.0
    return held * x


def arrays() -> list[Any]:
    """More contents than there may be programs; among them some that are tempting to leave out."""
    rng = numpy.random.default_rng(1)
    special = [numpy.ones(3), numpy.full(3, 2.0), numpy.zeros(3), numpy.array([0.0, 1.0, -0.5])]
    return [*special, *(rng.normal(size=3) for _ in range(paths.MOST_PROGRAMS))]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Holds an item for each time that a function has been recorded."""
    times: list[None] = []
    record = paths.record

    def counted(*args: Any) -> Any:
        times.append(None)
        return record(*args)

    monkeypatch.setattr(paths, "record", counted)
    return times


def assert_followed(eager: Any, held: Any, bind: Callable[[Any], None], is_same_array: bool, kind: Any = float) -> None:
    compiled = wg.jit(eager)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "invalid value|divide by zero")
        for other in arrays():
            if is_same_array:
                held[...] = other.astype(kind)
            else:
                bind(other.astype(kind))
            assert_same(compiled(X), eager(np.asarray(X)))
    assert [len(programs) for programs in compiled.programs.values()] == [1]


@pytest.mark.part(8)
@pytest.mark.parametrize("is_same_array", [True, False])
@pytest.mark.parametrize("name", USES)
def test_one_program_for_all_elements(name: str, is_same_array: bool, recorded: list[None]) -> None:
    held = numpy.arange(3.0)
    eager, bind = in_an_attribute(USES[name], held)
    assert_followed(eager, held, bind, is_same_array)
    assert len(recorded) == (1 if is_same_array else 2)


CONTAINED = [place for place in PLACES if place.__name__ not in ("in_a_tuple", "in_a_default")]
"""The places that can lead to something else while a function is recorded."""


@pytest.mark.parametrize("is_same_array", [True, False])
@pytest.mark.parametrize("place", CONTAINED)
def test_wherever_an_array_is_found(place: Any, is_same_array: bool, recorded: list[None]) -> None:
    held = numpy.arange(3.0)
    eager, bind = place(lambda a, x: x**a + a[0], held)
    assert_followed(eager, held, bind, is_same_array)
    assert len(recorded) == (1 if is_same_array else 2)


INDICES: dict[str, Callable[[Any, Any], Any]] = {
    "index": lambda a, x: x[a],
    "index along an axis": lambda a, x: np.take_along_axis(x, a, 0),
    "mask": lambda a, x: np.where(a > 0, x, -x),
    "written": lambda a, x: np.add.at(y := np.zeros(3), a, x) or y,
    "exponent": lambda a, x: x**a,
    "labels": lambda a, x: np.sum(np.outer(x, x)[np.arange(3), a]),
    "truth": lambda a, x: np.where(a.astype(bool), x, 0),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("is_same_array", [True, False])
@pytest.mark.parametrize("name", INDICES)
def test_integers_become_inputs_when_they_change(name: str, is_same_array: bool, recorded: list[None]) -> None:
    held = numpy.array([0, 1, 2])
    eager, bind = in_a_closure(INDICES[name], held)
    assert_followed(eager, held, bind, is_same_array, int)
    assert len(recorded) == 2


# -- what has to be known while a function is recorded ---------------------------------------------


ASKED: dict[str, Callable[[Any, Any], Any]] = {
    "if": lambda a, x: x if a[0] > 0.5 else x * a,
    "truth of it": lambda a, x: x if (a > 0.5).all() else x * a,
    "text": lambda a, x: x * len(str(a[0])),
    "number of turns": lambda a, x: sum((x * i for i in range(int(a[0]) + 2)), x),
    "greatest by Python": lambda a, x: x * max(a),
    "array of NumPy": lambda a, x: x * numpy.asarray(a),
    "written to an array of NumPy": lambda a, x: _in_numpy(a, x),
    "list": lambda a, x: x * a.tolist()[0],
    "kind": lambda a, x: x * a if isinstance(a, numpy.ndarray) else x,
    "attribute of arrays only": lambda a, x: x * a if hasattr(a, "ctypes") else x,
    "function of another library": lambda a, x: x * numpy.ma.masked_less(a, 0.5).filled(2.0),
    "mask": lambda a, x: np.sum(x[a > 0.5]),
    "member": lambda a, x: x * 2 if a[0] in {0.0, 1.0} else x,
    "key that may be missing": lambda a, x: x * {1.0: 5.0}.get(a[0], 2.0),
    "key": lambda a, x: x * {float(k): k + 2.0 for k in a}[a[0]],
    "kind of an element": lambda a, x: x * a if isinstance(a[0], float) else x,
    "other byte order": lambda a, x: x * a.astype(a.dtype.newbyteorder()),
}


def _in_numpy(a: Any, x: Any) -> Any:
    buffer = numpy.zeros(3)
    buffer[0] = a[1]
    return x * buffer


@pytest.mark.part(4)
@pytest.mark.parametrize("is_same_array", [True, False])
@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_of_elements_is_noticed(name: str, is_same_array: bool) -> None:
    held = numpy.arange(3.0)
    eager, bind = in_an_attribute(ASKED[name], held)
    compiled = wg.jit(eager)
    for other in [*arrays()[:7], *arrays()[:2]]:
        if is_same_array:
            held[...] = other
        else:
            bind(other)
        assert_same(compiled(X), eager(np.asarray(X)))


WRITTEN: dict[str, Callable[[Any, Any], Any]] = {
    "element": lambda o, x: o.a.__setitem__(0, 5.0) or x * o.a,
    "in place": lambda o, x: o.a.__imul__(0.5) @ x,
    "by NumPy": lambda o, x: numpy.add(o.a, 1, out=o.a) * x,
    "another name": lambda o, x: setattr(o, "b", o.a) or x * o.b,
    "replaced by NumPy's": lambda o, x: setattr(o, "a", o.a + 1) or x * o.a,
    "exchanged": lambda o, x: o.__dict__.update(a=o.b, b=o.a) or x * o.a - o.b,
    "kept in a list": lambda o, x: o.kept.append(o.a * 2) or x * o.a,
}


@pytest.mark.filterwarnings("ignore::wengert.ImpureWarning")
@pytest.mark.parametrize("name", WRITTEN)
def test_arrays_that_are_written_are_what_eager_code_leaves(name: str) -> None:
    things = [Thing(a=numpy.arange(3.0), b=numpy.full(3, 2.0), kept=[]) for _ in range(2)]
    eager, compiled = things[0], wg.jit(functools.partial(WRITTEN[name], things[1]))
    for _ in range(3):
        assert_same(compiled(X), WRITTEN[name](eager, np.asarray(X)))
        for ours, theirs in ((things[1].a, eager.a), (things[1].b, eager.b)):
            assert type(ours) is numpy.ndarray
            assert_same(ours, theirs)


def test_results_are_apart_from_arrays_outside() -> None:
    held = numpy.arange(3.0)
    eager, _ = in_a_closure(lambda a, x: (a, a * 1, a[1:], a.T, x), held)
    compiled = wg.jit(eager)
    for _ in range(2):
        results = compiled(X)
        held += 1
        for result, shift in zip(results[:4], (0, 0, 1, 0), strict=True):
            assert_same(result, (held - 1)[shift:])
    assert type(compiled(X)[0]) is numpy.ndarray


def test_what_is_dear_is_computed_once_until_the_array_changes(recorded: list[None]) -> None:
    held = numpy.eye(12) * 2
    eager, _ = in_a_closure(lambda a, x: numpy.linalg.inv(a) @ x, held)
    compiled, x = wg.jit(eager), numpy.arange(12.0)
    for turn in range(20):
        assert_same(compiled(x), eager(np.asarray(x)))
        (programs,) = compiled.programs.values()
        assert (len(programs), len(programs[0].recorded.nodes)) == (1, 1 if turn == 0 else 2)
        held[0, 1] += 1
    assert len(recorded) == 2


def test_a_wrong_number_of_elements_is_another_program() -> None:
    thing = Thing(held=numpy.ones(3))
    compiled = wg.jit(lambda x: x * thing.held)
    for held in (
        numpy.ones(3),
        numpy.ones(1),
        numpy.ones((2, 3)),
        numpy.array([2, 3, 4], numpy.float32),
        numpy.ones(3)[::-1],
    ):
        thing.held = held
        found, expected = compiled(X), np.asarray(X) * held
        assert_same(found, expected)
        assert found.dtype == expected.dtype


def test_an_array_where_a_tensor_was() -> None:
    things = [Thing(held=numpy.ones(3)) for _ in range(2)]

    def step(o: Thing, x: Any) -> Any:
        o.held = 0.5 * o.held + x
        return o.held * 2

    compiled = wg.jit(functools.partial(step, things[1]))
    for turn in range(8):
        assert_same(compiled(X), step(things[0], np.asarray(X)))
        if turn % 3 == 2:
            for thing in things:
                thing.held = numpy.full(3, float(turn))
