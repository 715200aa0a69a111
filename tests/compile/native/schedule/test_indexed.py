"""Gathers and scatters in machine code: what NumPy takes and puts, in order, and nothing out of bounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, assert_compiled_is_eager, steps_of

from wengert.compile.native.schedule.build import ScheduleBuilder
from wengert.compile.native.schedule.stages import FlagCheck
from wengert.compile.passes.lifting import with_constants_as_inputs

DTYPES = ["bool", "int8", "int32", "int64", "uint16", "float16", "float32", "float64", "complex128"]
INDEX_DTYPES = ["int8", "uint8", "int32", "uint32", "int64"]


CUBE = array((6, 7, 5))
INDEX = numpy.array([[3, -1, 0], [1, 1, -5]])
FLAT = INDEX[0]

TAKEN: dict[str, Callable[..., Any]] = {
    "rows": lambda x, i: x[i],
    "middle": lambda x, i: x[:, i],
    "last": lambda x, i: x[..., i],
    "take": lambda x, i: (np.take(x, i, 0), np.take(x, i, 1), np.take(x, i, 2), np.take(x, i)),
    "two": lambda x, i: x[i, i],
    "three": lambda x, i: x[i, i + 1, 0 * i],
    "apart": lambda x, i: x[i, :, i],
    "with an integer": lambda x, i: (x[i, 1], x[-2, i], x[0, :, i]),
    "with slices": lambda x, i: x[1:, i, ::-1],
    "new axes": lambda x, i: x[None, i, :, None],
    "broadcast": lambda x, i: x[i[..., None], i[0]],
    "along": lambda x, i: np.take_along_axis(x[:2, :, 0], i, 1),
    "of a transpose": lambda x, i: np.transpose(x)[np.maximum(i - 1, -5)],
    "of a gather": lambda x, i: x[i][:, :, i[0]],
    "computed": lambda x, i: np.exp(x)[i * 2 - i] + 1,
    "twice": lambda x, i: (x[i] * 2, x[i] + 1, x[i + 0]),
    "summed": lambda x, i: (np.sum(x[i] ** 2, axis=0), np.max(x[:, i]), np.sum(x[i, i, i])),
    "of its own": lambda x, i: x[i[i[0] * 0, i % 3], i],
    "clipped": lambda x, i: np.take(x, i * 100, 1, mode="clip"),
    "wrapped": lambda x, i: np.take(x, i * 100, 1, mode="wrap"),
    "chosen": lambda x, i: np.choose(np.maximum(i, 0), [x[0, 0, :3]] * 4),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", TAKEN)
def test_taking(name: str) -> None:
    assert_compiled_is_eager(TAKEN[name], CUBE, INDEX, rtol=1e-13)


@pytest.mark.part(4)
@pytest.mark.parametrize("name", TAKEN)
def test_putting_back(name: str) -> None:
    """The transpose, and with it the derivative."""

    def f(x: Any, i: Any) -> Any:
        taken = TAKEN[name](x, i)
        return sum(np.sum(np.sin(t)) for t in (taken if isinstance(taken, tuple) else (taken,)))

    assert_compiled_is_eager(lambda x, i: wg.grad(lambda x: f(x, i))(x), CUBE, INDEX, rtol=1e-13)
    assert_compiled_is_eager(wg.grad(lambda x: f(x, np.asarray(INDEX))), CUBE, rtol=1e-13)


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", INDEX_DTYPES)
def test_dtypes(dtype: str, index: str) -> None:
    i = numpy.array([3, 0, 3, 1]).astype(index)
    assert_compiled_is_eager(lambda x, i: (x[i], x[:, i], x[i, i], written(x, i)), array((4, 5), dtype), i)


def written(x: Any, i: Any) -> Any:
    result = np.array(x)
    result[i] = x[:1]
    result[:, i] += result[:, i]
    return result


def test_the_last_write_wins_and_its_derivative_knows_it() -> None:
    def f(x: Any, v: Any, i: Any) -> Any:
        y = x * 1
        y[i] = v
        return np.sum(np.sin(y))

    i, v = numpy.array([2, 0, 2, -1, 5]), array((5, 7, 5))
    assert_compiled_is_eager(lambda x, v, i: wg.grad(lambda xv: f(*xv, i))((x, v)), CUBE, v, i, rtol=1e-13)


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_empty_indices(shape: tuple[int, ...]) -> None:
    i = numpy.zeros(shape, int)
    assert_compiled_is_eager(lambda x, i: (x[i], x[:, i] * 2, np.sum(x[i]), written(x, i.reshape(-1))), CUBE, i)


@pytest.mark.parametrize("shape", [(200_000,), (3_000, 64), (40, 50, 60)])
def test_sizes_that_threads_share(shape: tuple[int, ...]) -> None:
    x = array(shape)
    i = numpy.random.default_rng(1).integers(-shape[0], shape[0], (300, 400) if len(shape) == 1 else 700)
    assert_compiled_is_eager(lambda x, i: (x[i] * 2, np.sum(np.sin(x[i]))), x, i, rtol=1e-12)
    assert_compiled_is_eager(lambda x, i: wg.grad(lambda x: np.sum(np.sin(x[i])))(x), x, i, rtol=1e-13)


def test_additions_to_one_place_are_in_order() -> None:
    """As in NumPy, to the last bit."""
    i = numpy.random.default_rng(1).integers(0, 9, 5000)
    v = array((5000, 3), "float32")
    assert_compiled_is_eager(lambda v, i: wg.vjp(lambda x: x[i], np.zeros((9, 3), "float32"))[1](v)[0], v, i)


# -- constant indices ------------------------------------------------------------------------------

MASK = CUBE > 1
CONSTANT: dict[str, Callable[..., Any]] = {
    "list": lambda x: x[[0, 2, 0]],
    "negative": lambda x: x[:, [1, 1, -1]],
    "two": lambda x: x[[0, 1], [[2], [-3]]],
    "apart": lambda x: x[[0, 1], :, [1, 2]],
    "with slices": lambda x: x[1:3, [0, 1], ::-1],
    "with an integer and a new axis": lambda x: x[None, 2, [0, 1, 1]],
    "mask": lambda x: x[MASK],
    "mask of rows": lambda x: x[[True, False, True, True, True, False]],
    "mask of two axes": lambda x: x[MASK[:, :, 0], 1:],
    "mask and list": lambda x: x[MASK[:, 0, 0], 0],
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", CONSTANT)
def test_constant_indices(name: str) -> None:
    f = CONSTANT[name]
    assert_compiled_is_eager(f, CUBE)
    assert_compiled_is_eager(lambda x: wg.grad(lambda x: np.sum(np.sin(f(x))))(x), CUBE, rtol=1e-13)
    assert steps_of(lambda x: wg.grad(lambda x: np.sum(np.sin(f(x))))(x), CUBE) == ""


def test_writing_at_constant_indices() -> None:
    def f(x: Any, v: Any) -> Any:
        y = x * 1
        y[[0, 2, 0]] = v
        y[:, [1, 3]] *= 2
        y[MASK] = 1
        y[1, :, [0, 0]] = v[:, 0] * 3
        return y

    v = array((7, 5))
    assert_compiled_is_eager(f, CUBE, v)
    derivative = lambda x, v: wg.grad(lambda xv: np.sum(np.sin(f(*xv))))((x, v))
    assert_compiled_is_eager(derivative, CUBE, v, rtol=1e-13)
    assert steps_of(derivative, CUBE, v) == ""


# -- bounds ----------------------------------------------------------------------------------------


def message_of(f: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(IndexError) as caught:
        f(*args)
    return str(caught.value)


@pytest.mark.part(4)
@pytest.mark.parametrize("wrong", [6, -7, 10**12, -(10**12)])
@pytest.mark.parametrize("place", range(6))
def test_out_of_bounds_in_each_place(wrong: int, place: int) -> None:
    index = INDEX.copy()
    index.flat[place] = wrong
    functions: list[Callable[..., Any]] = [
        lambda x, i: np.sum(x[i]),
        lambda x, i: x[:, i * 1],
        lambda x, i: x[0, i, 1] + x[i, 0, 1],
        lambda x, i: np.take(x[0, 0], i),
        lambda x, i: wg.grad(lambda x: np.sum(x[i] ** 2))(x),
        lambda x, i: written(x, i),
    ]
    x = array((6, 6, 6))
    for f in functions:
        compiled = wg.jit(f)
        assert message_of(compiled, x, index) == message_of(f, np.asarray(x), np.asarray(index))
        expected = f(np.asarray(x), np.asarray(INDEX)).numpy()
        numpy.testing.assert_allclose(compiled(x, INDEX).numpy(), expected, rtol=1e-13)


def test_a_fault_leaves_state_as_it_was() -> None:
    table, count = np.asarray(array((5, 3))), np.asarray(numpy.zeros(3))
    table.requires_grad_()

    @wg.jit
    def step(i: Any, j: Any) -> Any:
        nonlocal count
        loss = np.sum(table[i] ** 2) + np.sum(count)
        table.grad = None
        loss.backward()
        with wg.no_grad():
            table.copy_(table - 0.1 * table.grad)
            count += 1
        return count[j]

    good = numpy.array([1, -1, 1])
    step(good, good)
    before = [t.numpy().copy() for t in (table, count, table.grad)]
    for wrong in (3, -4, 7):
        bad = numpy.array([0, wrong, 0])
        with pytest.raises(IndexError, match=re.escape(f"index {wrong} is out of bounds for axis 0 with size 3")):
            step(good, bad)
        for t, b in zip((table, count, table.grad), before, strict=True):
            numpy.testing.assert_array_equal(t.numpy(), b)
    step(good, good)
    numpy.testing.assert_array_equal(count.numpy(), [2, 2, 2])


def test_what_is_known_to_be_in_bounds_is_not_checked() -> None:
    def checks(f: Callable[..., Any]) -> int:
        graph = wg.jit(f).lower(CUBE, INDEX).graph
        return sum(isinstance(stage, FlagCheck) for stage in ScheduleBuilder(with_constants_as_inputs(graph)[0]).stages)

    assert checks(lambda x, i: x[i]) == 1
    assert checks(lambda x, i: x[i] + x[i] ** 2) == 1
    assert checks(lambda x, i: wg.grad(lambda x: np.sum(x[i] ** 2))(x)) == 1
    assert checks(lambda x, i: x[i % 6]) == 0
    assert checks(lambda x, i: x[i % 7]) == 1
    assert checks(lambda x, i: x[i % 12 - 6]) == 0
    assert checks(lambda x, i: x[np.minimum(np.maximum(i, -6), 5)]) == 0
    assert checks(lambda x, i: x[np.argmax(x, axis=1) % 6]) == 0
    assert checks(lambda x, i: x[:, np.argmax(x, axis=1)]) == 0
    assert checks(lambda x, i: x[np.arange(6), np.argmax(x[..., 0], axis=1)]) == 0
    assert checks(lambda x, i: x[np.where(i > 0, 5, -6)]) == 0
    assert checks(lambda x, i: np.take(x, i, 1, mode="clip")) == 0
    assert checks(lambda x, i: x[np.array([1, 2])[i]]) == 1


def turns(count: int, begin: int, step: int, read: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """A loop that reads and writes an array at a number that it counts."""

    def turn(carry: Any, _: Any) -> Any:
        i, x = carry
        x[i] = read(x, i)
        return (i + step, x), None

    return lambda x: wg.scan(turn, (np.asarray(begin), x), length=count)[0][1]


LONG = array((3000,))
COUNTED = {
    "up": (turns(2999, 1, 1, lambda x, i: 0.5 * x[i - 1] + 1), 0),
    "down": (turns(1500, 2999, -2, lambda x, i: x[i] * x[2999 - i]), 0),
    "from the end": (turns(3000, -1, -1, lambda x, i: x[i] + 1), 0),
    "not at all": (turns(5, 7, 0, lambda x, i: x[i] + 1), 0),
    "a row ahead": (turns(3000, 0, 1, lambda x, i: x[np.minimum(i + 1, 2999)]), 0),
    "beyond": (turns(3000, 1, 1, lambda x, i: x[i - 1]), 1),
    "before": (turns(3001, -1, -1, lambda x, i: x[i + 1]), 1),
    "a slice": (lambda x: wg.scan(lambda c, i: (c, x[i] * c), x[0], np.arange(2999, -1, -1))[1], 0),
    "a slice beyond": (lambda x: wg.scan(lambda c, i: (c, x[i] * c), x[0], np.arange(1, 3001))[1], 1),
    "for": (lambda x: wg.fori_loop(2, 2999, lambda i, c: c + x[i + 1] * x[i - 2], x[0]), 0),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", COUNTED)
def test_what_a_loop_counts_is_known(name: str) -> None:
    f, checks = COUNTED[name]
    graph = wg.jit(f).lower(LONG).graph
    stages = ScheduleBuilder(with_constants_as_inputs(graph)[0]).finished().every_stage()
    assert sum(isinstance(stage, FlagCheck) for stage in stages) == checks
    if checks:
        with pytest.raises(IndexError, match="is out of bounds for axis 0 with size 3000"):
            wg.jit(f)(LONG)
    else:
        total = lambda x: np.sum(f(x) ** 2)
        assert_compiled_is_eager(total, LONG, rtol=1e-11)
        weights = numpy.cos(numpy.arange(3000.0))
        along = wg.jvp(total, (LONG,), (weights,))[1]
        assert wg.jit(wg.grad(total))(LONG) @ weights == pytest.approx(along.item(), rel=1e-10)


@pytest.mark.parametrize("size", [20_000, 2_000_000])
def test_a_write_in_a_loop_costs_what_it_writes(size: int) -> None:
    """The array is neither copied nor shared among threads, and the loop looks seldom whether it is to end."""
    code = wg.jit(turns(size - 1, 1, 1, lambda x, i: x[i - 1] + 1)).lower(numpy.zeros(size)).llvm()
    assert "_chunk" not in code
    assert "8191" in code


# -- nothing is left to NumPy ----------------------------------------------------------------------


def test_an_embedding_trained_by_cross_entropy_takes_no_step_in_numpy() -> None:
    weights = array((8, 10))

    def loss(parameters: Any, words: Any, labels: Any) -> Any:
        table, weights = parameters
        logits = np.mean(table[words], axis=1) @ weights
        shifted = logits - np.max(logits, axis=1, keepdims=True)
        log_shares = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        return -np.mean(log_shares[np.arange(len(labels)), labels])

    def step(table: Any, weights: Any, words: Any, labels: Any) -> Any:
        value, (a, b) = wg.value_and_grad(lambda p: loss(p, words, labels))((table, weights))
        return value, table - 0.1 * a, weights - 0.1 * b

    rng = numpy.random.default_rng(0)
    words, labels = rng.integers(0, 50, (16, 4)), rng.integers(0, 10, 16)
    args = (array((50, 8)), weights, words, labels)
    assert_compiled_is_eager(step, *args, rtol=1e-12)
    assert steps_of(step, *args) == ""
