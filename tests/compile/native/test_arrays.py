"""Correlations of raw arrays in machine code: the same as NumPy's, for sizes that tiles divide and others."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
from wengert import windows
from wengert.core import routines
from wengert.ops.windows import correlate as c
from wengert.ops.windows.geometry import Axis, counts_of

pytest.importorskip("llvmlite")

from wengert.compile.native import arrays
from wengert.compile.native.construction import Construction
from wengert.compile.native.emit.products import lagged, lagged_tasks, product, tiles
from wengert.compile.native.machine.host import Registers
from wengert.compile.native.machine.llvm import NativeModule
from wengert.compile.native.machine.pool import Task

RNG = numpy.random.default_rng(0)


def by_numpy(x: Any, kernel: Any, axes: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(c, "WORTH_A_ROUTINE", float("inf"))
        return c.correlate(x, kernel, axes=axes)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("outputs", [1, 2, 3, 5, 8, 15])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_number_of_outputs(outputs: int, channels: int, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.standard_normal((3, 2, channels, 17, 13)).astype(dtype)
    kernel = RNG.standard_normal((2, outputs, channels, 3, 4)).astype(dtype)
    axes = Axis(1, 1, 1), Axis(2, 0, 3)
    made = arrays.correlate(x, kernel, axes)
    assert made.dtype == numpy.dtype(dtype)
    expected = by_numpy(x, kernel, axes, monkeypatch)
    numpy.testing.assert_allclose(made, expected, rtol=0, atol=1e-4 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("outputs", [1, 2, 4, 7])
@pytest.mark.parametrize("members", [1, 9, 70])
def test_windows_as_large_as_the_input(outputs: int, members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the derivative in a kernel: few places, and sums over a batch in parts."""
    x = RNG.standard_normal((5, 1, members, 18, 14))
    kernel = RNG.standard_normal((1, outputs, members, 16, 12))
    axes = Axis(), Axis()
    assert counts_of(axes, (18, 14), (16, 12)) == (3, 3)
    expected = by_numpy(x, kernel, axes, monkeypatch)
    numpy.testing.assert_allclose(arrays.correlate(x, kernel, axes), expected, rtol=0, atol=1e-10)


def test_arrays_in_any_order_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    x, kernel = RNG.standard_normal((3, 1, 4, 9, 9)), RNG.standard_normal((4, 1, 6, 3, 3))
    x, kernel = x.transpose(2, 1, 0, 4, 3), kernel.transpose(1, 2, 0, 3, 4)[:, :, :3, ::-1]
    axes = Axis(), Axis()
    expected = by_numpy(x, kernel, axes, monkeypatch)
    numpy.testing.assert_allclose(arrays.correlate(x, kernel, axes), expected, rtol=0, atol=1e-12)


def test_large_eager_correlations_take_it_and_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    x, kernel = RNG.standard_normal((20, 8, 20, 20)), RNG.standard_normal((8, 8, 3, 3))
    assert routines.routine_of(c.correlate.primitive) is arrays.correlate
    calls = []
    monkeypatch.setitem(
        routines._LOADED, c.correlate.primitive, lambda *given: calls.append(given) or arrays.correlate(*given)
    )
    gradient = wg.grad(lambda x, k: (windows.correlate(x, k, padding="same") ** 2).sum(), (0, 1))
    first, second = gradient(x, kernel), gradient(x, kernel)
    assert len(calls) == 6
    for one, other, compiled in zip(first, second, wg.jit(gradient)(x, kernel), strict=True):
        numpy.testing.assert_array_equal(one, other)
        numpy.testing.assert_allclose(one, compiled, rtol=1e-9, atol=1e-9)


@pytest.fixture(params=[Registers(16, 16), Registers(16, 32)], ids=["of 16 bytes", "of 32 bytes"])
def fewer_registers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code as for a processor with fewer and shorter registers than this one may have; none of it goes to the disk."""
    for module in (lagged, lagged_tasks, product, tiles):
        monkeypatch.setattr(module, "registers", lambda: request.param)
    native = NativeModule(lagged_tasks.written)
    task = lambda kind, dtype: Task(native, native.address(lagged_tasks.task_name(kind, dtype.name)))
    monkeypatch.setattr(arrays, "_task", task)
    monkeypatch.setattr(Construction, "key", None)


@pytest.mark.usefixtures("fewer_registers")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fewer_and_shorter_registers(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.standard_normal((3, 1, 3, 11, 13)).astype(dtype)
    kernel, large = (RNG.standard_normal((1, 7, 3, *size)).astype(dtype) for size in ((3, 3), (9, 11)))
    axes = Axis(1, 1, 1), Axis()
    for weights in (kernel, large):
        expected = by_numpy(x, weights, axes, monkeypatch)
        tolerance = 1e-4 if dtype == "float32" else 1e-12
        numpy.testing.assert_allclose(arrays.correlate(x, weights, axes), expected, rtol=0, atol=tolerance)
        compiled = wg.jit(lambda x, k: c.correlate(x, k, axes=axes))
        numpy.testing.assert_allclose(compiled(x, weights), expected, rtol=0, atol=tolerance)
