"""What each operation on complex numbers is in operations on their parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .....core.abstract import Abstract
from .....core.graph import GraphNode, form_of_operand
from .....core.primitive import Primitive, by_primitive
from .....core.recording import ALIAS
from .....ops import contract, elementwise as e, factors as m, fft, join
from .....ops.after import after
from .....ops.axes import reduce as r, scan, sort
from .....ops.axes.norms import euclidean_norm
from .....ops.broadcast import broadcast_to
from .....ops.indexing import gather as g
from .....ops.matrices import solving
from .....ops.shape import reshape, transpose
from .....ops.windows import correlate, reduce as windows, unfold
from ....passes.rewriting import apply, pick_of
from ...facts.lowered import COPY
from ..inlining import inlined
from . import along, elementary as f, fourier, inverse, systems
from .number import COMPLEX_DTYPES, Complex, as_complex, both, either, filled, reciprocal
from .operands import dtype_of_parts, in_dtype, parts_of

PartsRule = Callable[[GraphNode, Sequence[Any]], Any]
"""From a node and what its operands are (nodes, constants, or the parts of complex ones) to what its result is."""


# -- operations on each part -----------------------------------------------------------------------


def _each(*positions: int) -> PartsRule:
    """An operation that is linear in the operands at these positions (all, if none is named), part by part."""

    def rule(node: GraphNode, operands: Sequence[Any]) -> Any:
        dtype = dtype_of_parts(node)
        moved = positions or range(len(operands))
        halves = [parts_of(o) if i in moved else o for i, o in enumerate(operands)]

        def done(part: str) -> GraphNode:
            given = [in_dtype(getattr(o, part), dtype) if i in moved else _real(o) for i, o in enumerate(halves)]
            return apply(node.primitive, given, _params_of(node.params, part))

        return _joined(done("real"), done("imag"))

    return rule


def _params_of(params: dict[str, Any], part: str) -> dict[str, Any]:
    """A number that fills is complex as well."""
    fill = params.get("fill")
    return params if fill is None else {**params, "fill": getattr(fill, part)}


def _real(value: Any) -> Any:
    """What only orders or chooses."""
    return value.real if isinstance(value, Complex) else value


def _joined(real: GraphNode, imag: GraphNode) -> Any:
    if isinstance(real.form, Abstract):
        return Complex(real, imag)
    return tuple(Complex(pick_of(real, i), pick_of(imag, i)) for i in range(len(real.form)))


def _product(node: GraphNode, operands: Sequence[Any]) -> Complex:
    """What is linear in each of two operands."""
    dtype = dtype_of_parts(node)
    x, y = operands

    def product(a: Any, b: Any) -> GraphNode:
        return apply(node.primitive, [in_dtype(a, dtype), in_dtype(b, dtype)], node.params)

    if not _is_complex(x):
        return Complex(product(x, y.real), product(x, y.imag))
    if not _is_complex(y):
        return Complex(product(x.real, y), product(x.imag, y))
    x, y = parts_of(x), parts_of(y)
    difference = apply(e.subtract.primitive, [product(x.real, y.real), product(x.imag, y.imag)], {})
    return Complex(difference, apply(e.add.primitive, [product(x.real, y.imag), product(x.imag, y.real)], {}))


def _is_complex(value: Any) -> bool:
    return isinstance(value, Complex) or form_of_operand(value).dtype.kind == "c"


def _choice(node: GraphNode, operands: Sequence[Any]) -> Any:
    """By a condition, which is complex numbers that are 0 or not, or flags."""
    condition, *values = operands
    given = [_flags(condition) if isinstance(condition, Complex) else condition, *values]
    if node.result_forms[0].dtype in COMPLEX_DTYPES:
        return _each(1, 2)(node, given)
    return apply(node.primitive, given, node.params)


def _flags(z: Complex) -> Any:
    """Where a number is not 0."""
    return inlined(lambda real, imag: _is_true(Complex(real, imag)), [z.real, z.imag])


def _after(node: GraphNode, operands: Sequence[Any]) -> Any:
    if node.result_forms[0].dtype in COMPLEX_DTYPES:
        return _each(0)(node, operands)
    return apply(node.primitive, list(map(_real, operands)), node.params)


# -- formulas --------------------------------------------------------------------------------------


def _formula(function: Callable[..., Any]) -> PartsRule:
    """An elementwise function of complex numbers, all of one dtype; its result is complex or real."""

    def rule(node: GraphNode, operands: Sequence[Any]) -> Any:
        dtype = _common_dtype(operands)
        given = [in_dtype(part, dtype) for o in operands for part in (parts_of(o).real, parts_of(o).imag)]

        def of_parts(*parts: Any) -> Any:
            with numpy.errstate(all="ignore"):
                made = function(*map(Complex, parts[::2], parts[1::2]), **node.params)
            return (made.real, made.imag) if isinstance(made, Complex) else made

        made, dtype = inlined(of_parts, given), node.result_forms[0].dtype
        if dtype not in COMPLEX_DTYPES:
            return _spread(in_dtype(made[0] if type(made) is tuple else made, dtype), node)
        return Complex(*(_spread(in_dtype(part, COMPLEX_DTYPES[dtype]), node) for part in made))

    return rule


def _spread(part: Any, node: GraphNode) -> Any:
    """A part that does not depend on all operands, in the shape of the result."""
    shape = node.result_forms[0].shape
    if form_of_operand(part).shape == shape:
        return part
    return apply(broadcast_to.primitive, [part], {"shape": shape})


def _common_dtype(operands: Sequence[Any]) -> numpy.dtype:
    """That of the parts in which an operation is done."""
    found = []
    for operand in operands:
        if isinstance(operand, Complex):
            real = operand.real
            is_number = not isinstance(real, GraphNode) and not hasattr(real, "dtype")
            found.append(1j if is_number else numpy.result_type(form_of_operand(real).dtype, numpy.complex64))
        else:
            found.append(operand.form.dtype if isinstance(operand, GraphNode) else getattr(operand, "dtype", operand))
    return COMPLEX_DTYPES[numpy.result_type(*found, numpy.complex64)]


def _converted(node: GraphNode, operands: Sequence[Any]) -> Any:
    """To a complex dtype both parts; to a real one the real part, and to a flag whether there is one that is not 0."""
    (x,), dtype = operands, node.result_forms[0].dtype
    if dtype in COMPLEX_DTYPES:
        x, to = parts_of(x), COMPLEX_DTYPES[dtype]
        return Complex(in_dtype(x.real, to), in_dtype(x.imag, to))
    if dtype.kind == "b":
        return _flags(x)
    return apply(node.primitive, [x.real], node.params)


def _is_true(z: Complex) -> Any:
    return either(e.not_equal(z.real, 0), e.not_equal(z.imag, 0))


def _imaginary(node: GraphNode, operands: Sequence[Any]) -> Complex:
    (x,) = operands
    part = in_dtype(x, dtype_of_parts(node))
    return Complex(apply(e.zeros_like.primitive, [part], {}), part)


def _phase(z: Complex) -> Complex:
    """z / |z|; 0 at 0, and of one infinite part its sign."""
    size = z.size
    is_zero, is_far = e.equal(size, 0), e.isinf(size)
    safe = e.where(is_zero, 1.0, size)
    are_both, is_real = both(e.isinf(z.real), e.isinf(z.imag)), e.isinf(z.real)
    along = e.copysign(e.ones_like(size), z.real), e.copysign(e.ones_like(size), z.imag)
    far = Complex(e.where(is_real, along[0], 0.0), e.where(is_real, 0.0, along[1]))
    lost = filled(size, math.nan)
    usual = Complex(z.real / safe, z.imag / safe)
    usual = Complex(lost, lost).where(
        e.isnan(size), Complex(e.zeros_like(size), e.zeros_like(size)).where(is_zero, usual)
    )
    return Complex(lost, lost).where(are_both, far).where(is_far, usual)


def _order(strict: Callable[[Any, Any], Any], last: Callable[[Any, Any], Any]) -> Callable[[Complex, Complex], Any]:
    """By the real part, then the imaginary part, as NumPy compares."""

    def compared(x: Complex, y: Complex) -> Any:
        are_numbers = e.logical_not(either(e.isnan(x.imag), e.isnan(y.imag)))
        before = both(strict(x.real, y.real), are_numbers)
        return either(before, both(e.equal(x.real, y.real), last(x.imag, y.imag)))

    return compared


_not_less = _order(e.greater, e.greater_equal)
_not_greater = _order(e.less, e.less_equal)


def _is_nan(z: Complex) -> Any:
    return either(e.isnan(z.real), e.isnan(z.imag))


def _extreme(wins: Callable[[Complex, Complex], Any], stays: Callable[[Complex, Complex], Any]) -> Any:
    return lambda x, y: x.where(either(wins(x, y), stays(x, y)), y)


def _are_finite(z: Complex) -> Any:
    return both(e.isfinite(z.real), e.isfinite(z.imag))


def _is_zero(z: Complex) -> Any:
    return both(e.equal(z.real, 0), e.equal(z.imag, 0))


def _is_guarded(x: Complex, y: Complex) -> Any:
    """Where one is zero and the other not finite."""
    found = [both(_is_zero(zero), e.logical_not(_are_finite(other))) for zero, other in ((x, y), (y, x))]
    return either(*found)


def _kept(value: Complex, x: Complex, y: Complex) -> Complex:
    return Complex(e.zeros_like(value.real), e.zeros_like(value.real)).where(_is_guarded(x, y), value)


def _one(z: Complex) -> Complex:
    return Complex(e.ones_like(z.real), e.zeros_like(z.real))


def _gap(x: Complex, y: Complex) -> Complex:
    is_same = both(e.equal(x.real, y.real), e.equal(x.imag, y.imag))
    return Complex(e.zeros_like(x.real), e.zeros_like(x.real)).where(is_same, x - y)


def _sinc(z: Complex) -> Complex:
    angle = as_complex(1e-20).where(_is_zero(z), z).times(math.pi)
    return f.sin(angle) / angle


def _power(node: GraphNode, operands: Sequence[Any]) -> Any:
    _, exponent = operands
    if isinstance(exponent, (Complex, GraphNode)) or numpy.ndim(exponent):
        return _formula(f.power)(node, operands)
    simple = _simple_power(complex(exponent))
    return _formula(f.power if simple is None else lambda z, w: simple(z))(node, operands)


MOST_PRODUCTS = 100
"""Whole exponents below this are products, as in NumPy."""


def _simple_power(exponent: complex) -> Callable[[Complex], Complex] | None:
    """The power with a constant exponent, where NumPy has a quicker way than by the logarithm."""
    if exponent == 0.5:
        return f.sqrt
    if exponent == -1:
        return reciprocal
    is_whole = exponent.imag == 0 and exponent.real.is_integer() and abs(exponent.real) < MOST_PRODUCTS
    return (lambda z: f.whole_power(z, int(exponent.real))) if is_whole else None


def _of_parts(function: Callable[[Any], Any]) -> Callable[..., Complex]:
    return lambda z, **params: Complex(function(z.real, **params), function(z.imag, **params))


# -- reductions ------------------------------------------------------------------------------------


def _norm(node: GraphNode, operands: Sequence[Any]) -> Any:
    """The norm of the sizes of the numbers."""
    (z,) = operands
    of_parts = [apply(node.primitive, [part], node.params) for part in (z.real, z.imag)]
    return apply(e.hypot.primitive, of_parts, {})


def _of_flags(node: GraphNode, operands: Sequence[Any]) -> Any:
    """Of what is not zero."""
    (z,) = operands
    return apply(node.primitive, [_flags(z)], node.params)


ON_PARTS: dict[Primitive, PartsRule] = by_primitive(
    {
        **dict.fromkeys((ALIAS, COPY, e.stop_gradient, e.negative, e.positive), _each()),
        **dict.fromkeys((reshape, transpose, broadcast_to, g.block, g.unslice, g.slice_set), _each()),
        **dict.fromkeys((join.concatenate, join.stack, join.split, join.unstack), _each()),
        **dict.fromkeys((e.add, e.subtract, r.sum, scan.cumsum, scan.shift), _each()),
        **dict.fromkeys((unfold.unfold, unfold.fold, fft.resize, fft.rotate, windows.window_sum), _each()),
        **dict.fromkeys((g.gather, g.scatter_add, sort.permute), _each(0)),
        g.scatter_set: _each(0, 1),
        e.where: _choice,
        after: _after,
        contract.matmul: _product,
        correlate.correlate: _product,
        **dict.fromkeys(e.CASTS, _converted),
        e.multiply: _formula(lambda x, y: x * y),
        e.divide: _formula(lambda x, y: x / y),
        e.square: _formula(lambda z: z * z),
        e.reciprocal: _formula(reciprocal),
        e.power: _power,
        m.conjugate: _formula(lambda z: z.conjugate),
        e.real: lambda node, operands: operands[0].real,
        e.imag: lambda node, operands: operands[0].imag,
        e.imaginary: _imaginary,
        e.absolute: _formula(lambda z: z.size),
        **dict.fromkeys((e.sign, e.phase), _formula(_phase)),
        **{getattr(e, name): _formula(getattr(f, name)) for name in ("exp", "exp2", "expm1", "log2", "log10", "log1p")},
        **{getattr(e, name): _formula(getattr(f, name)) for name in ("sqrt", "sin", "cos", "tan", "sinh", "cosh")},
        **{getattr(e, name): _formula(getattr(f, name)) for name in ("tanh", "sigmoid", "sech_squared")},
        **{getattr(e, name): _formula(getattr(f, name)) for name in ("logistic_slope", "cos_of_arcsin")},
        **{getattr(e, name): _formula(getattr(inverse, name)) for name in ("arcsin", "arccos", "arctan")},
        **{getattr(e, name): _formula(getattr(inverse, name)) for name in ("arcsinh", "arccosh", "arctanh")},
        e.log_of: _formula(f.log),
        e.sinc: _formula(_sinc),
        e.rint: _formula(_of_parts(e.rint)),
        e.gap: _formula(_gap),
        e.unsettled: _formula(lambda x, of, flags: x),
        **dict.fromkeys(m.GUARDED_PRODUCTS, _formula(lambda x, y: _kept(x * y, x, y))),
        m.clear: _formula(lambda x, y: _kept(x, x, y)),
        m.OPEN_MASK: _formula(lambda x, y: _kept(_one(x), x, y)),
        e.ones_like: _formula(_one),
        e.zeros_like: _formula(lambda z: Complex(e.zeros_like(z.real), e.zeros_like(z.real))),
        e.full_like: _formula(lambda z, fill: fill + Complex(e.zeros_like(z.real), e.zeros_like(z.real))),
        e.isnan: _formula(_is_nan),
        e.isinf: _formula(lambda z: either(e.isinf(z.real), e.isinf(z.imag))),
        e.isfinite: _formula(_are_finite),
        e.isreal: _formula(lambda z: e.equal(z.imag, 0)),
        e.iscomplex: _formula(lambda z: e.not_equal(z.imag, 0)),
        e.equal: _formula(lambda x, y: both(e.equal(x.real, y.real), e.equal(x.imag, y.imag))),
        e.not_equal: _formula(lambda x, y: either(e.not_equal(x.real, y.real), e.not_equal(x.imag, y.imag))),
        e.less: _formula(_order(e.less, e.less)),
        e.less_equal: _formula(_not_greater),
        e.greater: _formula(_order(e.greater, e.greater)),
        e.greater_equal: _formula(_not_less),
        e.maximum: _formula(_extreme(_not_less, lambda x, y: _is_nan(x))),
        e.minimum: _formula(_extreme(_not_greater, lambda x, y: _is_nan(x))),
        e.fmax: _formula(_extreme(_not_less, lambda x, y: _is_nan(y))),
        e.fmin: _formula(_extreme(_not_greater, lambda x, y: _is_nan(y))),
        e.logical_and: _formula(lambda x, y: both(_is_true(x), _is_true(y))),
        e.logical_or: _formula(lambda x, y: either(_is_true(x), _is_true(y))),
        e.logical_xor: _formula(lambda x, y: e.logical_xor(_is_true(x), _is_true(y))),
        e.logical_not: _formula(_is_zero),
        **{getattr(fft, name): getattr(fourier, name) for name in ("fft", "ifft", "rfft", "irfft")},
        r.prod: along.prod,
        scan.cumprod: along.cumulated(lambda before, x: before * x, 1.0),
        scan.recur: along.cumulated(lambda before, a, b: _kept(a * before, a, before) + b, 0.0),
        solving.solve: systems.solve,
        solving.inv: systems.inverse,
        euclidean_norm: _norm,
        **dict.fromkeys((r.any, r.all, r.count_nonzero), _of_flags),
    }
)
"""For each operation that has complex operands or a complex result."""
