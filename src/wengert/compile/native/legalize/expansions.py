"""Operations that have no loop nest of their own, as others that do: what machine code does in one pass each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy

from ....core.abstract import Abstract
from ....core.graph import Graph, GraphNode, form_of_operand
from ....core.primitive import Primitive, by_primitive
from ....core.recording import PICK
from ....ops import elementwise as e, fft
from ....ops.after import after
from ....ops.axes import reduce as r, scan, sort
from ....ops.elementwise import astype
from ....ops.indexing import gather as g
from ....ops.indexing.index import parse
from ....ops.join import concatenate
from ....ops.matrices.spectral_functions import (
    diagonalizable_function,
    hermitian_function,
    of_hermitian,
    of_singular_values,
    singular_function,
)
from ...passes.common import without_repetitions
from ...passes.constant import with_constants_evaluated
from ...passes.nested_graphs import with_simple_bodies
from ...passes.rewriting import rewritten
from ..facts.failures import check_exponent
from ..facts.lowered import NATIVE_DTYPES
from ..facts.ordering import sort_lines
from ..facts.registers import fits_registers
from ..facts.views import is_basic
from .correlation import correlation_of
from .formulas import FORMULAS
from .indices import with_readable_indices
from .inlining import inlined
from .linear_systems import system_of
from .piecewise.components import with_elements_apart
from .piecewise.shifts import with_shifts_read_in_place
from .runs import with_slices_for_runs
from .sparse import SPARSE
from .windows import WINDOWS


def expanded(graph: Graph) -> Graph:
    """The graph with these operations replaced, also in loops and branches."""
    graph = with_simple_bodies(graph, _known_in_loops)

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is PICK and type(operands[0]) is tuple:
            return operands[0][node.params["index"]]
        if handed_on := getattr(node.primitive.joint, "handed_on", None):
            return tuple(operands[place] for place in handed_on)
        if replacement := system_of(node, operands) or correlation_of(node, operands):
            return inlined(*replacement)
        return by_formula(node, operands)

    pieces = _in_pieces(without_repetitions(with_constants_evaluated(rewritten(graph, rewrite))))
    return with_readable_indices(pieces)


def by_formula(node: GraphNode, operands: list[Any]) -> Any:
    """What an operation is in others that have loop nests; ``None`` if it has one itself, or no formula."""
    rule = _RULES.get(node.primitive)
    form = node.form
    if rule is None or not isinstance(form, Abstract) or not all(map(_is_native, (*operands, node))):
        return None
    f = rule(node)
    result = None if f is None else inlined(f, operands)
    return result if result is not None and _is_alike(form_of_operand(result), form) else None


def _in_pieces(graph: Graph) -> Graph:
    """The graph with arrays of parts read part by part."""
    for change in (with_slices_for_runs, with_elements_apart, with_shifts_read_in_place):
        made = change(graph)
        if made is not graph:
            graph = without_repetitions(with_constants_evaluated(made))
    return graph


def _known_in_loops(graph: Graph) -> Graph:
    """A graph within a loop: straight-line code knows most operations, and these as they are."""
    if fits_registers([graph]):
        return graph
    made = expanded(graph)
    _before[made] = graph
    return made


_before: WeakKeyDictionary[Graph, Graph] = WeakKeyDictionary()
"""For graphs within loops and branches, those of which they are expansions."""


def as_recorded(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a loop or a branch that NumPy runs, which knows no routines of machine code."""
    return {name: _as_recorded(value) for name, value in params.items()}


def _as_recorded(value: Any) -> Any:
    if type(value) is tuple:
        return tuple(map(_as_recorded, value))
    return _before.get(value, value) if isinstance(value, Graph) else value


def _is_native(value: Any) -> bool:
    form = value.form if isinstance(value, GraphNode) else value
    return type(value) in (bool, int, float) or getattr(form, "dtype", numpy.dtype(object)).name in NATIVE_DTYPES


def _is_alike(form: Abstract, other: Abstract) -> bool:
    return form.shape == other.shape and form.dtype == other.dtype


# -- constant indices: each is a gather or a scatter along one axis --------------------------------


def _taken(node: GraphNode) -> Any:
    index = node.params["index"]
    return None if is_basic(index) else lambda x: parse(x.shape, index).take(x)


def _added(node: GraphNode) -> Any:
    index, shape = node.params["index"], node.params["shape"]
    return None if is_basic(index) else lambda x: parse(shape, index).spread(x, shape)


def _written(node: GraphNode) -> Any:
    index = node.params["index"]
    return None if is_basic(index) else lambda x, v: parse(x.shape, index).write(x, v)


def _last_writes(node: GraphNode) -> Any:
    """Each writes its number; those won whose number is still there."""
    form, length = node.form, node.params["length"]
    numbers = numpy.arange(numpy.prod(form.shape, dtype=int)).reshape(form.shape)
    nothing = numpy.broadcast_to(numpy.int64(0), (length,))

    def f(index: Any) -> Any:
        return e.equal(g.gather(g.scatter_set(nothing, numbers, index, axis=0), index, axis=0), numbers)

    return f


# -- permutations ----------------------------------------------------------------------------------


def _along(shape: tuple[int, ...], axis: int, index: Any) -> tuple[Any, ...]:
    """An index along one axis as an index into all axes."""
    return tuple([index if i == axis else _numbers(shape, i) for i in range(len(shape))])


def _numbers(shape: tuple[int, ...], axis: int) -> Any:
    """For each element its place along an axis, as it broadcasts."""
    return numpy.arange(shape[axis]).reshape(-1, *(1,) * (len(shape) - axis - 1))


def _sort(node: GraphNode) -> Any:
    return lambda x: sort_lines(x, **node.params)[0]


def _argsort(node: GraphNode) -> Any:
    return lambda x: sort_lines(x, **node.params)[1]


def _searchsorted(node: GraphNode) -> Any:
    """In numbers of one dtype."""

    def f(a: Any, v: Any) -> Any:
        dtype = numpy.result_type(a.dtype, v.dtype)
        return sort.searchsorted(*(x if x.dtype == dtype else astype(x, dtype=dtype) for x in (a, v)), **node.params)

    return f


def _permute(node: GraphNode) -> Any:
    axis = node.params["axis"]
    return lambda x, order: parse(x.shape, _along(x.shape, axis, order)).take(x)


def _inverse(node: GraphNode) -> Any:
    axis = node.params["axis"]

    def f(order: Any) -> Any:
        places = numpy.broadcast_to(_numbers(order.shape, axis), order.shape)
        return parse(order.shape, _along(order.shape, axis, order)).spread(places, order.shape)

    return f


# -- searches --------------------------------------------------------------------------------------


def _position(extreme: Any) -> Callable[[GraphNode], Any]:
    """The first place of the extreme, which is NaN if there is one."""

    def rule(node: GraphNode) -> Any:
        axis, keepdims = node.params["axis"], node.params["keepdims"]

        def f(x: Any) -> Any:
            x = astype(x, dtype=numpy.dtype("int32")) if x.dtype.kind == "b" else x
            places = _numbers(x.shape, axis[0])
            is_found = e.equal(x, extreme(x, axis=axis, keepdims=True))
            is_found = e.logical_or(is_found, e.isnan(x)) if x.dtype.kind == "f" else is_found
            return r.min(e.where(is_found, places, x.shape[axis[0]]), axis=axis, keepdims=keepdims)

        return f

    return rule


# -- formulas --------------------------------------------------------------------------------------


def _formula(node: GraphNode) -> Any:
    return lambda *operands: FORMULAS[node.primitive](*operands, **node.params)


def _round(node: GraphNode) -> Any:
    """To whole multiples of a power of ten, in the order in which NumPy does it; of integers it is left to NumPy."""
    decimals, power = node.params["decimals"], 10.0 ** abs(node.params["decimals"])
    if node.form.dtype.kind != "f":
        return None
    if decimals == 0:
        return e.rint
    if decimals > 0:
        return lambda x: e.divide(e.rint(e.multiply(x, power)), power)
    return lambda x: e.multiply(e.rint(e.divide(x, power)), power)


# -- functions of a matrix -------------------------------------------------------------------------


def _of_matrix(evaluate: Callable[..., Any]) -> Callable[[GraphNode], Any]:
    """A function by eigenvalues or singular values, or its first derivative; higher ones are steps in NumPy."""
    return lambda node: evaluate if len(node.operands) <= WITH_ONE_DIRECTION else None


WITH_ONE_DIRECTION = 7
"""The operands: a matrix, its values, left and right vectors, what the function is, its slopes, and the direction."""


# -- counts ----------------------------------------------------------------------------------------


def _count(reduction: Any, dtype: str) -> Callable[[GraphNode], Any]:
    """A reduction of ones and zeros, for what is true and false."""

    def rule(node: GraphNode) -> Any:
        one, zero = numpy.ones((), dtype), numpy.zeros((), dtype)
        result = node.form.dtype
        return lambda x: astype(reduction(e.where(e.not_equal(x, 0), one, zero), **node.params), dtype=result)

    return rule


def _sum(node: GraphNode) -> Any:
    """Of what is true or false, as whole numbers."""
    (x,), result = node.operands, node.form.dtype
    is_count = form_of_operand(x).dtype.kind == "b" and result.kind in "iu"
    return (lambda x: r.sum(astype(x, dtype=result), **node.params)) if is_count else None


# -- shifts and scans ----------------------------------------------------------------------------------------


def _shift(node: GraphNode) -> Any:
    axis, by, fill = (node.params[name] for name in ("axis", "by", "fill"))

    def f(x: Any) -> Any:
        count = min(abs(by), x.shape[axis])
        edge = numpy.full((*x.shape[:axis], count, *x.shape[axis + 1 :]), fill, x.dtype)
        if count == x.shape[axis]:
            return e.add(e.zeros_like(x), edge)
        kept = slice(None, -count) if by > 0 else slice(count, None)
        rest = g.block(x, ((slice(None),) * axis) + (kept,))
        return concatenate(*((edge, rest) if by > 0 else (rest, edge)), axis=axis)

    return f


def _resize(node: GraphNode) -> Any:
    """What is cut off, and what is filled with zeros."""
    shape = node.params["shape"]

    def f(x: Any) -> Any:
        kept = tuple(slice(min(have, want)) for have, want in zip(x.shape, shape, strict=True))
        return g.unslice(g.block(x, index=kept), index=kept, shape=shape)

    return f


def _rotate(node: GraphNode) -> Any:
    """The end and the beginning of each axis, exchanged."""
    shifts, axes = node.params["shifts"], node.params["axes"]

    def f(x: Any) -> Any:
        for by, axis in zip(shifts, axes, strict=True):
            lead, place = (slice(None),) * axis, -by % x.shape[axis]
            if place:
                parts = [g.block(x, index=(*lead, part)) for part in (slice(place, None), slice(place))]
                x = concatenate(*parts, axis=axis)
        return e.positive(x)

    return f


def _power_of_two(node: GraphNode) -> Any:
    """Of an integer 2, 4, 8, ...: a bit that is shifted; NumPy raises if an exponent is negative."""
    base, dtype = node.operands[0], node.form.dtype
    if dtype.kind not in "iu" or isinstance(base, GraphNode) or numpy.size(base) != 1:
        return None
    bits = int(numpy.ravel(base)[0]).bit_length() - 1
    if bits < 1 or int(numpy.ravel(base)[0]) != 1 << bits:
        return None

    def f(_: Any, exponent: Any) -> Any:
        if exponent.dtype.kind == "i":
            every = tuple(range(exponent.ndim))
            lowest = r.min(exponent, axis=every, keepdims=False)
            exponent = after(exponent, check_exponent(e.greater_equal(lowest, 0), exponent))
        shifts = e.multiply(bits, e.minimum(astype(exponent, dtype=dtype), 8 * dtype.itemsize))
        return e.left_shift(dtype.type(1), shifts)

    return f


def _scan_of_one(node: GraphNode) -> Any:
    """A scan along an axis of length 1: the last operand."""
    form = node.form
    return (lambda *xs: astype(xs[-1], dtype=form.dtype)) if form.shape[node.params["axis"]] == 1 else None


_RULES: dict[Primitive, Callable[[GraphNode], Any]] = by_primitive(
    {
        g.block: _taken,
        g.unslice: _added,
        g.slice_set: _written,
        g.last_writes: _last_writes,
        sort.sort: _sort,
        sort.argsort: _argsort,
        sort.searchsorted: _searchsorted,
        sort.permute: _permute,
        sort.inverse: _inverse,
        r.argmax: _position(r.max),
        r.argmin: _position(r.min),
        **dict.fromkeys(FORMULAS, _formula),
        e.round: _round,
        e.power: _power_of_two,
        **SPARSE,
        **WINDOWS,
        diagonalizable_function: _of_matrix(of_hermitian),
        hermitian_function: _of_matrix(of_hermitian),
        singular_function: _of_matrix(of_singular_values),
        r.any: _count(r.max, "int32"),
        r.all: _count(r.min, "int32"),
        r.sum: _sum,
        r.count_nonzero: _count(r.sum, "int64"),
        scan.shift: _shift,
        fft.resize: _resize,
        fft.rotate: _rotate,
        **dict.fromkeys((scan.cumsum, scan.cumprod, scan.recur), _scan_of_one),
    }
)
