"""`custom_derivative`: one rule serves every mode."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
from scipy.optimize import brentq
from scipy.sparse.linalg import LinearOperator, gmres

import wengert as wg
import wengert.numpy as np

AT = numpy.array([0.3, 0.9, 1.7])


def plain_sine(x: Any) -> Any:
    """NumPy code: not differentiable by itself."""
    return numpy.sin(numpy.asarray(x))


by_jvp = wg.custom_derivative(plain_sine, jvp=lambda primals, out, t: np.cos(primals[0]) * t[0], like=lambda x: x)
by_vjp = wg.custom_derivative(plain_sine, vjp=lambda primals, out, ct: np.cos(primals[0]) * ct, like=lambda x: x)
by_both = wg.custom_derivative(
    plain_sine,
    jvp=lambda primals, out, t: np.cos(primals[0]) * t[0],
    vjp=lambda primals, out, ct: (np.cos(primals[0]) * ct,),
    like=lambda x: x,
)
by_root = wg.custom_derivative(plain_sine, root=lambda out, x: np.arcsin(out) - x, like=lambda x: x)
every_form = pytest.mark.parametrize("sine", [by_jvp, by_vjp, by_both, by_root], ids=["jvp", "vjp", "both", "root"])


def at_for(sine: Any) -> Any:
    return AT[:2] if sine is by_root else AT  # arcsin(sin x) = x only up to pi / 2


@every_form
def test_every_mode(sine: Any) -> None:
    x = at_for(sine)
    v = numpy.linspace(1.0, 2.0, len(x))
    numpy.testing.assert_allclose(sine(x), numpy.sin(x))
    numpy.testing.assert_allclose(wg.jvp(sine, (x,), (v,))[1], numpy.cos(x) * v, rtol=1e-13)
    numpy.testing.assert_allclose(wg.vjp(sine, x)[1](v)[0], numpy.cos(x) * v, rtol=1e-13)
    numpy.testing.assert_allclose(wg.linearize(sine, x)[1](v), numpy.cos(x) * v, rtol=1e-13)
    numpy.testing.assert_allclose(wg.jacfwd(sine)(x), numpy.diag(numpy.cos(x)), rtol=1e-13, atol=1e-16)
    numpy.testing.assert_allclose(wg.jacrev(sine)(x), numpy.diag(numpy.cos(x)), rtol=1e-13, atol=1e-16)
    leaf = wg.tensor(x, requires_grad=True)
    np.sum(sine(leaf) * v).backward()
    numpy.testing.assert_allclose(leaf.grad, numpy.cos(x) * v, rtol=1e-13)


@every_form
def test_second_and_third_order(sine: Any) -> None:
    x = at_for(sine)
    total = lambda x: np.sum(sine(x))
    for hessian in (wg.hessian, lambda f: wg.jacrev(wg.grad(f)), lambda f: wg.jacrev(wg.jacfwd(f))):
        numpy.testing.assert_allclose(hessian(total)(x), numpy.diag(-numpy.sin(x)), rtol=1e-12, atol=1e-15)
    third = wg.grad(lambda x: np.sum(wg.hvp(total, (x,), (np.ones_like(x),))))(x)
    numpy.testing.assert_allclose(third, -numpy.cos(x), rtol=1e-12)


@every_form
def test_batched(sine: Any) -> None:
    x = at_for(sine)
    batch = numpy.stack([x, 0.5 * x])
    numpy.testing.assert_allclose(wg.vmap(sine)(batch), numpy.sin(batch), rtol=1e-15)
    numpy.testing.assert_allclose(wg.vmap(wg.grad(lambda x: np.sum(sine(x))))(batch), numpy.cos(batch), rtol=1e-13)
    numpy.testing.assert_allclose(wg.grad(lambda b: np.sum(wg.vmap(sine)(b)))(batch), numpy.cos(batch), rtol=1e-13)
    numpy.testing.assert_allclose(wg.vmap(wg.vmap(sine))(batch), numpy.sin(batch), rtol=1e-15)
    numpy.testing.assert_allclose(wg.vmap(wg.vmap(wg.grad(sine)))(batch), numpy.cos(batch), rtol=1e-13)
    hessians = wg.vmap(wg.hessian(lambda x: np.sum(sine(x))))(batch)
    numpy.testing.assert_allclose(hessians, [numpy.diag(-numpy.sin(b)) for b in batch], rtol=1e-12, atol=1e-15)


@wg.custom_derivative(
    jvp=lambda primals, out, tangents: {
        "z": tangents[0]["x"] * primals[1] + primals[0]["x"] * tangents[1],
        "w": (2.0 * tangents[0]["y"],),
    }
)
def forward_product(p: Any, s: Any) -> Any:
    return {"z": p["x"] * s, "w": (2.0 * p["y"],)}


@wg.custom_derivative(
    vjp=lambda primals, out, ct: ({"x": ct["z"] * primals[1], "y": 2.0 * ct["w"][0]}, np.sum(ct["z"] * primals[0]["x"]))
)
def reverse_product(p: Any, s: Any) -> Any:
    return {"z": p["x"] * s, "w": (2.0 * p["y"],)}


@pytest.mark.parametrize("product", [forward_product, reverse_product])
def test_nested_structures_and_several_arguments(product: Any) -> None:
    p, s = {"x": numpy.array([1.0, 2.0]), "y": 3.0}, 5.0

    def loss(p: Any, s: Any) -> Any:
        out = product(p, s)
        return np.sum(out["z"] ** 2) * out["w"][0]

    def plain(p: Any, s: Any) -> Any:
        return np.sum((p["x"] * s) ** 2) * (2.0 * p["y"])

    for transform in (lambda f: wg.grad(f, (0, 1)), lambda f: wg.hessian(f, (0, 1)), lambda f: wg.jacfwd(f, (0, 1))):
        _same(transform(loss)(p, s), transform(plain)(p, s))
    batch = {"x": numpy.array([[1.0, 2.0], [0.5, 0.1]]), "y": 3.0}
    axes = ({"x": 0, "y": None}, None)
    _same(*(wg.vmap(wg.grad(f, (0, 1)), in_axes=axes)(batch, s) for f in (loss, plain)))
    _same(*(wg.grad(lambda b, s, f=f: np.sum(wg.vmap(f, in_axes=axes)(b, s)), (0, 1))(batch, s) for f in (loss, plain)))


def _same(a: Any, b: Any) -> None:
    from optree import tree_leaves

    for x, y in zip(tree_leaves(a), tree_leaves(b), strict=True):
        numpy.testing.assert_allclose(x, y, rtol=1e-13)


def test_a_rule_that_differs_from_the_function_is_used() -> None:
    """A straight-through estimator: round forward, identity backward."""
    through = wg.custom_derivative(np.round, vjp=lambda primals, out, ct: ct)
    assert wg.grad(lambda x: through(x) * x)(2.6).item() == pytest.approx(3.0 + 2.6)
    assert wg.jvp(through, (2.6,), (1.0,))[1].item() == 1.0
    assert wg.vmap(wg.grad(through))(numpy.array([0.2, 2.6])).tolist() == [1.0, 1.0]


def test_both_rules_are_each_used_in_their_mode() -> None:
    odd = wg.custom_derivative(lambda x: x, jvp=lambda p, o, t: 10.0 * t[0], vjp=lambda p, o, c: 20.0 * c)
    assert wg.jvp(odd, (1.0,), (1.0,))[1].item() == 10.0
    assert wg.grad(odd)(1.0).item() == 20.0


def test_keyword_arguments_are_constants() -> None:
    scaled = wg.custom_derivative(lambda x, *, by: x * by, vjp=lambda p, o, c: c * o / p[0])
    assert wg.grad(lambda x: scaled(x, by=3.0))(2.0).item() == 3.0


def test_integer_argument() -> None:
    @wg.custom_derivative(vjp=lambda primals, out, ct: (ct * primals[1], np.zeros_like(primals[1])))
    def times(x: Any, n: Any) -> Any:
        return x * n

    assert wg.grad(times)(2.0, 3).item() == 3.0
    assert wg.jvp(lambda x: times(x, 3), (2.0,), (1.0,))[1].item() == 3.0


def test_decorator_keeps_the_name() -> None:
    assert forward_product.__name__ == "forward_product"


# -- implicit functions ----------------------------------------------------------------------------


def scalar_root(a: Any) -> Any:
    """The x with x^3 + x = a, by SciPy."""
    return brentq(lambda x: x**3 + x - float(a), -10, 10, xtol=1e-15)


cubic = wg.custom_derivative(scalar_root, root=lambda x, a: x**3 + x - a, like=lambda a: a)


def test_root_of_a_scalar_equation_to_third_order() -> None:
    x = scalar_root(2.0 + 1.0)
    first = 1 / (3 * x**2 + 1)
    second = -6 * x * first**3
    third = -6 * first**4 + 108 * x**2 * first**5
    assert wg.grad(cubic)(3.0).item() == pytest.approx(first, rel=1e-12)
    assert wg.jvp(cubic, (3.0,), (1.0,))[1].item() == pytest.approx(first, rel=1e-12)
    assert wg.grad(wg.grad(cubic))(3.0).item() == pytest.approx(second, rel=1e-11)
    assert wg.hessian(cubic)(3.0).item() == pytest.approx(second, rel=1e-11)
    assert wg.grad(wg.grad(wg.grad(cubic)))(3.0).item() == pytest.approx(third, rel=1e-10)
    numpy.testing.assert_allclose(wg.vmap(wg.grad(cubic))(numpy.array([3.0, 3.0])), [first] * 2, rtol=1e-12)


def iterate(matvec: Any, b: Any) -> Any:
    """SciPy's GMRES, on a function of NumPy arrays."""
    size = numpy.size(b)
    operator = LinearOperator((size, size), lambda v: numpy.ravel(matvec(v.reshape(numpy.shape(b)))), dtype=float)
    x, info = gmres(operator, numpy.ravel(b), rtol=1e-14)
    assert info == 0
    return x.reshape(numpy.shape(b))


A = numpy.array([[3.0, 1.0, 0.2], [-0.5, 2.0, 0.3], [0.1, 0.4, 4.0]])


def newton(theta: Any) -> Any:
    """The x with A x + x^3 / 3 = theta, by Newton's method in NumPy."""
    theta = numpy.asarray(theta)
    x = numpy.zeros(3)
    for _ in range(50):
        x = x - numpy.linalg.solve(A + numpy.diag(x**2), A @ x + x**3 / 3 - theta)
    return x


def residual(x: Any, theta: Any) -> Any:
    return A @ x + x**3 / 3 - theta


@pytest.mark.parametrize("solve", [None, iterate], ids=["dense", "gmres"])
def test_root_of_a_system_with_either_solver(solve: Any) -> None:
    solution = wg.custom_derivative(newton, root=residual, solve=solve, like=lambda theta: theta)
    theta = numpy.array([1.0, -2.0, 0.5])
    x = newton(theta)
    jacobian = numpy.linalg.inv(A + numpy.diag(x**2))
    numpy.testing.assert_allclose(wg.jacfwd(solution)(theta), jacobian, rtol=1e-10)
    numpy.testing.assert_allclose(wg.jacrev(solution)(theta), jacobian, rtol=1e-10)
    # d^2 x = -J (2 x dx dx)
    expected = -numpy.einsum("ij,j,jk,jl->ikl", jacobian, 2 * x, jacobian, jacobian)
    for outer, inner in itertools.product([wg.jacfwd, wg.jacrev], repeat=2):
        numpy.testing.assert_allclose(outer(inner(solution))(theta), expected, rtol=1e-9, atol=1e-12)
    batch = numpy.stack([theta, -theta])
    numpy.testing.assert_allclose(wg.vmap(solution)(batch), [x, -x], rtol=1e-12)
    numpy.testing.assert_allclose(wg.vmap(wg.jacrev(solution))(batch), [jacobian, jacobian], rtol=1e-10)


def test_root_with_nested_result_and_arguments() -> None:
    def residual(out: Any, p: Any) -> Any:
        return {"u": out["u"] * p["a"] - out["v"][0], "v": [out["v"][0] + out["u"] - p["b"]]}

    @wg.custom_derivative(root=residual)
    def pair(p: Any) -> Any:
        a, b = float(p["a"]), numpy.asarray(p["b"])
        return {"u": b / (1 + a), "v": [a * b / (1 + a)]}

    p = {"a": 2.0, "b": numpy.array([3.0, 4.0])}
    explicit = lambda p: {"u": p["b"] / (1 + p["a"]), "v": [p["a"] * p["b"] / (1 + p["a"])]}
    for jacobian in (wg.jacfwd, wg.jacrev):
        _same(jacobian(pair)(p), jacobian(explicit)(p))


def test_root_in_single_precision() -> None:
    square_root = wg.custom_derivative(np.sqrt, root=lambda out, a: out * out - a)
    slope = wg.grad(square_root)(numpy.float32(4.0))
    assert (slope.item(), slope.dtype) == (0.25, numpy.float32)


def test_complex_root() -> None:
    square_root = wg.custom_derivative(np.sqrt, root=lambda out, a: out * out - a)
    z = numpy.array([1 + 2j, -3 + 1j])
    for jacobian in (wg.jacfwd, wg.jacrev):
        numpy.testing.assert_allclose(jacobian(square_root)(z), numpy.diag(0.5 / numpy.sqrt(z)), rtol=1e-13, atol=1e-16)
    loss = lambda f: lambda z: np.sum(np.real(f(z)) * np.imag(f(z)) ** 2)
    numpy.testing.assert_allclose(wg.grad(loss(square_root))(z), wg.grad(loss(np.sqrt))(z), rtol=1e-13)


# -- errors ----------------------------------------------------------------------------------------


def test_reading_a_watched_tensor_from_outside_is_an_error() -> None:
    def f(w: Any) -> Any:
        return wg.custom_derivative(lambda x: x * w, vjp=lambda p, o, c: c)(2.0)

    for run in (lambda: wg.grad(f)(3.0), lambda: wg.vmap(wg.grad(f))(numpy.ones(2)), lambda: wg.vmap(f)(numpy.ones(2))):
        with pytest.raises(RuntimeError) as error:
            run()
        assert str(error.value) == (
            "[custom_derivative] <lambda> reads a watched tensor from outside, wanted all of them as positional "
            "arguments, since its rule gives derivatives for those only; pass the tensor to the function"
        )


def test_no_rule() -> None:
    with pytest.raises(TypeError) as error:
        wg.custom_derivative(plain_sine)
    assert str(error.value) == (
        "[custom_derivative] plain_sine was given no rule, wanted jvp, vjp or root; "
        "write @wg.custom_derivative(vjp=lambda primals, out, cotangent: ...)"
    )


def test_wrong_structures() -> None:
    two = wg.custom_derivative(lambda x, y: x * y, vjp=lambda p, o, c: c * p[1])
    with pytest.raises(TypeError) as error:
        wg.grad(two)(1.0, 2.0)
    assert str(error.value) == (
        "[custom_derivative] the vjp of <lambda> returned the structure *, wanted that of the tuple of arguments, "
        "(*, *); the first difference is at the top, which is an array instead of a tuple; write one entry for "
        "each, zeros where there is no derivative"
    )
    nested = wg.custom_derivative(lambda x: {"a": x, "b": x}, jvp=lambda p, o, t: {"a": t[0]})
    with pytest.raises(TypeError) as error:
        wg.jvp(nested, (1.0,), (1.0,))
    assert str(error.value) == (
        "[custom_derivative] the jvp of <lambda> returned the structure {'a': *}, wanted that of the result, "
        "{'a': *, 'b': *}; the first difference is at ['b'], which is missing; write one entry for each, zeros where "
        "there is no derivative"
    )


def test_wrong_shape() -> None:
    summed = wg.custom_derivative(lambda x: np.sum(x), vjp=lambda p, o, c: c)
    with pytest.raises(TypeError) as error:
        wg.grad(summed)(numpy.ones(3))
    assert str(error.value) == (
        "[custom_derivative] the vjp of <lambda> returned shape () at leaf 0, wanted (3,); write np.broadcast_to or a "
        "sum, so that it has the shape of what it belongs to"
    )


def test_missing_mode_names_the_mode_and_what_to_add() -> None:
    numpy_vjp = wg.custom_derivative(plain_sine, vjp=lambda p, o, c: numpy.cos(numpy.asarray(p[0])) * numpy.asarray(c))
    assert wg.grad(numpy_vjp)(0.5).item() == pytest.approx(numpy.cos(0.5))
    with pytest.raises(TypeError) as error:
        wg.jvp(numpy_vjp, (0.5,), (1.0,))
    assert str(error.value) == (
        "[custom_derivative] forward mode of plain_sine was asked for, and its vjp asks for values, so that no jvp "
        "follows from it; wanted array operations that are linear in the (co)tangent; write them so, or give the jvp "
        "too: @wg.custom_derivative(vjp=..., jvp=...)"
    )
    numpy_jvp = wg.custom_derivative(plain_sine, jvp=lambda p, o, t: numpy.asarray(t[0]) * numpy.asarray(p[0]))
    with pytest.raises(TypeError, match="reverse mode of plain_sine was asked for, and its jvp asks for values"):
        wg.grad(numpy_jvp)(0.5)


def test_numpy_code_under_vmap_needs_like() -> None:
    with pytest.raises(TypeError) as error:
        wg.vmap(wg.custom_derivative(plain_sine, vjp=lambda p, o, c: c))(AT)
    assert str(error.value) == (
        "[custom_derivative] plain_sine asks for values, wanted the shape of its result to be known where it is "
        "recorded without them (under vmap, jit and loops); write @wg.custom_derivative(like=lambda *args: ...) with a "
        "function of array operations that gives arrays of that shape and dtype"
    )


def test_a_rule_that_asks_for_values_in_a_loop_is_told_where_it_is() -> None:
    f = wg.custom_derivative(np.sin, vjp=lambda primals, out, ct: float(ct) * np.cos(primals[0]))
    total = lambda x: wg.scan(lambda c, e: (c + f(e * x), None), 0.0, AT)[0]
    assert wg.grad(total)(1.0).item() == pytest.approx(float(AT @ numpy.cos(AT)))
    with pytest.raises(
        TypeError, match=r"asked for inside the derivative of a loop or a branch, which is recorded once"
    ):
        wg.jit(wg.grad(total))(1.0)


class Setting:
    """An object that is no number."""

    factor = 3.0


def scale_of(mode: Any, g: Any, flag: Any, setting: Any) -> float:
    assert mode == "double"
    assert callable(g)
    assert flag is True
    assert type(setting) is Setting
    return 2.0 * g(1.0) * setting.factor


OTHERS = ("double", lambda x: 5.0 * x, True, Setting())

left_alone = {
    "jvp": wg.custom_derivative(
        lambda x, n, *others: np.sin(x) * n * scale_of(*others),
        jvp=lambda primals, out, t: (
            np.cos(primals[0]) * t[0] * primals[1] * scale_of(*primals[2:])
            + np.sin(primals[0]) * t[1] * scale_of(*primals[2:])
        ),
    ),
    "vjp": wg.custom_derivative(
        lambda x, n, *others: np.sin(x) * n * scale_of(*others),
        vjp=lambda primals, out, ct: (
            np.cos(primals[0]) * ct * primals[1] * scale_of(*primals[2:]),
            np.sum(np.sin(primals[0]) * ct * scale_of(*primals[2:])),
            *(None,) * 4,
        ),
    ),
    "root": wg.custom_derivative(
        lambda x, n, *others: numpy.asarray(np.sin(x).detach()) * n.item() * scale_of(*others),
        root=lambda out, x, n, *others: out - np.sin(x) * n * scale_of(*others),
        like=lambda x, n, *others: x,
    ),
}


@pytest.mark.parametrize("form", left_alone)
def test_what_is_no_number_is_left_alone(form: str) -> None:
    f = left_alone[form]
    expected = 30.0 * 2.0 * numpy.cos(AT)
    numpy.testing.assert_allclose(f(AT, 2.0, *OTHERS), 60.0 * numpy.sin(AT), rtol=1e-14)
    total = lambda x, n: np.sum(f(x, n, *OTHERS))
    numpy.testing.assert_allclose(wg.grad(total)(AT, 2.0), expected, rtol=1e-13)
    numpy.testing.assert_allclose(wg.grad(total, 1)(AT, 2.0), 30.0 * numpy.sin(AT).sum(), rtol=1e-13)
    numpy.testing.assert_allclose(
        wg.jvp(total, (AT, 2.0), (AT, 1.0))[1], expected @ AT + 30.0 * numpy.sin(AT).sum(), rtol=1e-13
    )
    numpy.testing.assert_allclose(wg.hessian(total)(AT, 2.0), numpy.diag(-60.0 * numpy.sin(AT)), rtol=1e-12, atol=1e-14)
    if form != "root":
        each = wg.vmap(lambda x: f(x, 2.0, *OTHERS))
        numpy.testing.assert_allclose(each(AT), 60.0 * numpy.sin(AT), rtol=1e-14)
        numpy.testing.assert_allclose(wg.grad(lambda x: np.sum(each(x)))(AT), expected, rtol=1e-13)
        numpy.testing.assert_allclose(wg.vmap(wg.grad(lambda x: f(x, 2.0, *OTHERS)))(AT), expected, rtol=1e-13)
        numpy.testing.assert_allclose(wg.jit(wg.grad(total))(AT, 2.0), expected, rtol=1e-13)


def test_what_is_no_number_may_be_nested_with_numbers() -> None:
    f = wg.custom_derivative(
        lambda p: p["x"] * 2 if p["mode"] == "double" else p["x"],
        vjp=lambda primals, out, ct: ({"mode": None, "x": ct * 2},),
    )
    assert wg.grad(lambda x: f({"mode": "double", "x": x}))(1.5).item() == 2.0
    g = wg.custom_derivative(lambda p: p["x"] * 2, vjp=lambda primals, out, ct: {"x": ct * 2})
    with pytest.raises(TypeError, match=r"the vjp of <lambda> returned the structure \{'x': \*\}, wanted that of"):
        wg.grad(lambda x: g({"mode": "double", "x": x}))(1.5)


@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_a_python_number_takes_the_precision_of_the_arrays_beside_it(dtype: str) -> None:
    product = wg.custom_derivative(lambda x, y: x * y, jvp=lambda p, out, t: t[0] * p[1] + p[0] * t[1])
    x = np.asarray(numpy.array([0.5, 1.0], dtype))
    for f in (lambda x: product(x, 2.0), lambda x: product(2.0, x)):
        for g in (f, wg.jit(f), lambda x, f=f: wg.jvp(f, (x,), (x,))[1]):
            assert g(x).dtype == dtype
    assert product(2.0, 3.0).dtype == numpy.float64


def test_what_is_handed_on_is_no_operation_in_a_compiled_function() -> None:
    """A function that only gives what it was given a derivative is not called by compiled code."""
    told = wg.custom_derivative(lambda x, y: (y, x), jvp=lambda primals, out, tangents: (5 * tangents[0], tangents[1]))
    f = wg.jit(lambda x: np.exp(told(x, 2 * x)[0]))
    assert np.allclose(f(np.ones(3)), np.exp(2.0))
    assert "NumPy steps" not in str(f.report())
    assert np.allclose(wg.jit(wg.grad(lambda x: np.sum(told(x, 2 * x)[0])))(np.ones(3)), 5.0)


def test_constants_of_a_compilation_are_not_from_outside() -> None:
    cube = wg.custom_derivative(lambda x: x**3 * np.exp(np.arange(2.0))[0], jvp=lambda p, out, t: 3 * p[0] ** 2 * t[0])
    assert wg.jit(cube)(2.0).item() == 8.0
    assert wg.jit(wg.grad(cube))(2.0).item() == 12.0
