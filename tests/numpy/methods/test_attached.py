"""The methods, properties and operators of a tensor are those of a NumPy array."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

WANTED = "wanted"
X = numpy.array([[0.3, -1.2, 2.0], [0.7, 0.4, -0.9]])
Z = X + 1j * X[::-1]
VECTOR = numpy.array([3.0, 1.0, 2.0, 5.0])

METHODS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: x.sum(),
    "sum_axis": lambda x: x.sum(axis=0, keepdims=True),
    "sum_positional": lambda x: x.sum(1),
    "sum_dtype": lambda x: x.sum(axis=0, dtype=numpy.float32),
    "prod": lambda x: x.prod(axis=1),
    "mean": lambda x: x.mean((0, 1)),
    "var": lambda x: x.var(axis=1, ddof=1),
    "std": lambda x: x.std(),
    "max": lambda x: x.max(axis=-1),
    "min": lambda x: x.min(),
    "all": lambda x: (x > -1).all(axis=0),
    "any": lambda x: (x > 1).any(),
    "argmax": lambda x: x.argmax(axis=1),
    "argmin": lambda x: x.argmin(),
    "cumsum": lambda x: x.cumsum(axis=1),
    "cumsum_flat": lambda x: x.cumsum(),
    "cumprod": lambda x: x.cumprod(axis=0),
    "trace": lambda x: x.trace(1),
    "reshape": lambda x: x.reshape(3, -1),
    "reshape_tuple": lambda x: x.reshape((6,)),
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(),
    "flat": lambda x: numpy.asarray(list(x.flat)),
    "transpose": lambda x: x.transpose(),
    "transpose_axes": lambda x: x.transpose(1, 0),
    "transpose_tuple": lambda x: x.transpose((1, 0)),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "squeeze": lambda x: x[:1].squeeze(),
    "squeeze_axis": lambda x: x[:1].squeeze(axis=0),
    "repeat": lambda x: x.repeat(2, axis=0),
    "diagonal": lambda x: x.diagonal(offset=1),
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "astype": lambda x: x.astype(numpy.float32),
    "astype_int": lambda x: x.astype(int),
    "copy": lambda x: x.copy(),
    "copy_bool": lambda x: (x > 0).copy(),
    "clip": lambda x: x.clip(-0.5, 0.5),
    "clip_one": lambda x: x.clip(min=0.0),
    "round": lambda x: x.round(1),
    "dot": lambda x: x.dot(x.T),
    "conj": lambda x: x.conj(),
    "conjugate": lambda x: x.conjugate(),
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "argsort": lambda x: x.argsort(axis=0),
    "searchsorted": lambda x: numpy.sort(x[0]).searchsorted(x[1]),
    "take": lambda x: x.take([2, 0], axis=1),
    "compress": lambda x: x.compress([True, False, True], axis=1),
    "choose": lambda x: (x > 0).astype(int).choose([x, 2 * x]),
    "nonzero": lambda x: (x > 0).nonzero()[1],
}


@pytest.mark.parametrize("name", list(METHODS))
def test_method_is_that_of_an_array(name: str) -> None:
    actual, expected = METHODS[name](wg.tensor(X)), METHODS[name](X)
    numpy.testing.assert_allclose(numpy.asarray(actual), expected, rtol=1e-6, atol=1e-12)
    assert actual.shape == numpy.shape(expected)
    assert actual.dtype == expected.dtype


@pytest.mark.parametrize("name", ["conj", "real", "imag", "T", "mT", "sum", "mean", "cumprod", "copy"])
def test_method_of_complex_numbers(name: str) -> None:
    numpy.testing.assert_allclose(METHODS[name](wg.tensor(Z)).numpy(), METHODS[name](Z))


@pytest.mark.parametrize("name", ["sum", "mean", "std", "max", "cumprod", "reshape", "T", "mT", "clip", "take", "copy"])
def test_method_differentiates(name: str) -> None:
    f = lambda x: (METHODS[name](x) ** 2).sum()
    direction = numpy.cos(numpy.arange(6.0)).reshape(2, 3)
    slope = (wg.grad(f)(X).numpy() * direction).sum()
    step = 1e-6
    assert slope == pytest.approx((f(X + step * direction) - f(X - step * direction)) / (2 * step), rel=1e-7)


def test_sizes() -> None:
    x = wg.tensor(X)
    assert (x.itemsize, x.nbytes, len(x), x.ndim, x.size) == (8, 48, 2, 2, 6)


def test_mt_of_a_vector() -> None:
    with pytest.raises(ValueError, match=WANTED) as caught:
        wg.tensor(VECTOR).mT  # noqa: B018 - the property raises
    assert str(caught.value) == (
        "[mT] the tensor has shape (4,), wanted at least two axes; write x.T, which leaves a vector as it is"
    )


# -- in place --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [lambda x: x.sort(), lambda x: x.sort(axis=0), lambda x: x.fill(2.5), lambda x: x.partition(1)],
)
def test_in_place_methods_are_those_of_arrays(write: Callable[[Any], None]) -> None:
    x, expected = wg.tensor(X), X.copy()
    assert write(x) is None
    write(expected)
    numpy.testing.assert_array_equal(x.numpy(), expected)


def test_sort_in_place_differentiates() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        y = x * 1
        y.sort()
        return (y * numpy.arange(4.0)).sum()

    assert wg.grad(f)(VECTOR).tolist() == [2.0, 0.0, 1.0, 3.0]


# -- elements --------------------------------------------------------------------------------------


def test_iteration_and_membership() -> None:
    x = wg.tensor(X)
    assert [row.tolist() for row in x] == X.tolist()
    assert 2.0 in x
    assert 2.5 not in x
    _, b = x
    assert b.tolist() == X[1].tolist()


@pytest.mark.parametrize(("ask", "name"), [(iter, "iter"), (len, "len")])
def test_scalars_have_no_length(ask: Callable[[Any], Any], name: str) -> None:
    with pytest.raises(TypeError, match=rf"\[{name}\] the tensor is a scalar, wanted at least one axis; write x"):
        ask(wg.tensor(1.0))


def test_item() -> None:
    assert wg.tensor([[5.0]]).item() == 5.0
    assert wg.tensor(X).item(1, 2) == -0.9
    assert wg.tensor(X).item(3) == 0.7
    assert type(wg.tensor([1, 2]).sum().item()) is int


def test_conversion_to_python_numbers() -> None:
    assert float(wg.tensor([2.5])) == 2.5
    assert int(wg.tensor(2.0)) == 2
    assert complex(wg.tensor(1 + 2j)) == 1 + 2j
    assert [10, 20, 30][wg.tensor(1)] == 20
    assert bool(wg.tensor(0.0)) is False
    assert f"{wg.tensor(2.0):.3f}" == "2.000"
    with pytest.raises(TypeError) as caught:
        float(wg.tensor(VECTOR))
    assert str(caught.value) == (
        "[float] the tensor has shape (4,), wanted one element; write x.sum(), x[i] or x.tolist()"
    )


# -- operators -------------------------------------------------------------------------------------

ARITHMETIC = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow, divmod,
]  # fmt: skip
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
BITWISE = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]


def assert_operates(operate: Callable[..., Any], a: Any, b: Any) -> None:
    expected = operate(a, b)
    for pair in [(wg.tensor(a), b), (a, wg.tensor(b)), (wg.tensor(a), wg.tensor(b))]:
        actual = operate(*pair)
        for x, y in zip(*((r if type(r) is tuple else (r,)) for r in (actual, expected)), strict=True):
            assert type(x) is wg.Tensor
            numpy.testing.assert_allclose(x.numpy(), y)
            assert x.dtype == y.dtype


@pytest.mark.parametrize("operate", ARITHMETIC + COMPARISONS, ids=lambda o: o.__name__)
def test_arithmetic_on_either_side(operate: Callable[..., Any]) -> None:
    assert_operates(operate, numpy.array([1.5, 2.0, 3.5]), numpy.array([2.0, 2.0, 0.5]))


@pytest.mark.parametrize("operate", BITWISE, ids=lambda o: o.__name__)
def test_bitwise_on_either_side(operate: Callable[..., Any]) -> None:
    assert_operates(operate, numpy.array([5, 6, 12]), numpy.array([3, 1, 2]))


@pytest.mark.parametrize("operate", ARITHMETIC + COMPARISONS, ids=lambda o: o.__name__)
@pytest.mark.parametrize("dtype", [numpy.float32, numpy.int32])
@pytest.mark.parametrize("number", [2, 2.5])
def test_python_numbers_are_weak(operate: Callable[..., Any], dtype: Any, number: float) -> None:
    array = numpy.array([1, 2, 3], dtype)
    for swap in [False, True]:
        given = (number, array) if swap else (array, number)
        tensors = (number, wg.tensor(array)) if swap else (wg.tensor(array), number)
        expected, actual = operate(*given), operate(*tensors)
        if operate is divmod:
            expected, actual = expected[1], actual[1]
        assert actual.dtype == expected.dtype
        numpy.testing.assert_allclose(actual.numpy(), expected, rtol=1e-6)


def test_matrix_product_on_either_side() -> None:
    assert_operates(operator.matmul, X, X.T)
    assert (wg.tensor(X) @ VECTOR[:3]).shape == (2,)
    assert wg.grad(lambda x: x @ [x[0], 3.0])(numpy.array([2.0, 5.0])).tolist() == [4.0, 3.0]
    with pytest.raises(TypeError, match=r"\[matmul\] a NoneType was given"):
        wg.tensor(X) @ None


def test_operators_take_lists_with_tensors() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        return ([x[0], 2.0] * x + [[x[1]], [1.0]]).sum()

    assert wg.grad(f)(numpy.array([3.0, 5.0])).tolist() == [12.0, 6.0]


@pytest.mark.parametrize("foreign", [None, "text", {}, b"bytes"])
def test_foreign_operands_are_refused_with_a_reason(foreign: Any) -> None:
    name = type(foreign).__name__
    for operate in [
        lambda x: x + foreign,
        lambda x: foreign - x,
        lambda x: x < foreign,
        lambda x: np.multiply(x, foreign),
    ]:
        with pytest.raises(TypeError, match=rf"^\[\w+\] a {name} was given, wanted a number, a tensor, an array"):
            operate(wg.tensor(VECTOR))


def test_refusal_in_full() -> None:
    with pytest.raises(TypeError) as caught:
        wg.tensor(VECTOR) + None
    assert str(caught.value) == (
        "[add] a NoneType was given, wanted a number, a tensor, an array of numbers or nested lists of them; write "
        "wengert.numpy.asarray([float(v) for v in values]) to convert"
    )


def test_masks_are_not_lost() -> None:
    masked = numpy.ma.masked_array(VECTOR, VECTOR > 2)
    for operate in [lambda x: x + masked, lambda x: np.add(x, masked), np.asarray]:
        with pytest.raises(TypeError, match="masked array was given, whose mask would be lost"):
            operate(masked if operate is np.asarray else wg.tensor(VECTOR))


def test_equality_with_foreign_objects_is_identity() -> None:
    x = wg.tensor(VECTOR)
    assert (x == None) is False  # noqa: E711 - the operator is under test
    assert (x != "text") is True


def test_foreign_class_with_reflected_operators_gets_its_chance() -> None:
    class Other:
        def __radd__(self, left: Any) -> str:
            return "added"

        def __gt__(self, left: Any) -> str:
            return "compared"

    assert wg.tensor(VECTOR) + Other() == "added"
    assert (wg.tensor(VECTOR) < Other()) == "compared"
    with pytest.raises(TypeError, match="unsupported operand"):
        wg.tensor(VECTOR) * Other()


def test_operators_are_the_operations_themselves() -> None:
    from wengert.ops import elementwise

    assert wg.Tensor.__mul__ is elementwise.multiply
    assert wg.Tensor.__add__ is elementwise.add
    assert wg.Tensor.__neg__ is elementwise.negative


def test_every_method_of_an_array_is_there_or_declared_absent() -> None:
    absent = {
        "base", "byteswap", "ctypes", "data", "dump", "dumps", "flags", "getfield", "put", "resize",
        "setfield", "setflags", "strides", "tobytes", "tofile", "view", "argpartition", "tostring", "newbyteorder",
        "ptp", "itemset",
    }  # fmt: skip
    names = {name for name in dir(numpy.ndarray) if not name.startswith("_")}
    assert {n for n in names - absent if not hasattr(wg.Tensor, n)} == set()
