"""Linear differential operators: sums of directional derivatives, collapsed.

A coefficient of the highest degree enters a result linearly. So only the coefficients below it are carried along for
each direction, and of those of the highest degree the sum.

Source: F. Dangel et al., "Collapsing Taylor mode automatic differentiation" (2025), section 3; of the second
order, R. Li et al., "A computational framework for neural network-based variational Monte Carlo with Forward Laplacian"
(2024).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import comb, factorial, gcd, prod
from typing import Any

import numpy

from ..core.abstract import Recording, form_of
from ..core.python.recipes import made
from ..core.python.trees import flatten
from ..core.recording import abstract_alias
from ..core.state import Watch
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops.broadcast import sum as sum_over
from ..ops.elementwise import add, astype, multiply
from ..ops.join import stack
from ..ops.shape import reshape
from ..ops.taylor.series import Gather, times
from ..walks.batch import batch, sum_over_examples
from ..walks.forward import ancestors
from ..walks.point import zeros
from ..walks.taylor import coefficient, series_of
from .asked import check_function
from .derivatives import jvp
from .recorded import Recorded, as_result, as_tensor, inexact_leaves, output_tensors
from .taylor import checked_order, given, recorded_openly
from .vectorize import vmap


@teaches_keywords
def directional_sum(f: Callable[..., Any], order: int) -> Callable[..., Any]:
    """The weighted sum of the derivatives of one order along many directions.

    Args:
        f: a function of a real array, or of a nesting of them.
        order: the order of the derivatives, from 1 to 100.

    Returns:
        A function ``(x, directions, weights=None)``: `directions` is nested as `x` with a first axis of length R, and
        `weights` is an array of R numbers (all 1 if it is left out). It gives, with the structure of the result of `f`,
        the sum over r of ``weights[r]`` times the derivative ``(d/dh)^order f(x + h * directions[r])`` at h = 0.

    Raises:
        TypeError: the point is not real floating point, or the directions do not fit.
        ValueError: the order is too low or too high, or there are not as many weights as directions.

    >>> import wengert as wg, wengert.numpy as np
    >>> f = lambda x: x[0] ** 2 * x[1]
    >>> wg.directional_sum(f, 2)(np.array([1.0, 3.0]), np.eye(2))
    tensor(6.)

    Source: F. Dangel et al., "Collapsing Taylor mode automatic differentiation" (2025), section 3.
    """
    check_function(f, "directional_sum")
    return made(_directional_sum, f, checked_order(order, "directional_sum", least=1))


def _directional_sum(f: Callable[..., Any], order: int, /, x: Any, directions: Any, weights: Any = None) -> Any:
    leaves, structure = _real_leaves(x, "directional_sum")
    rows = _directions(directions, leaves, structure)
    return _summed(f, order, leaves, structure, rows, None if weights is None else _weights(weights, rows))


def _real_leaves(x: Any, op: str) -> tuple[list[Any], Any]:
    """The numbers of the argument, whose structure is a tuple of it."""
    leaves, structure = inexact_leaves((x,), op, "argument")
    for leaf in leaves:
        if leaf.dtype.kind == "c":
            raise TypeError(
                f"[{op}] the argument has dtype {leaf.dtype}, wanted real floating point, since there are two "
                "directions at each complex number; write f as a function of the real and the imaginary part"
            )
    return [as_tensor(leaf) for leaf in leaves], structure


def _directions(directions: Any, leaves: Sequence[Any], structure: Any) -> list[Any]:
    flat, own = flatten((directions,))
    rows = [as_tensor(row) for row in flat]
    counts = {row.shape[:1] for row in rows}
    fits = own == structure and len(counts) == 1 and () not in counts
    if not fits or any(row.shape[1:] != leaf.shape for row, leaf in zip(rows, leaves, strict=True)):
        shapes, wanted = (", ".join(map(str, s)) for s in ([r.shape for r in rows], [x.shape for x in leaves]))
        raise TypeError(
            f"[directional_sum] the directions have the shapes {shapes}, wanted {wanted}, as what they belong to, with "
            "one more axis in front, of the same length; write np.eye(n) for the axes of a vector of n numbers"
        )
    return [astype(row, dtype=leaf.dtype) for row, leaf in zip(rows, leaves, strict=True)]


def _weights(weights: Any, rows: Sequence[Any]) -> Tensor:
    found = as_tensor(weights)
    if found.shape != rows[0].shape[:1]:
        raise ValueError(
            f"[directional_sum] the weights have the shape {found.shape}, wanted {rows[0].shape[:1]}, one for each "
            "direction; write weights=None for a plain sum"
        )
    return astype(found, dtype=rows[0].dtype)


def _summed(
    f: Callable[..., Any], order: int, leaves: Sequence[Any], structure: Any, rows: Sequence[Any], weights: Any
) -> Any:
    """`directional_sum`, of what has been checked."""

    def added(examples: Any) -> Any:
        return sum_over(_weighted(examples, weights), axis=(0,), keepdims=False)

    if order == 1:
        return jvp(f, structure.unflatten(leaves), structure.unflatten(map(added, rows)))[1]
    with Watch() as bit, Watch(abstract=True) as example_bit:
        recorded = recorded_openly(f, leaves, structure, bit)
        outputs = output_tensors(recorded, "directional_sum")
        recording = Recording("directional_sum")
        examples = [abstract_alias(form_of(leaf._value), example_bit, recording) for leaf in leaves]
        tops = _tops(recorded, outputs, leaves, examples, order)
        recording.is_open = False
        inputs = [example._node for example in examples]
        ends = [top._node for top in tops if type(top) is Tensor]
        nodes = ancestors(ends, example_bit, max(node.sequence for node in inputs))
        found = batch(nodes, inputs, rows, rows[0].shape[0], example_bit, added)
        sums = [_end(top, found, output, order) for top, output in zip(tops, outputs, strict=True)]
    return recorded.rebuild(sums)


def _weighted(examples: Any, weights: Any) -> Any:
    if weights is None:
        return examples
    return multiply(examples, reshape(weights, shape=(*weights.shape, *(1,) * (len(examples.shape) - 1))))


def _tops(
    recorded: Recorded, outputs: Sequence[Tensor], leaves: Sequence[Any], examples: Sequence[Any], order: int
) -> list[Any]:
    """The coefficients of the highest degree, of which the terms of one direction are marked to be summed."""
    nodes = ancestors([o._node for o in outputs], recorded.bit, recorded.oldest)
    inputs = [given(leaf, [example]) for leaf, example in zip(leaves, examples, strict=True)]
    gather = Gather(order, sum_over_examples)
    found = series_of(nodes, dict(zip(recorded.input_nodes, inputs, strict=True)), recorded.bit, order, gather)
    return [coefficient(found.get(o._node), order) for o in outputs]


def _end(top: Any, found: Mapping[Any, Any], output: Tensor, order: int) -> Tensor:
    """The derivative, from the coefficient: that of a direction, a constant, or zero."""
    if top is None:
        return as_result(zeros(form_of(output._value)))
    value = found.get(top._node, top) if type(top) is Tensor else top
    return as_result(times(factorial(order), value))


# -- of the second order ---------------------------------------------------------------------------


@teaches_keywords
def laplacian(f: Callable[..., Any]) -> Callable[..., Any]:
    """The sum of the second derivatives of a function by each number of its first argument.

    Args:
        f: a function of a real array, or of a nesting of them, and of anything after it.

    Returns:
        A function of the same arguments, whose result has the structure and shapes of that of `f`.

    Raises:
        TypeError: the argument is not real floating point.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.laplacian(lambda x: np.sum(x**4))(np.array([1.0, 2.0]))
    tensor(60.)

    Source: as of `directional_sum`.
    """
    check_function(f, "laplacian")
    return made(_laplacian, f)


def _laplacian(f: Callable[..., Any], /, x: Any, *args: Any, **kwargs: Any) -> Any:
    leaves, structure = _real_leaves(x, "laplacian")
    return _summed(lambda x: f(x, *args, **kwargs), 2, leaves, structure, _axes(leaves), None)


def _axes(leaves: Sequence[Any]) -> list[Any]:
    """For each leaf the directions of the axes of all."""
    total = sum(leaf.size for leaf in leaves)
    blocks = numpy.split(numpy.eye(total), numpy.cumsum([leaf.size for leaf in leaves])[:-1], axis=1)
    return [
        Tensor(block.reshape(total, *leaf.shape).astype(leaf.dtype)) for block, leaf in zip(blocks, leaves, strict=True)
    ]


@teaches_keywords
def trace_hessian(f: Callable[..., Any]) -> Callable[..., Any]:
    """The trace of S^T H S, for the matrix H of second derivatives and any directions as columns of S.

    For the axes as directions this is `laplacian`; for the volatility S of a diffusion, twice the second-order part of
    its generator; for random directions, an estimate of a trace.

    Args:
        f: a function of a real array, or of a nesting of them, and of anything after it.

    Returns:
        A function ``(x, directions, *args)``: the directions are along a first axis before those of `x`.

    Raises:
        TypeError: the argument is not real floating point, or the directions do not fit.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.trace_hessian(lambda x: x[0] * x[1])(np.zeros(2), np.array([[1.0, 1.0]]))
    tensor(2.)

    Source: as of `directional_sum`.
    """
    check_function(f, "trace_hessian")
    return made(_trace_hessian, f)


def _trace_hessian(f: Callable[..., Any], /, x: Any, directions: Any, *args: Any, **kwargs: Any) -> Any:
    return _directional_sum(lambda x: f(x, *args, **kwargs), 2, x, directions)


# -- of other orders -------------------------------------------------------------------------------


@teaches_keywords
def biharmonic(f: Callable[..., Any]) -> Callable[..., Any]:
    """The Laplacian of the Laplacian of a function of a vector, in one walk of the fourth order.

    Args:
        f: a function of a real array, and of anything after it.

    Returns:
        A function of the same arguments, whose result has the structure and shapes of that of `f`.

    Raises:
        TypeError: the argument is not a real floating array.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.biharmonic(lambda x: np.sum(x**2) ** 2)(np.array([1.0, 2.0, 3.0]))
    tensor(120.)

    Source: F. Dangel et al. (2025), section 3.3: mixed derivatives from those along sums and differences of axes.
    """
    check_function(f, "biharmonic")
    return made(_biharmonic, f)


def _biharmonic(f: Callable[..., Any], /, x: Any, *args: Any, **kwargs: Any) -> Any:
    """D^4 along e_i + e_j and e_i - e_j is twice (the fourth ones by i and by j) and 12 times the mixed one."""
    (leaf,), structure = _one_array(x, "biharmonic")
    eye = numpy.eye(leaf.size)
    pairs = [(i, j) for i in range(leaf.size) for j in range(i)]
    rows = [*eye, *(eye[i] + eye[j] for i, j in pairs), *(eye[i] - eye[j] for i, j in pairs)]
    weights = [1 - (leaf.size - 1) / 3] * leaf.size + [1 / 6] * (2 * len(pairs))
    directions = numpy.reshape(rows, (len(rows), *leaf.shape)).astype(leaf.dtype)
    weighted = Tensor(numpy.asarray(weights, leaf.dtype))
    return _summed(lambda x: f(x, *args, **kwargs), 4, [leaf], structure, [Tensor(directions)], weighted)


def _one_array(x: Any, op: str) -> tuple[list[Any], Any]:
    leaves, structure = _real_leaves(x, op)
    if len(leaves) != 1:
        raise TypeError(
            f"[{op}] the argument is a nesting of {len(leaves)} arrays, wanted one array; write np.concatenate of them"
        )
    return leaves, structure


@teaches_keywords
def divergence(f: Callable[..., Any]) -> Callable[..., Any]:
    """The sum of the derivatives of each component of a vector field by its own number, the trace of the Jacobian.

    Args:
        f: a function of a real array, and of anything after it, whose result has the shape of that array.

    Returns:
        A function of the same arguments, whose result is a scalar.

    Raises:
        TypeError: the argument is not a real floating array.
        ValueError: the result has another shape.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.divergence(lambda x: x**3)(np.array([1.0, 2.0]))
    tensor(15.)
    """
    check_function(f, "divergence")
    return made(_divergence, f)


def _divergence(f: Callable[..., Any], /, x: Any, *args: Any, **kwargs: Any) -> Any:
    (leaf,), _ = _one_array(x, "divergence")

    def along(axis: Any) -> Any:
        change = jvp(lambda x: f(x, *args, **kwargs), (leaf,), (axis,))[1]
        if type(change) is not Tensor or change.shape != leaf.shape:
            shape = change.shape if type(change) is Tensor else type(change).__name__
            raise ValueError(
                f"[divergence] the result of the function has the shape {shape}, wanted that of its argument, "
                f"{leaf.shape}: a component for each number; write laplacian(f) for the divergence of a gradient"
            )
        return sum_over(multiply(change, axis), axis=tuple(range(len(leaf.shape))), keepdims=False)

    return sum_over(vmap(along)(_axes([leaf])[0]), axis=(0,), keepdims=False)


# -- given by coefficients -------------------------------------------------------------------------


@teaches_keywords
def differential_operator(coefficients: Mapping[tuple[int, ...], Any]) -> Callable[..., Any]:
    """A linear differential operator, given by its coefficients.

    Args:
        coefficients: for the order of the derivative by each number of the point, such as ``(2, 0)`` for the second by
            the first, a number, or a function of the point that gives one.

    Returns:
        A function that makes of a function ``f(x, *args)`` of a vector the sum of all terms, as a function of the same
        arguments.

    Raises:
        TypeError: the orders are not tuples of as many integers as the point has numbers.
        ValueError: an order is negative, or too high.

    >>> import wengert as wg, wengert.numpy as np
    >>> heat = wg.differential_operator({(1, 0): 1.0, (0, 2): -0.5})
    >>> heat(lambda p: np.exp(p[0] / 2 + p[1]))(np.array([0.3, 0.4]))
    tensor(0.)

    Source: the polarization identity, by which a mixed derivative is a sum of directional ones; as in A. Griewank,
    J. Utke and A. Walther, "Evaluating higher derivative tensors by forward propagation of univariate Taylor series"
    (2000).
    """
    terms = dict(coefficients)
    _check_terms(terms)

    def operator(f: Callable[..., Any]) -> Callable[..., Any]:
        check_function(f, "differential_operator")
        return made(_of_operator, f, terms)

    return operator


def _check_terms(terms: Mapping[Any, Any]) -> None:
    for orders in terms:
        are_orders = isinstance(orders, tuple) and all(isinstance(k, int) and not isinstance(k, bool) for k in orders)
        if not are_orders or len({len(others) for others in terms if isinstance(others, tuple)}) != 1:
            raise TypeError(
                f"[differential_operator] the key {orders!r} was given, wanted tuples of integers, all of the same "
                "length: the order of the derivative by each number of the point; write {(2, 0): 1.0, (0, 2): 1.0}"
            )
        if any(k < 0 for k in orders):
            raise ValueError(
                f"[differential_operator] the key {orders!r} has a negative order, wanted 0 or more for each number of "
                "the point; write (0, 1) for the first derivative by the second"
            )
        checked_order(sum(orders), "differential_operator")


def _of_operator(
    f: Callable[..., Any], terms: Mapping[tuple[int, ...], Any], /, x: Any, *args: Any, **kwargs: Any
) -> Any:
    (leaf,), structure = _one_array(x, "differential_operator")
    count = len(next(iter(terms), ()))
    if leaf.shape != (count,):
        raise TypeError(
            f"[differential_operator] the point has the shape {leaf.shape}, wanted ({count},), one number for each "
            "place of the keys; write wg.vmap(operator(f)) for many points"
        )
    parts = []
    for order in sorted({sum(orders) for orders in terms}):
        chosen = {orders: c for orders, c in terms.items() if sum(orders) == order}
        values = stack(*[_value_at(c, leaf) for c in chosen.values()], axis=0)
        parts.append(_of_order(lambda x: f(x, *args, **kwargs), order, list(chosen), values, leaf, structure))
    return _added(parts)


def _value_at(c: Any, point: Tensor) -> Tensor:
    return astype(as_tensor(c(point) if callable(c) else c), dtype=point.dtype)


def _of_order(f: Any, order: int, orders: Sequence[Any], values: Tensor, leaf: Tensor, structure: Any) -> Any:
    """The terms of one order, from the derivatives along some directions."""
    if order == 0:
        flat, nesting = flatten(f(leaf))
        return nesting.unflatten([multiply(part, values[0]) for part in flat])
    shares: dict[tuple[int, ...], numpy.ndarray] = {}
    for place, mixed in enumerate(orders):
        for direction, share in polarized(mixed):
            shares.setdefault(direction, numpy.zeros(len(orders)))[place] += share
    matrix = numpy.asarray(list(shares.values()), leaf.dtype)
    weights = sum_over(multiply(matrix, values), axis=(1,), keepdims=False)
    directions = Tensor(numpy.asarray(list(shares), leaf.dtype))
    return _summed(f, order, [leaf], structure, [directions], weights)


def polarized(mixed: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Directions, and the share that the derivative along each has in a mixed derivative of the same order.

    >>> list(polarized((1, 1)))
    [((0, 1), -0.5), ((1, 0), -0.5), ((1, 1), 0.5)]
    """
    order = sum(mixed)
    for steps in product(*[range(k + 1) for k in mixed]):
        length = gcd(*steps)
        if length:
            sign = (-1) ** (order - sum(steps))
            ways = prod(comb(k, j) for k, j in zip(mixed, steps, strict=True))
            yield tuple([j // length for j in steps]), sign * ways * length**order / factorial(order)


def _added(parts: Sequence[Any]) -> Any:
    """The sum of results of the same structure."""
    columns = [flatten(part) for part in parts]
    structure = columns[0][1]
    return structure.unflatten([_total(column) for column in zip(*[flat for flat, _ in columns], strict=True)])


def _total(terms: Sequence[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = add(total, term)
    return total
