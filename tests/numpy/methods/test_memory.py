"""What a tensor says of its memory, and writes of the whole handle, beside NumPy's arrays."""

from __future__ import annotations

import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

ARRAYS = [numpy.arange(6.0).reshape(2, 3), numpy.arange(6).reshape(2, 3).T, numpy.array(3.5), numpy.ones((0, 2), "f")]
HANDS_OFF = {
    "byteswap", "ctypes", "dump", "dumps", "getfield", "setfield", "setflags", "__array_finalize__",
    "__array_interface__", "__array_priority__", "__array_struct__", "__array_wrap__", "__class_getitem__",
    "__delitem__", "__setstate__",
}  # fmt: skip
"""What lets others into the memory of an array, or takes its pickle apart."""


def test_every_name_of_an_array_is_there() -> None:
    assert {name for name in dir(numpy.ndarray) if not hasattr(np.ones((2, 2)), name)} == HANDS_OFF


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: str(a.shape))
def test_memory_is_that_of_the_array(array: Any) -> None:
    x = np.asarray(array)
    assert x.strides == array.strides
    assert x.tobytes() == array.tobytes()
    assert x.tobytes("F") == array.tobytes("F")
    assert bytes(x.data) == array.tobytes()
    assert x.data.readonly
    assert x.flags.c_contiguous == array.flags.c_contiguous
    assert x.flags.f_contiguous == array.flags.f_contiguous


def test_a_view_has_a_base(tmp_path: Any) -> None:
    x = np.ones((2, 3))
    assert x.base is None
    assert x[0].base is x.T.base is x.view().base is x
    x.tofile(tmp_path / "x")
    numpy.testing.assert_array_equal(numpy.fromfile(tmp_path / "x"), numpy.ones(6))


@pytest.mark.parametrize("dtype", ["i8", "u1", "f4", "c16", numpy.int16])
def test_bytes_are_seen_and_written_as_another_dtype(dtype: Any) -> None:
    array = numpy.arange(8.0)
    x = np.array(array)
    view, wanted = x.view(dtype), array.view(dtype)
    numpy.testing.assert_array_equal(view, wanted)
    view[1:] = 3
    wanted[1:] = 3
    numpy.testing.assert_array_equal(x, array)
    x[0] = array[0] = 7
    numpy.testing.assert_array_equal(view, wanted)


def test_bytes_have_no_derivative() -> None:
    with pytest.raises(TypeError, match=r"write x.real and x.imag, or x.astype\(dtype\)"):
        wg.grad(lambda x: np.sum(x.view("f4")))(numpy.ones(2))
    with pytest.raises(TypeError, match=re.escape("[view] a shape was given, wanted a dtype")):
        np.ones(6).view(2, 3)


def test_the_shape_is_set_and_differentiates() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        y.shape = (3, -1)
        return y[2, 0] * y[0, 1]

    numpy.testing.assert_allclose(wg.grad(f)(numpy.arange(6.0)), [0, 16, 0, 0, 4, 0])
    x = np.arange(6.0)
    x.shape = (2, 3)
    assert x.shape == (2, 3)
    with pytest.raises(ValueError, match="cannot reshape"):
        x.shape = (4, 2)
    rows = x[0]
    for tensor in (x, rows, wg.tensor([1.0, 2.0], requires_grad=True)):
        with pytest.raises(ValueError, match=r"\[shape\] the tensor (shares|is a leaf).*write x = x.reshape\(shape\)"):
            tensor.shape = (-1, 1)


@pytest.mark.parametrize("shape", [(2, 2), 3, (4, 3), (0,)])
def test_resize_keeps_the_first_elements(shape: Any) -> None:
    array, x = numpy.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), np.arange(6.0)
    x.shape = (2, 3)
    array.resize(shape, refcheck=False)
    x.resize(shape)
    numpy.testing.assert_array_equal(x, array)


@pytest.mark.parametrize("dtype", ["complex128", "complex64", "float64", "int64"])
def test_parts_are_set(dtype: str) -> None:
    array = numpy.arange(3).astype(dtype)
    x = np.array(array)
    array.real = x.real = 5
    numpy.testing.assert_array_equal(x, array)
    if array.dtype.kind == "c":
        array.imag = x.imag = [7, 8, 9]
        numpy.testing.assert_array_equal(x, array)
        assert x.dtype == dtype
    else:
        with pytest.raises(TypeError, match=r"\[imag\] the tensor has dtype"):
            x.imag = 1


def test_a_part_that_is_set_differentiates() -> None:
    def f(x: Any) -> Any:
        z = np.ones(2) + 0j
        z.imag = x
        return np.sum(np.real(z * z))

    numpy.testing.assert_allclose(wg.grad(f)(numpy.array([2.0, 3.0])), [-4.0, -6.0])
    numpy.testing.assert_allclose(wg.jit(wg.grad(f))(numpy.array([2.0, 3.0])), [-4.0, -6.0])


def test_methods_take_what_numpys_take_by_position() -> None:
    a = numpy.array([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]])
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("sum", (0, "f4")), ("mean", (1, "f4")), ("var", (0, None, None, 1)), ("max", (1,)), ("cumsum", (1, "f4")),
        ("argsort", (0, "stable")), ("argpartition", (1, 0)), ("astype", ("f4", "K", "same_kind")), ("clip", (2, 4)),
        ("round", (1,)), ("take", ([0, 1], 1, None, "wrap")), ("compress", ([True, False], 0)), ("copy", ("F",)),
        ("flatten", ("F",)), ("ravel", ("F",)), ("repeat", (2, 1)), ("diagonal", (1,)), ("trace", (1,)),
        ("swapaxes", (0, 1)), ("squeeze", ()), ("dot", (numpy.ones(3),)), ("nonzero", ()), ("std", (1, "f4")),
        ("all", (1,)), ("prod", (0, "f4")), ("argmax", (1,)), ("conj", ()),
    ]  # fmt: skip
    for name, given in calls:
        wanted, found = (getattr(x, name)(*given) for x in (a, np.array(a)))
        numpy.testing.assert_array_equal(found, wanted, err_msg=name)
        assert numpy.asarray(found[0] if name == "nonzero" else found).dtype == numpy.asarray(wanted).dtype
    x, b = np.array(a), a.copy()
    for target in (x, b):
        target.sort(0, "stable")
        target.partition(1, 1)
        target.put([0, 3], [9.0, 8.0], mode="raise")
    numpy.testing.assert_array_equal(numpy.sort(x), numpy.sort(b))
    with pytest.raises(TypeError, match=r"\[astype\] the tensor has dtype float64, wanted one that casts to int64"):
        x.astype(int, casting="safe")
