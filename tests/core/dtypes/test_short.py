"""bfloat16: each operation is the one of float32, rounded once, in every mode."""

from __future__ import annotations

import copy
import gc
import importlib
import pickle
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy
import pytest
import tests.cases
from optree import tree_leaves
from tests import laws
from tests.cases.case import Case

import wengert as wg
import wengert.numpy as np
from wengert.core.node import Node
from wengert.core.primitive import Primitive
from wengert.ops import elementwise as e
from wengert.ops.special import statistical

SHORT = numpy.dtype(ml_dtypes.bfloat16)
EPS = 2.0**-7
FAMILIES = [name for _, name, _ in pkgutil.iter_modules(tests.cases.__path__) if name != "case"]
OF_SCIPY = {"constant", "constant_from_left"}
"""Sparse matrices of SciPy's, which have no bfloat16."""
IN_DOUBLE = {"add_of_integers"}
"""What NumPy does by itself when it is run on its own arrays."""
OF_INTEGERS = {
    "power_by_integers", "vander", "vander_increasing", "polyder", "polyder_second", "nanpercentile", "jn_orders",
    "yn_orders", "kn_orders", "expn_orders", *(f"eval_{name}_degrees" for name in (
        "legendre", "chebyt", "chebyu", "hermite", "hermitenorm", "laguerre", "genlaguerre", "gegenbauer", "jacobi",
    )),
}  # fmt: skip
"""Where integers of 64 bits come in, with which float32 gives float64, and bfloat16 itself."""
BY_COMPLEX_NUMBERS = {
    "irfft2_plain", "irfftn_plain", "irfft2_lengths", "irfftn_lengths", "irfftn_last_length", "eig", "sinm", "cosm",
    "tanm", *(f"fftconvolve_{name}" for name in ("full", "valid", "same", "complex", "axes", "axes_valid")),
    *(f"oaconvolve_{name}" for name in ("full", "valid", "same")),
}  # fmt: skip
"""The parts of what is computed by complex numbers are float32: there is no shorter complex dtype than complex64."""
CASES = [
    pytest.param(case, id=f"{family}-{case.name}")
    for family in FAMILIES
    for case in importlib.import_module(f"tests.cases.{family}").CASES
    if "float32" in case.dtypes and case.name not in OF_SCIPY
]
every_case = pytest.mark.parametrize("case", CASES)
EVERY_NUMBER = numpy.arange(65536, dtype=numpy.uint16).view(SHORT)


def shortened(tree: Any) -> Any:
    return tuple(a.astype(SHORT) if a.dtype == numpy.float32 else a for a in map(numpy.asarray, tree))


def widened(tree: Any) -> Any:
    return tuple(a.astype(numpy.float32) if a.dtype == SHORT else a for a in tree)


def rounded(x: Any) -> numpy.ndarray:
    with numpy.errstate(all="ignore"):
        return numpy.asarray(x).astype(SHORT)


def assert_same_bits(found: Any, wanted: numpy.ndarray) -> None:
    """The same numbers, with their signs, and NaN where it is wanted."""
    found = numpy.asarray(found)
    assert found.dtype == wanted.dtype == SHORT
    is_nan = numpy.isnan(wanted)
    numpy.testing.assert_array_equal(numpy.isnan(found), is_nan)
    numpy.testing.assert_array_equal(found.view(numpy.uint16)[~is_nan], wanted.view(numpy.uint16)[~is_nan])


def assert_neighbours(found: Any, wanted: numpy.ndarray) -> None:
    """The same numbers but for a few neighbours, where machine code and NumPy differ in the last bit of float32."""
    x, is_nan = numpy.asarray(found), numpy.isnan(wanted)
    numpy.testing.assert_array_equal(numpy.isnan(x), is_nan)
    apart = numpy.abs(x.view(numpy.int16)[~is_nan].astype(int) - wanted.view(numpy.int16)[~is_nan])
    assert apart.max() <= 1
    assert numpy.count_nonzero(apart) <= 1e-3 * apart.size


# -- the tables ------------------------------------------------------------------------------------


@pytest.mark.part(6, 2)
@every_case
def test_values_are_those_of_single_precision(case: Case) -> None:
    args = shortened(laws.make_arguments(case, "float32"))
    found, exact = tree_leaves(case.function(*args)), tree_leaves(case.function(*widened(args)))
    for one, other in zip(found, exact, strict=True):
        x, y = numpy.asarray(one), numpy.asarray(other)
        assert x.shape == y.shape
        is_short = y.dtype == numpy.float32 and case.name not in BY_COMPLEX_NUMBERS
        assert x.dtype == (SHORT if is_short else y.dtype) or case.name in OF_INTEGERS
        scale = max(float(numpy.max(numpy.abs(y[numpy.isfinite(y)]), initial=0.0)), 1.0)
        numpy.testing.assert_allclose(x.astype(y.dtype), y, rtol=2 * EPS, atol=2 * EPS * scale)


@pytest.mark.part(6, 1)
@every_case
def test_modes_agree(case: Case) -> None:
    if case.order >= 1:
        laws.check_modes(laws.flat(case.function), shortened(laws.make_arguments(case, "float32")), 8 * EPS)


@pytest.mark.part(6)
@every_case
def test_batched_is_looped(case: Case) -> None:
    if case.batched and case.name not in IN_DOUBLE:
        examples = [shortened(laws.make_arguments(case, "float32", seed)) for seed in range(3)]
        batches = tuple(numpy.stack(column) for column in zip(*examples, strict=True))
        laws.check_batched(laws.flat(case.function), batches, 2 * EPS)


# -- to the bit ------------------------------------------------------------------------------------

ELEMENTARY = (
    e.negative, e.absolute, e.sign, e.square, e.reciprocal, e.sqrt, e.floor, e.ceil, e.rint, e.relu, e.exp, e.log_of,
    e.log1p, e.expm1, e.sin, e.cos, e.tanh, e.sigmoid, e.arctan, e.cbrt, statistical.erf, e.isnan, e.isfinite, e.isinf,
)  # fmt: skip
EXACT = ELEMENTARY[:10]
"""Those of which machine code and NumPy make the same bits in single precision."""


def test_functions_of_every_number_are_rounded_once() -> None:
    wide = EVERY_NUMBER.astype(numpy.float32)
    for f in ELEMENTARY:
        with numpy.errstate(all="ignore"):
            found, exact = f(wg.tensor(EVERY_NUMBER)), numpy.asarray(f(wg.tensor(wide)))
        if exact.dtype != numpy.float32:
            numpy.testing.assert_array_equal(found, exact)
        elif f in EXACT:
            assert_same_bits(found, rounded(exact))
        else:
            assert_neighbours(found, rounded(exact))


def test_compiled_functions_of_every_number_are_rounded_once() -> None:
    x = wg.tensor(EVERY_NUMBER)
    with numpy.errstate(all="ignore"):
        eager = [f(x) for f in EXACT]
        compiled = wg.jit(lambda x: [f(x) for f in EXACT])
    for found, wanted in zip(compiled(x), eager, strict=True):
        assert_same_bits(found, numpy.asarray(wanted))
    assert "NumPy steps" not in compiled.report()


@pytest.mark.parametrize("wanted", ["float32", "float64", "int32", "bool"])
def test_every_number_is_converted(wanted: str) -> None:
    with numpy.errstate(all="ignore"):
        x = EVERY_NUMBER[numpy.abs(EVERY_NUMBER.astype(float)) < 2**31] if wanted == "int32" else EVERY_NUMBER
        for run in (lambda x: x.astype(wanted), wg.jit(lambda x: x.astype(wanted))):
            numpy.testing.assert_array_equal(run(wg.tensor(x)), x.astype(wanted))


def test_numbers_are_rounded_to_even() -> None:
    """At the middles between neighbours and beside them, below the least normal number, and beyond the largest."""
    numbers = numpy.arange(0x7F81, dtype=numpy.uint16).view(SHORT).astype(numpy.float32)
    words = numpy.arange(0x7F80, dtype=numpy.uint32)[:, None] * 2**16 + numpy.array([0x7FFF, 0x8000, 0x8001], "uint32")
    rest = numpy.random.default_rng(0).integers(0, 2**32, 100_000, dtype=numpy.uint32)
    x = numpy.concatenate([numbers, words.view(numpy.float32).ravel(), rest.view(numpy.float32)])
    x = numpy.concatenate([x, -x])
    for run in (lambda x: x.astype("bfloat16"), wg.jit(lambda x: x.astype("bfloat16"))):
        with numpy.errstate(all="ignore"):
            found = run(wg.tensor(x)).numpy()
        numpy.testing.assert_array_equal(found.view(numpy.uint16), rounded(x).view(numpy.uint16))


def test_moved_numbers_keep_their_bits() -> None:
    """Not-a-numbers too: what moves is not converted."""
    x = wg.tensor(EVERY_NUMBER.reshape(256, 256))
    moved = lambda x: (x.T.T, x[::-1][::-1], x.reshape(-1), x[np.arange(256)], np.broadcast_to(x, (1, 256, 256)))
    for run in (moved, wg.jit(moved)):
        for found in run(x):
            numpy.testing.assert_array_equal(found.numpy().view(numpy.uint16).ravel(), numpy.arange(65536))


def test_sums_and_products_are_added_up_in_single_precision() -> None:
    x = np.full((1, 4096), 1.0, "bfloat16")
    sums = lambda x: (x.sum(), x.mean(), (x @ x.T).sum(), np.cumsum(x)[-1], np.einsum("ij,ij->", x, x), np.vdot(x, x))
    for run in (sums, wg.jit(sums)):
        assert [float(found) for found in run(x)] == [4096.0, 1.0, 4096.0, 4096.0, 4096.0, 4096.0]
    assert wg.grad(lambda x: np.sum(x[np.zeros(4096, int)]))(np.ones(2, "bfloat16")).tolist() == [4096.0, 0.0]
    assert wg.grad(lambda x: np.sum(np.broadcast_to(x, (4096, 2))))(np.ones(2, "bfloat16")).tolist() == [4096.0] * 2


def test_a_chain_is_one_loop_and_rounds_each_time() -> None:
    f = wg.jit(lambda x, y: np.where(x > y, (x * y + x) / (y * y + 3) * 2, np.maximum(x, y)) - np.sqrt(np.abs(x)))
    for shape in ((3,), (40, 70)):
        x, y = (np.asarray(r.normal(size=shape).astype(SHORT)) for r in map(numpy.random.default_rng, (0, 1)))
        x[0] = 3e38  # which overflows on the way
        with numpy.errstate(over="ignore"):
            assert_same_bits(f(x, y), numpy.asarray(f.f(x, y)))
    assert "1 kernels, 0 matrix products, 1 native calls" in f.report()
    assert "NumPy steps" not in f.report()


# -- derivatives -----------------------------------------------------------------------------------


def loss(x: Any) -> Any:
    y = np.tanh(x @ x.T * 0.5) + np.exp(-x[:, :3]) / 3
    return np.sum(wg.nn.functional.softmax(y, -1) * y[::-1]) + np.mean(np.sort(y, axis=0) ** 2.0)


def nearly(found: Any, wanted: Any, tolerance: float = 0.1) -> None:
    assert found.dtype == SHORT
    wanted = numpy.asarray(wanted)
    numpy.testing.assert_allclose(numpy.asarray(found, "f"), wanted, 0, tolerance * float(numpy.abs(wanted).max()))


def test_derivatives_to_second_order_are_short_in_every_mode() -> None:
    x = np.asarray(numpy.random.default_rng(0).normal(size=(3, 4)).astype(SHORT))
    wide = x.astype("float32")
    derivatives: dict[str, Callable[[Any], Any]] = {
        "grad": wg.grad(loss),
        "jvp": lambda x: wg.jvp(loss, (x,), (x,))[1],
        "hessian": wg.hessian(loss),
        "hvp": lambda x: wg.jvp(wg.grad(loss), (x,), (x,))[1],
        "jacfwd": wg.jacfwd(loss),
        "checkpoint": wg.grad(wg.checkpoint(loss)),
        "of a compiled function": wg.grad(wg.jit(loss)),
        "vmap": lambda x: wg.vmap(wg.grad(loss))(np.stack([x, x]))[1],
        "linearize": lambda x: wg.linearize(wg.grad(loss), x)[1](x),
    }
    for derivative in derivatives.values():
        eager, compiled, exact = derivative(x), wg.jit(derivative)(x), derivative(wide)
        nearly(eager, exact)
        nearly(compiled, exact)
        nearly(compiled, numpy.asarray(eager, "f"), 0.02)


def test_what_runs_functions_is_run_on_short_numbers() -> None:
    """All that is not an operation on numbers: it hands on what it is given, and what it runs rounds."""
    wg.jit(wg.grad(wg.jit(loss)))(np.ones((3, 4), "bfloat16"))
    packages = ("core", "walks", "control", "transforms", "compile.programs")
    hand_on = tuple(f"wengert.{package}." for package in packages)
    modules = [module for name, module in sys.modules.items() if name.startswith(hand_on)]
    everywhere = [value for module in modules for value in vars(module).values()]
    made = [value for value in gc.get_objects() if type(value) is Primitive]
    found = {
        primitive
        for primitive in (*everywhere, *made)
        if type(primitive) is Primitive
        and primitive.wide is None
        and getattr(primitive.evaluate, "__module__", "").startswith(hand_on)
        and primitive.evaluate.__name__ != "evaluate_by_size"  # which is an operation on numbers
    }
    assert len(found) > 10
    assert [primitive for primitive in found if not primitive.moves] == []


def test_hooks_see_short_numbers() -> None:
    x = wg.tensor([1.0, 2.0], dtype="bfloat16", requires_grad=True)
    y = np.exp(x)
    seen = []
    y.register_hook(lambda gradient: seen.append(gradient.dtype))
    np.sum(y * y).backward()
    assert seen == [SHORT]
    assert x.grad.dtype == SHORT
    numpy.testing.assert_allclose(x.grad.astype("float32"), 2 * numpy.exp([2.0, 4.0]), 4 * EPS)


def test_backward_adds_up_in_the_dtype_of_the_leaf() -> None:
    x = wg.tensor([1.0, 2.0], dtype="bfloat16", requires_grad=True)
    y = wg.tensor([3.0, 4.0], dtype="float32", requires_grad=True)
    for _ in range(2):
        np.sum(x * y + x.astype("float32") ** 2).backward()
    assert (x.grad.dtype, y.grad.dtype) == ("bfloat16", "float32")
    assert x.grad.tolist() == [10.0, 16.0]
    assert y.grad.tolist() == [2.0, 4.0]


def test_loops_and_branches_are_those_of_single_steps() -> None:
    x = np.asarray(numpy.linspace(0.5, 1.5, 6).reshape(2, 3).astype(SHORT))

    def looped(x: Any) -> Any:
        last, every = wg.scan(lambda c, row: (np.tanh(c * row + 1), c), x[0], x)
        power = wg.fori_loop(0, 3, lambda i, c: c * x, x)
        above = wg.while_loop(lambda c: np.sum(c) < 50.0, lambda c: c * 2, x)
        return wg.cond(np.sum(last) > 0, lambda y: y * 2.0, lambda y: y, last), every, power, above

    def unrolled(x: Any) -> Any:
        c = np.tanh(x[0] * x[0] + 1)
        above = x
        while np.sum(above) < 50.0:
            above = above * 2
        return np.tanh(c * x[1] + 1) * 2.0, np.stack([x[0], c]), x * x * x * x, above

    for run in (looped, wg.jit(looped)):
        for found, wanted in zip(run(x), unrolled(x), strict=True):
            assert_same_bits(found, numpy.asarray(wanted))
    total = lambda f: lambda x: sum(np.sum(part) for part in f(x)[:3])
    nearly(wg.grad(total(looped))(x), wg.grad(total(unrolled))(x.astype("float32")))
    nearly(wg.jit(wg.grad(total(looped)))(x), wg.grad(total(unrolled))(x.astype("float32")))


def test_custom_derivatives() -> None:
    @wg.custom_derivative(vjp=lambda primals, out, cotangent: cotangent * 0.5)
    def clipped(x: Any) -> Any:
        return np.clip(x, -1, 1)

    x = np.asarray(numpy.array([0.5, 2.0], SHORT))
    assert wg.grad(lambda x: np.sum(clipped(x)))(x).tolist() == [0.5, 0.5]
    assert wg.grad(lambda x: np.sum(clipped(x)))(x).dtype == SHORT


def test_residuals_take_half_the_memory() -> None:
    """What the list keeps for `backward` of a network, in bytes."""
    x = np.asarray(numpy.random.default_rng(0).normal(size=(32, 64)).astype("float32"))
    kept = {}
    for dtype in ("float32", "bfloat16"):
        weight = wg.tensor(numpy.eye(64), dtype=dtype, requires_grad=True)
        y = x.astype(dtype)
        for _ in range(4):
            y = wg.nn.functional.gelu(np.tanh(y @ weight))
        kept[dtype] = bytes_kept(np.sum(y)._node)
    assert kept["bfloat16"] == kept["float32"] / 2


def bytes_kept(node: Node) -> int:
    """The bytes of all arrays that a list holds."""
    seen, stack, arrays = set(), [node], {}
    while stack:
        at = stack.pop()
        if at not in seen:
            seen.add(at)
            stack.extend(at.parents)
            arrays |= {id(r): r.nbytes for r in at.residuals or () if isinstance(r, numpy.ndarray)}
    return sum(arrays.values())


# -- values ----------------------------------------------------------------------------------------


def test_writes_in_place_and_views() -> None:
    def write(x: Any) -> Any:
        y = x.copy()
        y[0] = 5.0
        y[1:] *= 2.5
        y.reshape(-1)[2] += x[0]
        y[np.array([0, 0])] -= 1
        return y

    x = np.asarray(numpy.array([1.0, 2.0, 3.0], SHORT))
    for run in (write, wg.jit(write)):
        assert run(x).dtype == SHORT
        assert run(x).tolist() == [4.0, 5.0, 8.5]
    assert wg.grad(lambda x: np.sum(write(x)))(x).tolist() == [1.0, 2.5, 2.5]


def test_copies_and_texts() -> None:
    x = wg.tensor([1.0, 1 / 3], dtype="bfloat16")
    assert repr(x) == "tensor([1.        , 0.33398438], dtype=bfloat16)"
    for other in (
        copy.deepcopy(x),
        pickle.loads(pickle.dumps(x)),
        wg.tensor(x.numpy()),
        wg.tensor(x.tolist(), x.dtype),
    ):
        assert_same_bits(other, x.numpy())
    assert (x[0].item(), float(x[1]), f"{x[1]:.3f}", bool(x[0])) == (1.0, 0.333984375, "0.334", True)
    assert type(x[0].item()) is float
    assert x.view("uint16").tolist() == [0x3F80, 0x3EAB]


def test_neighbours_and_limits_are_those_of_the_dtype() -> None:
    x = wg.tensor([1.0, -3.0, numpy.inf, numpy.nan], dtype="bfloat16")
    nearby = lambda x: (np.nextafter(x, 10.0), np.spacing(x[:2]), np.nan_to_num(x))
    for run in (nearby, wg.jit(nearby)):
        after, apart, finite = run(x)
        assert after[:2].tolist() == [1 + EPS, -3 + 2 * EPS]
        assert apart.tolist() == [EPS, -2 * EPS]
        assert finite.tolist() == [1.0, -3.0, 255 * 2.0**120, 0.0]


def test_what_has_no_meaning_is_refused() -> None:
    x = wg.tensor([1.0], dtype="bfloat16")
    with pytest.raises(TypeError) as refused:
        x & x
    assert str(refused.value) == (
        "[bitwise_and] the operands have dtype bfloat16 and bfloat16, wanted ones that the operation knows: integers "
        "and truth values for bitwise operators, numbers for - and +; write x.astype(int), x > 0, np.logical_not(x) or "
        "x ^ y"
    )
    with pytest.raises(BufferError) as caught:
        numpy.from_dlpack(x)
    assert str(caught.value) == (
        "[dlpack] the tensor has dtype bfloat16, wanted one that NumPy hands on; write x.astype('float32'), or "
        "x.view('uint16') for its bits"
    )
    with pytest.raises(TypeError, match=r"^\[array\] an array of dtype \|V2 was given, wanted a number"):
        wg.tensor(numpy.zeros(3, "V2"))
