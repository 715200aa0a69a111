"""What is a view and what a copy, who may write through one, what that costs; and that the laws notice mistakes."""

from __future__ import annotations

import operator
import re
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.kin import root_of
from wengert.core.lending import is_lent
from wengert.numpy.methods import elements as inplace

from . import test_views as programs

X = numpy.arange(12.0).reshape(3, 4) + 1

# -- views where NumPy gives views -----------------------------------------------------------------

ARRAYS = [X, X[0], X.reshape(1, 3, 4), X[0] * (1 + 2j), numpy.arange(6).reshape(2, 3), numpy.ones((1, 1)), X > 5]
ARGUMENTS: list[tuple[Any, ...]] = [
    (), (0,), (1,), (-1,), ((2, 6),), (0, 1), ((4, 3),), ((12,),), ([1, 2],), (2,), (None,), ((3, 3, 4),), ((0, 1),),
]  # fmt: skip
ELSEWHERE = {
    "ix_": "indices, which are made anew",
    "base": "the root",
    "data": "not an array",
    "frombuffer": "of a buffer, which a tensor is none",
}
WRITERS = {
    "put",
    "place",
    "fill_diagonal",
    "copyto",
    "putmask",
    "sort",
    "partition",
    "fill",
    "resize",
    "tofile",
    "shape",
}
FILES = {"save", "savez", "savez_compressed", "savetxt", "load", "loadtxt", "fromfile", "genfromtxt", "show_config"}


def shared() -> Iterator[tuple[str, Callable[..., Any], Callable[..., Any]]]:
    """Functions, methods and properties that both have."""
    for theirs, ours in ((numpy, np), (numpy.linalg, np.linalg)):
        for name in sorted(set(dir(theirs)) & set(dir(ours)) - WRITERS - FILES - set(ELSEWHERE)):
            f, g = getattr(theirs, name), getattr(ours, name)
            if not name.startswith("_") and not isinstance(f, type) and callable(f) and callable(g):
                yield name, f, g
    for name in sorted(set(dir(wg.Tensor)) & set(dir(numpy.ndarray)) - WRITERS - set(ELSEWHERE)):
        if not name.startswith("_"):
            yield f".{name}", _attribute(name), _attribute(name)


def _attribute(name: str) -> Callable[..., Any]:
    def call(x: Any, *args: Any) -> Any:
        found = getattr(x, name)
        return found(*args) if callable(found) else found

    return call


def leaves(result: Any) -> list[Any]:
    return [leaf for part in result for leaf in leaves(part)] if isinstance(result, (list, tuple)) else [result]


def outcomes(f: Callable[..., Any], g: Callable[..., Any]) -> Iterator[tuple[bool, bool, bool]]:
    """For each array that comes of a call, whether it shares the elements of the argument, there and here.

    And whether what shares the memory of a caller's buffer is known to.
    """
    for given in ARRAYS:
        for args in ARGUMENTS:
            array, buffer = given.copy(), given.copy()
            x = np.asarray(buffer)
            try:
                theirs, ours = leaves(f(array, *args)), leaves(g(x, *args))
            except Exception:
                continue
            for a, b in zip(theirs, ours, strict=False):
                if isinstance(a, numpy.ndarray) and a.size and isinstance(b, wg.Tensor):
                    is_known = is_lent(b) or not numpy.shares_memory(b._value, buffer)
                    yield numpy.shares_memory(a, array), root_of(b) is x, is_known


@pytest.mark.filterwarnings("ignore")
def test_functions_give_views_where_numpys_do() -> None:
    found = {name: set(outcomes(f, g)) for name, f, g in shared()}
    assert [name for name, triples in found.items() if any(a != b for a, b, _ in triples)] == []
    assert [name for name, triples in found.items() if not all(is_known for *_, is_known in triples)] == []
    assert sum((True, True, True) in triples for triples in found.values()) > 40
    assert sum((False, False, True) in triples for triples in found.values()) > 200


@pytest.mark.parametrize(
    ("take", "is_view"),
    [
        (lambda x: x[1], True),
        (lambda x: x[numpy.int64(1)], True),
        (lambda x: x[wg.tensor(1)], True),
        (lambda x: x[1, 2], False),
        (lambda x: x[1, 2, ...], True),
        (lambda x: x[[1, 2]], False),
        (lambda x: x[X > 3], False),
        (lambda x: x[1:, [0, 1]], False),
        (lambda x: x.T.reshape(-1), False),
        (lambda x: x[:, 0].ravel(), False),
        (lambda x: x[:, 0].reshape(3, 1), True),
        (lambda x: x.detach(), True),
        (lambda x: x.clone(), False),
        (lambda x: wg.stop_gradient(x), False),
        (lambda x: x * 1.0, False),
    ],
)
@pytest.mark.parametrize("way", [lambda f: f, wg.jit], ids=["eager", "jit"])
def test_what_is_a_view(take: Callable[[Any], Any], is_view: bool, way: Any) -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        part = take(y)
        part += 100.0
        return y

    assert (numpy.asarray(way(f)(wg.tensor(X))).max() > 50) == is_view


# -- who may write ---------------------------------------------------------------------------------

LEAF = (
    "[{}] a view of a leaf that requires grad was written in place, wanted a result or a leaf within no_grad(), since "
    "the gradient is that of the value the leaf was made with; write it within `with wg.no_grad():`, or x = x.clone() "
    "first"
)
WRITES: list[tuple[str, Callable[[Any], Any]]] = [
    ("setitem", lambda v: operator.setitem(v, 0, 5.0)),
    ("+=", lambda v: operator.iadd(v, 1.0)),
    ("copy_", lambda v: v.zero_()),
    ("setitem", lambda v: v.sort()),
    ("copyto", lambda v: np.copyto(v, 3.0)),
    ("setitem", lambda v: numpy.sin(v, out=v)),
]


@pytest.mark.parametrize(("op", "write"), WRITES)
def test_a_leaf_is_written_through_views_within_no_grad_only(op: str, write: Callable[[Any], Any]) -> None:
    p = wg.tensor(X, requires_grad=True)
    row = p[1]
    with pytest.raises(RuntimeError, match=re.escape(LEAF.format(op))):
        write(row)
    numpy.testing.assert_array_equal(p.detach(), X)
    with wg.no_grad():
        write(row)
        write(p[2])
    wanted = X.copy()
    for k in (1, 2):
        write_like(op, write, wanted, k)
    numpy.testing.assert_allclose(p.detach(), wanted)
    assert p.is_leaf and p.requires_grad and row.requires_grad  # noqa: PT018
    (row * row).sum().backward()
    numpy.testing.assert_allclose(numpy.asarray(p.grad), 2 * wanted * [[0], [1], [0]])


def write_like(op: str, write: Callable[[Any], Any], wanted: Any, k: int) -> None:
    row = wg.tensor(wanted[k])
    write(row)
    wanted[k] = row.numpy()


@pytest.mark.parametrize("name", [name for name in programs.VIEWS if name not in ("y * 0.5", "y[indices]", "copy")])
def test_a_view_of_a_leaf_is_made_once_and_walked_to_many_times(name: str) -> None:
    """As where each layer has a view of the vector of all parameters, which a step writes to."""
    rng = numpy.random.default_rng(0)
    p: Any = wg.tensor(X[:, :3], requires_grad=True)
    view = programs.VIEWS[name](np, p, rng)
    for _ in range(3):
        p.grad = None
        (view**2).sum().backward()
        made_now: Any = wg.tensor(p.detach(), requires_grad=True)
        (programs.VIEWS[name](np, made_now, numpy.random.default_rng(0)) ** 2).sum().backward()
        numpy.testing.assert_array_equal(p.grad, made_now.grad)
        with wg.no_grad():
            p -= 0.1 * made_now.grad
            p[1:] *= 0.5


def test_what_is_detached_is_written_without_derivative() -> None:
    p = wg.tensor(X, requires_grad=True)
    p.detach()[0, 0] = 7.0
    assert p.is_leaf
    assert p[0, 0].item() == 7.0
    y = p * 2
    held = y.detach()
    y.detach()[0, 0] = 5.0
    assert held[0, 0].item() == 5.0
    y.sum().backward()
    numpy.testing.assert_array_equal(numpy.asarray(p.grad), numpy.where(numpy.arange(12).reshape(3, 4) == 0, 0, 2))


def test_a_value_that_backward_needs_may_be_overwritten() -> None:
    for write in (lambda v: v.zero_(), lambda v: operator.setitem(v[0], 1, 9.0), lambda v: operator.imul(v.T, 3.0)):
        x = wg.tensor(X, requires_grad=True)
        y = x * 1.0
        squares = y * y
        with wg.no_grad():
            write(y)
        squares.sum().backward()
        numpy.testing.assert_array_equal(numpy.asarray(x.grad), 2 * X)


def test_views_that_show_elements_more_than_once_are_read_only() -> None:
    x = wg.tensor(X)
    for made, advice in ((np.broadcast_to(x, (2, 3, 4)), "np.broadcast_to(x, shape).copy()"),
                         (np.diagonal(x), "np.fill_diagonal(x, v)")):  # fmt: skip
        for write in (lambda v: operator.setitem(v, 0, 1.0), lambda v: operator.iadd(v[0:1], 1.0)):
            with pytest.raises(ValueError, match=f"read-only, as in NumPy.*{re.escape(advice)}"):
                write(made)
    with pytest.raises(ValueError, match="read-only, as in NumPy"):
        np.diagonal(x).reshape(1, 3)[0] = 1.0
    spread, diagonal = np.broadcast_to(x, (2, 3, 4)), np.diagonal(x)
    x[1, 1] = 50.0
    assert spread[1, 1, 1].item() == diagonal[1].item() == 50.0


# -- complex numbers, numbers without derivative, other threads of thought --------------------------


def test_parts_of_complex_numbers() -> None:
    def f(np: Any, z: Any) -> Any:
        z = z * (1 + 0.5j)
        z.real[0] = 2.0
        z.imag += z.real[::-1]
        np.imag(z)[1:] *= 3.0
        return z

    numpy.testing.assert_allclose(f(np, wg.tensor(X[0])).numpy(), f(numpy, X[0]))
    numpy.testing.assert_allclose(wg.jit(lambda z: f(np, z))(X[0]).numpy(), f(numpy, X[0]))
    slope = wg.jvp(lambda x: f(np, x), (X[0],), (numpy.ones(4),))[1].numpy()
    numpy.testing.assert_allclose(slope, f(numpy, X[0] + 1) - f(numpy, X[0]), atol=1e-12)


@pytest.mark.parametrize("dtype", [numpy.int64, numpy.bool_, numpy.float32, numpy.complex64])
def test_every_dtype(dtype: Any) -> None:
    array = numpy.arange(6).reshape(2, 3).astype(dtype)
    x = wg.tensor(array)
    for y in (array, x):
        y.T[1] = 0
        y[::-1][0, 2] = 1
    assert x.dtype == dtype
    numpy.testing.assert_array_equal(x.numpy(), array)


# -- what it costs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "through", [lambda x: x[1:], lambda x: x[::-1], lambda x: x.reshape(-1, 10), lambda x: x.detach(), lambda x: x[:9]]
)
def test_writes_through_views_go_into_the_memory_of_the_root(through: Callable[[Any], Any]) -> None:
    x = np.zeros(1000)
    view, other = through(x), x[2:500]
    memory = x._value.ctypes.data
    for i in range(5):
        view[i] = 1.0
        view *= 2.0
        view[1:3].fill_(3.0)
        x[i] += 1.0
    assert x._value.ctypes.data == memory
    assert numpy.shares_memory(other._value, x._value)


def test_shrinking_by_views_takes_no_memory() -> None:
    x = np.zeros(10**6)
    tracemalloc.start()
    try:
        while x.size > 2:
            x = x[: -max(x.size // 50, 2)]
            x[...] = x[0] + 1.0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10**6
    assert len(x._kin.steps) == 1


def test_rows_written_one_by_one_while_recorded_take_memory_for_one_array() -> None:
    count, width = 300, 64
    scale = wg.tensor(0.5, requires_grad=True)
    tracemalloc.start()
    try:
        table = np.ones((count, width))
        for row in table:
            row *= scale
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * 8 * count * width + 10_000 * count


def test_views_are_let_go() -> None:
    x = np.zeros((100, 100))
    for row in x:
        row += 1.0
    del row
    assert not x._kin
    views = [x[i] for i in range(50)]
    assert len(x._kin) == 50
    del views[10:]
    assert len(x._kin) == 10


# -- other libraries -------------------------------------------------------------------------------


def test_no_consumer_writes_into_a_tensor_unasked() -> None:
    x = wg.tensor(X)
    for made in (numpy.from_dlpack(x), numpy.asarray(x), numpy.array(x)):
        made[0, 0] = 99.0
    numpy.testing.assert_array_equal(x.numpy(), X)
    with pytest.raises(ValueError, match="read-only"):
        x.numpy()[0, 0] = 99.0


# -- planted mistakes ------------------------------------------------------------------------------


def _blind(monkeypatch: Any) -> None:
    monkeypatch.setattr(inplace, "refresh", lambda root: None)


def _stale(monkeypatch: Any) -> None:
    monkeypatch.setattr(inplace, "taken_again", lambda one: one)


def _careless(monkeypatch: Any) -> None:
    monkeypatch.setattr(inplace, "_is_shared_beyond_views", lambda x: False)


def _lonely(monkeypatch: Any) -> None:
    monkeypatch.setattr(inplace, "_write_root", lambda kin, result: None)


def _laid_out(monkeypatch: Any) -> None:
    monkeypatch.setattr("wengert.numpy.arrays.manipulation.gives_view", lambda x, f: True)


def _hasty(monkeypatch: Any) -> None:
    monkeypatch.setattr("wengert.ops.indexing.views._as_slice", lambda places: slice(places.start, places.stop))


LAWS = (
    lambda seed: programs.test_every_handle_has_numpys_value_after_every_step(seed, True),
    programs.test_every_mode_has_the_derivative_of_plain_arrays,
)


@pytest.mark.parametrize("plant", [_blind, _stale, _careless, _lonely, _laid_out, _hasty])
def test_the_laws_notice_planted_mistakes(plant: Callable[[Any], None], monkeypatch: Any) -> None:
    plant(monkeypatch)
    assert any(_fails(law, seed) for seed in range(60) for law in LAWS)


def _fails(law: Callable[[int], None], seed: int) -> bool:
    try:
        law(seed)
    except Exception:
        return True
    return False


def test_another_library_cannot_write_into_a_tensor() -> None:
    torch = pytest.importorskip("torch", reason="another library with DLPack")
    x = np.asarray(X) * 1.0
    torch.from_dlpack(x)[0] = 9.0
    numpy.testing.assert_array_equal(x, X)
