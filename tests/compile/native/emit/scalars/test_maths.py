"""The native elementary functions against `mpmath` and against NumPy's special values, in compiled loops."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy
import pytest

pytest.importorskip("llvmlite")

import scipy.special
from llvmlite import ir
from tests.compile.native.emit.scalars import coefficients

from wengert.compile.native.emit.scalars import maths
from wengert.compile.native.emit.scalars.elementwise import lower
from wengert.compile.native.emit.scalars.maths.arithmetic import economised
from wengert.compile.native.emit.scalars.maths.constants import (
    LN2,
    LN10,
    PI,
    TWO_OVER_ROOT_PI,
    pieces,
)
from wengert.compile.native.emit.scalars.maths.error import _LOG_OF_COMPLEMENT, _SCALED_COMPLEMENT
from wengert.compile.native.emit.scalars.maths.inverse_error import DOUBLE_PIECES, SINGLE_PIECES, Piece
from wengert.compile.native.ir.scalar import Scalar, literal
from wengert.compile.native.ir.types import TYPES
from wengert.compile.native.machine.disk_cache import key_of
from wengert.compile.native.machine.llvm import ModulePart, NativeModule, Source
from wengert.ops.elementwise import power

Array = numpy.ndarray[Any, Any]
DTYPES = ("float64", "float32")
BINARY = ("arctan2", "exp_of_square", "hypot", "logaddexp", "logaddexp2", "power")


# -- a function in a loop --------------------------------------------------------------------------


class Loop:
    """``for i in range(n): out[i] = formula(x[i], ...)``, compiled."""

    def __init__(self, formula: Callable[..., Scalar], dtype: str, arity: int) -> None:
        index, kind = ir.IntType(64), TYPES[dtype]
        module = ir.Module()
        signature = ir.FunctionType(ir.VoidType(), [kind.as_pointer()] * (arity + 1) + [index])
        function = ir.Function(module, signature, "loop")
        *pointers, length = function.args
        for pointer in pointers:
            pointer.add_attribute("noalias")
        start, turn, end = (function.append_basic_block() for _ in range(3))
        ir.IRBuilder(start).branch(turn)
        builder = ir.IRBuilder(turn)
        i = builder.phi(index)
        operands = [Scalar(builder, builder.load(builder.gep(p, [i])), dtype) for p in pointers[:-1]]
        builder.store(formula(*operands).value, builder.gep(pointers[-1], [i]))
        following = builder.add(i, ir.Constant(index, 1))
        i.add_incoming(ir.Constant(index, 0), start)
        i.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, length), turn, end)
        ir.IRBuilder(end).ret_void()
        self.dtype = numpy.dtype(dtype)
        text = str(module)
        self.native = NativeModule(lambda: Source([ModulePart(text)], {}), key_of(text))
        kinds = [ctypes.c_void_p] * (arity + 1) + [ctypes.c_int64]
        self.call = ctypes.CFUNCTYPE(None, *kinds)(self.native.address("loop"))

    def __call__(self, *operands: Any) -> Array:
        arrays = [numpy.ascontiguousarray(operand, self.dtype) for operand in operands]
        out = numpy.empty_like(arrays[0])
        self.call(*(array.ctypes.data for array in arrays), out.ctypes.data, out.size)
        return out


FORMULAS = {f.primitive.name: formula for f, formula in maths.ELEMENTARY.items()} | {"rsqrt": maths.rsqrt}


@cache
def loop(name: str, dtype: str) -> Loop:
    return Loop(FORMULAS[name], dtype, 2 if name in BINARY else 1)


# -- where to look ---------------------------------------------------------------------------------

COUNT = 60


class Points:
    """Points of a dtype, all random ones from one seed."""

    def __init__(self, dtype: str) -> None:
        self.dtype = numpy.dtype(dtype)
        self.info = numpy.finfo(self.dtype)
        self.random = numpy.random.default_rng(20)
        self.double = dtype == "float64"
        self.digits = 15 if self.double else 7
        self.decades = 307 if self.double else 37
        self.exponential_range = 745.0 if self.double else 103.0

    def between(self, low: float, high: float) -> Array:
        return self.random.uniform(low, high, COUNT)

    def sizes(self, low: float, high: float) -> Array:
        """Of both signs, between powers of 10."""
        return self.random.choice([-1, 1], COUNT) * 10.0 ** self.between(low, high)

    def near(self, *centres: float) -> Array:
        """The centre's neighbours, and points ever closer to it."""
        found = [numpy.asarray(c) + self.sizes(-self.digits, -1) * (abs(c) or 1) for c in centres]
        exact = [numpy.nextafter(self.dtype.type(c), self.dtype.type(to)) for c in centres for to in (-9e9, c, 9e9)]
        return numpy.concatenate([*found, numpy.array(exact, float)])

    def any(self) -> Array:
        """Random bit patterns, subnormal numbers among them."""
        whole = numpy.uint64 if self.double else numpy.uint32
        bits = self.random.integers(0, 2 ** (8 * self.dtype.itemsize) - 1, 3 * COUNT, dtype=whole)
        with numpy.errstate(invalid="ignore"):
            found = numpy.append(bits.view(self.dtype), bits[:10].view(self.dtype) * 0 + self.subnormal())
        return found[numpy.isfinite(found)].astype(float)

    def subnormal(self) -> Array:
        return self.info.smallest_subnormal * self.random.integers(1, 10**6, 10).astype(self.dtype)

    def angles(self) -> Array:
        """Random ones of every size, and the floats next to multiples of pi / 2, where sine or cosine nearly vanish."""
        count = numpy.concatenate(
            [numpy.arange(1, 40), 2 ** self.between(5, 14), 2 ** self.between(5, self.info.nmant)]
        ).round()
        multiples = count * (math.pi / 2)
        huge = 2.0 ** self.between(20, 1023 if self.double else 127)
        hardest = self.hardest_angles()
        borders = self.near(2.0**20, 2.0**14)
        return numpy.concatenate([self.any(), self.sizes(-8, 6), multiples, -multiples, huge, hardest, borders])

    def hardest_angles(self) -> list[float]:
        """For each exponent the float nearest to a multiple of pi / 2, as continued fractions find it.

        J.-M. Muller, "Elementary Functions" (2016), section 11.3.2.
        """
        precision = self.info.nmant + 1
        found = [
            float(_best_denominator(2 / PI * Fraction(2) ** exponent, 2**precision)) * 2.0**exponent
            for exponent in range(-precision, int(self.info.maxexp) - precision)
        ]
        return [angle for angle in found if angle > 1]


def _best_denominator(number: Fraction, limit: int) -> int:
    """Of the last convergent of the continued fraction whose denominator is below the limit."""
    before, last = 1, 0
    numerator, denominator = number.numerator, number.denominator
    while denominator:
        whole, rest = divmod(numerator, denominator)
        numerator, denominator = denominator, rest
        before, last = last, whole * last + before
        if last >= limit:
            return before
    return last


Sample = Callable[[Points], Any]


def _exponents(p: Points) -> Array:
    r = p.exponential_range
    return numpy.concatenate(
        [p.between(-r, r), p.sizes(-12, 0), p.near(0, 0.3465735903, -0.3465735903), p.between(-3, 3)]
    )


def _overflowing(p: Points) -> Array:
    limit = math.log(float(p.info.max))
    edges = numpy.array([limit, -limit, limit + math.log(2), math.log(float(p.info.tiny)), -p.exponential_range])
    return numpy.concatenate([_exponents(p), edges, edges * (1 + 1e-6), edges * (1 - 1e-6), p.any()])


def _positive(p: Points) -> Array:
    return numpy.abs(
        numpy.concatenate([p.any(), p.near(1, 2, 0.5, 10), p.sizes(-3, 3), p.near(math.sqrt(2), 0.5**0.5)])
    )


def _above_minus_one(p: Points) -> Array:
    return numpy.concatenate(
        [numpy.abs(p.any()), p.sizes(-12, -0.3), p.near(0), p.between(-1, 3), -1 + p.sizes(-7, 0) ** 2]
    )


def _unit(p: Points) -> Array:
    found = numpy.concatenate([p.near(0, 0.5, -0.5, 1, -1), p.between(-1, 1), p.sizes(-12, 0), p.subnormal()])
    return found[numpy.abs(found) <= 1]


def _pairs(p: Points) -> tuple[Array, Array]:
    """Unrelated, of like size, and at the borders of the octants."""
    x = numpy.concatenate([p.any(), p.between(-3, 3), p.sizes(-p.decades, p.decades), p.sizes(-3, 3)])
    factor = numpy.resize(numpy.concatenate([p.near(1, -1, math.sqrt(2) - 1), p.sizes(-9, 9)]), x.size)
    least = float(p.info.tiny) * p.between(0.5, 40)
    with numpy.errstate(over="ignore"):
        return (
            numpy.concatenate([x, x, least]),
            numpy.concatenate([x * factor, p.random.permutation(x), p.sizes(-2, 2)]),
        )


def _powers(p: Points) -> tuple[Array, Array]:
    """Results of every size: at the edges of overflow and underflow, near 1, and of bases near 1."""
    x = numpy.concatenate([_positive(p), 1 + p.sizes(-p.digits, -1), p.between(0, 10)])
    x = x.astype(p.dtype).astype(float)
    logarithm = numpy.log(numpy.where((x == 1) | (x == 0), 2.0, x))
    target = numpy.resize(numpy.concatenate([p.between(-1.02, 1.02), p.near(1, -1) * 0.99, p.sizes(-9, 0)]), x.size)
    y = target * p.exponential_range / logarithm
    whole = numpy.resize(numpy.array([3.0, -3.0, 7.0, 2.5, -0.5, 33.0]), x.size)
    return numpy.concatenate([x, x, -x]), numpy.concatenate([y, whole, whole.round()])


SAMPLES: dict[str, Sample] = {
    "arccos": _unit,
    "arccosh": lambda p: 1 + numpy.abs(numpy.concatenate([p.any(), p.sizes(-p.digits, 0), p.sizes(0, 12)])),
    "arcsin": _unit,
    "arcsinh": lambda p: numpy.concatenate([p.any(), p.sizes(-3, 12), p.near(0, 1), p.between(-3, 3)]),
    "arctan": lambda p: numpy.concatenate([p.any(), p.near(0, 1, -1, 2**0.5 - 1, 2**0.5 + 1), p.between(-1, 1)]),
    "arctan2": _pairs,
    "arctanh": _unit,
    "cbrt": lambda p: numpy.concatenate([p.any(), p.near(1, 8, 27), p.between(0.3, 9)]),
    "cos": Points.angles,
    "cosh": _overflowing,
    "erf": lambda p: numpy.concatenate([p.any(), p.between(-6.5, 6.5), p.near(0, 1, -1), p.sizes(-12, 0)]),
    "erfc": lambda p: numpy.concatenate(
        [p.between(-6, 28), p.between(-1, 2), p.near(0, 0.25, 1, -1), p.between(24, 27.3)]
    ),
    "erfinv": lambda p: numpy.concatenate(
        [_unit(p), p.near(0.9966, -0.9966, 0.99865), 1 - p.sizes(-p.digits, -1) ** 2]
    ),
    "exp": _overflowing,
    "exp2": lambda p: numpy.concatenate([_overflowing(p) / math.log(2), p.near(0.5, -0.5)]),
    "exp_of_square": lambda p: (
        numpy.concatenate([p.between(-27, 27), p.between(-3, 3), p.sizes(-9, 2)]),
        numpy.resize([1.0, -1.0, 0.5, -0.5, 0.3], 3 * COUNT),
    ),
    "expm1": _overflowing,
    "hypot": _pairs,
    "log": _positive,
    "log10": _positive,
    "log1p": _above_minus_one,
    "log2": _positive,
    "logaddexp": lambda p: (p.between(-50, 50), p.between(-50, 50)),
    "logaddexp2": lambda p: (p.between(-50, 50), p.between(-50, 50)),
    "logistic_slope": _overflowing,
    "ndtr": lambda p: numpy.concatenate(
        [
            p.between(-39, 9),
            p.between(-2, 2),
            p.near(0, -0.3535533905, 1.41421356),
            p.between(-38.5, -36),
            p.sizes(-12, 1),
        ]
    ),
    "power": _powers,
    "rsqrt": _positive,
    "sech_squared": lambda p: _overflowing(p) / 2,
    "sigmoid": _overflowing,
    "expit": _overflowing,
    "sin": Points.angles,
    "sinh": _overflowing,
    "tan": Points.angles,
    "tanh": lambda p: numpy.concatenate([_exponents(p), p.between(-20, 20), p.any()]),
}


# -- what is right ---------------------------------------------------------------------------------


def _power(x: Any, y: Any) -> Any:
    return mpmath.power(x, int(y) if y == int(y) else y)


def _log_of_sum(base: float) -> Callable[[Any, Any], Any]:
    return lambda x, y: mpmath.log(mpmath.power(base, x) + mpmath.power(base, y), base)


EXACT: dict[str, Callable[..., Any]] = {
    "arccos": mpmath.acos,
    "arccosh": mpmath.acosh,
    "arcsin": mpmath.asin,
    "arcsinh": mpmath.asinh,
    "arctan": mpmath.atan,
    "arctan2": mpmath.atan2,
    "arctanh": mpmath.atanh,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "cos": mpmath.cos,
    "cosh": mpmath.cosh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "erfinv": coefficients.inverse_error,
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.power(2, x),
    "exp_of_square": lambda x, by: mpmath.exp(by * x * x),
    "expm1": mpmath.expm1,
    "hypot": mpmath.hypot,
    "log": mpmath.log,
    "log10": mpmath.log10,
    "log1p": mpmath.log1p,
    "log2": lambda x: mpmath.log(x, 2),
    "logaddexp": _log_of_sum(mpmath.e),
    "logaddexp2": _log_of_sum(2),
    "logistic_slope": lambda x: 1 / (2 + 2 * mpmath.cosh(x)),
    "ndtr": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "power": _power,
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "sech_squared": lambda x: 1 / mpmath.cosh(x) ** 2,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "expit": lambda x: 1 / (1 + mpmath.exp(-x)),
    "sin": mpmath.sin,
    "sinh": mpmath.sinh,
    "tan": mpmath.tan,
    "tanh": mpmath.tanh,
}


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + numpy.exp(-x))


REFERENCE: dict[str, Callable[..., Array]] = {
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "erfinv": lambda x: numpy.copysign(scipy.special.erfinv(x), x),
    "exp_of_square": lambda x, by: numpy.exp(by.astype(float) * numpy.clip(x, -1e3, 1e3).astype(float) ** 2).astype(
        x.dtype
    ),
    "logistic_slope": lambda x: 1 / (2 + 2 * numpy.cosh(x)),
    "ndtr": scipy.special.ndtr,
    "rsqrt": lambda x: 1 / numpy.sqrt(x),
    "sech_squared": lambda x: 1 / numpy.cosh(x) ** 2,
    "sigmoid": _sigmoid,
    "expit": scipy.special.expit,
}


def ulps(got: float, exact: Any, info: Any, least: float = 0.0) -> float:
    """The error in units in the last place of the exact value, or of a least size."""
    if abs(exact) >= float(info.max) * (1 + mpmath.mpf(2) ** -(info.nmant + 2)):
        return 0.0 if got == math.copysign(math.inf, exact) else math.inf
    exponent = mpmath.frexp(max(abs(exact), least))[1] - 1
    unit = mpmath.mpf(2) ** (max(exponent, int(info.minexp)) - info.nmant)
    if math.isinf(got):
        got = math.copysign(float(info.max) * (1 + 2.0**-info.nmant) if info.nmant < 52 else math.inf, got)
        return 0.0 if abs(exact) > float(info.max) * (1 - 2.0**-info.nmant) else math.inf
    return float(abs(mpmath.mpf(got) - exact) / unit)


def worst(name: str, dtype: str) -> tuple[float, Any]:
    """The largest error over the sample, and where it is."""
    sample = SAMPLES[name](Points(dtype))
    with numpy.errstate(over="ignore", invalid="ignore"):
        operands = [numpy.asarray(x).astype(dtype) for x in (sample if isinstance(sample, tuple) else (sample,))]
    usable = numpy.logical_and.reduce([numpy.isfinite(x) for x in operands])
    operands = [x[usable] for x in operands]
    results, found = loop(name, dtype)(*operands), (0.0, None)
    # no error is less than that of the larger operand
    sums = name.startswith("logaddexp")
    with mpmath.workprec(300 if name != "arccosh" else 1200):
        for got, *point in zip(results.tolist(), *(x.tolist() for x in operands), strict=True):
            exact = _exact(name, point)
            if exact is None or may_vanish(name, got, exact, numpy.finfo(dtype)):
                continue
            error = ulps(got, exact, numpy.finfo(dtype), max(map(abs, point)) if sums else 0.0)
            if not error <= found[0]:
                found = (error, (point, got, mpmath.nstr(exact, 20)))
    return found


def may_vanish(name: str, got: Any, exact: Any, info: Any) -> Any:
    """Whether results are 0, and right to be: slopes, where they are hardly normal numbers."""
    return (name == "sech_squared") & (got == 0) & (abs(exact) < 1.5 * float(info.tiny))


def _exact(name: str, point: list[float]) -> Any:
    """The value, or nothing where it is a pole, nought, or no real number: those are special values."""
    try:
        exact = EXACT[name](*map(mpmath.mpf, point))
    except (ZeroDivisionError, ValueError):
        return None
    return exact if isinstance(exact, mpmath.mpf) and mpmath.isfinite(exact) and exact != 0 else None


MOST = {"power": 4, "erfinv": 4, "logistic_slope": 3, "sech_squared": 3}
"""The error in units in the last place, where it may be larger than 2."""


@pytest.mark.part(8)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SAMPLES)
def test_error(name: str, dtype: str) -> None:
    error, where = worst(name, dtype)
    assert error <= MOST.get(name, 2), where


def test_every_function_is_tested() -> None:
    assert set(SAMPLES) == set(EXACT) == set(FORMULAS)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in BINARY])
def test_float32_densely_against_float64(name: str) -> None:
    """NumPy's float64 is exact beside float32: bit patterns over the whole range, and more where functions vary."""
    bits = numpy.linspace(0, 0x7F7FFFFF, 60_000).astype(numpy.int32).view(numpy.float32)
    middle = numpy.geomspace(1e-6, 200, 60_000).astype(numpy.float32)
    points = numpy.concatenate([bits, -bits, middle, -middle])
    with numpy.errstate(all="ignore"):
        exact = REFERENCE.get(name, getattr(numpy, name, None))(points.astype(numpy.float64))
        usable = numpy.isfinite(exact) & (numpy.abs(exact) < numpy.finfo(numpy.float32).max)
    exact = exact[usable]
    unit = numpy.ldexp(1.0, numpy.maximum(numpy.frexp(exact)[1] - 1, -126) - 23)
    got = loop(name, "float32")(points[usable])
    errors = numpy.where(may_vanish(name, got, exact, numpy.finfo("float32")), 0, numpy.abs(got - exact) / unit)
    assert errors.max() <= MOST.get(name, 2), points[usable][errors.argmax()]


# -- special values --------------------------------------------------------------------------------


def specials(dtype: str) -> Array:
    info = numpy.finfo(dtype)
    sizes = [0.0, math.inf, math.nan, 0.5, 1, 2, 3, 1e4, info.max, info.tiny, info.smallest_subnormal]
    return numpy.array([s for size in sizes for s in (size, -size)], dtype)


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SAMPLES)
def test_special_values(name: str, dtype: str) -> None:
    points = specials(dtype)
    operands = [g.ravel() for g in numpy.meshgrid(points, points)] if name in BINARY else [points]
    with numpy.errstate(all="ignore"):
        expected = REFERENCE.get(name, getattr(numpy, name, None))(*operands)
    got = loop(name, dtype)(*operands)
    eps, least = numpy.finfo(dtype).eps, numpy.finfo(dtype).smallest_subnormal
    for value, right, *point in zip(got, expected, *operands, strict=True):
        if numpy.isfinite(right) and right != 0:
            assert abs(value / 8 - right / 8) <= abs(right) * eps + least, point
        else:
            assert numpy.array_equal(value, right, equal_nan=True), point
            assert numpy.isnan(right) or numpy.signbit(value) == numpy.signbit(right), point


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0, 4.0, -1.0, 0.5, -0.5])
def test_power_of_constant_exponent(exponent: float, dtype: str) -> None:
    kind = numpy.dtype(dtype)

    def formula(x: Scalar) -> Scalar:
        return lower(power.primitive, [x, Scalar(x.builder, literal(exponent, kind), kind)], kind)

    points = numpy.concatenate([specials(dtype), numpy.linspace(-3, 3, 50, dtype=dtype)])
    with numpy.errstate(all="ignore"):
        expected = points**exponent
    got = Loop(formula, dtype, 1)(points)
    numpy.testing.assert_allclose(got, expected, rtol=4 * numpy.finfo(dtype).eps, atol=0)
    assert numpy.array_equal(numpy.signbit(got)[expected == 0], numpy.signbit(expected)[expected == 0])


# -- loops -----------------------------------------------------------------------------------------


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SAMPLES)
def test_loop_is_vectorised(name: str, dtype: str) -> None:
    code = loop(name, dtype).native.llvm()
    assert re.search(r"= (fmul|fdiv|fadd)( \w+)* <\d+ x (float|double)>", code)
    library = re.findall(r"call (?:double|float) @(?!llvm\.|wengert)(\S+?)\(", code)
    assert library == []


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_huge_angles_stand_anywhere_in_a_loop(name: str, dtype: str) -> None:
    run = loop(name, dtype)
    numbers = numpy.resize(numpy.array([0.5, 1e30, -3e22, 2.0, math.inf, 1e8, 1e35], dtype), 37)
    alone = numpy.concatenate([run(numbers[i : i + 1]) for i in range(numbers.size)])
    for start, stop in itertools.product((0, 1, 5), (8, 16, 17, 37)):
        assert numpy.array_equal(run(numbers[start:stop]), alone[start:stop], equal_nan=True)


# -- where the numbers come from -------------------------------------------------------------------


def test_constants() -> None:
    with mpmath.workprec(1400):
        exact = {PI: mpmath.pi, LN2: mpmath.ln2, LN10: mpmath.ln10, TWO_OVER_ROOT_PI: 2 / mpmath.sqrt(mpmath.pi)}
        for number, value in exact.items():
            assert abs(mpmath.mpf(number.numerator) / number.denominator / value - 1) < mpmath.mpf(2) ** -1260


def test_pieces_add_up() -> None:
    parts = pieces(PI, 33, 33, 53)
    assert abs(sum(map(Fraction, parts)) - PI) < Fraction(1, 2**118)
    assert all((Fraction(part) * 2**32).denominator == 1 for part in parts[:1])


def test_tables_of_the_complementary_error_function_are_what_their_script_prints() -> None:
    assert coefficients.coefficients() == list(_SCALED_COMPLEMENT)
    assert coefficients.coefficients_of_logarithm() == list(_LOG_OF_COMPLEMENT)


@pytest.mark.parametrize("piece", [*SINGLE_PIECES, *DOUBLE_PIECES], ids=lambda piece: f"{piece.begin}-{piece.end}")
def test_tables_of_the_inverse_error_function_are_what_their_script_prints(piece: Piece) -> None:
    assert coefficients.coefficients_of_inverse(piece) == list(piece.coefficients)


@pytest.mark.parametrize("symmetric", [False, True])
def test_economised_series_is_as_exact_as_asked_for_and_shorter(symmetric: bool) -> None:
    found = economised(lambda i: Fraction(1, math.factorial(i)), 0.5, 1e-9, symmetric=symmetric)
    points = numpy.linspace(-0.5 if symmetric else 0.0, 0.5, 999)
    errors = numpy.polynomial.polynomial.polyval(points, found) - numpy.exp(points)
    assert 1e-11 < numpy.abs(errors).max() <= 1e-9
    cut = [1 / math.factorial(i) for i in range(len(found))]
    assert numpy.abs(numpy.polynomial.polynomial.polyval(points, cut) - numpy.exp(points)).max() > 1e-9
