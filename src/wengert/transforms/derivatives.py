"""Derivatives of functions: `grad`, `value_and_grad`, `jvp`, `vjp`, `linearize`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..core.abstract import form_of
from ..core.dtypes.kinds import is_floating
from ..core.lending import owned
from ..core.python.recipes import made
from ..core.python.trees import flatten, paths, unflatten
from ..core.state import Watch
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..walks.backward import backward
from ..walks.forward import ancestors, forward
from .asked import check_function, positions
from .recorded import Recorded, as_raw, as_result, as_tensor, inexact_leaves, output_tensors, record_at, released


class Budgets:
    """How a function is given a budget of memory: by `wengert.control`, which stands above and says it."""

    checkpoint: Callable[[Callable[..., Any], Any], Callable[..., Any]]


def _within(f: Callable[..., Any], memory: str | int | None) -> Callable[..., Any]:
    return f if memory is None else Budgets.checkpoint(f, memory)


@teaches_keywords
def grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    memory: str | int | None = None,
) -> Callable[..., Any]:
    """The gradient of a function with a scalar result, in reverse mode.

    Args:
        f: a function whose result is a real scalar (with `has_aux`, a pair of it and anything).
        argnums: which positional argument(s) to differentiate; each may be any nesting of dict, list,
            tuple, named tuple and dataclass with real or complex arrays at its leaves.
        has_aux: ``f`` returns ``(value, aux)``, and the result is ``(gradient, aux)``.
        memory: hold no more than that, as ``"200MB"``, and compute again what that leaves out: see `checkpoint`.

    Returns:
        A function of the same arguments that returns the gradient, with the structure, shapes and dtypes
        of the argument (a tuple of them if `argnums` is a sequence). For a complex argument a + ib it is
        dL/da + i dL/db, the direction of steepest ascent.

    Raises:
        TypeError: an argument is not floating point, or the result is not a real scalar.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.grad(lambda x: np.sum(x**2))([1.0, 2.0][0])
    tensor(2.)
    >>> wg.grad(wg.grad(lambda x: x**3))(3.0)
    tensor(18.)

    Source: R. E. Wengert (1964); reverse accumulation after S. Linnainmaa (1970).
    """
    check_function(f, "grad")
    return made(_gradient, _within(f, memory), positions(argnums, f, "grad"), has_aux)


def _gradient(f: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, /, *args: Any, **kwargs: Any) -> Any:
    value, result = _value_and_gradient(f, argnums, has_aux, "grad", *args, **kwargs)
    return (result, value[1]) if has_aux else result


@teaches_keywords
def value_and_grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    memory: str | int | None = None,
    op: str = "value_and_grad",
) -> Callable[..., Any]:
    """The value and the gradient of a function, in one run. Arguments and errors as for `grad`.

    >>> import wengert as wg
    >>> wg.value_and_grad(lambda x: x**2)(3.0)
    (tensor(9.), tensor(6.))
    """
    check_function(f, op)
    return made(_value_and_gradient, _within(f, memory), positions(argnums, f, op), has_aux, op)


def _value_and_gradient(
    f: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, op: str, /, *args: Any, **kwargs: Any
) -> Any:
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    chosen = chosen_arguments(args, places, op)
    inputs = [inexact_leaves(arg, op, f"argument {i}") for i, arg in zip(places, chosen, strict=True)]
    leaves = [leaf for group, _ in inputs for leaf in group]

    def call(*flat: Any) -> Any:
        return f(*_replaced(args, places, inputs, flat), **kwargs)

    with Watch() as bit:
        recorded = record_at(call, leaves, None, bit)
        output = recorded.outputs[0] = _scalar_output(recorded, has_aux, op)
        found = backward([(output._node, _one_like(output))], recorded.input_nodes, bit, free=True)
        gradients = [_or_zeros(found.get(n), leaf) for n, leaf in zip(recorded.input_nodes, leaves, strict=True)]
        value = recorded.rebuild([released(leaf, bit) for leaf in recorded.outputs])
    groups = _regroup(gradients, inputs)
    return value, groups[0] if isinstance(argnums, int) else tuple(groups)


def chosen_arguments(args: Sequence[Any], positions: Sequence[int], op: str) -> list[Any]:
    """The arguments to differentiate.

    Raises:
        TypeError: there is no such argument, or it is named twice.
    """
    for position in positions:
        if not -len(args) <= position < len(args):
            raise TypeError(
                f"[{op}] argnums={position} but the function was called with {len(args)} positional argument(s); "
                "wanted an argument to differentiate; pass it by position, not by keyword"
            )
    if len(positions) > 1 and len({position % len(args) for position in positions}) < len(positions):
        raise TypeError(
            f"[{op}] argnums={tuple(positions)} names an argument twice, wanted each once; write the position "
            "once, and use its gradient where it is needed"
        )
    return [args[position] for position in positions]


def _replaced(args: Sequence[Any], positions: Sequence[int], inputs: Any, flat: Sequence[Any]) -> list[Any]:
    """The arguments with those to be differentiated rebuilt from fresh leaves."""
    replaced = list(args)
    for position, group in zip(positions, _regroup(flat, inputs), strict=True):
        replaced[position] = group
    return replaced


def _regroup(leaves: Sequence[Any], inputs: Any) -> list[Any]:
    """Flat leaves back in the structures they came from."""
    groups, start = [], 0
    for group, structure in inputs:
        part = leaves[start : start + len(group)]
        groups.append(part[0] if structure is None else unflatten(structure, part))
        start += len(group)
    return groups


def _one_like(output: Tensor) -> Any:
    return numpy.array(1, output.dtype)


def _or_zeros(found: Any, leaf: Any) -> Tensor:
    return Tensor(numpy.zeros(leaf.shape, leaf.dtype)) if found is None else as_result(found)


def _scalar_output(recorded: Recorded, has_aux: bool, op: str) -> Tensor:
    """The one output that is differentiated."""
    outputs = recorded.outputs
    if has_aux and not _is_pair(recorded):
        raise TypeError(
            f"[{op}] has_aux=True and the function did not return a pair, wanted (value, aux) with one real scalar "
            "value; write return value, aux, or leave has_aux out"
        )
    if not outputs:
        raise TypeError(f"[{op}] the function returned nothing, wanted one real scalar; write return before it")
    if len(outputs) != 1 and not has_aux:
        raise TypeError(
            f"[{op}] the function returned {len(outputs)} values, wanted one real scalar; write has_aux=True if it "
            "returns (value, anything else), or jacobian(f) for the derivatives of all of them"
        )
    output = as_tensor(outputs[0])
    if output.shape != ():
        raise TypeError(
            f"[{op}] the function returned shape {output.shape}, wanted a scalar; write its sum, "
            "or jacobian(f) for all derivatives, or vjp(f, x) for their product with a cotangent"
        )
    if not is_floating(output.dtype):
        raise TypeError(
            f"[{op}] the function returned dtype {output.dtype}, wanted a real floating scalar; "
            "write abs(z), z.real or z.imag for a complex result, or x.astype(float) for an integer one"
        )
    return output


def _is_pair(recorded: Recorded) -> bool:
    """Whether the function returned a tuple of one array (or of a tree with one) and something else."""
    structure = recorded.structure
    if structure is None or structure.type is not tuple or structure.num_children != 2:
        return False
    return structure.child(0).num_leaves == 1


# -- products with a Jacobian ----------------------------------------------------------------------


@teaches_keywords
def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, ...]:
    """The product of a Jacobian and a tangent, in forward mode.

    Args:
        f: any function of arrays, or nestings of arrays.
        primals: its arguments.
        tangents: for each a tangent of the same structure, shape and dtype; integers are cast to it.
        has_aux: ``f`` returns ``(value, aux)``; the result is ``(value, J @ tangents, aux)``.

    Returns:
        ``(f(*primals), J @ tangents)``.

    Raises:
        TypeError: structures, shapes or dtypes of primals and tangents differ.

    >>> import wengert as wg
    >>> wg.jvp(lambda x: x**2 + 3 * x + 2, (4.0,), (1.0,))
    (tensor(30.), tensor(11.))

    Source: Wengert (1964), "A simple automatic derivative evaluation program".
    """
    check_function(f, "jvp")
    leaves, structure = _inexact_arguments(primals, "jvp")
    directions = matching_leaves(tangents, leaves, structure, "jvp", "tangent")
    main_part, aux = _without_aux(f, has_aux)
    with Watch() as bit:
        recorded = record_at(main_part, leaves, structure, bit)
        outputs = output_tensors(recorded, "jvp")
        pushed = _pushing(recorded, outputs)(directions, closed=False)
        value = recorded.rebuild([released(output, bit) for output in outputs])
        rest = [_released_tree(a, bit) for a in aux]
    return (value, pushed, *rest)


def _without_aux(f: Callable[..., Any], has_aux: bool) -> tuple[Callable[..., Any], list[Any]]:
    """The function of the first result alone, and a list that takes the other when it is called."""
    aux: list[Any] = []

    def main_part(*args: Any) -> Any:
        value, rest = f(*args)
        aux.append(rest)
        return value

    return (main_part, aux) if has_aux else (f, aux)


def _released_tree(tree: Any, bit: int) -> Any:
    leaves, structure = flatten(tree)
    return unflatten(structure, [released(leaf, bit) for leaf in leaves])


def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and its derivative there as a linear function of tangents.

    The function runs once; the derivative walks its list each time it is called.

    >>> import wengert as wg
    >>> y, f_jvp = wg.linearize(lambda x: x**3, 2.0)
    >>> y, f_jvp(1.0), f_jvp(10.0)
    (tensor(8.), tensor(12.), tensor(120.))
    """
    check_function(f, "linearize")
    leaves, structure = _inexact_arguments(primals, "linearize")
    with Watch() as bit:
        recorded = record_at(f, leaves, structure, bit)
        outputs = output_tensors(recorded, "linearize")
        push = _pushing(recorded, outputs)
        value = recorded.rebuild([released(output, bit) for output in outputs])

    def f_jvp(*tangents: Any) -> Any:
        return push(matching_leaves(tangents, leaves, structure, "linearize", "tangent"), closed=True)

    return value, f_jvp


def _pushing(recorded: Recorded, outputs: Sequence[Tensor]) -> Callable[..., Any]:
    """The map from tangents of the inputs to those of the outputs, by a forward walk of the list."""
    ends = [(output._node, form_of(output._value)) for output in outputs]
    nodes = ancestors([node for node, _ in ends], recorded.bit, recorded.oldest)

    def push(directions: Sequence[Any], closed: bool) -> Any:
        found = forward(nodes, recorded.input_nodes, directions, recorded.bit, closed)
        return recorded.rebuild([_or_zeros(found.get(node), form) for node, form in ends])

    return push


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of a function, and the transpose of its derivative there, in reverse mode.

    Args:
        f: any function of arrays, or nestings of arrays.
        primals: its arguments.
        has_aux: ``f`` returns ``(value, aux)``; the result is ``(value, f_vjp, aux)``.

    Returns:
        ``(f(*primals), f_vjp)``, where ``f_vjp(cotangent)`` is the tuple of the cotangents of the
        primals. It may be called again and again, and differentiated.

    >>> import wengert as wg
    >>> y, f_vjp = wg.vjp(lambda x, y: x * y + y, 3.0, 4.0)
    >>> y, f_vjp(1.0)
    (tensor(16.), (tensor(4.), tensor(4.)))
    """
    check_function(f, "vjp")
    leaves, structure = _inexact_arguments(primals, "vjp")
    main_part, aux = _without_aux(f, has_aux)
    with Watch() as bit:
        recorded = record_at(main_part, leaves, structure, bit)
        outputs = output_tensors(recorded, "vjp")
        ends = [output._node for output in outputs]
        forms = [form_of(output._value) for output in outputs]
        value = recorded.rebuild([released(o, bit) for o in outputs])
        rest = [_released_tree(a, bit) for a in aux]

    def f_vjp(cotangent: Any) -> Any:
        directions = matching_leaves(cotangent, forms, recorded.structure, "vjp", "cotangent")
        found = backward(zip(ends, directions, strict=True), recorded.input_nodes, bit, closed=True)
        cotangents = [_or_zeros(found.get(n), leaf) for n, leaf in zip(recorded.input_nodes, leaves, strict=True)]
        return unflatten(structure, cotangents)

    return (value, f_vjp, *rest)


def _inexact_arguments(primals: Sequence[Any], op: str) -> tuple[list[Any], Any]:
    check_primals(primals, op)
    return inexact_leaves(tuple(primals), op, "primals")


def check_primals(primals: Any, op: str) -> None:
    """Refuse arguments that are not in a tuple.

    Raises:
        TypeError: a single argument was given as it is.
    """
    if not isinstance(primals, (tuple, list)):
        raise TypeError(
            f"[{op}] primals is a {type(primals).__name__}, wanted a tuple with one entry an argument; "
            f"write {op}(f, (x,), (v,))"
        )


def matching_leaves(tree: Any, like: Sequence[Any], structure: Any, op: str, what: str) -> list[Any]:
    """The leaves of a (co)tangent, which must fit the primal (or result) in structure, shape and dtype.

    Raises:
        TypeError: they do not; the message gives the first place where.
    """
    if structure is None:
        given = [tree]
    else:
        if isinstance(tree, list) and structure.type is tuple:
            tree = tuple(tree)
        given, own = flatten(tree)
        if own != structure:
            raise TypeError(
                f"[{op}] the {what} has the structure {describe(own)}, wanted {describe(structure)}; "
                f"the first difference is at {first_difference(own, structure)}; "
                f"write a {what} nested like what it belongs to"
            )
    leaves = []
    for i, (value, target) in enumerate(zip(given, like, strict=True)):
        leaf = owned(as_raw(value, op))
        if leaf.shape != target.shape:
            raise TypeError(
                f"[{op}] the {what}{_place(structure, i)} has shape {leaf.shape}, wanted {target.shape}; "
                f"write a {what} of the shape of what it belongs to"
            )
        if leaf.dtype != target.dtype:
            if leaf.dtype.kind not in "biu" and not _is_weak(value, target.dtype):
                raise TypeError(
                    f"[{op}] the {what}{_place(structure, i)} has dtype {leaf.dtype}, wanted {target.dtype}; "
                    f"write it as v.astype({str(target.dtype)!r})"
                )
            leaf = leaf.astype(target.dtype)
        leaves.append(leaf)
    return leaves


def _place(structure: Any, number: int) -> str:
    """Where a leaf is, as one would write it."""
    return "" if structure is None else paths(structure)[number]


def _is_weak(value: Any, dtype: Any) -> bool:
    """Whether a value is a Python number that takes the dtype on without loss."""
    kinds = (int, float, complex) if dtype.kind == "c" else (int, float)
    return isinstance(value, kinds) and not isinstance(value, numpy.generic)


def describe(structure: Any) -> str:
    """A structure as one would write it, with * for a leaf."""
    if structure.is_leaf():
        return "*"
    parts = [describe(child) for child in structure.children()]
    if structure.type is type(None):
        return "None"
    if structure.type is dict:
        return "{" + ", ".join(f"{key!r}: {part}" for key, part in zip(structure.entries(), parts, strict=True)) + "}"
    if structure.type is list:
        return "[" + ", ".join(parts) + "]"
    inner = ", ".join(parts) + ("," if structure.type is tuple and len(parts) == 1 else "")
    return f"({inner})" if structure.type is tuple else f"{structure.type.__name__}({inner})"


def first_difference(given: Any, wanted: Any, path: str = "") -> str:
    """The first path at which two structures differ, and how."""
    here = path or "the top"
    if given.type is not wanted.type or given.is_leaf() != wanted.is_leaf():
        return f"{here}, which is {_kind(given)} instead of {_kind(wanted)}"
    if given.type is dict or len(given.entries()) != len(wanted.entries()):
        for entry in wanted.entries():
            if entry not in given.entries():
                return f"{path}[{entry!r}], which is missing"
        for entry in given.entries():
            if entry not in wanted.entries():
                return f"{path}[{entry!r}], which is not expected"
    for entry, one, other in zip(wanted.entries(), given.children(), wanted.children(), strict=True):
        if one != other:
            return first_difference(one, other, f"{path}[{entry!r}]")
    return f"{here}, which has other parts"


def _kind(structure: Any) -> str:
    """What stands at the top of a structure, in words."""
    if structure.is_leaf():
        return "an array"
    return "None" if structure.type is type(None) else f"a {structure.type.__name__}"
