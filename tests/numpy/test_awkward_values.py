"""Every function on awkward arrays: the values, dtypes, shapes and kinds of errors of NumPy.

Each call of the table is made on each of the arrays, with NumPy and with its namesake here. Where they are meant to
differ is said in `DIFFERENT`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert.numpy as np

inf, nan = numpy.inf, numpy.nan

ARRAYS = {
    "empty": numpy.zeros(0),
    "empty int": numpy.zeros(0, int),
    "no rows": numpy.zeros((0, 3)),
    "no columns": numpy.zeros((3, 0)),
    "one": numpy.array([2.5]),
    "scalar": numpy.array(2.5),
    "int scalar": numpy.array(3),
    "special": numpy.array([3.0, -1.5, inf, nan, -0.0, 0.0, 2.0, 2.0]),
    "infinite first": numpy.array([-inf, 1.0, 2.0, 3.0]),
    "infinite": numpy.array([inf, inf, -inf, 1.0]),
    "all nan": numpy.array([nan, nan, nan]),
    "decreasing": numpy.array([5.0, 4.0, 4.0, 1.0]),
    "increasing": numpy.array([1.0, 2.0, 4.0, 5.0]),
    "repeated": numpy.array([2.0, 2.0, 2.0, 2.0]),
    "float32": numpy.array([1.1, 2.2, -3.3, 0.0], "f"),
    "float16": numpy.array([1.1, 60000, -3.3, 0.0], "e"),
    "bool": numpy.array([True, False, True]),
    "int8": numpy.array([100, 100, -128, 127], "i1"),
    "uint8": numpy.array([200, 100, 0, 255], "u1"),
    "int16": numpy.array([30000, -3, 2, 32767], "i2"),
    "uint16": numpy.array([65535, 1, 2], "u2"),
    "int32": numpy.array([2**31 - 1, 5, -4], "i4"),
    "uint32": numpy.array([2**32 - 1, 5], "u4"),
    "int64": numpy.array([2**62, 3, -9, 3]),
    "uint64": numpy.array([2**64 - 1, 3], "u8"),
    "complex": numpy.array([1 + 2j, -3j, complex(nan, 1), 0]),
    "complex64": numpy.array([1 + 2j, -3j], "F"),
    "matrix": numpy.array([[3.0, 1.0, 2.0], [1.0, inf, 0.0], [4.0, 4.0, nan]]),
    "int8 matrix": numpy.arange(6, dtype="i1").reshape(2, 3),
    "bool matrix": numpy.array([[True, False], [False, False]]),
    "stack": numpy.arange(24.0).reshape(2, 3, 4),
}

CALLS = Path(__file__).with_name("awkward_calls.txt").read_text().split("\n")[:-1]

SCALARS = ("scalar", "int scalar")
COMPLEX = ("complex", "complex64")
BETWEEN = "NumPy subtracts neighbours in their own dtype, which overflows"

DIFFERENT: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys([c for c in CALLS if "quantile" in c or "percentile" in c], (("int8",), BETWEEN)),
    "np.var(x, dtype='f')": (("complex64",), "NumPy subtracts the real part of the mean from complex numbers"),
    "np.average(x, axis=0)": (("no columns",), "NumPy divides by the number of results"),
    "np.gradient(x, edge_order=2)": (("bool matrix",), "both faults are there, and either may be told"),
    "np.quantile(x, .3, method='averaged_inverted_cdf')": (("infinite first",), "NumPy multiplies infinity by zero"),
    "np.quantile(x, [.25, .75], axis=0)": (("float16", "int8"), BETWEEN),
    "np.histogram(x, bins=3, range=(0, 5), density=True)": (COMPLEX, "NumPy discards the imaginary part of the edges"),
    "np.interp(x, [1., 2., 3.], [10., 20., 15.], period=2.5)": (COMPLEX, "NumPy discards the imaginary part"),
    "np.poly(x)": ((*SCALARS, "float16"), "a scalar is a list of one zero; NumPy multiplies in float16 here"),
    "np.roots(x)": (SCALARS, "a scalar is a constant polynomial"),
    **dict.fromkeys(("np.polyadd(x, [1, 2])", "np.polysub(x, [1, 2])"), (("matrix", "bool matrix"), "one polynomial")),
    **dict.fromkeys(
        ("np.polyder(x)", "np.polyder(x, 2)", "np.polyder(x, 9)"),
        ((*SCALARS, "no columns"), "NumPy's errors for what is no polynomial come from len and broadcasting"),
    ),
    **dict.fromkeys(
        ("np.polyint(x)", "np.polyint(x, 2)", "np.polyint(x, 1, 3)", "np.polyint(x, k=[1, 2], m=2)"),
        (SCALARS, "a scalar is a constant polynomial"),
    ),
    "np.pad(x, 2, constant_values=nan)": (
        ("int scalar", "uint8", "uint16", "uint32", "uint64"),
        "NumPy writes 0 for NaN into unsigned integers",
    ),
    "np.pad(x, 2, 'mean', stat_length=-1)": (SCALARS, "a scalar has no axis to look at"),
    "np.power(x, 2)": (("bool", "bool matrix"), "the dtype is that of NumPy's operator"),
    "np.choose(x, [1, 2])": (("uint64",), "NumPy does not take uint64 for indices"),
    **dict.fromkeys(
        ("np.correlate(x, x)", "np.correlate(x, [1, 2], 'full')", "np.correlate(x, [1, 2], 'same')"),
        (SCALARS, "a scalar is a vector of one element, as for convolve"),
    ),
    **dict.fromkeys(
        ("np.apply_over_axes(np.sum, x, 0)", "np.apply_over_axes(np.sum, x, [0, -1])"),
        (SCALARS, "a scalar has no axis"),
    ),
}


def outcome(namespace: Any, call: str, x: Any) -> Any:
    """The results as arrays, or the error."""
    try:
        return arrays(eval(call, {"np": namespace, "x": x, "inf": inf, "nan": nan}))
    except Exception as error:
        return error


def arrays(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return [arrays(part) for part in result]
    return numpy.asarray(str(result) if isinstance(result, numpy.dtype) else result)


def assert_same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, Exception) or isinstance(ours, Exception):
        assert isinstance(ours, type(theirs)) or isinstance(theirs, type(ours)), (ours, theirs)
    elif isinstance(theirs, list):
        for left, right in zip(ours, theirs, strict=True):
            assert_same(left, right)
    else:
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        if theirs.dtype.kind not in "fc":
            numpy.testing.assert_array_equal(ours, theirs)
            return
        bound = 16 * numpy.finfo(theirs.dtype).eps
        numpy.testing.assert_allclose(ours, theirs, rtol=bound, atol=bound)


@pytest.mark.part(6)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_what_numpy_gives(call: str) -> None:
    exceptions, _ = DIFFERENT.get(call, ((), ""))
    with numpy.errstate(all="ignore"):
        for name, array in ARRAYS.items():
            if name not in exceptions:
                ours, theirs = outcome(np, call, np.array(array)), outcome(numpy, call, array.copy())
                assert_same(ours, theirs)


WRITES = [
    "np.put(x, [0], [])", "np.put(x, [], [1])", "np.put(x, [0, -1], 7)", "np.put(x, [9], 1, mode='clip')",
    "np.put(x, [9], 1, mode='wrap')", "np.put(x, [99], 1)", "np.put(x, [0, 0], [1, 2])", "np.place(x, x == x, [])",
    "np.place(x, x != x, [])", "np.place(x, x == x, [1, 2])", "np.putmask(x, x == x, [])",
    "np.putmask(x, x == x, [1, 2])",
    "np.copyto(x, 3)", "np.copyto(x, 3, where=x == x)", "np.copyto(x, [1, 2, 3, 4, 5])", "np.fill_diagonal(x, 7)",
    "np.fill_diagonal(x, [])", "x.put([0], [])", "x.fill(3)", "x.sort()", "x.partition(0)",
    "np.put_along_axis(x, np.argsort(x, axis=-1, kind='stable')[..., :1], 5, -1)", "np.add.at(x, [], True)",
    "np.add.at(x, [0, 0], True)", "np.negative.at(x, [0])", "np.maximum.at(x, [0, 0, -1], np.bool(True))",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", WRITES)
def test_a_write_leaves_what_numpys_leaves(call: str) -> None:
    with numpy.errstate(all="ignore"):
        for name, array in ARRAYS.items():
            ours, theirs = np.array(array), array.copy()
            errors = [outcome(namespace, call, x) for namespace, x in ((np, ours), (numpy, theirs))]
            assert [isinstance(error, Exception) for error in errors] in ([True, True], [False, False]), (name, errors)
            if "partition" in call and theirs.ndim:
                theirs.sort()  # of the orders that NumPy may leave, which differ between processors, ours is this one
            assert_same(numpy.asarray(ours), theirs)


def test_what_is_meant_to_differ_is_in_the_table() -> None:
    assert set(DIFFERENT) <= set(CALLS)
    assert all(set(names) <= set(ARRAYS) for names, _ in DIFFERENT.values())
