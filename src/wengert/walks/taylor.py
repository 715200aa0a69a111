"""Taylor mode: ascend the list with power series.

An operation that is linear in what moves is applied to each coefficient. For some there is a recurrence
(`wengert.ops.taylor`). Every other follows from its derivative: y' = f'(x) x' gives coefficient k of y from the first
k of f'(x) and of x', and f'(x) is a list of operations, on series in its turn. An operation on the same series is met
once; so the sine that is the derivative of the cosine is the sine itself, and the list closes.

Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), chapter 13; the list of a derivative is found as
in A. P. Ershov, "On programming of arithmetic operations" (1958).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..core.abstract import DERIVATIVE, Recording, form_of
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive
from ..core.python.search import first
from ..core.recording import abstract_alias, residuals_of
from ..core.repeats import identity
from ..core.state import LENDING, Unwatched, Watch
from ..core.tensor import Tensor
from ..ops.elementwise import add
from ..ops.facts import facts_of
from ..ops.taylor.line import Line
from ..ops.taylor.recurrences import EXPANSIONS, recurrence_of
from ..ops.taylor.series import Gather, Series, component, differentiated, times
from ..ops.taylor.wholes import WHOLES, Whole
from .forward import ancestors, push
from .point import plus, quiet, zeros


def series_of(
    nodes: Sequence[Node], inputs: Mapping[Node, Series], bit: int, order: int, gather: Gather
) -> dict[Node, Any]:
    """Walk up `nodes` (earliest first) from the inputs with their series.

    Args:
        order: that up to which the coefficients of the inputs are known, so that those of a node can be computed
            before those of the next; 0 if they depend on what comes later.
        gather: see `wengert.ops.taylor.series`.

    Returns:
        For each node that depends on an input its series, or its value if that does not move.
    """
    found: dict[Node, Any] = dict(inputs)
    with Unwatched(LENDING | bit) as on, quiet():
        walk = _Walk(gather, order)
        for node in nodes:
            if node not in found:
                found[node] = walk.pass_recorded(node, found, residuals_of(node, on & ~bit))
    return found


class _Walk:
    """The series of operations, each once.

    Attributes:
        gather: what sums over directions.
        order: see `series_of`.
        known: the series, by operation and operands.
        derivatives: the derivative of each series by the variable.
    """

    def __init__(self, gather: Gather, order: int) -> None:
        self.gather = gather
        self.order = order
        self.known: dict[Any, tuple[Series, Node, Sequence[Any]]] = {}
        self.derivatives: dict[Series, Series] = {}

    def pass_recorded(self, node: Node, found: Mapping[Node, Any], residuals: Sequence[Any]) -> Any:
        """A node of a list that ran: what its rules need has values, and nothing else has."""
        operands = [found.get(p, r) for p, r in zip(node.parents, residuals, strict=False)]
        for operand, value in zip(operands, residuals, strict=False):
            if type(operand) is Series and value is not None and not operand.has_first:
                operand.give_first(value)
        series = self.operate(node, operands, residuals[-1])
        if type(series) is Series:
            for k in range(1, self.order + 1):
                series[k]
        return series

    def pass_abstract(self, node: Node, found: Mapping[Node, Any]) -> Any:
        """A node of the list of a derivative: all operands are there, and no values."""
        pairs = zip(node.parents, node.residuals, strict=False)
        return self.operate(node, [found[p] if p in found else _constant(p, value) for p, value in pairs], None)

    def operate(self, node: Node, operands: Sequence[Any], value: Any) -> Any:
        """The series of an operation's result; its value if that does not move."""
        moving = tuple([type(o) is Series for o in operands])
        if not _moves(node.primitive, moving):
            return _value(node, operands) if value is None else value
        key = _key(node, operands)
        if key in self.known:
            return self.known[key][0]
        is_linear = _is_linear(node.primitive, moving)
        shift = _shift(node, operands, is_linear)
        first = (lambda: value) if value is not None else partial(self.beginning, node, operands, is_linear, shift)
        out = Series(_form(node, operands), first, shift, facts_of(node.primitive).is_finite_of_finite)
        self.known[key] = out, node, operands
        out.following = self.following(node, operands, moving, out)
        return out

    def beginning(self, node: Node, operands: Sequence[Any], is_linear: bool, shift: int) -> Any:
        """Coefficient 0 of a result. Of a derivative by the variable it may be zero, and what is made of it is too."""
        if shift == 0:
            return _value(node, operands)
        if is_linear:
            return _linear(node, operands, 0)
        shifted = [o for o in operands if type(o) is Series and o.shift]
        if all(o[0] is None for o in shifted):
            return None
        has_sums = shift == self.gather.top and any(o.shift == shift for o in shifted)
        if has_sums and facts_of(node.primitive).has_graphs:
            raise _not_collapsed(node)
        value = _value(node, operands)
        return value if has_sums else self.gather(shift, value)

    def following(self, node: Node, operands: Sequence[Any], moving: tuple[bool, ...], out: Series) -> Any:
        """What computes coefficient k, from 1 on."""
        primitive = node.primitive
        if _is_linear(primitive, moving):
            return partial(_linear, node, operands)
        if primitive in EXPANSIONS:
            return self.expanded(node, operands)
        line = Line(node, operands, out, self.gather)
        if primitive in WHOLES:
            return self.whole(WHOLES[primitive], line)
        recurrence = recurrence_of(primitive)
        stated = None if recurrence is None else recurrence(line)
        return self.by_derivative(node, operands, moving, out) if stated is None else stated

    def whole(self, rule: Whole, line: Line) -> Callable[[int], Any]:
        """The coefficients up to the order that is known, or else up to the one that is asked for."""
        found: list[Any] = [None]

        def coefficient(k: int) -> Any:
            if len(found) <= k:
                found[1:] = self.all_at_once(rule, line, max(k, self.order))
            return found[k]

        return coefficient

    def all_at_once(self, rule: Whole, line: Line, order: int) -> list[Any]:
        """The coefficients up to an order. What is summed over directions is of those alone that it is linear in."""
        values = [coefficient(o, 0) for o in line.operands]
        own = [k for k in range(1, order + 1) if k != self.gather.top]
        raised = [
            [o[k] if k in own else None for k in range(1, order + 1)] if type(o) is Series else None
            for o in line.operands
        ]
        found = list(rule(line.node, values, raised, order))
        for k in set(range(1, order + 1)).difference(own):
            tangents = [o[k] if type(o) is Series else None for o in line.operands]
            summed = self.gather(k, found[k - 1])
            linear = push(line.node.primitive, line.node, tangents, [*values, line.out[0]], 0)
            found[k - 1] = plus(summed, linear)
        return found

    # -- by the derivative --------------------------------------------------------------------------

    def by_derivative(self, node: Node, operands: Sequence[Any], moving: tuple[bool, ...], out: Series) -> Any:
        """Coefficient k of y is coefficient k - 1 of y' = f'(x) x', over k.

        The derivative is looked at when it is asked for: of some functions those of all orders are different.
        """
        slope: list[Any] = []

        def following(k: int) -> Any:
            if not slope:
                slope.append(self.slope(node, operands, moving, out))
            found = coefficient(slope[0], k - 1)
            return times(1 / k, self.gather(k + out.shift, found) if _stays(slope[0]) else found)

        return following

    def slope(self, node: Node, operands: Sequence[Any], moving: tuple[bool, ...], out: Series) -> Any:
        """The series of f'(x) x'."""
        kept = node.primitive.keeps(moving)
        read = [o if keep else None for o, keep in zip((*operands, out), kept, strict=True)]
        tangents = [self.derivative(o) if type(o) is Series else None for o in operands]
        count = len(tangents)
        return self.on_series(
            lambda bit, *given: push(node.primitive, node, given[:count], given[count:], bit), tangents + read
        )

    def expanded(self, node: Node, operands: Sequence[Any]) -> Callable[[int], Any]:
        """That of the operations that one is made of."""
        expansion = EXPANSIONS[node.primitive]
        series = self.on_series(lambda bit, *given: expansion.made(*given, **node.params), operands)
        if expansion.unknown is None:
            return partial(coefficient, series)
        mark = expansion.unknown(*[coefficient(o, 0) for o in operands])
        nothing = zeros(_form(node, operands))
        return lambda k: add(nothing if coefficient(series, k) is None else coefficient(series, k), mark)

    def on_series(self, f: Callable[..., Any], given: Sequence[Any]) -> Any:
        """A function of series: recorded without values, and walked; a tuple if it has many results."""
        recording = Recording(DERIVATIVE)
        found: dict[Node, Any] = {}
        with Watch(abstract=True) as bit:
            result = f(bit, *[_standing(series, bit, recording, found) for series in given])
            parts = result if type(result) is tuple else (result,)
            ends = [part._node for part in parts if type(part) is Tensor]
            nodes = ancestors(ends, bit, max(node.sequence for node in found))
        recording.is_open = False
        for step in nodes:
            if step not in found:
                found[step] = self.pass_abstract(step, found)
        series = [found.get(part._node, part) if type(part) is Tensor else part for part in parts]
        return tuple(series) if type(result) is tuple else series[0]

    def derivative(self, series: Series) -> Series:
        if series not in self.derivatives:
            self.derivatives[series] = differentiated(series)
        return self.derivatives[series]


def _not_collapsed(node: Node) -> NotImplementedError:
    return NotImplementedError(
        f"[{node.primitive.name}] the sum over directions of a derivative of a derivative of a loop was asked for, "
        "wanted that of a loop itself; write np.trace(wg.hessian(f)(x)) for wg.laplacian(f)(x)"
    )


def _standing(series: Any, bit: int, recording: Recording, found: dict[Node, Any]) -> Any:
    """What stands for a series while a function of it is recorded; a value stands for itself."""
    if type(series) is not Series:
        return series
    if type(series.form) is tuple:
        return tuple([_standing(component(series, i), bit, recording, found) for i in range(len(series.form))])
    tensor = abstract_alias(series.form, bit, recording)
    found[tensor._node] = series
    return tensor


def _constant(parent: Node, value: Any) -> Any:
    """What a recorded operation reads from outside."""
    return value if parent is UNTRACKED else Tensor(value, parent)


def _stays(slope: Any) -> bool:
    """Whether a derivative by the variable is the same all along; it is of one direction then."""
    return not any(type(part) is Series for part in (slope if type(slope) is tuple else (slope,)))


def coefficient(series: Any, k: int) -> Any:
    """Coefficient `k` of a series, of a value, or of each of a tuple of them."""
    if type(series) is tuple:
        return tuple([coefficient(part, k) for part in series])
    if type(series) is Series:
        return series[k]
    return series if k == 0 else None


def _value(node: Node, operands: Sequence[Any]) -> Any:
    """The value of an operation where the variable is 0."""
    filled = [zeros(o.form) if type(o) is Series and o[0] is None else coefficient(o, 0) for o in operands]
    return node.primitive.operation(*filled, **node.params)


def _linear(node: Node, operands: Sequence[Any], k: int) -> Any:
    """An operation that is linear in what moves, on coefficient `k`."""
    tangents = [o[k] if type(o) is Series else None for o in operands]
    if all(t is None for t in tangents):
        return None
    residuals = [None if type(o) is Series else o for o in operands]
    return push(node.primitive, node, tangents, [*residuals, None], 0)


def _moves(primitive: Primitive, moving: Sequence[bool]) -> bool:
    """Whether the result moves when these operands do."""
    if primitive.joint is not None:
        return any(moving)
    return any(moves and primitive.map_of(i) is not None for i, moves in enumerate(moving) if primitive.maps)


def _is_linear(primitive: Primitive, moving: tuple[bool, ...]) -> bool:
    """Whether the derivative reads nothing that moves: then it is the same all along, and linear is what it is of."""
    *operands, result = primitive.keeps(moving)
    return not result and not any(moves and kept for moves, kept in zip(moving, operands, strict=True))


def _shift(node: Node, operands: Sequence[Any], is_linear: bool) -> int:
    """The degree with which a result begins: that of a sum is that of each term, that of a product their sum."""
    shifts = [o.shift for o in operands if type(o) is Series]
    return max(shifts) if is_linear or facts_of(node.primitive).has_graphs else sum(shifts)


def _form(node: Node, operands: Sequence[Any]) -> Any:
    """The form of the result; of an elementwise operation on equal forms it is that of a series among its operands."""
    if node.forms is not None:
        return node.forms[-1]
    forms = [o.form if type(o) is Series else o if _is_number(o) else form_of(o) for o in operands if o is not None]
    if len(forms) < len(operands):
        return first(o.form for o in operands if type(o) is Series)
    return node.primitive.shape(*forms, **node.params)


def _is_number(value: Any) -> bool:
    return type(value) in (float, int, bool, complex)


def _key(node: Node, operands: Sequence[Any]) -> Any:
    """What tells an operation on these operands from every other."""
    if any(o is None for o in operands):
        return object()
    params = tuple([(name, _mark(value)) for name, value in node.params.items()])
    return node.primitive, tuple(map(_identity, operands)), params


def _identity(operand: Any) -> Any:
    known = None if type(operand) is Series else identity(operand)
    return id(operand) if known is None else known


def _mark(value: Any) -> Any:
    """A parameter, or else which object it is."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value
