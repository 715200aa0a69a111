"""Names and parameters of other libraries lead somewhere, and so do slips of the keyboard."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special
from wengert import names
from wengert.scipy import optimize

ONES = numpy.ones(3)


def f(x: Any, y: Any = 1.0) -> Any:
    return x * y


@pytest.mark.parametrize("name", names.OF_A_TENSOR)
def test_names_of_others_on_a_tensor(name: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(wg.tensor(1.0), name)
    assert str(error.value) == (
        f"[tensor] there is no x.{name}, which is another library's name, wanted one of a NumPy array; write "
        f"{names.OF_A_TENSOR[name]}"
    )


@pytest.mark.parametrize(
    ("module", "table"),
    [
        (wg, names.OF_THE_PACKAGE),
        (np, names.OF_NUMPY),
        (wg.random, names.OF_RANDOM),
        (wg.nn, names.OF_NN),
        (wg.nn.utils, names.OF_NN_UTILS),
        (optimize, names.OF_OPTIMIZE),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_names_of_others_in_a_module(module: Any, table: dict[str, str]) -> None:
    for name, advice in table.items():
        with pytest.raises(AttributeError) as error:
            getattr(module, name)
        assert str(error.value) == (
            f"[{module.__name__}] there is no {name}, which is another library's name; write {advice}"
        )


def test_what_is_advised_is_there() -> None:
    """Each public name of ours that a piece of advice mentions."""
    modules = {"np": np, "wg": wg, "wengert": wg, "numpy": numpy}
    tables = (
        names.OF_A_TENSOR, names.OF_THE_PACKAGE, names.OF_NUMPY, names.OF_RANDOM, names.OF_NN, names.OF_NN_UTILS,
        names.OF_OPTIMIZE,
    )  # fmt: skip
    for advice in [advice for table in tables for advice in table.values()]:
        for module, path in re.findall(r"(?<![\w.])(np|wg|wengert|numpy)\.([\w.]+)", advice):
            held = modules[module]
            for part in path.rstrip(".").split("."):
                held = getattr(held, part)
        for method in re.findall(r"(?<![\w.])x\.(\w+)", advice):
            assert hasattr(wg.Tensor, method), advice


SLIPS = {
    "[wengert] there is no gard, wanted one of its names; write wg.grad": lambda: wg.gard,
    "[wengert] there is no sin, wanted a function of arrays; write wengert.numpy.sin": lambda: wg.sin,
    "[wengert] there is no cat, which is another library's name; write np.concatenate(arrays, axis)": lambda: wg.cat,
    "[wengert.numpy] there is no reciprocl, wanted one of its names; write np.reciprocal": lambda: np.reciprocl,
}


@pytest.mark.parametrize("message", SLIPS)
def test_slips_name_what_is_near(message: str) -> None:
    with pytest.raises(AttributeError) as error:
        SLIPS[message]()
    assert str(error.value) == message


def test_what_is_not_there_is_told_as_python_does() -> None:
    x = wg.tensor(1.0)
    assert not hasattr(x, "unsqueeze")
    assert getattr(np, "softmax", None) is None
    with pytest.raises(AttributeError):
        x.__not_there__  # noqa: B018
    with pytest.raises(ImportError):
        exec("from wengert.numpy import softmax")


PARAMETERS = "[{}] there is no parameter {}, wanted one of {}; write {}"

KEYWORDS: dict[str, Callable[[], Any]] = {
    PARAMETERS.format(
        "jit",
        "static_argnums",
        "f, static_argnames, structured, backend",
        "static_argnames=, with the names of the parameters",
    ): lambda: wg.jit(f, static_argnums=0),
    PARAMETERS.format("vmap", "in_dims", "f, in_axes, out_axes, axis_name", "in_axes="): lambda: wg.vmap(f, in_dims=0),
    PARAMETERS.format(
        "gradients",
        "grad_outputs",
        "outputs, inputs, cotangents, create_graph, allow_unused, retain_graph",
        "cotangents=",
    ): lambda: wg.gradients(wg.tensor(1.0), wg.tensor(1.0), grad_outputs=1.0),
    PARAMETERS.format("backward", "gradient", "cotangent, retain_graph, create_graph", "cotangent="): lambda: wg.tensor(
        1.0
    ).backward(gradient=1.0),
    PARAMETERS.format("sum", "dim", "axis, dtype, out, keepdims, initial, where", "axis="): lambda: wg.tensor(ONES).sum(
        dim=0
    ),
    PARAMETERS.format("max", "keepdim", "axis, out, keepdims, initial, where", "keepdims="): lambda: wg.tensor(
        ONES
    ).max(0, keepdim=True),
    PARAMETERS.format("cumsum", "dim", "axis, dtype, out", "axis="): lambda: wg.tensor(ONES).cumsum(dim=0),
    PARAMETERS.format("grad", "argnmus", "f, argnums, has_aux, memory", "argnums="): lambda: wg.grad(f, argnmus=0),
}


@pytest.mark.parametrize("message", KEYWORDS)
def test_parameters_of_others(message: str) -> None:
    with pytest.raises(TypeError) as error:
        KEYWORDS[message]()
    assert str(error.value) == message


POSITIONS = "wanted the position of an argument, counted from 0, or a tuple of positions"
FUNCTION = "[{}] {} is of type {}, wanted a function{}; write {}"

SWAPPED: dict[str, Callable[[], Any]] = {
    f"[grad] argnums is 3.0, {POSITIONS}; write grad(f)(x): the point is given to what grad returns": (
        lambda: wg.grad(f, 3.0)(3.0)  # type: ignore[arg-type]
    ),
    f"[value_and_grad] argnums is 'y', {POSITIONS}; write argnums=1": lambda: wg.value_and_grad(f, argnums="y"),
    f"[hessian] argnums is ['z'], {POSITIONS}; the parameters are x, y": lambda: wg.hessian(f, argnums=["z"]),
    f"[jacobian] argnums is True, {POSITIONS}; write jacobian(f)(x): the point is given to what jacobian returns": (
        lambda: wg.jacobian(f, True)
    ),
    FUNCTION.format("grad", "f", "Tensor", " itself, not what it returns", "grad(f)(x)"): (
        lambda: wg.grad(f(wg.tensor(1.0)))
    ),
    FUNCTION.format("jit", "f", "float", "", "jit(f)(x)"): lambda: wg.jit(3.0),
    FUNCTION.format("vmap", "f", "float", "", "vmap(f)(x)"): lambda: wg.vmap(3.0),
    FUNCTION.format("checkpoint", "f", "float", "", "checkpoint(f)(x)"): lambda: wg.checkpoint(3.0),
    FUNCTION.format("jvp", "f", "float", "", "jvp(f, (x,), (v,))"): lambda: wg.jvp(2.0, f, 1.0),
    FUNCTION.format("vjp", "f", "float", "", "vjp(f, x)"): lambda: wg.vjp(2.0, f),
    FUNCTION.format("linearize", "f", "float", "", "linearize(f, x)"): lambda: wg.linearize(2.0, f),
    FUNCTION.format("hvp", "f", "float", "", "hvp(f, (x,), (v,))"): lambda: wg.hvp(2.0, f, 1.0),
    "[hvp] primals is a float, wanted a tuple with one entry an argument; write hvp(f, (x,), (v,))": (
        lambda: wg.hvp(f, 2.0, 1.0)
    ),
    FUNCTION.format("check", "f", "float", "", "check(f, x)"): lambda: wg.check(3.0, f),
    FUNCTION.format("explain", "f", "float", "", "explain(f, x)"): lambda: wg.explain(3.0, f),
    FUNCTION.format("scan", "f", "float", "", "scan(f, init, xs)"): lambda: wg.scan(1.0, f, ONES),
    FUNCTION.format("map", "f", "ndarray", "", "map(f, xs)"): lambda: wg.map(ONES, f),
    FUNCTION.format("while_loop", "test", "float", "", "while_loop(test, body, init)"): (
        lambda: wg.while_loop(1.0, f, f)
    ),
    FUNCTION.format("fori_loop", "body", "float", "", "fori_loop(lower, upper, body, init)"): (
        lambda: wg.fori_loop(0, 3, 1.0, f)
    ),
    FUNCTION.format("cond", "if_true", "bool", "", "cond(test, if_true, if_false, x)"): (
        lambda: wg.cond(f, True, f, 1.0)
    ),
    FUNCTION.format("switch", "branches[1]", "float", "", "switch(index, [f, g], x)"): lambda: wg.switch(0, [f, 1.0]),
    FUNCTION.format(
        "custom_derivative",
        "jvp",
        "float",
        "",
        "custom_derivative(f, vjp=lambda primals, out, cotangent: ...)",
    ): lambda: wg.custom_derivative(f, jvp=3.0),
    "[trace_nans] a function was given, wanted names of operations to ignore; write trace_nans()(f), or @trace_nans() "
    "above the function": lambda: wg.trace_nans(f),
}


@pytest.mark.parametrize("message", SWAPPED)
def test_swapped_and_missing_arguments(message: str) -> None:
    with pytest.raises(TypeError) as error:
        SWAPPED[message]()
    assert str(error.value) == message


def test_bounds_of_a_loop_are_no_functions() -> None:
    with pytest.raises(TypeError) as error:
        wg.fori_loop(lambda i, c: c, 0, 3, 1.0)
    assert str(error.value).startswith(
        "[fori_loop] lower is a function, wanted an integer; write fori_loop(lower, upper, body, init) in this order"
    )


def test_positions_may_be_numbers_of_numpy() -> None:
    assert wg.grad(lambda x, y: x * y, numpy.int64(1))(2.0, 3.0).item() == 2.0
    assert [g.item() for g in wg.grad(lambda x, y: x * y, [0, -1])(2.0, 3.0)] == [3.0, 2.0]


def test_a_result_that_was_a_leaf_says_so() -> None:
    w = wg.tensor(ONES, requires_grad=True)
    np.sum(w * w).backward()
    w = w - 0.1 * w.grad
    np.sum(w * w).backward()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        assert w.grad is None
    assert [(one.category, one.filename) for one in caught] == [(wg.NotALeafWarning, __file__)]
    assert str(caught[0].message) == (
        "[grad] .grad of a result was read, which is None, wanted that of a leaf: after w = w - rate * w.grad, w is a "
        "result and no leaf any more; write `with wg.no_grad(): w -= rate * w.grad`, or w.retain_grad() for the "
        "gradient of a result"
    )
    assert wg.tensor(1.0).grad is None


def has_axis(f: Any) -> bool:
    """Whether it is a function of ours that goes along axes, and passes no keywords on."""
    own = inspect.unwrap(f)
    if not isinstance(own, FunctionType) or own.__module__.startswith("numpy"):
        return False
    parameters = inspect.signature(own).parameters
    return "axis" in parameters and all(p.kind is not p.VAR_KEYWORD for p in parameters.values())


ALONG_AXES = sorted(name for name, f in vars(np).items() if has_axis(f))


def test_many_functions_go_along_axes() -> None:
    assert len(ALONG_AXES) > 70


@pytest.mark.parametrize("name", ALONG_AXES)
def test_functions_along_axes_know_what_others_call_an_axis(name: str) -> None:
    with pytest.raises(TypeError, match=r"\[\w+\] there is no parameter dim, wanted one of .*axis.*; write axis="):
        getattr(np, name)(dim=0)
