"""What each operation is in NumPy: the text of an expression, and how tightly it binds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, MappingProxyType
from typing import Any, NamedTuple

import numpy

from ...core.graph import GraphNode
from ...core.primitive import Primitive, by_primitive, primitives
from ...core.recording import ALIAS, PICK, UNFOLLOWED
from ...explaining.notation import BEFORE, BETWEEN, CALL, TIGHTNESS_BEFORE, index_text
from ...ops import contract, elementwise as e, factors, fft, join
from ...ops.after import after
from ...ops.axes import reduce as r, scan, sort
from ...ops.axes.norms import euclidean_norm
from ...ops.axes.softmax import log_softmax, softmax
from ...ops.axes.standardize import standardized
from ...ops.broadcast import broadcast_to, sum as sum_over
from ...ops.einsum import is_einsum
from ...ops.indexing import gather as g
from ...ops.matrices import determinants, solving
from ...ops.shape import reshape, transpose
from ...ops.special import bessel, gamma, incomplete, statistical
from ...ops.special.by_scipy import OF_SCIPY
from ..documents.primitives import primitives_in
from . import helpers


class Expression(NamedTuple):
    """The text of an expression, and how tightly its outermost operation binds its operands."""

    text: str
    tightness: int = CALL

    def beside(self, tightness: int) -> str:
        """The text, in brackets if what stands beside it binds as tightly or tighter."""
        return self.text if self.tightness > tightness else f"({self.text})"


Spelling = Callable[[GraphNode, Sequence[Expression]], Expression]


def expression_of(node: GraphNode, operands: Sequence[Expression]) -> Expression | None:
    """An operation on operands that are written already; ``None`` if NumPy has none for it."""
    if node.primitive in BETWEEN and len(operands) == 2:
        return _between(node.primitive, *operands)
    if node.primitive in BEFORE:
        return Expression(BEFORE[node.primitive] + operands[0].beside(TIGHTNESS_BEFORE - 1), TIGHTNESS_BEFORE)
    if is_einsum(node.primitive):
        return _einsum(node, operands)
    spelling = SPELLINGS.get(node.primitive)
    return spelling(node, operands) if spelling else None


def _between(primitive: Primitive, left: Expression, right: Expression) -> Expression:
    """With the sign between: of equals the left one is done first, but of powers and comparisons none."""
    sign = BETWEEN[primitive]
    goes_left = 0 < sign.tightness < TIGHTNESS_BEFORE
    first = left.beside(sign.tightness - 1 if goes_left else sign.tightness)
    return Expression(f"{first}{sign.text}{right.beside(sign.tightness)}", sign.tightness)


def text_of(value: Any) -> str:
    """A parameter as Python writes it."""
    if isinstance(value, numpy.dtype):
        return repr(value.name)
    if isinstance(value, numpy.ndarray):
        return array_text(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(text_of, value))}{',' * (len(value) == 1)})"
    return repr(value)


def array_text(array: Any) -> str:
    """An array as Python writes it, to the last bit."""
    array = numpy.asarray(array)
    if array.size > 1 and (array == array.flat[0]).all():
        return f"np.full({array.shape}, {_number(array.flat[0])}, {array.dtype.name!r})"
    if array.size == 0:
        return f"np.zeros({array.shape}, {array.dtype.name!r})"
    return f"np.array({_elements(array)}, {array.dtype.name!r})"


def _elements(array: Any) -> str:
    if array.ndim == 0:
        return _number(array[()])
    return f"[{', '.join(map(_elements, array))}]"


def _number(value: Any) -> str:
    """A number of NumPy's as Python writes it."""
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, complex):
        return f"complex({_number(number.real)}, {_number(number.imag)})"
    if isinstance(number, float) and not math.isfinite(number):
        return "np.nan" if math.isnan(number) else f"{'-' * (number < 0)}np.inf"
    return repr(number)


def constant(value: Any, form: Any) -> Expression:
    """A constant among operands of which another has the form, if one has; else ``None``."""
    is_python = type(value) in (bool, int, float, complex)
    if is_python or (numpy.ndim(value) == 0 and form is not None and value.dtype == form.dtype):
        text = _number(value)
        return Expression(text, TIGHTNESS_BEFORE if text.startswith("-") else CALL)
    return Expression(array_text(value))


def call(name: str, operands: Sequence[Expression], **params: Any) -> Expression:
    """A function applied to operands, with parameters by name."""
    given = [operand.text for operand in operands]
    named = [f"{key}={text_of(value)}" for key, value in params.items()]
    return Expression(f"{name}({', '.join([*given, *named])})")


# -- kinds of spellings ----------------------------------------------------------------------------


NOTHING_RENAMED: Mapping[str, str] = MappingProxyType({})


def _function(name: str, renamed: Mapping[str, str] = NOTHING_RENAMED) -> Spelling:
    """A function that takes the operands and the parameters, some of them under other names."""

    def spelling(node: GraphNode, operands: Sequence[Expression]) -> Expression:
        return call(name, operands, **{renamed.get(key, key): value for key, value in node.params.items()})

    return spelling


def _reduction(name: str) -> Spelling:
    """A reduction, without what it does anyway."""

    def spelling(node: GraphNode, operands: Sequence[Expression]) -> Expression:
        axis, is_kept = node.params["axis"], node.params["keepdims"]
        whole = axis == tuple(range(len(node.operand_forms[0].shape)))
        params = {} if whole else {"axis": axis[0] if len(axis) == 1 else axis}
        return call(name, operands, **params, **({"keepdims": True} if is_kept else {}))

    return spelling


def _helper(function: Any, **fixed: Any) -> Spelling:
    """One of our own functions, which is written out before."""

    def spelling(node: GraphNode, operands: Sequence[Expression]) -> Expression:
        return call(function.__name__, operands, **node.params, **fixed)

    return spelling


def _cumulative(name: str) -> Spelling:
    def spelling(node: GraphNode, operands: Sequence[Expression]) -> Expression:
        if node.params["reverse"]:
            return call("cumulated", [Expression(name), *operands], **node.params)
        return call(name, operands, axis=node.params["axis"])

    return spelling


def _same(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    return operands[0]


# -- single ones -----------------------------------------------------------------------------------


def _einsum(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    terms = f"{','.join(node.params['inputs'])}->{node.params['output']}"
    return call("np.einsum", [Expression(repr(terms)), *operands])


def _item(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    return Expression(f"{operands[0].beside(CALL - 1)}[{_index(node.params['index'])}]")


def _index(index: Any) -> str:
    """An index as it stands between the brackets."""
    return ", ".join(array_text(part) if hasattr(part, "dtype") else index_text(part) for part in index) or "()"


def _transposed(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    axes = node.params["axes"]
    if axes == tuple(reversed(range(len(axes)))):
        return Expression(f"{operands[0].beside(CALL - 1)}.T")
    return call("np.transpose", operands, axes=axes)


def _sequence(name: str) -> Spelling:
    """A function of a tuple of arrays."""

    def spelling(node: GraphNode, operands: Sequence[Expression]) -> Expression:
        comma = "," if len(operands) == 1 else ""
        arrays = Expression(f"({', '.join(o.text for o in operands)}{comma})")
        return call(name, [arrays], **node.params)

    return spelling


def _split(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    ends = numpy.cumsum(node.params["sizes"])[:-1].tolist()
    return call("np.split", [*operands, Expression(repr(ends))], axis=node.params["axis"])


def _unstacked(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    return call("np.moveaxis", operands, source=node.params["axis"], destination=0)


def _astype(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    return call("np.asarray", operands, dtype=node.params["dtype"])


def _taken(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    return call("np.take", operands, axis=node.params["axis"])


def _picked(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    return Expression(f"{operands[0].text}[{node.params['index']}]")


def _norm(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    square = Expression(f"np.abs({operands[0].text})**2", BETWEEN[e.power.primitive].tightness)
    return call("np.sqrt", [_reduction("np.sum")(node, [square])])


def _sorted(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    ascending = call("np.sort", operands, axis=node.params["axis"])
    return call("np.flip", [ascending], axis=node.params["axis"]) if node.params["descending"] else ascending


def _positive_exponential(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    text = f"1 / (1 + np.exp(-{operands[0].beside(TIGHTNESS_BEFORE)}))"
    return Expression(text, BETWEEN[e.divide.primitive].tightness)


def _square_of_secant(factor: str, inner: str) -> Spelling:
    def spelling(node: GraphNode, operands: Sequence[Expression]) -> Expression:
        argument = operands[0].beside(BETWEEN[e.multiply.primitive].tightness)
        text = f"{factor} / np.cosh({inner}{argument if inner else operands[0].text}) ** 2"
        return Expression(text, BETWEEN[e.divide.primitive].tightness)

    return spelling


def _leg(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    x = operands[0].beside(BETWEEN[e.add.primitive].tightness)
    return Expression(f"np.sqrt((1 - {x}) * (1 + {x}))")


def _rectified(node: GraphNode, operands: Sequence[Expression]) -> Expression:
    return call("np.maximum", [*operands, Expression("0")])


# -- the table -------------------------------------------------------------------------------------

_NUMPY = primitives(
    *(e.exp, e.exp2, e.expm1, e.log_of, e.log2, e.log10, e.log1p, e.logaddexp, e.logaddexp2, e.sqrt, e.cbrt),
    *(e.sin, e.cos, e.tan, e.arcsin, e.arccos, e.arctan, e.arctan2, e.sinh, e.cosh, e.tanh),
    *(e.arcsinh, e.arccosh, e.arctanh, e.hypot, e.sinc, e.deg2rad, e.rad2deg, e.copysign, e.nextafter, e.ldexp),
    *(e.square, e.reciprocal, e.absolute, e.fabs, e.sign, e.maximum, e.minimum, e.fmax, e.fmin, e.clip, e.fmod),
    *(e.floor, e.ceil, e.trunc, e.rint, e.round, e.fix, e.heaviside, e.nan_to_num, e.isclose, e.where),
    *(e.logical_and, e.logical_or, e.logical_xor, e.logical_not, e.left_shift, e.right_shift, e.bitwise_count),
    *(e.isnan, e.isinf, e.isfinite, e.isposinf, e.isneginf, e.signbit, e.spacing, e.gcd, e.lcm),
    *(e.real, e.imag, e.conjugate, e.ones_like, e.zeros_like, e.full_like),
    broadcast_to,
)  # fmt: skip
"""Operations with NumPy's own name, operands and parameters."""

_IN_SPECIAL = frozenset(p for m in (bessel, gamma, incomplete, statistical) for p in primitives_in(m) if p in OF_SCIPY)

_SPECIAL = _IN_SPECIAL | primitives(
    *(bessel.jv, bessel.yv, bessel.iv, bessel.kv, bessel.jve, bessel.yve, bessel.ive, bessel.kve),
    *(r.logsumexp, softmax, log_softmax),
)
"""Operations with the name, operands and parameters that they have in ``scipy.special``."""


def _in_numpy(primitive: Primitive) -> Spelling:
    return _function(f"np.{primitive.name}")


def _in_scipy(primitive: Primitive) -> Spelling:
    return _function(f"special.{primitive.name}")


SPELLINGS: dict[Primitive, Spelling] = {
    **{primitive: _in_numpy(primitive) for primitive in _NUMPY},
    **{primitive: _in_scipy(primitive) for primitive in _SPECIAL},
    **dict.fromkeys((ALIAS, UNFOLLOWED), _same),
    **by_primitive(
        {
            **dict.fromkeys((e.stop_gradient, after, e.unsettled), _same),
            PICK: _picked,
            **dict.fromkeys(factors.GUARDED_PRODUCTS, lambda node, operands: call("scale", operands)),
            factors.clear: _helper(helpers.clear),
            factors.OPEN_MASK: _helper(helpers.open_mask),
            e.gap: _helper(helpers.gap),
            e.direction: _helper(helpers.direction),
            e.phase: _function("np.sign"),
            e.sigmoid: _positive_exponential,
            e.sech_squared: _square_of_secant("1", ""),
            e.logistic_slope: _square_of_secant("0.25", "0.5 * "),
            e.cos_of_arcsin: _leg,
            e.relu: _rectified,
            **dict.fromkeys(e.CASTS, _astype),
            reshape: _function("np.reshape"),
            transpose: _transposed,
            g.block: _item,
            g.unslice: _helper(helpers.unslice),
            g.slice_set: _helper(helpers.slice_set),
            g.gather: _taken,
            g.scatter_add: _helper(helpers.scatter_add),
            g.scatter_set: lambda node, operands: call(
                "slice_set",
                [*operands[:2], Expression(f"({'slice(None), ' * node.params['axis']}{operands[2].text},)")],
            ),
            g.last_writes: _helper(helpers.last_writes),
            join.concatenate: _sequence("np.concatenate"),
            join.stack: _sequence("np.stack"),
            join.split: _split,
            join.unstack: _unstacked,
            contract.product_by_rows: lambda node, operands: Expression(
                f"{operands[0].beside(4)} @ {operands[1].beside(CALL - 1)}.T", 5
            ),
            sum_over: _reduction("np.sum"),
            r.max: _reduction("np.max"),
            r.min: _reduction("np.min"),
            r.prod: _reduction("np.prod"),
            r.any: _reduction("np.any"),
            r.all: _reduction("np.all"),
            r.nanmax: _reduction("np.nanmax"),
            r.nanmin: _reduction("np.nanmin"),
            r.count_nonzero: _reduction("np.count_nonzero"),
            r.argmax: _reduction("np.argmax"),
            r.argmin: _reduction("np.argmin"),
            euclidean_norm: _norm,
            scan.cumsum: _cumulative("np.cumsum"),
            scan.cumprod: _cumulative("np.cumprod"),
            scan.shift: _helper(helpers.shift),
            scan.recur: _helper(helpers.recur),
            sort.sort: _sorted,
            sort.argsort: _helper(helpers.sorted_order),
            sort.inverse: _function("np.argsort"),
            sort.permute: _function("np.take_along_axis"),
            solving.inv: _function("np.linalg.inv"),
            solving.solve: _function("np.linalg.solve"),
            solving.solve_triangular: _helper(helpers.solve_triangular),
            solving.cholesky: _function("np.linalg.cholesky"),
            determinants.det: _function("np.linalg.det"),
            determinants.slogdet: _function("np.linalg.slogdet"),
            standardized: _helper(helpers.standardized),
            fft.fft: _function("np.fft.fftn"),
            fft.ifft: _function("np.fft.ifftn"),
            fft.rfft: _function("np.fft.rfft"),
            fft.irfft: _function("np.fft.irfft", {"length": "n"}),
        }
    ),
}
"""How an operation is spelled that has no sign."""

HELPERS: dict[str, FunctionType] = {
    name: function for name, function in vars(helpers).items() if isinstance(function, FunctionType)
}
"""Our own functions, by name."""
