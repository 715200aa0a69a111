"""What bodies read and write outside: tracked leaves, closures, state; and what an exception leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

XS = numpy.array([0.5, 1.5, -2.0, 0.3])
STATE = ("s", "w", "m")


class Model:
    """State: a scalar, a leaf, and a buffer."""

    def __init__(self) -> None:
        self.s = wg.tensor(0.0)
        self.w: Any = wg.tensor([1.0, -2.0, 0.5], requires_grad=True)
        self.m = wg.tensor(numpy.zeros(3))

    def held(self) -> list[Any]:
        values = [getattr(self, name).detach().numpy() for name in STATE]
        return [*values, None if self.w.grad is None else self.w.grad.numpy()]


def writes_in_scan(o: Model, xs: Any) -> Any:
    def turn(c: Any, x: Any) -> Any:
        o.s += x * c
        o.m[1] = o.s
        return c * 0.9, o.s * 2

    c, ys = wg.scan(turn, 1.0, xs)
    return c + np.sum(ys) + o.s


def trains(o: Model, xs: Any) -> Any:
    def turn(i: Any, total: Any) -> Any:
        loss = np.sum((o.w * xs[:3] - 1.0) ** 2)
        o.w.grad = None
        loss.backward()
        with wg.no_grad():
            o.m *= 0.9
            o.m += o.w.grad
            o.w -= 0.01 * o.m
        return total + loss.detach()

    return wg.fori_loop(0, 20, turn, 0.0)


def writes_its_own(o: Model, xs: Any) -> Any:
    written = xs * 0

    def turn(i: Any, c: Any) -> Any:
        written[i] = c
        return c * 2

    c = wg.fori_loop(0, 3, turn, xs[0])
    return np.sum(written * np.arange(4.0)) + c


def asks_what_the_body_writes(o: Model, xs: Any) -> Any:
    o.s.copy_(1.0)

    def body(n: Any) -> Any:
        o.s *= 1.5
        return n + 1

    n = wg.while_loop(lambda n: o.s < 20.0, body, 0)
    return n + o.s


def sides_write(o: Model, xs: Any) -> Any:
    def one() -> Any:
        o.s += 1.0
        return o.s * 2

    def other() -> Any:
        o.m -= xs[0]
        return o.s * 3

    return wg.cond(xs[0] > 0, one, other) + np.sum(o.m)


def nested_writes(o: Model, xs: Any) -> Any:
    def outer(i: Any, c: Any) -> Any:
        def inner(j: Any, d: Any) -> Any:
            o.s += d * xs[1]
            return d * 1.1

        c = wg.fori_loop(0, 2, inner, c)
        wg.cond(o.s > 1.0, lambda: o.m.copy_(o.m + 1.0), lambda: o.m.copy_(o.m * 1.0))
        return c

    return wg.fori_loop(0, 3, outer, xs[0]) + o.s


def writes_what_it_makes(o: Model, xs: Any) -> Any:
    def turn(c: Any, x: Any) -> Any:
        z = np.zeros(2)
        z[0] = x
        z[1] = c
        return np.sum(z), z

    c, ys = wg.scan(turn, 0.0, xs)
    return c + np.sum(ys)


def rebinds_an_attribute(o: Model, xs: Any) -> Any:
    """The loop reads the tensor that the name has at its turn; afterwards it has another."""
    before = wg.fori_loop(0, 2, lambda i, c: c + o.s * 1.0, xs[0])
    o.s = before * 2
    return wg.fori_loop(0, 2, lambda i, c: c + o.s, before)


def differentiates_what_writes(o: Model, xs: Any) -> Any:
    def loss(w: Any) -> Any:
        def turn(c: Any, x: Any) -> Any:
            o.s.copy_(wg.stop_gradient(c[0]))
            return np.sin(c * x) + w, None

        return np.sum(wg.scan(turn, w, xs)[0])

    return wg.grad(loss)(xs[:3])


def two_losses_in_a_loop(o: Model, xs: Any) -> Any:
    """Gradients accumulate over the turns."""
    o.w.grad = wg.tensor(numpy.zeros(3))

    def turn(total: Any, x: Any) -> Any:
        loss = np.sum(np.sin(o.w * x))
        loss.backward()
        return total + loss.detach(), None

    return wg.scan(turn, 0.0, xs)[0]


def backward_through_loops(o: Model, xs: Any) -> Any:
    """A leaf captured by a loop in a branch, in a loop that counts, and in its test."""
    h = wg.cond(xs[0] > 0, lambda: wg.scan(lambda h, x: (np.sin(h * o.w + x), h), o.w, xs)[0], lambda: o.w * 2)
    h = wg.while_loop(lambda h: np.sum(h * h) < 20 + o.w[0], lambda h: h * 1.5 + o.w, h)
    loss = np.sum(h * h)
    loss.backward()
    return loss.detach()


PROGRAMS: list[Callable[[Model, Any], Any]] = [
    writes_in_scan,
    trains,
    writes_its_own,
    asks_what_the_body_writes,
    sides_write,
    nested_writes,
    writes_what_it_makes,
    rebinds_an_attribute,
    differentiates_what_writes,
    two_losses_in_a_loop,
    backward_through_loops,
]


def assert_same(found: Any, wanted: Any) -> None:
    if wanted is None:
        assert found is None
    else:
        numpy.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.part(4)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_state_is_as_in_eager_calls(program: Callable[[Model, Any], Any]) -> None:
    eager, compiled = Model(), Model()
    f = wg.jit(lambda xs: program(compiled, xs))
    for turn in range(3):
        xs = XS * (-1) ** turn
        assert_same(f(xs).detach().numpy(), program(eager, xs).detach().numpy())
        for one, other in zip(compiled.held(), eager.held(), strict=True):
            assert_same(one, other)


@pytest.mark.parametrize("way", ["eager", "compiled"])
def test_a_captured_leaf_has_the_gradient_of_plain_python(way: str) -> None:
    def plain(w: Any) -> Any:
        h = w
        for x in XS:
            h = np.sin(h * w + x)
        return np.sum(h * h)

    def run(o: Model) -> Any:
        h = wg.scan(lambda h, x: (np.sin(h * o.w + x), None), o.w, XS)[0]
        loss = np.sum(h * h)
        loss.backward()
        return loss.detach()

    o = Model()
    step = wg.jit(lambda: run(o)) if way == "compiled" else lambda: run(o)
    expected = wg.grad(plain)(o.w.detach())
    step()
    assert_same(o.w.grad.numpy(), expected.numpy())
    step()
    assert_same(o.w.grad.numpy(), 2 * expected.numpy())


def test_a_shadowed_name_is_the_one_inside() -> None:
    def f(x: Any) -> Any:
        def turn(c: Any, x: Any) -> Any:
            return c + x, wg.scan(lambda c, x: (c * x, None), c, np.stack([x, x]))[0]

        return wg.scan(turn, x, XS)

    def plain(x: Any) -> Any:
        c, ys = x, []
        for t in XS:
            ys.append(c * t * t)
            c = c + t
        return c, np.stack(ys)

    for way in (f, wg.jit(f)):
        for found, wanted in zip(way(2.0), plain(2.0), strict=True):
            assert_same(found.numpy(), numpy.asarray(wanted))
        assert_same(wg.grad(lambda x, way=way: way(x)[1][2])(2.0).numpy(), XS[2] ** 2)


# -- what an exception leaves behind ---------------------------------------------------------------


class StopError(Exception):
    pass


def fails_in_scan(o: Model, x: Any) -> Any:
    def turn(c: Any, x: Any) -> Any:
        o.m += 1.0
        raise StopError

    return wg.scan(turn, x, XS)


def fails_in_fori(o: Model, x: Any) -> Any:
    return wg.fori_loop(0, 2, lambda i, c: wg.fori_loop(0, 2, lambda i, c: _stop(o), c), x)


def fails_in_while(o: Model, x: Any) -> Any:
    return wg.while_loop(lambda c: True, lambda c: _stop(o), x)


def fails_in_test(o: Model, x: Any) -> Any:
    return wg.while_loop(lambda c: _stop(o), lambda c: c, x)


def fails_in_cond(o: Model, x: Any) -> Any:
    return wg.cond(x > 0, lambda: _stop(o), lambda: x)


def fails_in_inner_gradient(o: Model, x: Any) -> Any:
    return wg.fori_loop(0, 2, lambda i, c: wg.grad(lambda c: _stop(o))(c), x)


def _stop(o: Model) -> Any:
    o.m += 1.0
    raise StopError


FAILING = [fails_in_scan, fails_in_fori, fails_in_while, fails_in_test, fails_in_cond, fails_in_inner_gradient]


@pytest.mark.parametrize("program", FAILING, ids=lambda f: f.__name__)
def test_an_exception_passes_and_all_works_afterwards(program: Callable[[Model, Any], Any]) -> None:
    """Eager a body has written what it has written; a compiled function has written nothing."""
    o = Model()
    ways: dict[str, tuple[Callable[[Any], Any], float]] = {
        "eager": (lambda x: program(o, x), 1.0),
        "grad": (wg.grad(lambda x: program(o, x)), 1.0),
        "jit": (wg.jit(lambda x: program(o, x)), 0.0),
        "jit of grad": (wg.jit(wg.grad(lambda x: program(o, x))), 0.0),
        "grad of jit": (wg.grad(wg.jit(lambda x: program(o, x))), 0.0),
    }
    for f, written in ways.values():
        before = o.held()[2]
        with pytest.raises(StopError):
            f(1.0)
        assert_same(o.held()[2], before + written)
        assert writes_what_it_makes(o, XS).item() == pytest.approx(2.0 * numpy.sum(XS) + _carried_sum(XS))
        assert wg.grad(lambda x: wg.fori_loop(0, 3, lambda i, y: y * x, 1.0))(2.0).item() == 12.0
    assert wg.jit(lambda x: wg.fori_loop(0, 3, lambda i, y: y * x, 1.0))(2.0).item() == 8.0


def _carried_sum(xs: Any) -> float:
    """The sum of the carries before each turn of `writes_what_it_makes`."""
    return float(numpy.sum(numpy.cumsum(xs)[:-1]))


def test_a_compiled_function_that_failed_once_works_the_next_time() -> None:
    o, fail = Model(), [True]

    def program(x: Any) -> Any:
        def turn(c: Any, x: Any) -> Any:
            o.s += x
            if fail:
                raise StopError
            return c * x, None

        return wg.scan(turn, x, XS)[0]

    f = wg.jit(program)
    with pytest.raises(StopError):
        f(1.0)
    assert o.s.item() == 0.0
    fail.clear()
    assert f(1.0).item() == pytest.approx(numpy.prod(XS))
    assert o.s.item() == pytest.approx(numpy.sum(XS))


# -- errors about state ----------------------------------------------------------------------------


def message(f: Callable[..., Any], *args: Any) -> str:
    with pytest.raises((TypeError, RuntimeError)) as caught:
        wg.jit(f)(*args)
    return str(caught.value).rpartition(" (at ")[0]


def test_a_body_that_takes_state_away() -> None:
    o = Model()
    o.w.grad = wg.tensor(numpy.zeros(3))

    def turn(i: Any, c: Any) -> Any:
        c = c + np.sum(o.w.grad)
        o.w.grad = None
        return c

    assert message(lambda x: wg.fori_loop(0, 2, turn, x), 1.0) == (
        "[fori_loop] the body turns float64 of shape (3,) that it writes outside into nothing, wanted the same "
        "structure, shape and dtype on every turn; write zero_grad() at the beginning of a turn, and x.copy_(...) for "
        "another value of the same form"
    )
    assert o.w.grad.shape == (3,)


def test_a_name_that_a_body_binds_anew() -> None:
    o = Model()
    o.s = wg.tensor(1.0)

    def turn(i: Any, c: Any) -> Any:
        o.s = o.s * 2
        return c + o.s

    assert wg.jit(lambda x: wg.fori_loop(0, 3, turn, x))(1.0).item() == 15.0
    assert o.s.item() == 8.0


def test_sides_that_leave_state_in_other_forms() -> None:
    o = Model()

    def one() -> Any:
        o.w.grad = None
        np.sum(o.w * 2.0).backward()
        return 1.0

    text = (
        "state outside is float64 of shape (3,) or nothing after the branch, wanted the same structure, shape and "
        "dtype whichever side is taken; write it on both sides"
    )
    assert message(lambda x: wg.cond(x > 0, one, lambda: 2.0), 1.0) == f"[cond] {text}"
    assert message(lambda i: wg.switch(i, [lambda: 2.0, one]), 1) == f"[switch] {text}"
    assert o.w.grad is None


def test_a_body_that_writes_to_new_tensors_each_time() -> None:
    made: list[Any] = []

    def turn(i: Any, c: Any) -> Any:
        made.append(wg.tensor(0.0))
        made[-1] += c
        return c

    assert message(lambda x: wg.fori_loop(0, 2, turn, x), 1.0) == (
        "[fori_loop] the body writes to other tensors each time that it runs, wanted the same ones on every turn; make "
        "them before the loop, or carry them"
    )


@pytest.mark.parametrize("way", [lambda f: f, wg.jit, wg.grad], ids=["eager", "jit", "grad"])
def test_a_tensor_that_a_recorded_body_leaves_behind(way: Any) -> None:
    """With bounded memory the body is recorded in every way."""
    kept: list[Any] = []

    def f(x: Any) -> Any:
        return wg.fori_loop(0, 3, lambda i, c: kept.append(c * 2) or c, x, memory=2) + kept[0]

    with pytest.raises(RuntimeError) as caught:
        way(f)(1.0)
    assert str(caught.value).rpartition(" (at ")[0] == (
        "[fori_loop] a tensor of shape () from inside fori_loop was used after it returned, wanted only what the "
        "function returns; return the tensor from the function, and do not store it in a list, a global or an attribute"
    )


def test_a_name_that_sides_bind_anew() -> None:
    def f(x: Any) -> Any:
        y = x

        def one() -> Any:
            nonlocal y
            y = x * 2
            return x

        def other() -> Any:
            nonlocal y
            y = x * 3
            return x

        wg.cond(x > 0, one, other)
        return y

    g = wg.jit(f)
    assert (g(1.0).item(), g(-1.0).item()) == (2.0, -3.0)


def partly_followed(w: Any, x: Any, memory: int | None) -> Any:
    def turn(i: Any, c: Any) -> Any:
        with wg.no_grad():
            fixed = w * np.sin(c)
        return c * w + fixed

    return wg.fori_loop(0, 2, turn, x, memory=memory)


def partly_followed_while(w: Any, x: Any, memory: int | None) -> Any:
    def turn(s: Any) -> Any:
        i, c = s
        with wg.no_grad():
            fixed = np.cos(c)
        return i + 1, c * w * fixed

    return wg.while_loop(lambda s: s[0] < 3, turn, (0, x), memory=memory)[1]


def partly_followed_branch(w: Any, x: Any, memory: int | None) -> Any:
    def side(c: Any) -> Any:
        with wg.no_grad():
            fixed = np.cos(c * w)
        return partly_followed(w, c * fixed, memory)

    return wg.cond(x > 0, side, lambda c: c * w, x * w)


def no_loop(w: Any, x: Any, memory: int | None) -> Any:
    with wg.no_grad():
        fixed = np.sin(x * w)
        low, high = np.split(np.stack([x, fixed]), 2)
    return x * w + fixed * (low * high)[0]


PARTLY_FOLLOWED = [partly_followed, partly_followed_while, partly_followed_branch, no_loop]


def slopes(run: Callable[[Any, Any], None]) -> list[float]:
    """What is in ``.grad`` of two leaves after a run that calls ``backward()``."""
    w, x = wg.tensor(1.5, requires_grad=True), wg.tensor(0.4, requires_grad=True)
    run(w, x)
    assert w.grad is not None
    return [w.grad.item(), 0.0 if x.grad is None else x.grad.item()]


@pytest.mark.part(4)
@pytest.mark.parametrize("memory", [None, 1])
@pytest.mark.parametrize("f", PARTLY_FOLLOWED)
def test_what_is_computed_under_no_grad_is_not_followed(f: Any, memory: int | None) -> None:
    """By ``backward()``, from outside and inside, batched or not; and functional derivatives pass it."""
    expected = slopes(lambda w, x: f(w, x, None).backward())

    def inside(w: Any, x: Any) -> None:
        wg.jit(lambda: (f(w, x, memory) * 1.0).backward())()

    def batched(w: Any, x: Any) -> None:
        wg.vmap(lambda y: f(w, y, memory))(x[None])[0].backward()

    def batched_inside(w: Any, x: Any) -> None:
        wg.jit(lambda: wg.vmap(lambda y: f(w, y, memory))(x[None])[0].backward())()

    runs = {
        "eager": lambda w, x: f(w, x, memory).backward(),
        "outside": lambda w, x: wg.jit(lambda w, x: f(w, x, memory))(w, x).backward(),
        "captured": lambda w, x: wg.jit(lambda: f(w, x, memory))().backward(),
        "inside": inside,
        "batched": batched,
        "batched inside": batched_inside,
    }
    for name, run in runs.items():
        numpy.testing.assert_allclose(slopes(run), expected, rtol=1e-13, err_msg=name)
    whole = [float(g) for g in wg.grad(f, (0, 1))(1.5, 0.4, None)]
    assert abs(whole[0] - expected[0]) > 0.1
    for way in (wg.grad(f, (0, 1)), wg.jit(wg.grad(lambda w, x, _: f(w, x, memory), (0, 1)))):
        numpy.testing.assert_allclose([float(g) for g in way(1.5, 0.4, None)], whole, rtol=1e-13)


@pytest.mark.parametrize("f", PARTLY_FOLLOWED)
def test_both_at_once(f: Any) -> None:
    def run(form: Any) -> Callable[[Any, Any], None]:
        return lambda w, x: wg.grad(lambda y: form(w, y) * y)(x).backward()

    compiled = wg.jit(lambda w, x: f(w, x, None))
    numpy.testing.assert_allclose(slopes(run(compiled)), slopes(run(lambda w, x: f(w, x, None))), rtol=1e-13)
