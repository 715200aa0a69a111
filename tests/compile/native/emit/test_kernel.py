"""Loop nests in machine code give what NumPy gives: patterns, axes, dtypes, special numbers, long sums."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy
import pytest
from hypothesis import given, settings, strategies as st

import wengert as wg
import wengert.numpy as np
from wengert.control.subgraphs import graph_of
from wengert.core.abstract import Abstract

pytest.importorskip("llvmlite")


from wengert.compile.native.emit.kernel import Kernel
from wengert.compile.native.machine.module_parts import Module
from wengert.compile.native.schedule.build import ScheduleBuilder
from wengert.compile.native.schedule.stages import Group


def leaves(result: Any) -> list[Any]:
    return [r.numpy() for r in (result if isinstance(result, tuple) else (result,))]


def assert_compiled_is_eager(f: Any, *args: Any, rtol: float = 1e-13) -> None:
    with numpy.errstate(all="ignore"):
        found, expected = leaves(wg.jit(f)(*args)), leaves(f(*map(np.asarray, args)))
    for a, e in zip(found, expected, strict=True):
        assert (a.shape, a.dtype) == (e.shape, e.dtype)
        numpy.testing.assert_allclose(a, e, rtol=rtol, atol=rtol)


# -- broadcasts and reductions ---------------------------------------------------------------------

lengths = st.lists(st.integers(1, 5), min_size=0, max_size=4)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(lengths, st.data())
def test_reductions_over_any_axes(shape: list[int], data: st.DataObject) -> None:
    axis = tuple(sorted(data.draw(st.sets(st.sampled_from(range(len(shape))))))) if shape else ()
    keepdims = data.draw(st.booleans())
    order = data.draw(st.permutations(range(len(shape))))
    x = numpy.random.default_rng(len(shape)).standard_normal([shape[a] for a in numpy.argsort(order)]).transpose(order)

    def f(x: Any) -> Any:
        options = {"axis": axis, "keepdims": keepdims}
        sums = np.sum(x * 2 + 1, **options), np.sum(x, **options), np.max(x, **options), np.min(-x, **options)
        return (
            *sums,
            np.mean(x, **options),
            np.any(x > 1, **options),
            x * 3,
            np.sum(np.transpose(x), **options) if not axis else x,
        )

    assert_compiled_is_eager(f, x)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(lengths, st.data())
def test_broadcasts(shape: list[int], data: st.DataObject) -> None:
    rng = numpy.random.default_rng(0)

    def part() -> Any:
        own = [n if data.draw(st.booleans()) else 1 for n in shape]
        return rng.standard_normal(own[data.draw(st.integers(0, len(shape))) :])

    def f(x: Any, y: Any, z: Any) -> Any:
        return x * y + z, np.where(x > y, z, 1.0), np.sum(x - y * z), np.broadcast_to(x, shape) + y

    assert_compiled_is_eager(f, part(), part(), part())


@pytest.mark.part(2)
@pytest.mark.parametrize("shape", [(70_000,), (300, 700), (3, 70_000), (70_000, 3), (40, 50, 60), (2, 1, 90_000)])
def test_sizes_that_threads_share(shape: tuple[int, ...]) -> None:
    x = numpy.random.default_rng(0).standard_normal(shape)
    every = [axis for r in range(x.ndim + 1) for axis in itertools.combinations(range(x.ndim), r)]

    def f(x: Any) -> Any:
        return (
            *(np.sum(np.sin(x) * x, axis=axis) for axis in every),
            *(np.max(x, axis=axis) for axis in every),
            np.exp(x),
        )

    assert_compiled_is_eager(f, x, rtol=1e-10)


@pytest.mark.parametrize("n", [1000, 5000, 100_000, 1_000_003])
def test_long_sums_are_accurate(n: int) -> None:
    """Rounding grows hardly: the error is a few units in the last place of the sum of magnitudes."""
    rng = numpy.random.default_rng(n)
    x = rng.standard_normal(n) * numpy.exp(3 * rng.standard_normal(n))
    exact = math.fsum(x)
    assert abs(wg.jit(np.sum)(x).item() - exact) <= 16 * 2.0**-53 * float(numpy.abs(x).sum())
    single = rng.random(n).astype(numpy.float32)
    exact = math.fsum(single.astype(float))
    assert abs(wg.jit(np.sum)(single).item() - exact) <= 16 * 2.0**-24 * exact


# -- special numbers -------------------------------------------------------------------------------

SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 2.5, -2.5, 1e30, 5e-324]
EXACT = ["add", "subtract", "multiply", "divide", "copysign", "where", "scale"]
COMPARED = [
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("maximum", "minimum", "fmax", "fmin"),
]
UNARY = [
    "absolute",
    "negative",
    "sign",
    "sqrt",
    "square",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "isnan",
    "isinf",
    "isfinite",
    "reciprocal",
    "signbit",
    "positive",
]
TWO = {
    "where": lambda x, y: np.where(x > 0, x, y),
    "scale": lambda x, y: np.where(y == y, x * 0.0, -y),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_numbers(dtype: str) -> None:
    x, y = (numpy.array(v).astype(dtype) for v in zip(*itertools.product(SPECIAL, SPECIAL), strict=True))
    for name in [*EXACT, *COMPARED, *UNARY]:
        f = TWO.get(name) or getattr(np, name)
        args = (x,) if name in UNARY else (x, y)
        with numpy.errstate(all="ignore"):
            found, expected = wg.jit(f)(*args).numpy(), f(*map(np.asarray, args)).numpy()
        assert found.dtype == expected.dtype, name
        numpy.testing.assert_array_equal(found, expected, err_msg=name)
        if expected.dtype.kind == "f" and name not in COMPARED:  # of two zeros NumPy takes either
            known = ~numpy.isnan(expected)
            numpy.testing.assert_array_equal(numpy.signbit(found[known]), numpy.signbit(expected[known]), err_msg=name)


@pytest.mark.parametrize("n", [1, 3, 10, 5000, 200_000])
def test_special_numbers_in_reductions(n: int) -> None:
    for numbers in ([math.nan], [math.inf], [-math.inf], [math.inf, -math.inf]):
        x = numpy.ones(n)
        x[n // 2 :][: len(numbers)] = numbers[: n - n // 2]
        assert_compiled_is_eager(lambda x: (np.sum(x), np.max(x), np.min(x), np.sum(x, axis=0, keepdims=True)), x)
    assert numpy.signbit(wg.jit(np.max)(numpy.full(n, -0.0)).numpy())


# -- dtypes ----------------------------------------------------------------------------------------

DTYPES = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
]


@pytest.mark.part(4)
@pytest.mark.parametrize("first", DTYPES)
def test_casts_and_mixed_dtypes(first: str) -> None:
    x = numpy.array([0, 1, 3, 100]).astype(first)

    def f(x: Any, *others: Any) -> Any:
        results = [np.sum(x), np.max(x), np.where(x, x, 0)]
        for y in others:
            results += [np.astype(x, y.dtype), x + y, x * y, np.maximum(x, y), x < y, np.where(x, x, y), np.sum(x * y)]
        return tuple(results)

    assert_compiled_is_eager(f, x, *(numpy.array([1, 0, 3, 7]).astype(d) for d in DTYPES))


@pytest.mark.part(2)
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_overflow_where_numpys_do(dtype: str, axis: int | None) -> None:
    """Numbers whose product is no number in one order, and 1 in another."""
    large = 1e30 if dtype == "float32" else 1e200
    rng = numpy.random.default_rng(3)
    for _ in range(20):
        factors = rng.permuted(numpy.array([large, 1 / large] * 24, dtype).reshape(6, 8), axis=1)
        with numpy.errstate(all="ignore"):
            expected = numpy.prod(factors, axis=axis)
        found = wg.jit(lambda x: np.prod(x, axis=axis))(factors)
        numpy.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == "float32" else 1e-13)


def test_integers_wrap_around_as_in_numpy() -> None:
    for dtype in ("int32", "int64"):
        info = numpy.iinfo(dtype)
        x = numpy.array([info.max, info.min, -1], dtype)
        assert_compiled_is_eager(lambda x: (x + x, x * x, -x, np.absolute(x), np.sum(x, dtype=x.dtype)), x)


def test_bools() -> None:
    x = numpy.array([[True, False, True]])
    y = numpy.array([[True], [False]])

    def f(x: Any, y: Any) -> Any:
        both = np.logical_and(x, y), np.logical_or(x, y), np.logical_xor(x, y), np.logical_not(x)
        return (*both, x & y, x | y, ~x, np.sum(x), np.any(y), np.all(x, axis=1), x * 2.0, np.where(x, 1, 2), x == y)

    assert_compiled_is_eager(f, x, y)


# -- assembled values ------------------------------------------------------------------------------


def updated(x: Any, *places: Any) -> Any:
    buffer = np.zeros((4, 5)) + x[0, 0]
    for number, place in enumerate(places):
        buffer[place] = buffer[place] * 2 + number + x[place]
    return buffer


ASSEMBLED = {
    "slices": lambda x: (x[1:], x[::-1], x[:, ::2], x[-1], x[..., None, 1:3], x[1:1].sum()),
    "concatenate": lambda x: (np.concatenate([x, x * 2, np.sin(x[:1])]), np.concatenate([x[:, :1], x], axis=1)),
    "stack": lambda x: (np.stack([x, -x, x.T.T]), np.stack([x[0], x[1]], axis=1), np.sum(np.stack([x, x * x]), axis=0)),
    "writes": lambda x: updated(x, 0, (slice(None), 1), (slice(None, None, -2), slice(1, 3)), (2, 2), ...),
    "overlapping": lambda x: np.concatenate([np.concatenate([x, x]), np.concatenate([x + 1, x])])[1:-1:2],
    "pad": lambda x: np.pad(np.pad(x, 1), ((0, 1), (2, 0))),
    "roll": lambda x: np.roll(x, 2, axis=1) + np.flip(x) + np.tile(x, (1, 1)) + np.repeat(x[:1], 4, axis=0),
    "used twice": lambda x: (
        np.concatenate([x, x]),
        np.sum(np.concatenate([x, x * 2]) ** 2),
        np.concatenate([x, x]) + 1,
    ),
    "of what is reduced": lambda x: np.concatenate([np.sum(x, axis=0), np.max(x, axis=1), x[0]]),
    "derivative": lambda x: wg.grad(lambda x: np.sum(np.concatenate([x[1:], x[:2] ** 2]) ** 3))(x),
    "derivative of writes": lambda x: wg.grad(lambda x: np.sum(updated(x, 0, (slice(None), 1)) ** 2))(x),
    "gather": lambda x: (x[[0, 2, 0]], np.take(x, [1, 1], axis=1), x[np.arange(2), [3, 1]]),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ASSEMBLED)
def test_assembled_values(name: str) -> None:
    assert_compiled_is_eager(ASSEMBLED[name], numpy.random.default_rng(0).standard_normal((4, 5)))


@pytest.mark.parametrize("name", ["concatenate", "stack", "derivative"])
def test_large_assembled_values(name: str) -> None:
    assert_compiled_is_eager(ASSEMBLED[name], numpy.random.default_rng(0).standard_normal((300, 400)), rtol=1e-12)


def test_functions_are_worth_more_threads_than_sums() -> None:
    def chunks(f: Any) -> int:
        schedule = ScheduleBuilder(graph_of(lambda x: [f(x)], [Abstract((64_000,), numpy.dtype("float32"))]))
        (group,) = schedule.stages
        assert isinstance(group, Group)
        return Kernel(Module("one"), "kernel", schedule, group).chunks

    assert chunks(lambda x: x + 1) == 1
    assert chunks(np.tanh) > 1


VARIANTS: dict[str, Any] = {
    "same": lambda x: 1.0 - x,
    "operands": lambda x: x - 1.0,
    "zero": lambda x: 0.0 - x,
    "negative zero": lambda x: -0.0 - x,
    "dtype": lambda x: numpy.float32(1.0) - np.asarray(x, dtype="float32"),
    "view": lambda x: 1.0 - x[::-1],
    "shape": lambda x: 1.0 - x[:200],
    "reduction": lambda x: np.sum(1.0 - x),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_equal_groups_are_one_function(name: str) -> None:
    """What differs in a constant's bits, a dtype or a view is another one."""
    module = Module("several")

    def functions(f: Any) -> list[Any]:
        schedule = ScheduleBuilder(graph_of(lambda x: [f(x)], [Abstract((300,), numpy.dtype("float64"))]))
        groups = [stage for stage in schedule.stages if isinstance(stage, Group)]
        return [Kernel(module, module.get_unique_name("k"), schedule, group).function for group in groups]

    wanted, found = functions(VARIANTS["same"]), functions(VARIANTS[name])
    assert (found == wanted) == (name == "same")


ALIKE: dict[str, Any] = {
    "maps": lambda x: np.exp(x / x[0]),
    "reductions": lambda x: np.exp(x / x.max()),
    "sums": lambda x: np.exp(x / np.sum(x)),
    "guarded sums": lambda x: np.exp(x / np.sum(np.power(np.abs(x), 1.5))),
    "scans": lambda x: np.exp(np.cumsum(x) / x.size),
    "gathered": lambda x: np.exp(np.sort(x)[::-1] / x.size),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ALIKE)
def test_alike_groups_that_threads_share(name: str) -> None:
    """A function of several groups is the work of as many tasks, each with the places of its own."""

    def repeated(x: Any) -> Any:
        for _ in range(4):
            x = ALIKE[name](x)
        return x

    x = numpy.linspace(0.5, 1.0, 1 << 19)
    numpy.testing.assert_allclose(wg.jit(repeated)(x), repeated(np.asarray(x)), rtol=1e-12)
