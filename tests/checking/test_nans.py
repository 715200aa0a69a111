"""`trace_nans` names the operation and the user's line, whichever walk met the number first."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core import state

POINT = numpy.array([1.0, 0.0])


def loss(x: Any) -> Any:
    y = np.sqrt(x)
    return np.sum(y * 2)


def inner(x: Any) -> Any:
    return np.log(x)


def outer(x: Any) -> Any:
    return np.sum(inner(x))


def line(f: Any, offset: int = 1) -> str:
    lines, first = inspect.getsourcelines(f)
    return f"called at {__file__}:{first + offset}, in {f.__name__}: {lines[offset].strip()}"


def traced(f: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(FloatingPointError) as caught, wg.trace_nans(**options):
        f(*args)
    assert not state.observers
    assert not state.walk_observers
    return str(caught.value)


def test_a_value_forward() -> None:
    assert traced(outer, POINT) == (
        "[trace_nans] log gave -inf at element [1]\n"
        "    x = [1, 0]\n"
        f"    {line(inner)}\n"
        "wanted finite numbers; keep the operand of log away from this point before the call, as in "
        "where(x > 0, x, 1), or write trace_nans(ignore=('log',)) if a mask hides it"
    )


def test_a_derivative_backward() -> None:
    assert traced(wg.grad(loss), POINT) == (
        "[trace_nans] the derivative of sqrt became inf at element [1] in the backward walk\n"
        "    x = [1, 0]\n"
        "    result = [1, 0]\n"
        "    cotangent = [2, 2]\n"
        f"    {line(loss)}\n"
        "wanted finite numbers; keep the operand of sqrt away from this point before the call, as in "
        "where(x > 0, x, 1), or write trace_nans(ignore=('sqrt',)) if a mask hides it"
    )


def test_a_tangent_forward() -> None:
    text = traced(lambda: wg.jvp(loss, (POINT,), (numpy.array([1.0, 3.0]),)))
    assert text.startswith(
        "[trace_nans] the tangent of sqrt became inf at element [1] in the forward walk\n"
        "    x = [1, 0]\n    result = [1, 0]\n    tangent of x = [1, 3]\n"
    )
    assert line(loss) in text


@pytest.mark.parametrize(
    "transformation",
    [
        wg.grad,
        wg.value_and_grad,
        wg.jacobian,
        wg.jacrev,
        wg.jacfwd,
        wg.hessian,
        lambda f: wg.grad(wg.checkpoint(f)),
        lambda f: lambda x: wg.linearize(f, x)[1](numpy.ones(2)),
        lambda f: lambda x: wg.hvp(f, (x,), (numpy.ones(2),)),
        lambda f: lambda x: wg.vmap(wg.grad(f))(x[None]),
    ],
    ids=["grad", "value_and_grad", "jacobian", "jacrev", "jacfwd", "hessian", "checkpoint", "linearize", "hvp", "vmap"],
)
def test_every_transformation_leads_to_the_line(transformation: Any) -> None:
    text = traced(lambda: transformation(loss)(POINT))
    assert "sqrt became inf" in text
    assert line(loss) in text


def test_a_batch_names_its_line() -> None:
    text = traced(wg.vmap(inner), POINT)
    assert text.startswith("[trace_nans] log gave -inf at element [1] in a batch\n    batch of x = [1, 0]\n")
    assert line(inner) in text


def test_a_derivative_in_a_batch_names_its_line() -> None:
    text = traced(wg.vmap(wg.grad(loss)), POINT)
    assert text.startswith("[trace_nans] the derivative of sqrt became inf at element [1] in a batch\n")
    assert line(loss) in text


def test_a_second_derivative() -> None:
    text = traced(wg.grad(wg.grad(loss)), 1e-250)
    assert text.startswith("[trace_nans] the derivative of sqrt became -inf in the backward walk")
    assert line(loss) in text


def test_a_second_derivative_in_a_batch() -> None:
    text = traced(wg.vmap(wg.grad(wg.grad(loss))), numpy.array([1.0, 1e-250]))
    assert "the derivative of sqrt became -inf at element [1] in a batch" in text
    assert line(loss) in text


def test_define_by_run() -> None:
    x = wg.tensor(POINT, requires_grad=True)
    with pytest.raises(FloatingPointError, match="the derivative of sqrt became inf") as caught, wg.trace_nans():
        loss(x).backward()
    assert line(loss) in str(caught.value)


def test_a_graph_that_was_made_before_the_block() -> None:
    x = wg.tensor(POINT, requires_grad=True)
    y = loss(x)
    text = traced(y.backward)
    assert "the derivative of sqrt became inf" in text
    assert "    called before the block was opened\n" in text


def test_a_rule_of_the_user_leads_to_its_own_line() -> None:
    def slope(primals: Any, out: Any, tangents: Any) -> Any:
        return tangents[0] / np.sqrt(primals[0])

    @wg.custom_derivative(jvp=slope)
    def f(x: Any) -> Any:
        return x * 2

    assert line(slope) in traced(lambda: wg.jvp(f, (0.0,), (1.0,)))


def test_plain_numpy_functions_lead_to_the_line() -> None:
    def f(x: Any) -> Any:
        return numpy.log(x)

    assert line(f) in traced(f, wg.tensor(0.0))


def test_nan_and_overflow() -> None:
    assert traced(lambda x: np.log(x), wg.tensor(-1.0)).startswith("[trace_nans] log gave nan\n")
    assert traced(lambda x: np.exp(x), wg.tensor(1000.0)).startswith("[trace_nans] exp gave inf\n")
    assert "    y = 0\n" in traced(lambda x: x / 0, wg.tensor(1.0))


def test_complex_numbers() -> None:
    assert traced(lambda z: 1 / z, wg.tensor(0j)).startswith("[trace_nans] divide gave (inf+nanj)\n")


def test_what_was_given_is_let_through() -> None:
    with wg.trace_nans():
        masked = np.where(numpy.array([True, False]), wg.tensor([1.0, 2.0]), -numpy.inf)
        assert np.exp(masked).tolist() == [numpy.exp(1.0), 0.0]
        assert numpy.isnan((wg.tensor(numpy.nan) * 2).item())
        assert wg.vmap(wg.grad(lambda x: x**2))(numpy.array([1.0, numpy.inf])).tolist() == [2.0, numpy.inf]


def test_a_cotangent_behind_a_mask_is_no_alarm() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    with wg.trace_nans():
        assert wg.grad(f)(POINT).tolist() == [0.5, 0.0]
        assert wg.vmap(wg.grad(f))(POINT).tolist() == [0.5, 0.0]


def test_an_operation_to_ignore() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.log(x), 0.0))

    assert "log gave -inf" in traced(f, wg.tensor(POINT))
    with wg.trace_nans(ignore=("log",)):
        assert wg.grad(f)(POINT).tolist() == [1.0, 0.0]
    with wg.trace_nans(ignore="log"):
        f(wg.tensor(POINT))


def test_as_a_decorator() -> None:
    @wg.trace_nans()
    def f(x: Any) -> Any:
        return np.log(x)

    for _ in range(2):
        with pytest.raises(FloatingPointError, match="log gave -inf"):
            f(0.0)
    assert f(1.0).item() == 0.0
    assert not state.observers


def test_blocks_nest() -> None:
    with wg.trace_nans(ignore=("log",)):
        np.log(0.0)
        with pytest.raises(FloatingPointError, match="log"), wg.trace_nans():
            np.log(0.0)
        np.log(0.0)
    assert not state.observers
    assert not state.walk_observers


def test_an_error_inside_leaves_nothing_behind() -> None:
    with pytest.raises(KeyError), wg.trace_nans():
        raise KeyError
    assert not state.observers
    assert not state.walk_observers
    assert numpy.geterr()["divide"] == "warn"


def test_derivatives_are_as_without() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.tanh(np.matmul(x, x)) / (1 + x**2))

    x = numpy.random.default_rng(0).standard_normal((3, 3))
    plain = [wg.grad(f)(x), wg.hessian(f)(x), wg.vmap(wg.grad(f))(x[None])]
    with wg.trace_nans():
        followed = [wg.grad(f)(x), wg.hessian(f)(x), wg.vmap(wg.grad(f))(x[None])]
    for a, b in zip(plain, followed, strict=True):
        numpy.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_other_threads_are_left_alone() -> None:
    outcome: list[Any] = []

    def elsewhere() -> None:
        with numpy.errstate(all="ignore"):
            outcome.append(wg.grad(loss)(POINT).tolist())

    with wg.trace_nans():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert outcome == [[1.0, numpy.inf]]


def test_each_thread_has_its_own_block() -> None:
    texts: dict[int, str] = {}
    ready = threading.Barrier(4)

    def run(i: int) -> None:
        ready.wait()
        for _ in range(20):
            with pytest.raises(FloatingPointError) as caught, wg.trace_nans():
                wg.grad(loss)(numpy.array([float(i + 1), 0.0]))
            texts[i] = str(caught.value)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [f"    x = [{i + 1}, 0]\n" in texts[i] for i in range(4)] == [True] * 4
    assert not state.observers


class Step:
    """A training step whose first derivative is infinite."""

    def __init__(self) -> None:
        self.w = wg.tensor([0.0, 1.0], requires_grad=True)

    @wg.jit
    def run(self) -> Any:
        loss = np.sum(np.sqrt(self.w))
        loss.backward()
        return loss


@wg.jit
def compiled_logarithm(x: Any) -> Any:
    y = np.sqrt(x)
    return np.sum(np.log(y - 1.0))


@wg.jit(structured=True)
def structured_logarithm(x: Any) -> Any:
    y = x
    if x > 0:
        y = np.log(x - 1.0)
    return y


COMPILED: dict[str, tuple[Callable[[], Any], str, str]] = {
    "value": (lambda: compiled_logarithm(numpy.array([1.0, 4.0])), "log gave -inf", "np.log(y - 1.0)"),
    "gradient": (
        lambda: wg.grad(wg.jit(lambda x: np.sum(np.sqrt(x))))(numpy.array([0.0, 4.0])),
        "the derivative of sqrt became inf",
        "np.sqrt(x)",
    ),
    "training step": (lambda: Step().run(), "the derivative of sqrt became inf", "np.sqrt(self.w)"),
    "structured": (lambda: structured_logarithm(1.0), "log gave -inf", "np.log(x - 1.0)"),
    "nested": (lambda: wg.jit(lambda x: compiled_logarithm(x))(numpy.ones(2)), "log gave -inf", "np.log(y - 1.0)"),
    "jit of grad": (
        lambda: wg.jit(wg.grad(lambda x: np.sum(np.sqrt(x))))(numpy.zeros(1)),
        "the derivative of sqrt became inf",
        "np.sqrt(x)",
    ),
}


@pytest.mark.parametrize("case", COMPILED)
def test_compiled_functions_are_opened(case: str) -> None:
    run, headline, line = COMPILED[case]
    for _ in range(2):
        with pytest.raises(FloatingPointError) as error, wg.trace_nans():
            run()
        message = str(error.value)
        assert message.startswith(f"[trace_nans] {headline}")
        assert line in message
        assert __file__ in message
    with numpy.errstate(all="ignore"):
        run()


def test_a_call_before_the_block_says_that_it_was_before() -> None:
    x = wg.tensor([0.0, 4.0], requires_grad=True)
    y = wg.jit(lambda x: np.sum(np.sqrt(x)))(x)
    with pytest.raises(FloatingPointError) as error, wg.trace_nans():
        y.backward()
    assert str(error.value).startswith("[trace_nans] the derivative of compiled_function became inf at element [0]")
    assert "open the block before it, so that its line is known and compiled functions are opened" in str(error.value)
