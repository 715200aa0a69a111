"""Programs compute in the usual mode of the processor, whatever the mode of the caller is, and leave that as it was."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special as special

pytest.importorskip("llvmlite")

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc", reason="modes are set as on x86-64 with glibc"
)

MXCSR_PLACE = 28
"""In glibc's ``fenv_t``."""
MODES = {"down": 0x2000, "up": 0x4000, "to zero": 0x6000, "flush to zero": 0x8000, "small is zero": 0x0040}


def environment() -> Any:
    return ctypes.create_string_buffer(64)


def mode_of_now() -> int:
    now = environment()
    ctypes.CDLL("libm.so.6").fegetenv(now)
    return struct.unpack_from("I", now, MXCSR_PLACE)[0] & 0xFFC0


@contextmanager
def mode(bits: int) -> Iterator[None]:
    library = ctypes.CDLL("libm.so.6")
    before, other = environment(), environment()
    library.fegetenv(before)
    library.fegetenv(other)
    struct.pack_into("I", other, MXCSR_PLACE, struct.unpack_from("I", other, MXCSR_PLACE)[0] | bits)
    library.fesetenv(other)
    try:
        yield
    finally:
        library.fesetenv(before)


POINTS = numpy.array([1e-310, -3e-320, 0.3, 2.5, 100.0, -7.7, 1e-5, 27.0, 0.0, 1e10, -55.5])

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(np, name) for name in ("cbrt", "exp", "exp2", "expm1", "sin", "cos", "tan", "tanh", "arctan")},
    **{name: getattr(np, name) for name in ("sinh", "cosh", "arcsinh", "floor", "rint", "square")},
    "log": lambda x: np.log(np.abs(x)),
    "log1p": lambda x: np.log1p(np.abs(x)),
    "sqrt": lambda x: np.sqrt(np.abs(x)),
    "power": lambda x: np.power(np.abs(x), 1.7),
    "half": lambda x: x * 0.5,
    "erf": special.erf,
    "gradient": wg.grad(lambda x: np.sum(np.exp(np.sin(x)) * np.cbrt(x))),
    "product": lambda x: np.outer(x, x) @ x,
    "loop": lambda x: wg.fori_loop(0, 100, lambda i, y: np.sin(y + x), x),
    "in threads": lambda x: np.sum(np.exp(np.sin(np.outer(np.ones(40_000), x))), axis=1),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_are_the_same_in_each_mode(name: str) -> None:
    compiled = wg.jit(FUNCTIONS[name])
    for points in (POINTS, POINTS.astype(numpy.float32)):
        expected = compiled(points).numpy().copy()
        for bits in MODES.values():
            with mode(bits):
                found = compiled(points)
                left = mode_of_now()
            assert left & bits == bits
            assert found.numpy().tobytes() == expected.tobytes()
        assert mode_of_now() == 0x1F80


def test_the_mode_is_left_by_a_call_that_fails() -> None:
    compiled = wg.jit(np.linalg.inv)
    compiled(numpy.eye(3))
    with mode(MODES["up"]):
        with pytest.raises(numpy.linalg.LinAlgError):
            compiled(numpy.zeros((3, 3)))
        left = mode_of_now()
    assert left & MODES["up"]


def test_threads_that_are_made_in_another_mode_compute_in_the_usual_one() -> None:
    """A new pool has the mode of whoever makes it."""
    from wengert.compile.native.machine.pool import Pool

    seen = numpy.zeros(64, numpy.int64)
    task = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(
        lambda frame, chunk: seen.__setitem__(chunk, mode_of_now())
    )
    share = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    with mode(MODES["flush to zero"]):
        pool = Pool(3)
    share(pool.share)(pool.address, ctypes.cast(task, ctypes.c_void_p), None, 64)
    assert set(seen.tolist()) == {0x1F80}
