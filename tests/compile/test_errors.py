"""The whole text of what goes wrong under jit: it names the user's line, and what to write instead."""

from __future__ import annotations

import inspect
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


def a_decision(x: Any) -> Any:
    if x[0] > 0:  # bool
        return x
    return -x


def an_item(x: Any) -> Any:
    return x * x[1].item()  # item


def a_float(x: Any) -> Any:
    return x * float(np.sum(x))  # float


def an_integer(x: Any) -> Any:
    return range(int(np.sum(x)))  # int


def an_index(x: Any) -> Any:
    return [1, 2, 3][np.argmax(x)]  # index


def an_array(x: Any) -> Any:
    return (x * 2).numpy()  # numpy


def a_list(x: Any) -> Any:
    return sum(x.tolist())  # tolist


def an_export(x: Any) -> Any:
    return numpy.asarray(x)  # __array__


STATE = wg.tensor(3.0)


def a_value_of_state(x: Any) -> Any:
    return x * float(STATE)  # float


VALUES = {
    "bool": (a_decision, "bool", ()),
    "item": (an_item, "item", ()),
    "float": (a_float, "float", ()),
    "int": (an_integer, "int", ()),
    "index": (an_index, "index", ()),
    "numpy": (an_array, "numpy", (3,)),
    "tolist": (a_list, "tolist", (3,)),
    "asarray": (an_export, "__array__", (3,)),
    "state": (a_value_of_state, "float", ()),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_are_asked_for(name: str) -> None:
    f, op, shape = VALUES[name]
    with pytest.raises(TypeError) as error:
        wg.jit(f)(X)
    message, place = str(error.value).split(" (at ")
    expected = (
        f"of a tensor of shape {shape} was asked for inside jit, where the function is recorded once for all values, "
        "wanted operations on arrays only; write np.where(condition, a, b) instead of if, name what decides in "
        "static_argnames, or call the function without jit"
    )
    assert message.split("] the value ", 1)[1] == expected
    assert message.startswith("[")
    assert " (at " + place == line_of(f, f"# {op}")


def test_eager_calls_of_the_same_functions_work() -> None:
    for f, _, _ in VALUES.values():
        f(np.asarray(numpy.abs(X)))


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


def test_a_name_bound_anew_that_has_another() -> None:
    class Holder:
        first = second = wg.tensor(X)

    def f(x: Any) -> Any:
        Holder.first = Holder.first + x  # bound
        return x * Holder.second

    with pytest.raises(RuntimeError) as error:
        wg.jit(f)(X)
    assert str(error.value) == (
        "[jit] Holder.first is bound to another tensor inside jit, but what it held is found by another name too or "
        "was written in place before, wanted one name for a tensor that is replaced; write it in place, as in "
        "Holder.first.copy_(value) or Holder.first += value" + line_of(f, "# bound")
    )
    numpy.testing.assert_array_equal(Holder.first.numpy(), X)


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


@pytest.mark.parametrize("dtype", ["float16", "complex64", "complex128", "uint8", "longdouble"])
def test_dtypes_without_machine_code_are_done_by_numpy(dtype: str) -> None:
    x = numpy.array([1, 2, 3]).astype(dtype)
    f = wg.jit(lambda x: (x * x + 1, np.sum(x)))
    square, total = f(x)
    assert square.dtype == dtype
    numpy.testing.assert_array_equal(square.numpy(), x * x + x.dtype.type(1))
    assert total.item() == x.sum()
    assert "NumPy steps" in f.report()


def test_without_llvmlite_programs_run_in_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.compile.lowered.find_spec", lambda name: None)
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
