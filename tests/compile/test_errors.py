"""The whole text of what goes wrong under jit: it names the user's line, and what to write instead."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.array([0.5, -1.0, 2.0])


def line_of(f: Callable[..., Any], marked: str) -> str:
    """How a message names the line of a function that has this mark."""
    lines, first = inspect.getsourcelines(f)
    number, text = next((i, line) for i, line in enumerate(lines, first) if marked in line)
    return f" (at {__file__}:{number}, in {f.__name__}: {text.strip()})"


def test_a_loop_that_decides_too_often() -> None:
    def f(x: Any) -> Any:
        while np.sum(x) < 1000:  # turn
            x = x + 0.5
        return x

    with pytest.warns(RuntimeWarning) as caught:
        wg.jit(f)(X)
    assert str(caught[0].message) == (
        "[jit] f has taken 100 decisions on values in one call, wanted fewer; from now on it runs without being "
        "compiled where no path is known; write wg.while_loop, wg.fori_loop or wg.scan for the loop"
        + line_of(f, "# turn")
    )


def test_paths_that_multiply() -> None:
    def f(x: Any) -> Any:
        return x * math.exp(np.sum(x))  # float

    compiled = wg.jit(f)
    with pytest.warns(RuntimeWarning) as caught:
        _ = [compiled(X + i) for i in range(20)]
    assert [str(warning.message) for warning in caught] == [
        "[jit] f has taken 16 paths, and takes yet another, wanted few; from now on it runs without being compiled "
        "where no path is known; write wg.while_loop or wg.fori_loop for a loop whose number of turns varies, wg.cond "
        "or np.where for a branch, and functions of wengert.numpy instead of those of math, which ask for the number"
        + line_of(f, "# float")
    ]


def test_surroundings_that_change_each_time() -> None:
    class Holder:
        mode = ""

    compiled = wg.jit(lambda x: x * len(Holder.mode))
    with pytest.warns(RuntimeWarning) as caught:
        _ = [(setattr(Holder, "mode", i * "."), compiled(X)) for i in range(20)]
    assert [str(warning.message) for warning in caught] == [
        "[jit] <lambda> was recorded 16 times because Holder.mode was another each time, wanted numbers and flags that "
        "stay, or shapes that stay; from now on it runs without being compiled where it is yet another; keep what "
        "changes in a tensor (wg.tensor(0)), and write it in place, or pass it as an argument"
    ]


def test_a_question_of_a_custom_rule_in_a_compiled_derivative() -> None:
    def pull(primals: Any, out: Any, ct: Any) -> Any:
        return ct * (2.0 if np.sum(primals[0]) > 0 else 3.0)

    g = wg.custom_derivative(vjp=pull)(lambda x: x * 1.0)
    f = wg.jit(lambda x: np.sum(g(x)))
    for x, slope in [(X, 2.0), (-X, 3.0), (X, 2.0)]:  # the function itself answers
        numpy.testing.assert_array_equal(wg.grad(f)(x).numpy(), numpy.full(3, slope))


def test_a_leaked_tensor() -> None:
    leaked: list[Any] = []

    def keep(x: Any) -> Any:
        square = x * x  # made
        leaked.append(square)
        return square

    with pytest.raises(RuntimeError) as error:
        wg.jit(keep)(X)
    assert str(error.value) == (
        "[jit] a tensor of shape (3,) from inside jit is still held by leaked[0] when the function has returned, but "
        "has no value there, wanted only what the function returns, or binds to a variable, an attribute or a key that "
        "is there at each call; return it, or write state.copy_(value)" + line_of(keep, "# made")
    )

    def use() -> Any:
        return leaked[0] + 1  # use

    with pytest.raises(RuntimeError) as error:
        use()
    assert str(error.value) == (
        "[jit] a tensor of shape (3,) from inside jit was used after it returned, wanted only what the function "
        "returns; return the tensor from the function, and do not store it in a list, a global or an attribute"
        + line_of(use, "# use")
    )


def test_a_text_that_the_body_of_a_loop_changes() -> None:
    class Holder:
        turns = ""

    def turn(i: Any, c: Any) -> Any:
        Holder.turns += "."
        return c + 1

    def f(x: Any) -> Any:
        return wg.fori_loop(0, 3, turn, x)  # loop

    with pytest.raises(RuntimeError) as error:
        wg.jit(f)(1.0)
    assert str(error.value) == (
        "[jit] Holder.turns is bound to '.' instead of '' inside the body of a loop or a branch, which is recorded "
        "once, wanted state that is a tensor or a number; bind Holder.turns outside of the body, or write a number"
        + line_of(f, "# loop")
    )
    assert Holder.turns == ""


def test_an_argument_that_is_no_array() -> None:
    def call() -> Any:
        return wg.jit(lambda x, g: g(x))(X, np.sin)  # call

    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == (
        "[jit] argument 1 is of type function, wanted arrays, numbers, texts, or nestings of them (dict, list, tuple, "
        "dataclass); name it in static_argnames if it can be hashed, or let the function read it from outside"
        + line_of(call, "# call")
    )


def test_a_leaf_among_the_arguments_that_is_written() -> None:
    def f(x: Any) -> Any:
        x += 1
        return x

    x = wg.tensor(X, requires_grad=True)
    for function in (f, wg.jit(f)):
        with pytest.raises(RuntimeError, match="a leaf that requires grad was written in place"):
            function(x)
    result = wg.tensor(X, requires_grad=True) * 1
    compiled = wg.jit(f)
    compiled(result)
    with pytest.raises(RuntimeError, match="a leaf that requires grad was written in place"):
        compiled(x)
    numpy.testing.assert_array_equal(x.detach().numpy(), X)


def test_a_gradient_that_belongs_outside() -> None:
    x = wg.tensor(X, requires_grad=True)

    def f(x: Any) -> Any:
        loss = np.sum(x * x)
        loss.backward()  # backward
        return loss

    with pytest.raises(RuntimeError) as error:
        wg.jit(f)(x)
    assert str(error.value) == (
        "[backward] inside jit, the output depends on a tensor of shape (3,) that is an argument or was computed "
        "outside, and whose gradient belongs outside, wanted only leaves that the function reads from closures or "
        "objects; call backward() outside on what the function returns, or write x.detach()" + line_of(f, "# backward")
    )


def test_a_static_argument_without_a_hash() -> None:
    def call() -> Any:
        return wg.jit(lambda x, axes: np.sum(x, axis=axes), static_argnames=("axes",))(X, axes=[0])  # call

    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == (
        "[jit] the static argument axes is of type list, wanted something hashable, by which programs are told apart; "
        "write a tuple or a number, or leave axes out of static_argnames" + line_of(call, "# call")
    )


def test_an_error_of_the_function_is_the_same_under_jit() -> None:
    def f(x: Any) -> Any:
        return x + np.ones(2)

    with pytest.raises(ValueError, match="shapes") as eager:
        f(np.asarray(X))
    with pytest.raises(ValueError, match="shapes") as compiled:
        wg.jit(f)(X)
    assert str(compiled.value) == str(eager.value)


def test_after_an_error_the_function_can_be_called_again() -> None:
    flag = [True]

    @wg.jit
    def f(x: Any) -> Any:
        if flag[0]:
            raise ZeroDivisionError
        return x + 1

    with pytest.raises(ZeroDivisionError):
        f(X)
    assert (np.asarray(X) + 1).tolist() == (X + 1).tolist()  # nothing records any more
    flag[0] = False
    numpy.testing.assert_array_equal(f(X).numpy(), X + 1)


def test_state_of_another_shape_is_recorded_anew_or_explained() -> None:
    w = wg.tensor([1.0, 2.0, 3.0])
    f = wg.jit(lambda x: x * w)
    f(X)
    with pytest.raises(ValueError, match=r"\[copy_\]|broadcast|shape"):
        w.copy_(numpy.ones((2, 2)))
    numpy.testing.assert_array_equal(f(X).numpy(), X * [1.0, 2.0, 3.0])


@pytest.mark.parametrize("dtype", ["longdouble", "clongdouble"])
def test_dtypes_without_machine_code_are_done_by_numpy(dtype: str) -> None:
    x = numpy.array([1, 2, 3]).astype(dtype)
    f = wg.jit(lambda x: (x * x + 1, np.sum(x)))
    square, total = f(x)
    assert square.dtype == dtype
    numpy.testing.assert_array_equal(square.numpy(), x * x + x.dtype.type(1))
    assert total.item() == x.sum()
    assert "NumPy steps" in f.report()


def test_without_llvmlite_programs_run_in_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.compile.backend.find_spec", lambda name: None)
    w = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)

    def step(x: Any) -> Any:
        w.grad = None
        loss = np.sum(np.sin(w * x))
        loss.backward()
        return loss

    compiled = wg.jit(step)
    found = compiled(X).item()
    gradient = w.grad.numpy().copy()
    assert step(np.asarray(X)).item() == pytest.approx(found, rel=1e-14)
    numpy.testing.assert_allclose(gradient, w.grad.numpy(), rtol=1e-14)
    assert "no native code" in compiled.report()
    lowered = compiled.lower(X)
    assert lowered.llvm() == lowered.asm() == ""
    numpy.testing.assert_allclose(wg.jit(wg.hessian(lambda x: np.sum(x**3)))(X).numpy(), numpy.diag(6 * X), rtol=1e-14)
