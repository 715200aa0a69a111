"""NumPy, SciPy and matplotlib take tensors for arrays; nothing that has a derivative loses it silently."""

from __future__ import annotations

import copy
import functools
import importlib
import pickle

import numpy
import pytest
import scipy.integrate
import scipy.linalg
import scipy.optimize
import scipy.sparse
import scipy.special
from optree import tree_leaves
from tests.laws import assert_close, flat, make_arguments, random_like

import wengert as wg
import wengert.numpy as np

WANTED = "wanted"
X = numpy.array([[0.3, -1.2, 2.0], [0.7, 0.4, -0.9]])
Y = numpy.array([[1.3, 0.2, -0.5], [0.1, 2.4, 0.6]])
SQUARE = numpy.array([[2.0, 0.3], [0.1, 1.5]])

UFUNCS = [
    numpy.sin, numpy.exp, numpy.tanh, numpy.negative, numpy.absolute, numpy.square, numpy.floor, numpy.isfinite,
    numpy.sign, numpy.conjugate, numpy.logical_not, numpy.arctan, numpy.expm1,
]  # fmt: skip
BINARY_UFUNCS = [
    numpy.add, numpy.subtract, numpy.multiply, numpy.divide, numpy.maximum, numpy.arctan2, numpy.less, numpy.hypot,
    numpy.logaddexp, numpy.floor_divide, numpy.copysign, numpy.logical_and,
]  # fmt: skip
FUNCTIONS = [
    lambda f, x, y: f.concatenate([x, y], axis=1),
    lambda f, x, y: f.stack([x, y], axis=-1),
    lambda f, x, y: f.where(x > 0, x, y),
    lambda f, x, y: f.sum(x * y, axis=0, keepdims=True),
    lambda f, x, y: f.mean(x, axis=(0, 1)),
    lambda f, x, y: f.linalg.norm(x, axis=1),
    lambda f, x, y: f.fft.fft(x),
    lambda f, x, y: f.einsum("ij,kj->ik", x, y),
    lambda f, x, y: f.transpose(x) @ y,
    lambda f, x, y: f.dot(x, f.transpose(y)),
    lambda f, x, y: f.sort(x, axis=1),
    lambda f, x, y: f.cumsum(x, axis=0),
    lambda f, x, y: f.clip(x, -0.5, 0.5),
    lambda f, x, y: f.reshape(x, (3, 2)),
    lambda f, x, y: f.linalg.det(f.dot(x, f.transpose(y))),
    lambda f, x, y: f.var(x, axis=0),
]


def assert_same(actual: object, expected: object) -> None:
    assert type(actual) is wg.Tensor
    numpy.testing.assert_allclose(actual.numpy(), expected, rtol=1e-12, atol=1e-14)
    assert actual.dtype == numpy.asarray(expected).dtype


# -- universal functions ---------------------------------------------------------------------------


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda u: u.__name__)
def test_ufunc_of_a_tensor_is_that_of_the_array(ufunc: numpy.ufunc) -> None:
    assert_same(ufunc(wg.tensor(X)), ufunc(X))


@pytest.mark.parametrize("ufunc", BINARY_UFUNCS, ids=lambda u: u.__name__)
def test_binary_ufunc_takes_arrays_and_tensors_on_either_side(ufunc: numpy.ufunc) -> None:
    for pair in [(wg.tensor(X), Y), (X, wg.tensor(Y)), (wg.tensor(X), wg.tensor(Y))]:
        assert_same(ufunc(*pair), ufunc(X, Y))


def test_ufunc_differentiates() -> None:
    x = numpy.array([0.3, 0.5])
    slope = wg.grad(lambda t: numpy.sum(numpy.sin(t) * numpy.exp(t)))(x)
    numpy.testing.assert_allclose(slope.numpy(), numpy.exp(x) * (numpy.sin(x) + numpy.cos(x)))


@pytest.mark.parametrize(
    "operate",
    [
        lambda x: numpy.array([2.0, 3.0]) * x,
        lambda x: numpy.float64(2.5) * x,
        lambda x: numpy.float32(2.5) * x,
        lambda x: numpy.array([2.0, 3.0]) ** x,
        lambda x: numpy.float64(2.5) - x,
        lambda x: numpy.array([[1.0, 2.0], [3.0, 4.0]]) @ x,
        lambda x: [2.0, 3.0] / x,
        lambda x: (1.0, 2.0) + x,
    ],
)
def test_arrays_scalars_and_lists_operate_on_tensors_from_the_left(operate: object) -> None:
    x = numpy.array([0.4, 1.7])
    assert_same(operate(wg.tensor(x)), operate(x))
    _, tangent = wg.jvp(operate, (x,), (numpy.array([1.0, -2.0]),))
    step = 1e-6 * numpy.array([1.0, -2.0])
    numpy.testing.assert_allclose(tangent.numpy(), (operate(x + step) - operate(x - step)) / 2e-6, rtol=1e-7)


def test_ufunc_dtype_selects_the_loop() -> None:
    single = numpy.array([1, 2], numpy.float32)
    for dtype in [numpy.float32, numpy.float64, numpy.dtype(numpy.float64), "complex64"]:
        assert_same(numpy.add(wg.tensor([1, 2]), 3, dtype=dtype), numpy.add([1, 2], 3, dtype=dtype))
        assert_same(numpy.add(wg.tensor(single), 3, dtype=dtype), numpy.add(single, 3, dtype=dtype))
        assert_same(numpy.add.reduce(wg.tensor(single), dtype=dtype), numpy.add.reduce(single, dtype=dtype))
        assert_same(numpy.multiply.accumulate(wg.tensor(single), 0, dtype), numpy.cumprod(single, 0, dtype))


def test_ufunc_out_writes_to_the_tensor() -> None:
    out = wg.tensor(numpy.zeros(X.shape))
    assert numpy.multiply(X, 2, out=out) is out
    assert_same(out, 2 * X)


def test_ufunc_out_differentiates() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        out = np.zeros(3)
        numpy.multiply(x, x, out=out)
        return np.sum(out * numpy.arange(3.0))

    x = numpy.array([1.0, 2.0, 3.0])
    numpy.testing.assert_allclose(wg.grad(f)(x).numpy(), 2 * x * numpy.arange(3.0))


def test_ufunc_out_array_takes_values_but_no_derivatives() -> None:
    out = numpy.zeros(3)
    out += wg.tensor([1.0, 2.0, 3.0])
    numpy.testing.assert_array_equal(out, [1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=r"\[add\] out is an array of NumPy, which cannot carry the derivative"):
        wg.grad(lambda x: numpy.add(out, x, out=out).sum())(numpy.ones(3))


def test_ufunc_where_keeps_out_elsewhere() -> None:
    out = wg.tensor([5.0, 5.0])
    numpy.log(wg.tensor([numpy.e, -1.0]), where=numpy.array([True, False]), out=out)
    assert_same(out, [1.0, 5.0])
    with pytest.raises(ValueError, match=r"\[log\] where= was given without out="):
        numpy.log(wg.tensor([1.0, 2.0]), where=numpy.array([True, False]))


@pytest.mark.parametrize(
    "reduce",
    [
        lambda x: numpy.add.reduce(x),
        lambda x: numpy.add.reduce(x, axis=1),
        lambda x: numpy.add.reduce(x, axis=None),
        lambda x: numpy.multiply.reduce(x, axis=1, keepdims=True),
        lambda x: numpy.maximum.reduce(x, axis=1),
        lambda x: numpy.minimum.reduce(x),
        lambda x: numpy.logical_and.reduce(x > 0),
        lambda x: numpy.add.accumulate(x, axis=1),
        lambda x: numpy.multiply.accumulate(x),
        lambda x: numpy.multiply.outer(x, numpy.array([1.0, 2.0])),
        lambda x: numpy.subtract.outer(numpy.array([1.0, 2.0]), x),
        lambda x: numpy.maximum.accumulate(x, axis=1),
        lambda x: numpy.add.reduceat(x, [0, 1], axis=1),
    ],
)
def test_ufunc_methods_are_those_of_arrays(reduce: object) -> None:
    assert_same(reduce(wg.tensor(X)), reduce(X))


def test_ufunc_reduce_and_outer_differentiate() -> None:
    numpy.testing.assert_allclose(wg.grad(lambda x: numpy.multiply.reduce(x))(numpy.array([2.0, 3.0])).numpy(), [3, 2])
    f = lambda x: numpy.sum(numpy.multiply.outer(x, x))
    numpy.testing.assert_allclose(wg.grad(f)(numpy.array([2.0, 3.0])).numpy(), [10.0, 10.0])


def test_ufunc_at_adds_repeatedly_and_differentiates() -> None:
    x = wg.tensor([1.0, 2.0, 3.0])
    numpy.add.at(x, [0, 0, 2], [10.0, 20.0, 30.0])
    assert_same(x, [31.0, 2.0, 33.0])

    def f(v: wg.Tensor) -> wg.Tensor:
        x = np.ones(3)
        numpy.subtract.at(x, [0, 0, 2], v)
        return np.sum(x * x)

    v = numpy.array([0.5, 0.25, 3.0])
    numpy.testing.assert_allclose(wg.grad(f)(v).numpy(), [-2 * 0.25, -2 * 0.25, 4.0])


def test_ufunc_without_a_rule_runs_where_nobody_watches() -> None:
    assert_same(numpy.gcd(wg.tensor([4, 6]), 10), numpy.gcd([4, 6], 10))
    assert_same(scipy.special.mathieu_a(2, wg.tensor([1.0, 2.5])), scipy.special.mathieu_a(2, [1.0, 2.5]))


def test_ufunc_without_a_rule_refuses_to_lose_a_derivative() -> None:
    with pytest.raises(TypeError) as caught:
        wg.grad(lambda x: scipy.special.mathieu_a(2, x)[0])(numpy.ones(2))
    assert str(caught.value) == (
        "[mathieu_a] NumPy's or SciPy's mathieu_a was given a tensor whose derivative is being recorded, and has none "
        "here; wanted a function that has one, if the derivative matters; write it with functions of wengert.numpy, or "
        "give it x.detach() if not"
    )


# -- functions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_of_tensors_are_those_of_arrays(function: object) -> None:
    expected = function(numpy, X, Y)
    assert_same(function(numpy, wg.tensor(X), wg.tensor(Y)), expected)
    assert_same(function(np, X, Y), expected)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_of_numpy_have_our_derivatives(function: object) -> None:
    def loss(namespace: object, x: wg.Tensor, y: wg.Tensor) -> wg.Tensor:
        return np.sum(np.abs(function(namespace, x, y)) ** 2)

    ours = wg.grad(functools.partial(loss, np), argnums=(0, 1))(X, Y)
    theirs = wg.grad(functools.partial(loss, numpy), argnums=(0, 1))(X, Y)
    for a, b in zip(ours, theirs, strict=True):
        assert_same(b, a.numpy())
    assert numpy.any(ours[0].numpy() != 0)


def test_functions_that_answer_about_tensors() -> None:
    x = wg.tensor(X)
    assert numpy.shape(x) == (2, 3)
    assert numpy.ndim(x) == 2
    assert numpy.size(x) == 6
    assert numpy.allclose(x, X)
    assert numpy.array_equal(x, X)
    assert not numpy.iscomplexobj(x)
    assert numpy.result_type(x, numpy.float32) == numpy.float64
    assert numpy.argmax(x) == 2
    numpy.testing.assert_allclose(x, X)
    numpy.testing.assert_array_equal(x, X)


def test_functions_that_answer_about_watched_tensors() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        assert numpy.shape(x) == (3,)
        assert numpy.array_equal(x, x)
        assert numpy.argwhere(x > 0).tolist() == [[0], [2]]
        assert "1." in numpy.array2string(x)
        return numpy.sum(x[numpy.argsort(x)] * numpy.arange(3.0))

    assert wg.grad(f)(numpy.array([1.0, -1.0, 2.0])).tolist() == [1.0, 0.0, 2.0]


def test_function_with_out_writes_to_the_tensor() -> None:
    out = wg.tensor(numpy.zeros(3))
    numpy.cumsum(wg.tensor([1.0, 2.0, 3.0]), out=out)
    assert_same(out, [1.0, 3.0, 6.0])


def test_function_with_out_of_another_shape() -> None:
    with pytest.raises(ValueError, match=WANTED) as caught:
        numpy.cumsum(wg.tensor([1.0, 2.0, 3.0]), out=wg.tensor([0.0, 0.0]))
    assert str(caught.value) == (
        "[numpy.cumsum] out has shape (2,) and the result (3,), wanted the same; leave out= away, or make it with "
        "wengert.numpy.empty(shape)"
    )


def test_creation_like_a_tensor_gives_tensors() -> None:
    assert_same(numpy.zeros(3, like=wg.tensor(1.0)), numpy.zeros(3))


def halved(x: numpy.ndarray) -> numpy.ndarray:
    """Stands for a function of NumPy that has no counterpart here."""
    return numpy.multiply(x, 0.5)


def dispatched(x: wg.Tensor) -> object:
    """What ``halved(x)`` would be, were it a function of NumPy."""
    return x.__array_function__(halved, (wg.Tensor,), (x,), {})


def test_function_without_a_rule_runs_where_nobody_watches() -> None:
    assert_same(dispatched(wg.tensor([1.0, 2.0, 4.0])), numpy.array([0.5, 1.0, 2.0]))


def test_function_without_a_rule_refuses_to_lose_a_derivative() -> None:
    with pytest.raises(TypeError, match=r"\[halved\] NumPy's or SciPy's halved was given a tensor whose derivative"):
        wg.grad(lambda x: dispatched(x)[1])(numpy.array([1.0, 2.0]))
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"\[halved\]"):
        dispatched(x)
    with wg.no_grad():
        assert_same(dispatched(x), numpy.array([0.5, 1.0]))


def test_functions_by_which_libraries_convert_give_arrays() -> None:
    assert type(numpy.atleast_1d(wg.tensor(2.0))) is numpy.ndarray
    assert type(numpy.asarray(wg.tensor(2.0))) is numpy.ndarray
    assert wg.grad(lambda x: numpy.atleast_2d(x)[0, 1] ** 2)(numpy.array([1.0, 3.0])).tolist() == [0.0, 6.0]


def test_functions_that_write_to_a_tensor() -> None:
    x = wg.tensor(numpy.zeros((2, 2)))
    numpy.fill_diagonal(x, 3.0)
    assert_same(x, numpy.diag([3.0, 3.0]))
    numpy.copyto(x, wg.tensor(SQUARE))
    assert_same(x, SQUARE)
    with pytest.raises(TypeError, match=r"\[copyto\].*write to a tensor"):
        wg.grad(lambda y: numpy.copyto(numpy.zeros((2, 2)), y))(SQUARE)


def test_functions_that_write_to_a_tensor_differentiate() -> None:
    def f(y: wg.Tensor) -> wg.Tensor:
        x = np.zeros((2, 2))
        numpy.fill_diagonal(x, y)
        return np.sum(x**2)

    assert wg.grad(f)(numpy.array([3.0, 5.0])).tolist() == [6.0, 10.0]


def test_foreign_class_with_its_own_array_function_gets_its_chance() -> None:
    class Other:
        def __array_function__(self, function: object, types: object, args: object, kwargs: object) -> str:
            return "other"

    assert numpy.concatenate([wg.tensor([1.0]), Other()]) == "other"


# -- every function of the tables ------------------------------------------------------------------

FAMILIES = ["elementwise", "fft", "linalg", "manipulation", "products", "reductions", "sorting"]
# NumPy converts what these are given before it looks at it; so they take tensors only where nobody watches.
CONVERTING = ("array", "full", "geomspace", "linspace", "logspace", "vander", "logsumexp")


def as_tensors(tree: object) -> tuple[wg.Tensor, ...]:
    return tuple(np.asarray(leaf) for leaf in tree_leaves(tree))


@pytest.mark.part(2)
@pytest.mark.parametrize("family", FAMILIES)
def test_numpys_functions_of_tensors_are_ours(family: str) -> None:
    """Values and derivatives of what the laws call a reference, when it is given tensors."""
    for case in importlib.import_module(f"tests.cases.{family}").CASES:
        if case.reference is None:
            continue
        dtype = "float64" if "float64" in case.dtypes else case.dtypes[0]
        args = make_arguments(case, dtype)
        assert_close(as_tensors(case.reference(*map(wg.tensor, args))), as_tensors(case.function(*args)), 1e-6)
        if case.order and not case.name.startswith(CONVERTING):
            theirs, ours = flat(lambda *a, c=case: as_tensors(c.reference(*a))), flat(case.function)
            direction = random_like(args, 1)
            assert_close(wg.jvp(theirs, args, direction)[1], wg.jvp(ours, args, direction)[1], 1e-6)


# -- conversion ------------------------------------------------------------------------------------


def test_asarray_is_a_writeable_copy() -> None:
    x = wg.tensor([1.0, 2.0])
    array = numpy.asarray(x)
    array[0] = 9.0
    assert x.tolist() == [1.0, 2.0]
    assert numpy.asarray(x, dtype=numpy.float32).dtype == numpy.float32


def test_asarray_without_copy_is_read_only() -> None:
    assert not numpy.asarray(wg.tensor([1.0, 2.0]), copy=False).flags.writeable
    with pytest.raises(ValueError, match=WANTED) as caught:
        numpy.asarray(wg.tensor([1.0]), dtype=numpy.int64, copy=False)
    assert str(caught.value) == (
        "[numpy.asarray] a tensor of dtype float64 was to become int64 without a copy, wanted the same "
        "dtype; write copy=None"
    )


def test_asarray_of_a_watched_tensor_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        wg.grad(lambda x: numpy.asarray(x).sum())(numpy.ones(2))
    assert str(caught.value) == (
        "[numpy.asarray] a tensor of shape (2,) whose derivative is being recorded was to become a NumPy array, which "
        "has none; wanted a function of wengert.numpy or wengert.scipy for this step; write x.detach() if its "
        "derivative does not matter"
    )
    with pytest.raises(TypeError, match=r"\[numpy.asarray\]"):
        scipy.linalg.expm(wg.tensor(SQUARE, requires_grad=True))


def test_results_of_closed_derivatives_are_arrays() -> None:
    inner = wg.grad(lambda x: np.sum(x**3))
    outer = wg.jvp(inner, (numpy.ones(2),), (numpy.ones(2),))
    numpy.testing.assert_allclose(numpy.asarray(outer[0]), [3.0, 3.0])
    numpy.testing.assert_allclose(numpy.asarray(outer[1]), [6.0, 6.0])


def test_value_inside_vmap_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"\[numpy\.asarray\] the value of a tensor of shape \(2,\) was asked for inside"
    ):
        wg.vmap(lambda x: numpy.asarray(x))(numpy.ones((3, 2)))


# -- DLPack and the array API ----------------------------------------------------------------------


def test_dlpack_shares_memory_read_only_if_it_must() -> None:
    x = wg.tensor(X)
    array = numpy.from_dlpack(x, copy=False)
    numpy.testing.assert_array_equal(array, X)
    assert numpy.shares_memory(array, x.numpy())
    assert not array.flags.writeable
    assert x.__dlpack_device__() == (1, 0)


def test_dlpack_copy_may_be_written_to() -> None:
    x = wg.tensor([1.0, 2.0])
    for asked in (None, True):
        array = numpy.from_dlpack(x, copy=asked)
        array[0] = 9.0
        assert x.tolist() == [1.0, 2.0]


def test_dlpack_for_an_old_consumer_is_a_copy() -> None:
    x = wg.tensor([1.0, 2.0])

    class WithoutVersions:
        def __dlpack__(self) -> object:
            return x.__dlpack__()

        def __dlpack_device__(self) -> tuple[int, int]:
            return x.__dlpack_device__()

    array = numpy.from_dlpack(WithoutVersions())
    numpy.testing.assert_array_equal(array, [1.0, 2.0])
    assert not numpy.shares_memory(array, x.numpy())


def test_dlpack_does_not_lose_derivatives() -> None:
    with pytest.raises(TypeError, match=r"\[dlpack\] .* was to become an array of another library, which has none"):
        numpy.from_dlpack(wg.tensor([1.0], requires_grad=True))
    assert wg.grad(lambda x: np.from_dlpack(x).sum() + np.from_dlpack(x, copy=True).sum())(numpy.ones(2)).tolist() == [
        2.0,
        2.0,
    ]


def test_dlpack_round_trip_with_torch() -> None:
    torch = pytest.importorskip("torch", reason="another library with DLPack")
    x = wg.tensor(X)
    theirs = torch.from_dlpack(x)
    assert theirs.tolist() == X.tolist()
    theirs[0] = 9.0
    assert x.tolist() == X.tolist()
    assert_same(np.from_dlpack(torch.tensor([1.0, 2.0])), numpy.array([1.0, 2.0], numpy.float32))


def test_array_namespace() -> None:
    x = wg.tensor(1.0)
    assert x.__array_namespace__() is np
    assert x.__array_namespace__(api_version="2024.12") is np
    with pytest.raises(ValueError, match=r"\[array_namespace\] api_version is '1999.01', wanted one of 2021.12"):
        x.__array_namespace__(api_version="1999.01")


def test_device() -> None:
    x = wg.tensor(1.0)
    assert x.device == "cpu"
    assert x.to_device("cpu") is x
    with pytest.raises(
        ValueError, match=r"\[to_device\] the stream 1 was given, wanted none; write x.to_device\('cpu'\)"
    ):
        x.to_device("cpu", stream=1)


# -- copies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_copies_keep_value_and_requires_grad(copied: object, requires_grad: bool) -> None:
    x = wg.tensor(numpy.array([1.0, 2.0], numpy.float32), requires_grad=requires_grad)
    y = copied(x)
    assert y is not x
    assert y.requires_grad is requires_grad
    assert y.dtype == numpy.float32
    with wg.no_grad():
        y += 1
    assert x.tolist() == [1.0, 2.0]
    assert y.tolist() == [2.0, 3.0]


def test_pickle_and_deepcopy_do_not_keep_the_graph() -> None:
    x = wg.tensor(3.0, requires_grad=True)
    for y in [copy.deepcopy(x * 2), pickle.loads(pickle.dumps(x * 2))]:
        assert y.is_leaf
        assert y.requires_grad
        (y * 5).backward()
        assert y.grad.item() == 5.0
    assert x.grad is None


def test_copies_inside_a_derivative_keep_it() -> None:
    for copied in [copy.copy, copy.deepcopy]:
        assert wg.grad(lambda x, copied=copied: copied(x) ** 3)(2.0).item() == 12.0
