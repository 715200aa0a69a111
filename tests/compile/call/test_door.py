"""Doors: calls without Python give what calls through Python give, and leave nothing behind."""

from __future__ import annotations

import collections
import ctypes
import gc
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile import jit as jit_module
from wengert.compile.call.tables import DoorWords, FormWords, OutputWords
from wengert.compile.interpreter import layouts
from wengert.core.node import UNTRACKED
from wengert.core.state import observers

pytestmark = pytest.mark.skipif(not layouts.are_as_described(), reason="there are no doors in this Python")

POINT = numpy.linspace(0.1, 1, 10)
MANY = 20_000


@pytest.fixture(autouse=True)
def _doors_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doors from the second call on."""
    monkeypatch.setattr(jit_module, "FREQUENT", 1)
    monkeypatch.setattr("wengert.compile.state.expected.LOOKUPS_BY_PYTHON", 1)


def opened(f: Callable[..., Any], *args: Any) -> Any:
    """The compiled function, with a door for these arguments."""
    compiled = wg.jit(f)
    for _ in range(2):
        compiled(*args)
    assert len(compiled.doors) == 1
    return compiled


def passes(compiled: Any, *args: Any, **kwargs: Any) -> bool:
    """Whether a call goes through a door; its result is compared with that of the function itself."""
    before = sum(door.calls for door in compiled.doors)
    found = compiled(*args, **kwargs)
    tensors = [wg.tensor(a) if isinstance(a, numpy.ndarray) else a for a in args]
    assert_equal(found, compiled.f(*tensors, **{name: wg.tensor(a) for name, a in kwargs.items()}))
    return sum(door.calls for door in compiled.doors) > before


def assert_equal(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    if isinstance(expected, (tuple, list)):
        for one, other in zip(found, expected, strict=True):
            assert_equal(one, other)
    elif isinstance(expected, dict):
        assert_equal(list(found.items()), list(expected.items()))
    elif isinstance(expected, wg.Tensor):
        assert found._node.watch == expected._node.watch
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        numpy.testing.assert_allclose(numpy.asarray(found._value), numpy.asarray(expected._value), rtol=1e-6)
    else:
        assert found == expected


def wave(x: Any) -> Any:
    return np.sin(x) * x + x


# -- what goes through -----------------------------------------------------------------------------


def test_a_plain_call_goes_through_the_door() -> None:
    compiled = opened(wave, wg.tensor(POINT))
    assert passes(compiled, wg.tensor(POINT + 1))
    assert passes(compiled, POINT)
    result = compiled(POINT)
    assert type(result) is wg.Tensor
    assert result._node is UNTRACKED
    assert result._value.flags.owndata


def test_there_is_no_door_before_a_program_is_called_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit_module, "FREQUENT", 5)
    compiled = wg.jit(wave)
    for _ in range(5):
        compiled(POINT)
        assert compiled.doors == ()
    compiled(POINT)
    assert len(compiled.doors) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "bool"])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (2, 1, 3, 4)])
def test_all_native_dtypes_and_numbers_of_axes(dtype: str, shape: tuple[int, ...]) -> None:
    x = numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    assert passes(opened(lambda x: np.where(x, x, np.logical_not(x)), x), x)


def test_several_arguments_and_results() -> None:
    compiled = opened(lambda x, y: (x + y, x * y, np.sum(x)), POINT, wg.tensor(POINT))
    assert passes(compiled, POINT, POINT)
    assert passes(compiled, wg.tensor(POINT), POINT)
    assert not passes(compiled, POINT, POINT[:1])


@pytest.mark.parametrize(
    "nest",
    [
        lambda a, b: (a, b),
        lambda a, b: (a,),
        lambda a, b: [a, b],
        lambda a, b: {"first": a, "second": (b, [a])},
        lambda a, b: (a, 3, "text", None),
        lambda a, b: collections.namedtuple("Pair", "a b")(a, b)[:],
    ],
)
def test_results_are_nested_as_the_function_nests_them(nest: Callable[[Any, Any], Any]) -> None:
    compiled = wg.jit(lambda x: nest(np.sin(x), x * 2))
    for _ in range(3):
        assert_equal(compiled(POINT), compiled.f(wg.tensor(POINT)))


def test_python_numbers_are_weak() -> None:
    compiled = opened(lambda x, t, n: x * t + n, POINT.astype("float32"), 0.5, 3)
    x = wg.tensor(POINT.astype("float32"))
    for t, n in [(0.25, 7), (-0.0, -1), (float("inf"), 0), (1e-300, 2**62)]:
        assert passes(compiled, x, t, n)
    assert not passes(compiled, x, 2, 3)
    assert not passes(compiled, x, 0.5, 0.5)
    assert not passes(compiled, x, numpy.float64(0.5), 3)
    with pytest.raises((OverflowError, TypeError)):
        compiled(x, 0.5, 2**70)


def test_numbers_alone() -> None:
    compiled = opened(lambda t: np.sin(t) + t, 0.5)
    for t in (0.0, 1.5, -2.25):
        assert passes(compiled, t)
    results = [compiled(float(t)) for t in range(5)]
    numpy.testing.assert_allclose([r.item() for r in results], [numpy.sin(t) + t for t in range(5)])


SCALARS = ("bool", "int8", "uint16", "int32", "int64", "uint64", "float16", "float32", "float64", "complex64")


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", SCALARS)
def test_numpy_scalars_are_arrays_without_axes(dtype: str) -> None:
    """An argument, a tensor's value, and the value of a tensor outside, which has become one or an array since."""
    first, second = numpy.array([1, 2]).astype(dtype)
    for given in (first, numpy.asarray(first), wg.tensor(first), np.asarray(first)):
        compiled = opened(lambda x: np.where(x, x, np.logical_not(x)), given)
        assert all(passes(compiled, x) for x in (second, numpy.asarray(second), wg.tensor(second)))
        assert not passes(compiled, numpy.asarray([second]))
    held = wg.tensor(first)
    compiled = opened(lambda x: np.where(x, held, x), first)
    for value in (second, numpy.asarray(second)):
        held[()] = value
        assert passes(compiled, first)


def test_a_scalar_of_another_dtype_is_another_program() -> None:
    compiled = opened(wave, numpy.float64(0.5))
    assert passes(compiled, numpy.float64(0.75))
    assert not passes(compiled, numpy.float32(0.75))
    assert not passes(compiled, 0.75)
    assert not passes(compiled, numpy.longdouble(0.75))


def test_inputs_constants_and_twice_the_same_are_results() -> None:
    constant, p = numpy.arange(3.0), wg.tensor(POINT)
    compiled = opened(lambda x: (np.sin(x), x, np.asarray(constant), p, x), POINT)
    x = wg.tensor(POINT * 2)
    for _ in range(3):
        assert passes(compiled, x)
        results = compiled(x)
        results[1]._value[...] = results[2]._value[...] = results[3]._value[...] = 0
    numpy.testing.assert_array_equal(x.numpy(), POINT * 2)


def test_one_value_is_two_results() -> None:
    def f(x: Any) -> Any:
        wave = np.sin(x) * x
        return wave, x + 1, wave

    assert passes(opened(f, POINT), POINT + 1)


def test_a_large_program_lets_other_threads_run() -> None:
    x = numpy.linspace(0, 1, 1_000_000)
    compiled = opened(lambda x: np.sum(np.sin(x) * x), x)
    assert passes(compiled, x)


def test_programs_with_an_arena() -> None:
    x = numpy.linspace(0, 1, 4096).reshape(64, 64)
    compiled = opened(lambda x: np.sin(x @ x.T) @ np.cos(x) - np.sum(np.exp(x @ x), axis=0), x)
    for shift in range(5):
        assert passes(compiled, x + shift / 10)


def test_a_check_that_fails_raises_what_the_function_raises() -> None:
    inside, outside = numpy.array([0, 9]), numpy.array([0, 10])
    compiled = opened(lambda x, i: x[i] * 2, POINT, inside)
    for _ in range(3):
        with pytest.raises(IndexError, match="out of bounds"):
            compiled(POINT, outside)
        assert passes(compiled, POINT, inside)


# -- what does not ---------------------------------------------------------------------------------


def test_other_forms_do_not() -> None:
    compiled = opened(wave, POINT)
    assert not passes(compiled, POINT[:5])
    assert not passes(compiled, POINT.reshape(2, 5))
    assert not passes(compiled, POINT.astype("float32"))
    assert not passes(compiled, numpy.stack([POINT, POINT], 1)[:, 0])
    assert not passes(compiled, POINT[::-1])
    assert not passes(compiled, 0.5)
    assert not passes(compiled, x=POINT)
    assert passes(compiled, POINT)


def test_foreign_byte_order_does_not() -> None:
    compiled = opened(wave, POINT)
    assert not passes(compiled, POINT.astype(POINT.dtype.newbyteorder()))


def test_memory_that_is_not_aligned_does_not() -> None:
    compiled = opened(wave, POINT)
    memory = numpy.zeros(81, numpy.uint8)
    crooked = memory[1:].view(numpy.float64)
    crooked[...] = POINT
    assert not crooked.flags.aligned
    assert not passes(compiled, crooked)


def test_subclasses_of_arrays_do_not() -> None:
    class Mine(numpy.ndarray):
        pass

    compiled = opened(wave, POINT)
    assert not passes(compiled, POINT.view(Mine))


def test_wrong_numbers_of_arguments_are_refused_as_by_the_function() -> None:
    compiled = opened(wave, POINT)
    for args in [(), (POINT, POINT)]:
        with pytest.raises(TypeError):
            compiled(*args)
    with pytest.raises(TypeError):
        compiled(POINT, y=POINT)
    assert passes(compiled, POINT)


def test_watched_arguments_are_differentiated() -> None:
    compiled = opened(wave, wg.tensor(POINT))
    x = wg.tensor(POINT, requires_grad=True)
    compiled(x).sum().backward()
    numpy.testing.assert_allclose(np.asarray(x.grad).numpy(), numpy.cos(POINT) * POINT + numpy.sin(POINT) + 1)
    gradient = wg.grad(lambda x: np.sum(compiled(x)))(POINT)
    numpy.testing.assert_allclose(gradient.numpy(), np.asarray(x.grad).numpy())
    rows = wg.vmap(compiled)(numpy.stack([POINT, POINT + 1]))
    numpy.testing.assert_allclose(rows.numpy()[1], (numpy.sin(POINT + 1) + 1) * (POINT + 1))
    assert passes(compiled, wg.tensor(POINT))
    with wg.no_grad():
        assert not compiled(x).requires_grad


def test_without_gradients_there_is_a_door_of_its_own() -> None:
    x = wg.tensor(POINT, requires_grad=True)
    compiled = wg.jit(wave)
    with wg.no_grad():
        for _ in range(2):
            compiled(x)
        assert len(compiled.doors) == 1
        assert passes(compiled, x)
    assert not passes(compiled, x.detach())
    compiled(x).sum().backward()
    assert x.grad is not None


def test_calls_within_a_recording_are_recorded() -> None:
    inner, p = opened(wave, POINT), wg.tensor(POINT)
    outer = wg.jit(lambda x: inner(p) + x)
    outer(POINT)
    p *= 2
    numpy.testing.assert_allclose(outer(POINT).numpy(), wave(p).numpy() + POINT)


def test_calls_that_are_observed_do_not() -> None:
    compiled = opened(wave, POINT)
    observers.append(lambda *args: None)
    try:
        assert not passes(compiled, POINT)
    finally:
        observers.pop()
    assert passes(compiled, POINT)


def test_a_function_that_binds_names_has_a_door() -> None:
    count = wg.tensor(0.0)

    @wg.jit
    def f(x: Any) -> Any:
        nonlocal count
        count = count + 1
        return x * count

    for turn in range(1, 6):
        assert f(POINT)[0].item() == pytest.approx(POINT[0] * turn)
    assert f.doors[0].calls == 4


# -- decisions -------------------------------------------------------------------------------------


def deciding(f: Callable[..., Any], *calls: Any) -> Any:
    """The compiled function, with a door for each of these calls, which decide differently."""
    compiled = wg.jit(f)
    for args in calls * 4:
        compiled(*args)
    assert len(compiled.doors) == len(calls)
    return compiled


def test_each_path_has_a_door() -> None:
    compiled = deciding(lambda x: x * 2 if np.sum(x) > 0 else x * 3, (POINT,), (-POINT,))
    for x in (POINT, -POINT, -POINT, POINT, POINT + 1):
        assert passes(compiled, x)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "bool"])
def test_decisions_on_the_truth_of_inputs(dtype: str) -> None:
    yes, no = numpy.ones((), dtype), numpy.zeros((), dtype)
    compiled = deciding(lambda x, flag: np.sin(x) if flag else x * 3, (POINT, yes), (POINT, no))
    assert passes(compiled, POINT, yes)
    assert passes(compiled, POINT, no)
    if yes.dtype.kind == "f":
        assert passes(compiled, POINT, numpy.array(-0.0, dtype))
        assert passes(compiled, POINT, numpy.array(numpy.nan, dtype))


@pytest.mark.part(2)
@pytest.mark.parametrize("ask", [int, float, lambda n: n.item(), lambda n: n.numpy()])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "bool"])
def test_decisions_on_values(ask: Callable[[Any], Any], dtype: str) -> None:
    def f(x: Any, n: Any) -> Any:
        return x * ask(n * n)

    compiled = wg.jit(f)
    values = [numpy.array(k, dtype) for k in ((0, 1) if dtype == "bool" else (0, 1, -2))]
    for n in values * 5:
        assert_equal(compiled(POINT, n), wg.tensor(POINT * ask(wg.tensor(n * n))))
    assert len(compiled.doors) in (0, 1, len(values))  # one where the number is followed


def test_python_numbers_decide() -> None:
    compiled = deciding(lambda x, t: x * t if t > 0.5 else x - t, (POINT, 0.25), (POINT, 0.75))
    for t in (0.25, 0.5, 0.75, -1.0, float("nan"), float("inf")):
        assert passes(compiled, POINT, t)


def test_a_path_that_is_new_is_recorded() -> None:
    def f(x: Any) -> Any:
        turns = 0
        while np.sum(x) > 1:
            x, turns = x / 2, turns + 1
        return x, turns

    compiled = wg.jit(f)
    starts = [POINT * 2.0**k for k in (-4, 1, 3, 2)]
    for _ in range(5):
        for x in starts:
            assert_equal(compiled(x), f(wg.tensor(x)))
    assert len(compiled.doors) == len(starts)
    before = _counts(starts)
    for x in starts * 500:
        compiled(x)
    assert _counts(starts) == before
    assert_equal(compiled(POINT * 64), f(wg.tensor(POINT * 64)))


def test_decisions_with_surroundings() -> None:
    holder = Holder()
    compiled = wg.jit(lambda x: x * holder.scale if np.max(x) > holder.shift[0] else x + holder.scale)
    for shift, factor in ((1.5, 2.0), (0.5, 3.0), (1.5, 4.0)):
        holder.shift = (shift,)
        holder.scale._value = numpy.array(factor)
        for x in (POINT, POINT * 3, -POINT) * 3:
            expected = x * factor if x.max() > shift else x + factor
            assert_equal(compiled(x), wg.tensor(expected))
    assert len(compiled.doors) == 4


# -- what is read outside --------------------------------------------------------------------------


def test_tensors_read_outside_are_read_at_each_call() -> None:
    p, q = wg.tensor(POINT), wg.tensor(2.0)
    compiled = opened(lambda x: x * p + q, POINT)
    p += 1
    assert passes(compiled, POINT)
    q._value = numpy.array(7.0)
    assert passes(compiled, POINT)
    p._value = numpy.stack([POINT, POINT], 1)[:, 0]
    assert not passes(compiled, POINT)
    p._value = numpy.ones(3)
    with pytest.raises(ValueError, match="broadcast"):
        compiled(POINT)


def test_parameters_are_watched_but_without_gradients() -> None:
    p = wg.tensor(POINT, requires_grad=True)
    compiled = wg.jit(lambda x: np.sum(x * p))
    for _ in range(3):
        compiled(POINT).backward()
    numpy.testing.assert_allclose(np.asarray(p.grad).numpy(), 3 * POINT)
    assert compiled.doors == ()
    with wg.no_grad():
        for _ in range(3):
            compiled(POINT)
        assert passes(compiled, POINT)
        p._value = POINT * 2
        assert passes(compiled, POINT)
    compiled(POINT).backward()
    numpy.testing.assert_allclose(np.asarray(p.grad).numpy(), 4 * POINT)
    with wg.no_grad():
        p.requires_grad_(False)
        assert not passes(compiled, POINT)


class Holder:
    """An object with what is read by name."""

    rate = (3.0,)

    def __init__(self) -> None:
        self.scale = wg.tensor(2.0)
        self.shift = (1.5,)
        self.parts = [wg.tensor(1.0), wg.tensor(2.0)]
        self.named = {"a": wg.tensor(4.0)}

    def __call__(self, x: Any) -> Any:
        parts = sum(self.parts[1:], self.parts[0])
        return x * self.scale * self.rate[0] + self.shift[0] + parts + self.named["a"]


def test_what_is_bound_anew_is_noticed() -> None:
    holder = Holder()
    compiled = opened(holder, POINT)
    assert passes(compiled, POINT)

    def rate() -> None:
        Holder.rate = (5.0,)

    changes: list[Callable[[], Any]] = [
        lambda: setattr(holder, "shift", (-1.0,)),
        lambda: holder.parts.append(wg.tensor(7.0)),
        lambda: holder.named.__setitem__("b", wg.tensor(0.5)),
        rate,
    ]
    try:
        for change in changes:
            before = len(compiled.doors)
            change()
            assert not passes(compiled, POINT)
            compiled(POINT)
            assert passes(compiled, POINT)
            assert len(compiled.doors) in (before, before + 1)
    finally:
        Holder.rate = (3.0,)


class Slotted:
    __slots__ = ("factor", "other", "twice")

    def __init__(self, factor: float) -> None:
        self.factor = (factor,)
        self.other = "other"
        self.twice = "other"


def test_attributes_with_slots_are_noticed() -> None:
    holder = Slotted(2.0)
    compiled = opened(lambda x: x * holder.factor[0], POINT)
    assert passes(compiled, POINT)
    holder.factor = (3.0,)
    assert not passes(compiled, POINT)
    compiled(POINT)
    assert passes(compiled, POINT)
    del holder.factor
    with pytest.raises(AttributeError):
        compiled(POINT)


def test_what_machine_code_does_not_know_is_looked_at_by_python() -> None:
    named = collections.OrderedDict(a=wg.tensor(2.0), b=wg.tensor(3.0))
    compiled = opened(lambda x: x * named["a"] if next(iter(named)) == "a" else x, POINT)
    assert passes(compiled, POINT)
    named.move_to_end("a")
    assert not passes(compiled, POINT)


def test_slots_that_hold_the_same_are_looked_at_by_python() -> None:
    holder = Slotted(2.0)
    compiled = opened(lambda x: x * (2 if holder.other == "other" else 3), POINT)
    assert passes(compiled, POINT)
    holder.other = "another"
    assert not passes(compiled, POINT)


def test_variables_of_the_function_are_noticed() -> None:
    factor = (2.0,)

    def f(x: Any) -> Any:
        return x * factor[0]

    compiled = opened(f, POINT)
    factor = (3.0,)
    assert not passes(compiled, POINT)
    compiled(POINT)
    assert passes(compiled, POINT)
    del factor
    with pytest.raises(NameError):
        compiled(POINT)
    factor = (2.0,)
    assert_equal(compiled(POINT), wg.tensor(POINT * 2))


def test_names_that_lead_to_other_tensors_each_time_have_no_door() -> None:
    holder = Holder()
    compiled = wg.jit(lambda x: x * holder.scale)
    for turn in range(12):
        holder.scale = wg.tensor(float(turn))
        assert_equal(compiled(POINT), wg.tensor(POINT * turn))


def test_what_is_of_the_same_value_is_no_change() -> None:
    holder = Holder()
    compiled = opened(holder, POINT)
    holder.shift = (float("1.5"),)
    assert not passes(compiled, POINT)
    assert [len(paths) for paths in compiled.programs.values()] == [1]


# -- methods, copies, reports ----------------------------------------------------------------------


class Layer:
    def __init__(self, factor: float) -> None:
        self.factor = wg.tensor(factor)

    @wg.jit
    def __call__(self, x: Any) -> Any:
        return x * self.factor


def test_methods_have_doors_of_their_own() -> None:
    one, other = Layer(2.0), Layer(3.0)
    for _ in range(4):
        assert_equal(one(POINT), wg.tensor(POINT * 2))
        assert_equal(other(POINT), wg.tensor(POINT * 3))


def test_the_report_counts_calls_through_doors() -> None:
    compiled = opened(wave, POINT)
    for _ in range(8):
        compiled(POINT)
    direct = compiled.doors[0].calls
    assert 0 < direct < 10
    assert f"10 calls, {direct} of them without Python" in compiled.report()


def test_doors_are_bounded() -> None:
    compiled = wg.jit(wave)
    for size in range(1, 2 * jit_module.MOST_DOORS):
        for _ in range(3):
            compiled(numpy.ones(size))
    assert len(compiled.doors) == jit_module.MOST_DOORS


def test_an_object_that_was_not_initialised_does_not_crash() -> None:
    empty = jit_module.Compiled.__new__(jit_module.Compiled)
    opened(wave, POINT)
    with pytest.raises(AttributeError):
        empty(POINT)
    tensor = wg.Tensor.__new__(wg.Tensor)
    with pytest.raises(AttributeError):
        opened(wave, POINT)(tensor)


# -- nothing is left behind ------------------------------------------------------------------------


def _counts(objects: list[Any]) -> list[int]:
    gc.collect()
    return [sys.getrefcount(held) for held in objects]


@pytest.mark.parametrize("shape", ["one", "tuple", "nested"])
def test_references_are_as_they_were(shape: str) -> None:
    p, factor = wg.tensor(POINT), 1.5
    nests = {"one": lambda a: a, "tuple": lambda a: (a, a * 2), "nested": lambda a: {"a": [a, a * 3]}}
    nest = nests[shape]
    compiled = opened(lambda x, y: nest(x * p + y * factor), wg.tensor(POINT), POINT)
    x, y = wg.tensor(POINT), POINT + 1
    strided, watched = numpy.stack([y, y], 1)[:, 0], wg.tensor(POINT, requires_grad=True)
    dtype = POINT.dtype
    kept = [x, x._value, y, p, p._value, dtype, strided, watched, wg.Tensor, UNTRACKED, numpy.ndarray, compiled]
    kept += [compiled.doors, compiled.doors[0], compiled.doors[0].table, compiled.f]

    def calls(count: int) -> None:
        for _ in range(count):
            compiled(x, y)
        for _ in range(count // 20):
            compiled(strided, y)
            compiled(watched, y)
            with pytest.raises(TypeError):
                compiled(x)

    calls(MANY)
    before = _counts(kept)
    calls(MANY)
    assert _counts(kept) == before


def test_memory_does_not_grow() -> None:
    p = wg.tensor(POINT)
    compiled = opened(lambda x: (np.sin(x) * p, x + p), POINT)
    misses = [POINT[::-1], POINT]
    tracemalloc.start()
    try:
        for turn in range(2):
            for _ in range(MANY):
                compiled(POINT)
            for _ in range(MANY // 20):
                compiled(misses[0])
            gc.collect()
            if turn == 0:
                before = tracemalloc.get_traced_memory()[0]
        assert tracemalloc.get_traced_memory()[0] < before + 20_000
    finally:
        tracemalloc.stop()


def test_a_door_lets_go_of_its_program() -> None:
    def reference() -> Any:
        p = wg.tensor(POINT)
        opened(lambda x: x * p, POINT)
        return weakref.ref(p)

    found = reference()
    gc.collect()
    assert found() is None


def test_failures_to_make_results_are_raised() -> None:
    compiled = opened(lambda x: (x * 2, x + 1), POINT)
    lengths = numpy.array([1 << 50], numpy.int64)
    second = layouts.word(compiled.doors[0].table.ctypes.data + 8 * DoorWords.OUTPUT) + 8 * (
        len(FormWords) + len(OutputWords)
    )
    shape = ctypes.c_int64.from_address(second + 8 * FormWords.SHAPE)
    kept, before = [POINT, POINT.dtype, compiled.doors[0]], shape.value
    counts = _counts(kept)
    shape.value = lengths.ctypes.data
    for _ in range(10):
        with pytest.raises(MemoryError):
            compiled(POINT)
    shape.value = before
    assert _counts(kept) == counts
    assert passes(compiled, POINT)


# -- threads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10, 200_000])
def test_threads_share_a_function(size: int) -> None:
    p = wg.tensor(numpy.ones(size))
    compiled = opened(lambda x: np.cumsum(np.sin(x) * p) + x, numpy.zeros(size))
    inputs = [numpy.linspace(k, k + 1, size) for k in range(4)]
    expected = [compiled.f(x).numpy() for x in inputs]
    wrong: list[int] = []

    def work(k: int) -> None:
        for _ in range(2000 if size == 10 else 40):
            if not numpy.allclose(compiled(inputs[k])._value, expected[k]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert compiled.doors[0].calls > 0


def test_threads_have_modes_of_their_own() -> None:
    x = wg.tensor(POINT, requires_grad=True)
    compiled = opened(wave, wg.tensor(POINT))
    found = []

    def work() -> None:
        with wg.no_grad():
            found.extend(compiled(x).requires_grad for _ in range(5))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False] * 5
    assert compiled(x).requires_grad


# -- where there are none --------------------------------------------------------------------------


MATRIX = numpy.eye(40) * 3 + 0.01 * numpy.arange(1600).reshape(40, 40) / 1600
LONG: dict[str, tuple[Callable[..., Any], Any]] = {
    "fori_loop": (lambda x: wg.fori_loop(0, 1000, lambda i, y: y * x, x), 1.0),
    "while_loop": (lambda x: wg.while_loop(lambda y: y < 1000, lambda y: y + x, x), 1.0),
    "scan": (lambda x: wg.scan(lambda c, y: (c * x + y, c), x, numpy.ones(500)), 1.0),
    "cond": (lambda x: wg.cond(x > 0, lambda y: y * 2, lambda y: y, x), 1.0),
    "gradient of fori_loop": (wg.grad(lambda x: wg.fori_loop(0, 1000, lambda i, y: y * x, x)), 1.0),
    "within memory": (wg.grad(lambda x: wg.fori_loop(0, 1000, lambda i, y: np.sin(y * x), x, memory=4)), 1.0),
    "while within memory": (
        wg.grad(lambda x: wg.while_loop(lambda y: y < 1000, lambda y: y * 1.5 + x, x, memory=4)),
        1.0,
    ),
    "inv": (np.linalg.inv, MATRIX),
    "solve": (lambda a: np.linalg.solve(a, a), MATRIX),
    "eigh": (lambda a: np.linalg.eigh(a + a.T)[0], MATRIX),
    "svd": (lambda a: np.linalg.svd(a)[1], MATRIX),
    "qr": (lambda a: np.linalg.qr(a)[1], MATRIX),
    "cholesky": (lambda a: np.linalg.cholesky(a @ a.T), MATRIX),
    "det": (np.linalg.det, MATRIX),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", LONG)
def test_other_threads_run_during_loops_and_factorizations(name: str) -> None:
    f, x = LONG[name]
    compiled = wg.jit(f)
    for _ in range(2):
        compiled(x)
    for door in compiled.doors:  # where there is none, Python calls, and lets others run
        assert door.table[DoorWords.IS_LONG] == 1
    if name.endswith("memory"):
        assert compiled.doors


def test_nothing_else_runs_during_a_short_call() -> None:
    assert opened(lambda x: np.sin(x) * 2, POINT).doors[0].table[DoorWords.IS_LONG] == 0


def test_a_block_of_autocast_does_not_go_through_the_door() -> None:
    layer = wg.nn.Linear(3, 2).requires_grad_(False)
    x = np.ones((4, 3), "float32")
    compiled = opened(lambda x: layer(x), x)
    calls = compiled.doors[0].calls
    assert compiled(x).dtype == numpy.float32
    assert compiled.doors[0].calls == calls + 1
    with wg.nn.autocast("float16"):
        assert compiled(x).dtype == numpy.float16
        assert compiled(x).dtype == numpy.float16
        assert compiled.doors[0].calls == calls + 1
    assert compiled(x).dtype == numpy.float32
    assert compiled.doors[0].calls == calls + 2
