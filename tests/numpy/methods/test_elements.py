"""In-place writes: they differentiate, change nothing that others see, and take no memory that they need not."""

from __future__ import annotations

import copy
import operator
import re
import tracemalloc
from typing import Any

import numpy
import pytest
from optree import tree_leaves

import wengert as wg
import wengert.numpy as np

X = numpy.array([1.5, -2.0, 3.25])

OPERATORS = {
    "+": (operator.iadd, operator.add),
    "-": (operator.isub, operator.sub),
    "*": (operator.imul, operator.mul),
    "/": (operator.itruediv, operator.truediv),
    "//": (operator.ifloordiv, operator.floordiv),
    "%": (operator.imod, operator.mod),
    "**": (operator.ipow, operator.pow),
    "&": (operator.iand, operator.and_),
    "|": (operator.ior, operator.or_),
    "^": (operator.ixor, operator.xor),
    "<<": (operator.ilshift, operator.lshift),
    ">>": (operator.irshift, operator.rshift),
}


def address(x: wg.Tensor) -> int:
    return x._value.ctypes.data


# -- the meaning of operators ----------------------------------------------------------------------


@pytest.mark.parametrize("symbol", OPERATORS)
@pytest.mark.parametrize("other", [2, numpy.array([3, 1, 2])])
@pytest.mark.parametrize("seen", [True, False])
def test_operators_give_numpys_values_and_keep_the_dtype(symbol: str, other: Any, seen: bool) -> None:
    in_place, _ = OPERATORS[symbol]
    dtype = numpy.float32 if symbol in "+-*/" else numpy.int32
    wanted = numpy.array([5, 7, 9], dtype)
    x = wg.tensor(wanted)
    handle, others = x, [x._value] if seen else []
    wanted = in_place(wanted, other)
    x = in_place(x, other)
    assert x is handle
    assert x.dtype == wanted.dtype
    numpy.testing.assert_array_equal(x, wanted)
    assert not others or numpy.array_equal(others[0], [5, 7, 9])


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "%", "**"])
def test_operators_differentiate_as_their_other_form_does(symbol: str) -> None:
    in_place, plain = OPERATORS[symbol]

    def written(x: wg.Tensor, y: wg.Tensor) -> wg.Tensor:
        z = x * x
        z = in_place(z, y)
        return (z * x).sum()

    def computed(x: wg.Tensor, y: wg.Tensor) -> wg.Tensor:
        return (plain(x * x, y) * x).sum()

    y = numpy.array([0.7, 1.1, 2.0])
    x = X + 4.0
    for transform in (lambda f: wg.value_and_grad(f, (0, 1)), lambda f: wg.jacfwd(wg.grad(f, (0, 1)), (0, 1))):
        given, wanted = (tree_leaves(transform(f)(x, y)) for f in (written, computed))
        for ours, theirs in zip(given, wanted, strict=True):
            numpy.testing.assert_array_equal(ours, theirs)


def test_matrix_products_in_place() -> None:
    a = numpy.array([[1.0, 2.0], [3.0, 4.0]])

    def power(a: wg.Tensor) -> wg.Tensor:
        a @= a
        a @= a
        return a

    numpy.testing.assert_array_equal(power(wg.tensor(a)), a @ a @ (a @ a))
    given = wg.jvp(power, (a,), (numpy.ones((2, 2)),))[1]
    wanted = wg.jvp(lambda a: a @ a @ (a @ a), (a,), (numpy.ones((2, 2)),))[1]
    numpy.testing.assert_array_equal(given, wanted)


def test_what_does_not_fit_the_tensor_is_refused() -> None:
    x = np.arange(3)
    with pytest.raises(TypeError, match=re.escape("[/=] the result has dtype float64, wanted one that casts to int64")):
        x /= 2
    with pytest.raises(ValueError, match=re.escape("[+=] the result has shape (2, 3), wanted (3,), which the tensor")):
        x += numpy.ones((2, 3), int)
    x = np.ones(3)
    with pytest.raises(TypeError, match="complex128, wanted one that casts to float64"):
        x *= 1j
    numpy.testing.assert_array_equal(x, numpy.ones(3))


def test_complex_values_in_a_real_tensor() -> None:
    y = wg.tensor(1.0 + 2.0j, requires_grad=True)
    for value in (numpy.array([1.0 + 2.0j]), y):
        x = np.zeros(3)
        with pytest.warns(numpy.exceptions.ComplexWarning, match="discards the imaginary part"):
            x[1:2] = value
        numpy.testing.assert_array_equal(x.detach(), [0, 1, 0])
    with pytest.raises(TypeError):
        np.zeros(3)[0] = 1j
    z = np.zeros(3) * wg.tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"\[setitem\] a complex number was written into a tensor of dtype float64"):
        z[0] = 1j


# -- derivatives -----------------------------------------------------------------------------------


def recurrence(x: wg.Tensor) -> wg.Tensor:
    """y_0 = x_0, y_i = x_i^2 y_{i-1}, by writing in a loop."""
    y = np.zeros(x.shape)
    y[0] = x[0]
    for i in range(1, x.size):
        y[i] = x[i] ** 2 * y[i - 1]
    return y[-1]


def closed_form(x: wg.Tensor) -> wg.Tensor:
    return x[0] * x[1] ** 2 * x[2] ** 2


def test_writes_in_a_loop_differentiate_in_every_mode() -> None:
    for transform in (wg.grad, wg.hessian, wg.jacfwd, lambda f: wg.jacfwd(wg.hessian(f))):
        numpy.testing.assert_allclose(transform(recurrence)(X), transform(closed_form)(X), rtol=1e-13)
    batch = numpy.stack([X, X + 1])
    numpy.testing.assert_allclose(wg.vmap(wg.grad(recurrence))(batch), wg.vmap(wg.grad(closed_form))(batch), rtol=1e-13)


def test_an_input_may_be_written_and_the_callers_array_stays() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        for i in range(2):
            x[i] = x[i] * x[i + 1]
        x += x
        x[[0, 0]] = x[1] ** 2
        return x.sum()

    given = X.copy()
    held = wg.tensor(X)
    for argument in (given, held):
        for transform in (wg.grad, wg.hessian, wg.jacrev, wg.jacfwd):
            transform(f)(argument)
        wg.vjp(f, argument)[1](1.0)
        wg.jvp(f, (argument,), (X,))
        wg.linearize(f, argument)[1](X)
        wg.vmap(f)(numpy.stack([X, X]))
    numpy.testing.assert_array_equal(given, X)
    numpy.testing.assert_array_equal(held, X)
    a, b, c = X
    # sum = 2 (2 b c)^2 / 2 + 2 b c + 2 c, since x[0] and x[1] become (2 b c)^2 and 2 b c.
    assert f(wg.tensor(X)).item() == pytest.approx((2 * b * c) ** 2 + 2 * b * c + 2 * c)
    numpy.testing.assert_allclose(wg.grad(f)(X), [0, 8 * b * c * c + 2 * c, 8 * b * b * c + 2 * b + 2], rtol=1e-13)
    assert a == X[0]


def test_what_was_computed_before_a_write_keeps_its_derivative() -> None:
    x = wg.tensor(X, requires_grad=True)
    y = x * 1.0
    square = y * y
    row = y[1:] * 1.0
    y[0] = 100.0
    y *= 0.0
    (square.sum() + (row * row).sum() + y.sum()).backward()
    numpy.testing.assert_array_equal(row.detach(), X[1:])
    numpy.testing.assert_array_equal(x.grad, 2 * X + [0, *2 * X[1:]])


def test_an_item_is_updated_by_an_operator() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        y = np.ones((3, 2))
        for i in range(3):
            y[i] += x[i]
            y[:, 1] *= x[i]
        return y

    def plain(x: numpy.ndarray) -> numpy.ndarray:
        y = numpy.ones((3, 2))
        for i in range(3):
            y[i] += x[i]
            y[:, 1] *= x[i]
        return y

    numpy.testing.assert_allclose(f(X), plain(X))
    step = 1e-6
    jacobian = numpy.stack([(plain(X + step * e) - plain(X - step * e)) / (2 * step) for e in numpy.eye(3)], axis=-1)
    for mode in (wg.jacrev, wg.jacfwd):
        numpy.testing.assert_allclose(mode(f)(X), jacobian, rtol=1e-6, atol=1e-8)


def test_a_tensor_made_inside_vmap_can_be_filled() -> None:
    def powers(x: wg.Tensor) -> wg.Tensor:
        out = np.ones(4)
        for i in range(1, 4):
            out[i] = out[i - 1] * x
        return out

    numpy.testing.assert_array_equal(wg.vmap(powers)(X), numpy.vander(X, 4, increasing=True))


def test_writing_to_a_tensor_from_outside_vmap_is_a_leak() -> None:
    outside = np.zeros(3)

    def f(x: wg.Tensor) -> wg.Tensor:
        outside[0] = x
        return x

    wg.vmap(f)(X)
    with pytest.raises(RuntimeError, match="from inside vmap was used after it returned"):
        outside + 1


def test_an_integer_tensor_takes_the_value_and_no_derivative() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        count = np.zeros(3, dtype=int)
        count[0] = x[0]
        count[1:] = x[2]
        assert count.tolist() == [1, 3, 3]
        return (count * x).sum()

    numpy.testing.assert_array_equal(wg.grad(f)(X), [1, 3, 3])


# -- leaves ----------------------------------------------------------------------------------------

MESSAGE = (
    "[{}] a leaf that requires grad was written in place, wanted a result or a leaf within no_grad(), since the "
    "gradient is that of the value the leaf was made with; write it within `with wg.no_grad():`, or x = x.clone() first"
)


@pytest.mark.parametrize(
    ("op", "write"),
    [
        ("+=", lambda x: operator.iadd(x, 1)),
        ("@=", lambda x: operator.imatmul(x, x)),
        ("setitem", lambda x: operator.setitem(x, 0, 1)),
        ("copy_", lambda x: x.zero_()),
    ],
)
def test_a_leaf_is_not_written_while_it_is_watched(op: str, write: Any) -> None:
    x = wg.tensor(X, requires_grad=True)
    with pytest.raises(RuntimeError, match=re.escape(MESSAGE.format(op))):
        write(x)
    numpy.testing.assert_array_equal(x.detach(), X)


def test_a_leaf_within_no_grad_stays_the_leaf() -> None:
    p = wg.tensor(X, requires_grad=True)
    for _ in range(2):
        p.grad = None
        (p * p).sum().backward()
        memory = address(p)
        with wg.no_grad():
            p -= 0.25 * p.grad
        assert address(p) == memory
        assert p.is_leaf
        assert p.requires_grad
    numpy.testing.assert_array_equal(p.detach(), X / 4)
    numpy.testing.assert_array_equal(p.grad, X)
    with wg.no_grad():
        p[0] = 9.0
        p[p < 0] = 0.0
        p.copy_(p + 1)
    numpy.testing.assert_array_equal(p.detach(), [10.0, 1.0, X[2] / 4 + 1])
    assert p.is_leaf
    assert p.requires_grad


def test_a_leaf_whose_value_the_graph_keeps_is_not_written_in_memory() -> None:
    p = wg.tensor(X, requires_grad=True)
    loss = (p * p).sum()
    with wg.no_grad():
        p += 1.0
    loss.backward()
    numpy.testing.assert_array_equal(p.grad, 2 * X)


def test_a_result_written_within_no_grad_is_not_watched_any_more() -> None:
    for write in (lambda y: operator.imul(y, 2.0), lambda y: operator.setitem(y, 0, 1.0), lambda y: y.fill_(3.0)):
        y = wg.tensor(X, requires_grad=True) * 1.0
        with wg.no_grad():
            write(y)
        assert not y.requires_grad


def test_an_outer_derivative_goes_through_a_leaf_that_is_written() -> None:
    def after_two_steps(rate: wg.Tensor) -> wg.Tensor:
        p = wg.tensor(X, requires_grad=True)
        for _ in range(2):
            p.grad = None
            (p * p).sum().backward()
            with wg.no_grad():
                p -= rate * p.grad
        return (p * p).sum()

    # Each step multiplies p by 1 - 2 r, so the loss is |X|^2 (1 - 2 r)^4.
    assert wg.grad(after_two_steps)(0.1).item() == pytest.approx(-8 * (X @ X) * 0.8**3)


# -- whole writes ----------------------------------------------------------------------------------


def test_zero_fill_and_copy() -> None:
    x = wg.tensor(X)
    memory = address(x)
    assert x.zero_() is x
    numpy.testing.assert_array_equal(x, [0, 0, 0])
    numpy.testing.assert_array_equal(x.fill_(2), [2, 2, 2])
    source = X.copy()
    numpy.testing.assert_array_equal(x.copy_(source), X)
    assert address(x) == memory
    source[0] = 99.0
    x.copy_([1, 2, 3])
    numpy.testing.assert_array_equal(x, [1, 2, 3])
    assert x.dtype == numpy.float64
    with pytest.raises(ValueError, match="could not broadcast"):
        x.copy_(numpy.ones(2))


def test_copying_a_callers_array_does_not_share_it() -> None:
    source = X.copy()
    y = wg.tensor(X, requires_grad=True) * 1.0
    y.copy_(source)
    source[0] = 99.0
    numpy.testing.assert_array_equal(y, X)


def test_whole_writes_differentiate() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        y = np.zeros((2, 3))
        y.copy_(x * x)
        x.zero_()
        y[0].fill_(5.0)
        return y.sum() + x.sum()

    numpy.testing.assert_array_equal(wg.grad(f)(X), 2 * X)


def test_gradients_are_cleared_in_place() -> None:
    x = wg.tensor(X, requires_grad=True)
    y = wg.tensor(X, requires_grad=True)
    (x + y).sum().backward()
    x.grad.zero_()
    numpy.testing.assert_array_equal(x.grad, [0, 0, 0])
    numpy.testing.assert_array_equal(y.grad, [1, 1, 1])


# -- memory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [
        lambda x, v: operator.setitem(x, 5, 1.0),
        lambda x, v: operator.setitem(x, slice(2, None), 1.0),
        lambda x, v: operator.setitem(x, [1, 2], 1.0),
        lambda x, v: operator.setitem(x, x > 0, 1.0),
        lambda x, v: operator.setitem(x, wg.tensor(3), wg.tensor(1.0)),
        lambda x, v: operator.setitem(x, 5, v),
        lambda x, v: operator.setitem(x, 5, x[4] + v),
        lambda x, v: operator.iadd(x, 1.0),
        lambda x, v: operator.imul(x, wg.tensor(2.0)),
    ],
)
def test_a_value_that_nobody_else_sees_is_written_in_memory(write: Any) -> None:
    v = wg.tensor(2.0, requires_grad=True)
    x = np.zeros(100)
    memory = address(x)
    for _ in range(3):
        write(x, v)
    assert address(x) == memory


@pytest.mark.parametrize(
    "see",
    [
        lambda x: x._value,
        lambda x: x.numpy(),
        lambda x: x[10:90].numpy(),
        lambda x: copy.copy(x),
        lambda x: wg.stop_gradient(x),
        lambda x: np.asarray(x.numpy()),
        lambda x: x * wg.tensor(2.0, requires_grad=True),
        lambda x: memoryview(x._value),
        lambda x: iter([x._value]),
    ],
)
def test_a_value_that_somebody_sees_is_not(see: Any) -> None:
    x = np.zeros(100)
    seen = see(x)
    memory = address(x)
    x[50] = 1.0
    assert address(x) != memory
    assert seen is not None
    before = address(x)
    x += 1.0
    assert address(x) == before


def test_borrowed_and_read_only_memory_is_not_written() -> None:
    x = np.asarray(X.copy()[:2])
    x[0] = 9.0
    assert x.tolist() == [9.0, X[1]]
    frozen = X.copy()
    frozen.flags.writeable = False
    y = wg.core.tensor.Tensor(frozen)
    del frozen
    y += 1.0
    numpy.testing.assert_array_equal(y, X + 1)


@pytest.mark.parametrize("tracked", [True, False])
def test_a_loop_of_n_writes_takes_memory_for_one_array(tracked: bool) -> None:
    count, width = 400, 64
    scale = wg.tensor(0.5, requires_grad=tracked)
    tracemalloc.start()
    try:
        path = np.zeros((count, width))
        for i in range(1, count):
            path[i] = np.sin(path[i - 1]) * scale + 1.0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = 8 * count * width
    # Untracked: the array and a few rows. Tracked: per step also three rows that the rules keep, and the nodes.
    nodes = 6 * 1000 * count
    assert peak < (6 * size + nodes if tracked else 1.5 * size)


# -- random programs -------------------------------------------------------------------------------


def random_program(seed: int, x: Any) -> Any:
    """Thirty random steps that take from, write to and drop arrays of one shape; the sum of what is left."""
    rng = numpy.random.default_rng(seed)
    held = [x * 1.0, x * 2.0]
    for _ in range(30):
        i, j = rng.integers(0, len(held), 2)
        a, b = (int(n) for n in rng.integers(0, 5, 2))
        match rng.integers(0, 9):
            case 0:
                held.append(held[i][::-1])
            case 1:
                held.append(held[i] * held[j])
            case 2 if len(held) > 2:
                del held[i]
            case 3:
                held[i][a] = held[j][b] * 0.5
            case 4:
                held[i][a:] = held[j][: 5 - a]
            case 5:
                held[i][[a, b, a]] = held[j][1:4]
            case 6:
                held[i] += held[j]
            case 7:
                held[i][a] *= held[j][b]
            case 8:
                held[i] -= 0.25
    return sum((h * h).sum() for h in held) * 1e-2


@pytest.mark.part(4)
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.filterwarnings("ignore:overflow")
def test_random_programs_have_the_values_and_derivatives_of_plain_arrays(seed: int) -> None:
    x, v = numpy.random.default_rng(seed).uniform(-0.5, 0.5, (2, 5))

    def plain(x: numpy.ndarray) -> Any:
        return random_program(seed, x)

    def ours(x: wg.Tensor) -> wg.Tensor:
        return random_program(seed, x)

    value, gradient = wg.value_and_grad(ours)(x)
    assert value.item() == pytest.approx(plain(x), rel=1e-12)
    assert ours(wg.tensor(x)).item() == pytest.approx(plain(x), rel=1e-12)
    slope = wg.jvp(ours, (x,), (v,))[1].item()
    assert slope == pytest.approx((gradient.numpy() @ v).item(), rel=1e-9, abs=1e-12)
    step = 1e-4
    coarse, fine = ((plain(x + h * v) - plain(x - h * v)) / (2 * h) for h in (step, step / 2))
    assert slope == pytest.approx((4 * fine - coarse) / 3, rel=1e-6, abs=1e-8)
    curvature = wg.hvp(ours, (x,), (v,)).numpy()
    turned = wg.vmap(lambda x: wg.grad(lambda x: (wg.grad(ours)(x) * v).sum())(x))(x[None])[0].numpy()
    numpy.testing.assert_allclose(curvature, turned, rtol=1e-9, atol=1e-9)


# -- iteration -------------------------------------------------------------------------------------


def test_iteration_unpacking_and_membership() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        a, b, c = x
        return sum((row * row for row in x), a * b * c)

    numpy.testing.assert_allclose(wg.grad(f)(X), 2 * X + X.prod() / X)
    numpy.testing.assert_allclose(wg.vmap(f)(numpy.stack([X, X])), [f(wg.tensor(X)).item()] * 2)
    assert 3.25 in wg.tensor(X)
    assert 3.0 not in wg.tensor(X)
    with pytest.raises(TypeError, match="the tensor is a scalar"):
        iter(wg.tensor(1.0))
