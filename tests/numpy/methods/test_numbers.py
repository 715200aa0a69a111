"""A tensor without axes beside a number of NumPy: what Python does with both."""

from __future__ import annotations

import copy
import fractions
import math
import numbers
import operator
import pickle
import statistics
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

DTYPES = ["float64", "float32", "float16", "int64", "int8", "uint8", "bool", "complex128"]
VALUES = [3.5, -2.5, 0.0, 7.0, -1.25]
ASKED: dict[str, Callable[[Any], Any]] = {
    "round": round,
    "round to": lambda x: round(x, 1),
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
    "float": float,
    "int": int,
    "complex": complex,
    "bool": bool,
    "index": operator.index,
    "range": range,
    "subscript": lambda x: "abcdefgh"[x],
    "format": lambda x: f"{x:.3f}",
    "format of an int": lambda x: f"{x:d}",
    "percent": lambda x: "%.2f" % x,  # noqa: UP031 - the operator is what is tried
    "divmod": lambda x: divmod(x, 2),
    "divmod from the right": lambda x: divmod(7, x),
    "absolute": abs,
    "power": lambda x: pow(x, 2),
    "isclose": lambda x: math.isclose(x, 3.5),
    "number": lambda x: isinstance(x, numbers.Number),
    "complex number": lambda x: isinstance(x, numbers.Complex),
    "real number": lambda x: isinstance(x, numbers.Real),
    "integer": lambda x: isinstance(x, numbers.Integral),
    "scalar": numpy.isscalar,
}


COMPLEX = ("float", "int", "floor", "ceil", "trunc", "percent", "isclose", "round to")
ANSWERED_OTHERWISE = {
    *((asked, "complex128") for asked in COMPLEX),
    ("round to", "bool"),
    ("round", "bool"),
    ("scalar", "bool"),
}
"""NumPy discards imaginary parts; only its float64 can be truncated; its booleans are no numbers, but scalars."""


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (TypeError, ValueError, OverflowError, IndexError) as error:
        return type(error)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("asked", ASKED)
def test_it_is_asked_as_a_number_of_numpy_is(asked: str, dtype: str) -> None:
    for value in VALUES:
        theirs = numpy.array(value).astype(dtype)[()]
        wanted = outcome(lambda: ASKED[asked](theirs))  # noqa: B023
        given = outcome(lambda: ASKED[asked](np.asarray(theirs)))  # noqa: B023
        if (asked, dtype) in ANSWERED_OTHERWISE or (asked == "trunc" and wanted is TypeError):
            continue
        if isinstance(wanted, type):
            assert isinstance(given, type)
            assert issubclass(wanted, given)
        elif isinstance(given, (wg.Tensor, tuple)):
            for ours, part in zip(numpy.atleast_1d(given), numpy.atleast_1d(wanted), strict=True):
                assert ours == part or (numpy.isnan(ours) and numpy.isnan(part))
        else:
            assert given == wanted
            assert type(given) is type(wanted)


def test_what_has_axes_is_no_number() -> None:
    x = np.ones(2)
    assert not isinstance(x, numbers.Number)
    assert not numpy.isscalar(x)
    for ask in (math.trunc, math.floor, math.ceil, operator.index):
        with pytest.raises(TypeError, match="shape"):
            ask(x)
    numpy.testing.assert_array_equal(round(np.array([1.26, 2.5]), 1), [1.3, 2.5])
    with pytest.raises(TypeError, match=r"\[index\] a tensor of dtype int64 and shape \(1,\) was to be an index"):
        operator.index(np.array([3]))


def test_no_int_is_made_of_an_infinity() -> None:
    for value, error in ((numpy.inf, OverflowError), (numpy.nan, ValueError)):
        with pytest.raises(error, match="wanted a number that an int can be"):
            math.floor(np.asarray(value))


def test_it_stays_a_tensor() -> None:
    x = np.sum(np.ones(2))
    assert type(x) is wg.Tensor
    assert isinstance(x, wg.Tensor)
    assert issubclass(x.__class__, wg.Tensor)
    for made in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert type(made) is wg.Tensor
        assert made == 2


def test_a_whole_number_in_a_compiled_function_is_a_path() -> None:
    f = wg.jit(lambda x: x * round(x))
    assert [f(v).item() for v in (2.25, 3.25, 2.25)] == [4.5, 9.75, 4.5]
    assert wg.grad(lambda x: x * math.floor(x))(2.5).item() == 2.0


def test_data_frames_hold_it() -> None:
    pandas = pytest.importorskip("pandas", reason="data frames")
    frame = pandas.DataFrame([{"loss": np.sum(np.ones(3))}, {"loss": np.asarray(1.0)}])
    assert frame["loss"].astype(float).tolist() == [3.0, 1.0]


def test_sequences_are_repeated_by_integers() -> None:
    """As by NumPy's integers, of which such a result would be one; and as by PyTorch's tensors."""
    n, count = np.argmax(np.asarray([0.0, 1.0, 5.0])) + 1, numpy.int64(3)
    for sequence in ([0.5, 1], (2,), "ab", b"ab", [np.asarray(1.0)]):
        assert sequence * n == n * sequence == sequence * count
    assert wg.jit(lambda n: [0.5] * n)(n) == [0.5] * 3
    numpy.testing.assert_array_equal(np.multiply([1, 2], n), [3, 6])
    numpy.testing.assert_array_equal([1.0, 2.0] * np.asarray(2.5), [2.5, 5.0])
    numpy.testing.assert_array_equal([1, 2] * np.asarray([3, 4]), [3, 8])
    with pytest.raises(TypeError, match=r"\[multiply\] a str was given"):
        "ab" * np.asarray(2.0)


def test_what_the_tower_of_numbers_has() -> None:
    x, n = np.asarray(2.5), np.asarray(6)
    assert (x.as_integer_ratio(), x.hex(), n.as_integer_ratio()) == ((5, 2), (2.5).hex(), (6, 1))
    assert (n.numerator, n.denominator, n.bit_count()) == (6, 1, 2)
    assert fractions.Fraction(n, 4) == 1.5
    assert statistics.mean([x, np.asarray(1.5)]) == 2
    assert pow(n, 2) == 36
    assert not any(hasattr(np.ones(2), name) for name in ("numerator", "denominator"))
    with pytest.raises(AttributeError, match=r"\[numerator\] the tensor has dtype float64 .* write x.item\(\)"):
        x.numerator  # noqa: B018 - asking raises
    with pytest.raises(TypeError, match="whose derivative is being recorded"):
        wg.grad(lambda x: x * statistics.mean([x, x]))(2.0)
