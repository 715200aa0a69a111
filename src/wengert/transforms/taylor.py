"""Taylor mode: `taylor`, `derivative`, and the series of the solution of a differential equation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from operator import index
from typing import Any

import numpy

from ..core.abstract import form_of
from ..core.python.recipes import made
from ..core.python.trees import flatten, unflatten
from ..core.state import LENDING, Unwatched, Watch, state
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops.elementwise import add, ones_like
from ..ops.join import stack
from ..ops.taylor.series import Gather, Series, times
from ..walks.forward import ancestors
from ..walks.point import quiet, zeros
from ..walks.taylor import coefficient, series_of
from .asked import check_function
from .derivatives import matching_leaves
from .recorded import Recorded, as_result, as_tensor, inexact_leaves, output_tensors, record_at, released
from .vectorize import vmap

HIGHEST_ORDER = 100
"""The highest order: beyond it factorials and powers of a step leave double precision."""


@teaches_keywords
def taylor(f: Callable[..., Any], order: int, scaled: bool = False) -> Callable[..., Any]:
    """The Taylor coefficients of a function along a line, in one walk for all orders.

    Args:
        f: any function of arrays, or nestings of arrays.
        order: the degree of the last coefficient, from 0 to 100. The cost grows with its square.
        scaled: coefficient k times k!, which is the k-th derivative along the line.

    Returns:
        A function ``(x, direction)`` (of several arguments: ``(x, y, ..., (dx, dy, ...))``) with the structure of the
        result of `f`, where each array of shape ``s`` has become one of shape ``(order + 1, *s)``: entry k is the
        coefficient of h^k in ``f(x + h * direction)``.

    Raises:
        TypeError: the order is not an integer, an argument is not floating point, or the direction does not fit.
        ValueError: the order is negative, or too high.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.taylor(np.exp, 4, scaled=True)(0.0, 1.0)
    tensor([1., 1., 1., 1., 1.])
    >>> wg.taylor(lambda x: 1 / (1 - x), 3)(0.0, 2.0)
    tensor([1., 2., 4., 8.])

    Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), chapter 13.
    """
    check_function(f, "taylor")
    return made(_taylor, f, checked_order(order, "taylor"), bool(scaled))


def _taylor(f: Callable[..., Any], order: int, scaled: bool, /, *args: Any, **kwargs: Any) -> Any:
    primals, direction = _point_and_direction(args)
    leaves, structure = inexact_leaves(primals, "taylor", "argument")
    directions = matching_leaves(direction, leaves, structure, "taylor", "direction")
    factors = [factorial(k) if scaled else 1 for k in range(order + 1)]
    with Watch() as bit:
        recorded = recorded_openly(lambda *primals: f(*primals, **kwargs), leaves, structure, bit)
        outputs = output_tensors(recorded, "taylor")
        rows = _rows(recorded, outputs, leaves, [[v] for v in directions], order)
        values = [released(output, bit) for output in outputs]
    columns = zip(*[values, *rows], strict=True)
    return recorded.rebuild([_stacked(column, factors) for column in columns])


@teaches_keywords
def derivative(f: Callable[..., Any], n: int = 1) -> Callable[..., Any]:
    """The n-th derivative of a function of one number, at a number or at each number of an array.

    Args:
        f: a function of a scalar (and of anything after it); its result may be any array, or nesting of arrays.
        n: which derivative, from 0 to 100.

    Returns:
        A function of the same arguments; at an array of shape ``s`` the result has the shape ``(*s, *result.shape)``.

    Raises:
        TypeError: `n` is not an integer, or the point is not floating point.
        ValueError: `n` is negative, or too high.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.derivative(lambda x: x**5, 3)(2.0)
    tensor(240.)
    >>> wg.derivative(np.sin, 9)(np.array([0.0, np.pi]))
    tensor([ 1., -1.])

    Source: as of `taylor`.
    """
    check_function(f, "derivative")
    return made(_derivative, f, checked_order(n, "derivative"))


def _derivative(f: Callable[..., Any], n: int, /, x: Any, *args: Any, **kwargs: Any) -> Any:
    (point,), _ = inexact_leaves(as_tensor(x) if isinstance(x, (list, tuple)) else x, "derivative", "argument 0")

    def at(value: Any) -> Any:
        whole = _taylor(lambda x: f(x, *args, **kwargs), n, True, value, ones_like(value))
        columns, structure = flatten(whole)
        return unflatten(structure, [column[n] for column in columns])

    for _ in point.shape:
        at = vmap(at)
    return at(point)


@teaches_keywords
def taylor_solution(f: Callable[..., Any], order: int) -> Callable[..., Any]:
    """The Taylor coefficients of the solution of a differential equation y' = f(t, y).

    Args:
        f: ``f(t, y, *args)`` gives the derivative of `y`, which may be any nesting of arrays.
        order: the degree of the last coefficient, from 1 to 100. The cost grows with its square.

    Returns:
        A function ``(t, y, *args)`` that gives, nested as `y`, for each array of shape ``s`` one of shape
        ``(order + 1, *s)``: entry k is the coefficient of h^k in y(t + h).

    Raises:
        TypeError: the order is not an integer, `y` is not floating point, or the derivative is not as `y` is.
        ValueError: the order is below 1, or too high.

    >>> import wengert as wg
    >>> wg.taylor_solution(lambda t, y: y * y, 3)(0.0, 2.0)
    tensor([ 2.,  4.,  8., 16.])

    Source: A. Jorba and M. Zou, "A software package for the numerical integration of ODEs by means of high-order
    Taylor methods" (2005), section 2.
    """
    check_function(f, "taylor_solution")
    return made(_taylor_solution, f, checked_order(order, "taylor_solution", least=1))


def _taylor_solution(f: Callable[..., Any], order: int, /, t: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
    time = add(as_tensor(t), 0.0)
    leaves, structure = inexact_leaves(y, "taylor_solution", "y")

    def slope(t: Any, *state: Any) -> Any:
        return f(t, state[0] if structure is None else unflatten(structure, state), *args, **kwargs)

    with Watch() as bit:
        recorded = recorded_openly(slope, [time, *leaves], None, bit)
        slopes = _slopes(recorded, leaves, structure)
        columns = _solved(recorded, slopes, time, leaves, order)
    stacks = [_stacked(column, [1] * (order + 1)) for column in columns]
    return stacks[0] if structure is None else unflatten(structure, stacks)


def _slopes(recorded: Recorded, leaves: Sequence[Any], structure: Any) -> list[Any]:
    """The derivatives of the state, each in the form of what it belongs to."""
    given = recorded.rebuild(output_tensors(recorded, "taylor_solution"))
    return matching_leaves(given, leaves, structure, "taylor_solution", "derivative f(t, y)")


def _solved(recorded: Recorded, slopes: Sequence[Any], time: Any, leaves: Sequence[Any], order: int) -> list[list[Any]]:
    """The coefficients of each part of the state: y_k is coefficient k - 1 of f along y, over k."""
    states = [given(leaf, []) for leaf in leaves]
    inputs = dict(zip(recorded.input_nodes, [given(time, [numpy.ones((), time.dtype)]), *states], strict=True))
    nodes = ancestors([s._node for s in slopes], recorded.bit, recorded.oldest)
    ends: list[Any] = []
    for place, moving in enumerate(states):
        moving.following = lambda k, place=place: times(1 / k, coefficient(ends[place], k - 1))
    found = series_of(nodes, inputs, recorded.bit, 0, Gather())
    ends += [_begun(found.get(s._node, s), s) for s in slopes]
    with Unwatched(LENDING | recorded.bit), quiet():
        for k in range(1, order):
            for series in found.values():
                coefficient(series, k)
        return [[leaf, *(series[k] for k in range(1, order + 1))] for leaf, series in zip(leaves, states, strict=True)]


def _begun(end: Any, value: Any) -> Any:
    """The series of a result, whose value is known."""
    if type(end) is Series:
        end.give_first(value)
    return end


def coefficients_of(
    f: Callable[..., Any], points: Sequence[Any], raised: Sequence[Sequence[Any]], order: int
) -> tuple[Any, list[list[Any]]]:
    """What a function ``f(*points) = (results, aux)`` gives, and the coefficients of its flat results.

    Args:
        points: flat arguments.
        raised: for each its coefficients from 1 on; ``None`` is zero.

    Returns:
        The aux, and for each degree from 1 up to `order` those of the results; ``None`` is zero.
    """
    aux: list[Any] = []

    def main_part(*values: Any) -> Any:
        results, rest = f(*values)
        aux.extend(rest)
        return results

    with Watch() as bit:
        recorded = record_at(main_part, points, None, bit)
        rows = _rows(recorded, [as_tensor(o) for o in recorded.outputs], points, raised, order)
        return [released(a, bit) for a in aux], rows


def _point_and_direction(args: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The arguments of the function, and for each a direction."""
    if len(args) < 2:
        raise TypeError(
            f"[taylor] {len(args)} argument(s) were given, wanted those of the function and then a direction; "
            "write taylor(f, order)(x, 1.0), or taylor(f, order)(x, y, (dx, dy))"
        )
    *primals, direction = args
    return tuple(primals), (direction,) if len(primals) == 1 else direction


def checked_order(order: Any, op: str, least: int = 0) -> int:
    """The order, if it is one.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is too low, or too high.
    """
    try:
        number = index(order)
    except TypeError:
        number = None
    if number is None or isinstance(order, bool):
        raise TypeError(
            f"[{op}] the order is {order!r}, wanted an integer from {least} to {HIGHEST_ORDER}; it is a part of the "
            f"program and not a value: write {op}(f, 4)"
        )
    if not least <= number <= HIGHEST_ORDER:
        raise ValueError(
            f"[{op}] the order is {number}, wanted {least} to {HIGHEST_ORDER}: beyond that factorials and powers of a "
            "step leave double precision; write a lower order, and expand again at a nearer point"
        )
    return number


def recorded_openly(f: Callable[..., Any], leaves: Sequence[Any], structure: Any, bit: int) -> Recorded:
    """The list of a function, in which compiled and checkpointed functions are what they are made of."""
    state.followers += 1
    state.openers += 1
    try:
        return record_at(f, leaves, structure, bit)
    finally:
        state.followers -= 1
        state.openers -= 1


def _rows(
    recorded: Recorded, outputs: Sequence[Tensor], points: Sequence[Any], raised: Sequence[Sequence[Any]], order: int
) -> list[list[Any]]:
    """The coefficients of the outputs, degree by degree from 1 on, where those of the inputs are given."""
    nodes = ancestors([o._node for o in outputs], recorded.bit, recorded.oldest)
    inputs = [given(point, row) for point, row in zip(points, raised, strict=True)]
    found = series_of(nodes, dict(zip(recorded.input_nodes, inputs, strict=True)), recorded.bit, order, Gather())
    return [[coefficient(found.get(o._node), k) for o in outputs] for k in range(1, order + 1)]


def given(point: Any, raised: Sequence[Any]) -> Series:
    """The series with these coefficients from 1 on, and no more."""
    series = Series(form_of(point._value if type(point) is Tensor else point), lambda: point)
    series.following = lambda k: raised[k - 1] if k <= len(raised) else None
    return series


def _stacked(coefficients: Sequence[Any], factors: Sequence[int]) -> Tensor:
    """The coefficients along a new first axis, each times its factor."""
    value, *rest = coefficients
    nothing = zeros(value)
    scaled = [times(factor, nothing if c is None else c) for c, factor in zip(rest, factors[1:], strict=True)]
    return as_result(stack(value, *scaled, axis=0))
