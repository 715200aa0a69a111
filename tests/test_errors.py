"""Errors teach: the whole text of each, ``[op] what was given, what was wanted, what to write instead``."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any


def leaf(value: Any) -> wg.Tensor:
    return wg.tensor(value, requires_grad=True)


def leaked() -> wg.Tensor:
    kept: list[wg.Tensor] = []
    wg.vmap(lambda x: kept.append(x * 2.0) or x)(numpy.ones(3))
    return kept[0]


def freed() -> wg.Tensor:
    z = np.sum(np.sin(leaf([1.0, 2.0])))
    z.backward()
    return z


ONES = numpy.ones(3)
INTEGER = (
    "wanted real or complex floating point, since an integer has no derivative; write it with a decimal point "
    "(3.0 for 3) or as x.astype(float)"
)
BROADCAST = (
    "wanted shapes that broadcast: from the last axis on equal, or 1 in one of them; write x[:, None] or np.reshape to "
    "line their axes up"
)
NO_VALUE = (
    "where there is one list for all examples and no value yet, wanted operations on arrays only; write "
    "np.where(condition, a, b) instead of if, or call the function without vmap in a Python loop"
)
LEAKED = (
    "[vmap] a tensor of shape () from inside vmap was used after it returned, wanted only what the function returns; "
    "return the tensor from the function, and do not store it in a list, a global or an attribute"
)
CUT = "wanted a path (strict=True); write strict=False for zeros, or operations of wengert.numpy that have a derivative"

ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    # -- define-by-run
    "backward of a vector": (
        lambda: (leaf([1.0, 2.0]) * 2.0).backward(),
        RuntimeError,
        "[backward] the output has shape (2,), wanted a scalar; write z.sum().backward(), or z.backward(v) with a "
        "cotangent v of that shape",
    ),
    "backward of a complex scalar": (
        lambda: (leaf(1.0) * 1j).backward(),
        RuntimeError,
        "[backward] the output has dtype complex128, wanted a real scalar; write abs(z), z.real or z.imag, or "
        "z.backward(v) with a cotangent v of that dtype",
    ),
    "backward of a constant": (
        lambda: wg.tensor(1.0).backward(),
        RuntimeError,
        "[backward] the output does not depend on a tensor with requires_grad, wanted one that does; write "
        "tensor(value, requires_grad=True) for the inputs, and compute outside no_grad() and detach()",
    ),
    "second backward": (
        lambda: freed().backward(),
        RuntimeError,
        "[backward] the graph was freed by an earlier backward(), which keeps no values; wanted a graph with its "
        "values; write backward(retain_graph=True) the first time, or compute the output again",
    ),
    "cotangent of another shape": (
        lambda: (leaf([1.0, 2.0]) * 2.0).backward(ONES),
        TypeError,
        "[backward] the cotangent has shape (3,), wanted (2,); write a cotangent of the shape of what it belongs to",
    ),
    "integer leaf": (
        lambda: leaf([1, 2]),
        TypeError,
        "[requires_grad] the tensor has dtype int64, wanted real or complex floating point, since an integer has no "
        "derivative; write tensor(value, dtype=float, requires_grad=True)",
    ),
    "end the watch of a result": (
        lambda: (leaf(1.0) * 2.0).requires_grad_(False),
        RuntimeError,
        "[requires_grad] the tensor is a result, wanted a leaf to stop watching; write x.detach() for a tensor that is "
        "not watched",
    ),
    "unused input of gradients": (
        lambda: wg.gradients(leaf(1.0) * 2.0, leaf(1.0)),
        RuntimeError,
        "[gradients] no output depends on input 0 (shape ()), wanted a path from it to an output; write "
        "allow_unused=True to get None there, and check for detach(), no_grad() or a leaf made later",
    ),
    "gradients of a number": (
        lambda: wg.gradients(leaf(1.0) * 2.0, 1.0),
        TypeError,
        "[gradients] input 0 is of type float, wanted a tensor of the define-by-run graph; write tensor(value, "
        "requires_grad=True) where it begins",
    ),
    "too few cotangents": (
        lambda: wg.gradients((leaf(1.0) * 2.0, leaf(1.0) * 2.0), leaf(1.0), (1.0,)),
        TypeError,
        "[gradients] 2 outputs and 1 cotangent(s) were given, wanted one for each; write a tuple, with None for 1",
    ),
    "leaf written in place": (
        lambda: leaf([1.0, 2.0]).__setitem__(0, 5.0),
        RuntimeError,
        "[setitem] a leaf that requires grad was written in place, wanted a result or a leaf within no_grad(), since "
        "the gradient is that of the value the leaf was made with; write it within `with wg.no_grad():`, or x = "
        "x.clone() first",
    ),
    # -- functions and their arguments
    "grad of an integer": (
        lambda: wg.grad(lambda x: x * x)(3),
        TypeError,
        f"[grad] argument 0 has dtype int64, {INTEGER}",
    ),
    "value_and_grad of a nested integer": (
        lambda: wg.value_and_grad(lambda y, p: p["a"][0], argnums=1)(1.0, {"a": [1, 2.0]}),
        TypeError,
        f"[value_and_grad] argument 1['a'][0] has dtype int64, {INTEGER}",
    ),
    "jvp of an integer": (
        lambda: wg.jvp(np.sin, (3,), (1,)),
        TypeError,
        f"[jvp] primals[0] has dtype int64, {INTEGER}",
    ),
    "jacobian of a boolean": (
        lambda: wg.jacobian(np.sin)(True),
        TypeError,
        f"[jacobian] arguments[0] has dtype bool, {INTEGER}",
    ),
    "grad of a string": (
        lambda: wg.grad(lambda p: p["x"])({"x": 1.0, "name": "relu"}),
        TypeError,
        "[grad] argument 0['name'] has dtype <U4, wanted real or complex floating point; write it as an argument that "
        "is not differentiated, as argnums tells, or as a keyword",
    ),
    "grad of a vector function": (
        lambda: wg.grad(np.sin)(ONES),
        TypeError,
        "[grad] the function returned shape (3,), wanted a scalar; write its sum, or jacobian(f) for all "
        "derivatives, or vjp(f, x) for their product with a cotangent",
    ),
    "grad of a function with two results": (
        lambda: wg.grad(lambda x: (x, x))(1.0),
        TypeError,
        "[grad] the function returned 2 values, wanted one real scalar; write has_aux=True if it returns (value, "
        "anything else), or jacobian(f) for the derivatives of all of them",
    ),
    "grad of a function without result": (
        lambda: wg.grad(lambda x: None)(1.0),
        TypeError,
        "[grad] the function returned nothing, wanted one real scalar; write return before it",
    ),
    "grad with has_aux of one result": (
        lambda: wg.grad(lambda x: x * x, has_aux=True)(1.0),
        TypeError,
        "[grad] has_aux=True and the function did not return a pair, wanted (value, aux) with one real scalar value; "
        "write return value, aux, or leave has_aux out",
    ),
    "grad of a complex function": (
        lambda: wg.grad(lambda x: x * 1j)(1.0),
        TypeError,
        "[grad] the function returned dtype complex128, wanted a real floating scalar; write abs(z), z.real or z.imag "
        "for a complex result, or x.astype(float) for an integer one",
    ),
    "jvp of a function that returns a function": (
        lambda: wg.jvp(lambda x: lambda y: x * y, (1.0,), (1.0,)),
        TypeError,
        "[jvp] the function returned a function, wanted arrays, or nestings of arrays; return everything else "
        "separately, as aux where has_aux=True is understood",
    ),
    "argnums out of range": (
        lambda: wg.grad(lambda x, y: x, argnums=1)(1.0, y=2.0),
        TypeError,
        "[grad] argnums=1 but the function was called with 1 positional argument(s); wanted an argument to "
        "differentiate; pass it by position, not by keyword",
    ),
    "argument named twice": (
        lambda: wg.grad(lambda x, y: x * y, argnums=(1, -1))(1.0, 2.0),
        TypeError,
        "[grad] argnums=(1, -1) names an argument twice, wanted each once; write the position once, and use its "
        "gradient where it is needed",
    ),
    "primals that are no tuple": (
        lambda: wg.jvp(np.sin, 1.0, 1.0),
        TypeError,
        "[jvp] primals is a float, wanted a tuple with one entry an argument; write jvp(f, (x,), (v,))",
    ),
    # -- tangents and cotangents
    "tangent of another shape": (
        lambda: wg.jvp(np.sin, (ONES,), (numpy.ones(2),)),
        TypeError,
        "[jvp] the tangent[0] has shape (2,), wanted (3,); write a tangent of the shape of what it belongs to",
    ),
    "tangent of another dtype": (
        lambda: wg.jvp(np.sin, (ONES,), (ONES.astype("f4"),)),
        TypeError,
        "[jvp] the tangent[0] has dtype float32, wanted float64; write it as v.astype('float64')",
    ),
    "cotangent of another dtype": (
        lambda: wg.vjp(lambda x: {"a": [x]}, ONES)[1]({"a": [ONES * 1j]}),
        TypeError,
        "[vjp] the cotangent['a'][0] has dtype complex128, wanted float64; write it as v.astype('float64')",
    ),
    "tangent without a part": (
        lambda: wg.jvp(lambda p: p["a"], ({"a": 1.0, "b": [2.0, 3.0]},), ({"a": 1.0, "b": [2.0]},)),
        TypeError,
        "[jvp] the tangent has the structure ({'a': *, 'b': [*]},), wanted ({'a': *, 'b': [*, *]},); the first "
        "difference is at [0]['b'][1], which is missing; write a tangent nested like what it belongs to",
    ),
    "tangent with too many parts": (
        lambda: wg.linearize(lambda p: p["a"], {"a": 1.0})[1]({"a": 1.0, "c": 2.0}),
        TypeError,
        "[linearize] the tangent has the structure ({'a': *, 'c': *},), wanted ({'a': *},); the first difference is at "
        "[0]['c'], which is not expected; write a tangent nested like what it belongs to",
    ),
    "tangent of another kind": (
        lambda: wg.jvp(lambda p: p.weight, (Layer(1.0, [2.0]),), (Layer(1.0, (2.0,)),)),
        TypeError,
        "[jvp] the tangent has the structure (Layer(*, (*,)),), wanted (Layer(*, [*]),); the first difference is at "
        "[0]['bias'], which is a tuple instead of a list; write a tangent nested like what it belongs to",
    ),
    "cotangent that is an array instead of a tuple": (
        lambda: wg.vjp(lambda x: (x, None), 1.0)[1](1.0),
        TypeError,
        "[vjp] the cotangent has the structure *, wanted (*, None); the first difference is at the top, which is an "
        "array instead of a tuple; write a cotangent nested like what it belongs to",
    ),
    # -- Jacobians
    "strict jacobian of a conversion": (
        lambda: wg.jacobian(lambda x: np.asarray(x.item()) * 2.0, strict=True)(1.0),
        RuntimeError,
        f"[jacobian] output 0 does not depend on input 0, nor does any operation lead from one to the other; {CUT}",
    ),
    "hessian of a complex argument": (
        lambda: wg.hessian(lambda z: np.abs(z) ** 2)(1 + 2j),
        TypeError,
        "[hessian] an argument or the result has dtype complex128, wanted real floating point, since the second "
        "derivatives of a pair of reals are four numbers; write f as a function of x.real and x.imag",
    ),
    "jacobian in no mode": (
        lambda: wg.jacobian(np.sin, mode="backward"),
        ValueError,
        "[jacobian] mode='backward', wanted 'auto', 'forward' or 'reverse'; write mode='auto' to let the sizes of "
        "input and output decide",
    ),
    "jacobian of a comparison": (
        lambda: wg.jacobian(lambda x: x > 0)(1.0),
        TypeError,
        "[jacobian] the function returned dtype bool, wanted real or complex floating point; write the result as "
        "x.astype(float)",
    ),
    # -- shapes
    "shapes of tensors": (
        lambda: leaf(numpy.ones((2, 3))) * wg.tensor([1.0, 2.0]),
        ValueError,
        f"[multiply] the shapes are (2, 3) and (2,), {BROADCAST}",
    ),
    "shapes of a tensor and an array": (
        lambda: ONES + wg.tensor([1.0, 2.0]),
        ValueError,
        f"[add] the shapes are (3,) and (2,), {BROADCAST}",
    ),
    "shapes of arrays": (
        lambda: np.maximum(numpy.ones((2, 3)), [1.0, 2.0]),
        ValueError,
        f"[maximum] the shapes are (2, 3) and (2,), {BROADCAST}",
    ),
    "shapes of three operands": (
        lambda: np.where([True, False], leaf([1.0, 2.0]), ONES),
        ValueError,
        f"[where] the shapes are (2,) and (2,) and (3,), {BROADCAST}",
    ),
    "shapes under vmap": (
        lambda: wg.vmap(lambda x: x * ONES)(numpy.ones((2, 4))),
        ValueError,
        f"[multiply] the shapes are (4,) and (3,), {BROADCAST}",
    ),
    "shapes in place": (
        lambda: wg.tensor([1.0, 2.0]).__iadd__(ONES),
        ValueError,
        f"[add] the shapes are (2,) and (3,), {BROADCAST}",
    ),
    # -- vmap
    "if under vmap": (
        lambda: wg.vmap(lambda x: x if x > 0 else -x)(ONES),
        TypeError,
        f"[bool] the value of a tensor of shape () was asked for inside vmap, {NO_VALUE}",
    ),
    "number under vmap": (
        lambda: wg.vmap(lambda x: math.sin(x))(ONES),
        TypeError,
        f"[float] the value of a tensor of shape () was asked for inside vmap, {NO_VALUE}",
    ),
    "item under vmap of grad": (
        lambda: wg.vmap(wg.grad(lambda x: x.item() * x))(ONES),
        TypeError,
        f"[item] the value of a tensor of shape () was asked for inside vmap, {NO_VALUE}",
    ),
    "leaked tensor in an operation": (lambda: leaked() + 1.0, RuntimeError, LEAKED),
    "value of a leaked tensor": (lambda: leaked().item(), RuntimeError, LEAKED),
    "leaked tensor in another vmap": (lambda: wg.vmap(leaked().__mul__)(ONES), RuntimeError, LEAKED),
    "lengths of batch axes": (
        lambda: wg.vmap(lambda x, y: x)(ONES, numpy.ones(2)),
        ValueError,
        "[vmap] the batch axes have different lengths (leaf 0: 3, leaf 1: 2), wanted the same for all; write "
        "in_axes=None for an argument that all examples share",
    ),
    "vmap of a scalar": (
        lambda: wg.vmap(np.sin)(1.0),
        ValueError,
        "[vmap] leaf 0 of the arguments has shape (), wanted an axis 0 to map over; write in_axes=None for an argument "
        "that all examples share",
    ),
    "vmap without a batch": (
        lambda: wg.vmap(np.sin, in_axes=None)(ONES),
        ValueError,
        "[vmap] no argument has a batch axis, wanted at least one; write in_axes=0 for the argument to map over",
    ),
    "in_axes of another structure": (
        lambda: wg.vmap(np.sin, in_axes=(0, 0))(ONES),
        ValueError,
        "[vmap] in_axes=(0, 0) does not fit the structure of what it describes, wanted an int, None, or one entry for "
        "each argument, nested like it; write in_axes=0 for the first axis of everything",
    ),
    "in_axes that is no number": (
        lambda: wg.vmap(np.sin, in_axes="a")(ONES),
        TypeError,
        "[vmap] in_axes has 'a' for leaf 0 of the arguments, wanted an int or None; write in_axes=0 for the first axis",
    ),
    "out_axes out of range": (
        lambda: wg.vmap(np.sin, out_axes=2)(ONES),
        ValueError,
        "[vmap] out_axes=2 for a result of shape (), wanted from -1 to 0; write out_axes=0 for the first axis",
    ),
    "out_axes None of a batch": (
        lambda: wg.vmap(np.sin, out_axes=None)(ONES),
        ValueError,
        "[vmap] out_axes=None for a result that depends on a batched argument, wanted where its batch axis goes; write "
        "out_axes=0",
    ),
    # -- derivatives that would be lost
    "math function under grad": (
        lambda: wg.grad(lambda x: math.sin(x) * x)(1.0),
        TypeError,
        "[float] a tensor whose derivative is being recorded was to become a Python number, which has none, wanted a "
        "function of wengert.numpy for this step (np.sin for math.sin); write x.item() if its derivative does not "
        "matter",
    ),
    "array under grad": (
        lambda: wg.grad(lambda x: np.sum(numpy.asarray(x)))(ONES),
        TypeError,
        "[numpy.asarray] a tensor of shape (3,) whose derivative is being recorded was to become a NumPy array, which "
        "has none; wanted a function of wengert.numpy or wengert.scipy for this step; write x.detach() if its "
        "derivative does not matter",
    ),
    "number of a vector": (
        lambda: float(wg.tensor([1.0, 2.0])),
        TypeError,
        "[float] the tensor has shape (2,), wanted one element; write x.sum(), x[i] or x.tolist()",
    ),
    "value in a rule that is transposed": (
        lambda: wg.custom_derivative(np.sin, jvp=lambda p, o, t: t[0].item() * 2.0)(leaf(1.0)).backward(),
        TypeError,
        "[custom_derivative] reverse mode of sin was asked for, and its jvp asks for values, so that no vjp follows "
        "from it; wanted array operations that are linear in the (co)tangent; write them so, or give the vjp too: "
        "@wg.custom_derivative(jvp=..., vjp=...)",
    ),
    # -- habits of NumPy and PyTorch
    "no such axis": (
        lambda: np.sum(wg.tensor(ONES), axis=1),
        numpy.exceptions.AxisError,
        "[axis] axis 1 is out of bounds for array of dimension 1, wanted one from -1 to 0; write axis=-1 for the last",
    ),
    "an axis of a scalar": (
        lambda: np.flip(wg.tensor(1.0), 0),
        numpy.exceptions.AxisError,
        "[axis] axis 0 is out of bounds for array of dimension 0, wanted an axis; write x.reshape(1)",
    ),
    "another number of elements": (
        lambda: wg.tensor(ONES).reshape(2, 2),
        ValueError,
        "[reshape] cannot reshape array of size 3 into shape (2,2), wanted lengths whose product is the number of "
        "elements; write -1 for one of them, which is computed then",
    ),
    "squeeze of a long axis": (
        lambda: np.squeeze(wg.tensor(ONES), 0),
        ValueError,
        "[squeeze] cannot select an axis to squeeze out which has size not equal to one: the shape is (3,), wanted "
        "axes of length 1; write np.squeeze(x) for all that are",
    ),
    "broadcast to what does not fit": (
        lambda: np.broadcast_to(wg.tensor(ONES), (3, 2)),
        ValueError,
        "[broadcast_to] the array has shape (3,) and was to be broadcast to (3, 2), wanted lengths that are, from the "
        "last axis on, equal or 1; write x[:, None] or np.reshape to line the axes up",
    ),
    "arrays one by one": (
        lambda: np.concatenate(wg.tensor(ONES), wg.tensor(ONES)),
        ValueError,
        "[concatenate] zero-dimensional arrays cannot be concatenated, wanted one sequence of arrays that have axes; "
        "write np.concatenate([x, y]), or np.stack for scalars",
    ),
    "stack of other shapes": (
        lambda: np.stack([wg.tensor(ONES), wg.tensor(ONES[1:])]),
        ValueError,
        "[stack] all input arrays must have the same shape, but they have (3,), (2,), wanted equal shapes; write "
        "np.concatenate for arrays of different lengths",
    ),
    "unequal parts": (
        lambda: np.split(wg.tensor(ONES), 2),
        ValueError,
        "[split] array split does not result in an equal division: the axis has 3 elements, wanted a number of parts "
        "that divides it; write np.array_split(x, 2)",
    ),
    "truth of an array": (
        lambda: not wg.tensor(ONES),
        ValueError,
        "[bool] the truth value of an array of shape (3,) is ambiguous, wanted one element; write x.any() or x.all()",
    ),
    "lengths one by one": (
        lambda: np.zeros(2, 3),
        TypeError,
        "[zeros] the shape 2 and the dtype 3 were given, wanted all lengths as one tuple; write np.zeros((2, 3))",
    ),
    "bits of a real number": (
        lambda: ~wg.tensor(ONES),
        TypeError,
        "[invert] the operands have dtype float64, wanted ones that the operation knows: integers and truth values for "
        "bitwise operators, numbers for - and +; write x.astype(int), x > 0, np.logical_not(x) or x ^ y",
    ),
    "difference of truth values": (
        lambda: (wg.tensor(ONES) > 0) - (wg.tensor(ONES) > 0),
        TypeError,
        "[subtract] the operands have dtype bool and bool, wanted ones that the operation knows: integers and truth "
        "values for bitwise operators, numbers for - and +; write x.astype(int), x > 0, np.logical_not(x) or x ^ y",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_whole_text(name: str) -> None:
    run, kind, text = ERRORS[name]
    with pytest.raises(kind) as error:
        run()
    message, _, place = str(error.value).partition(" (at ")
    assert message == text
    assert not place or __file__ in place


def rounded(x: Any, y: Any) -> Any:
    z = np.floor(y * 2.0)
    w = z + 1.0
    w[0] = 5.0
    return x, np.sin(w) * x


def compared(x: Any, y: Any) -> Any:
    return (y > 0).astype(float), x * y


@pytest.mark.parametrize(
    ("f", "mode", "output", "cut"),
    [
        (rounded, "forward", 1, "floor ({file}:{line}, in rounded: z = np.floor(y * 2.0))"),
        (rounded, "reverse", 0, None),
        (compared, "forward", 0, "greater ({file}:{line}, in compared: return (y > 0).astype(float), x * y)"),
        (compared, "reverse", 0, "greater ({file}:{line}, in compared: return (y > 0).astype(float), x * y)"),
    ],
)
def test_strict_jacobian_says_where_the_path_was_cut(f: Any, mode: str, output: int, cut: str | None) -> None:
    def second(x: Any, y: Any) -> Any:
        return f(x, y)[output]

    with pytest.raises(RuntimeError) as error:
        wg.jacobian(second, argnums=1, mode=mode, strict=True)(ONES, ONES)
    line = f.__code__.co_firstlineno + 1
    how = f": the path was cut at {cut}" if cut else ", nor does any operation lead from one to the other"
    how = how.replace("{file}", __file__).replace("{line}", str(line))
    assert str(error.value) == f"[jacobian] output 0 does not depend on input 0{how}; {CUT}"


def test_errors_of_numpy_that_are_not_about_shapes_stay() -> None:
    with pytest.raises(ValueError, match="Integers to negative integer powers are not allowed"):
        wg.tensor(2) ** wg.tensor(-1)


def test_a_number_of_a_define_by_run_result_may_be_read() -> None:
    """Losses are printed; nothing is lost silently that PyTorch would not lose too."""
    assert (leaf(2.0) * 3.0).item() == 6.0
    assert (leaf([2.0]) * 3.0).tolist() == [6.0]
    assert f"{leaf(2.0) * 3.0:.1f}" == "6.0"


BECOMES_A_NUMBER: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "complex": complex,
    "a function of math": math.sin,
    "an element of an array": lambda x: numpy.zeros(2).__setitem__(0, x),
}


@pytest.mark.parametrize("way", BECOMES_A_NUMBER)
def test_becoming_a_number_warns_once_with_the_line(way: str) -> None:
    x = leaf(2.0)
    become = BECOMES_A_NUMBER[way]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            become(x)
            become(x * 2.0)
    assert {one.category for one in caught} == {wg.LostDerivativeWarning}
    assert {one.filename for one in caught} == {__file__}
    assert len(caught) == (2 if way in ("float", "complex", "a function of math") else 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        become(x.detach())
        with wg.no_grad():
            become(x)
    with pytest.raises((TypeError, ValueError)) as error:
        wg.grad(lambda x: x * (become(x) or 1.0))(2.0)
    ours = error.value.__cause__ or error.value  # NumPy puts an error of its own in front where it writes an element
    assert "a tensor whose derivative is being recorded was to become a Python number" in str(ours)


def test_an_array_by_name_warns() -> None:
    x = leaf(ONES)
    with pytest.warns(wg.LostDerivativeWarning, match=r"^\[numpy\] .* became a NumPy array, .* write x\.detach"):
        numpy.testing.assert_array_equal((x * 2.0).numpy(), 2.0 * ONES)
    with pytest.raises(TypeError, match=r"^\[numpy\] a tensor whose derivative is being recorded was to become"):
        wg.grad(lambda x: np.sum(x * x.numpy()))(ONES)


@pytest.mark.parametrize("become", [numpy.asarray, numpy.array, numpy.from_dlpack])
def test_a_watched_tensor_becomes_no_array(become: Callable[[Any], Any]) -> None:
    for x in (leaf(ONES), leaf(ONES) * 2.0):
        with pytest.raises(TypeError, match="whose derivative is being recorded was to become"):
            become(x)
        numpy.testing.assert_array_equal(become(x.detach()), x.detach().numpy())
        with wg.no_grad():
            become(x)
