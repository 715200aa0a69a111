"""Whole matrices of derivatives: `jacobian`, `hessian`, and products with the Hessian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy

from ..core.abstract import Abstract, form_of
from ..core.dtypes.kinds import is_floating, is_inexact
from ..core.node import Node
from ..core.python.recipes import made
from ..core.python.trees import flatten, unflatten
from ..core.state import Watch, state
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops.elementwise import conjugate
from ..ops.join import stack
from ..ops.shape import reshape
from ..walks.backward import backward
from ..walks.forward import ancestors, forward
from ..walks.point import zeros
from .asked import check_function, positions
from .cuts import where_cut
from .derivatives import check_primals, chosen_arguments, grad, jvp
from .recorded import Recorded, as_tensor, inexact_leaves, output_tensors, record_at
from .vectorize import move_axis, vmap

Independent = Callable[[int, int], RuntimeError]
"""Makes the error for an output that does not depend on an input."""


_offered: list[Callable[[], Any]] = []


def offer_sparse(load: Callable[[], Any]) -> None:
    """Let a later folder give derivatives as sparse matrices; `load` gives its module when one is first asked for."""
    _offered.append(load)


@teaches_keywords
def jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    mode: str = "auto",
    strict: bool = False,
    sparse: bool = False,
) -> Callable[..., Any]:
    """All derivatives of a function.

    Args:
        f: any function of arrays, or nestings of arrays.
        argnums: which positional argument(s) to differentiate.
        mode: ``"forward"`` (one tangent for each input number), ``"reverse"`` (one cotangent for each
            output number), or ``"auto"``, whichever is fewer.
        strict: raise where an output does not depend on an input, instead of giving zeros.
        sparse: give one matrix of `scipy.sparse` with the elements that are not zero for all arguments alike: a row for
            each number of the result, a column for each of the arguments (see `wengert.sparse`).

    Returns:
        A function of the same arguments. If it is not to be `sparse`, its result has the structure of the output of
        `f`, at each leaf of which is the structure of the argument (a tuple for several `argnums`), at each leaf of
        which is an array of shape ``output.shape + input.shape``. A complex function of a complex argument must be
        holomorphic; for a real one it is dy/da + i dy/db, as of `grad`.

    Raises:
        TypeError: an argument or a result is not floating point.
        RuntimeError: with `strict`, an output does not depend on an input.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.jacobian(lambda x: np.stack([x[0] ** 2 + x[1] ** 2, x[0] * x[1]]))(np.array([2.0, 3.0]))
    tensor([[4., 6.],
            [3., 2.]])
    >>> wg.jacobian(lambda x: x[1:] * x[:-1], sparse=True)(np.ones(1000)).nnz
    1998

    Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), chapter 3.
    """
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(
            f"[jacobian] mode={mode!r}, wanted 'auto', 'forward' or 'reverse'; write mode='auto' to let the "
            "sizes of input and output decide"
        )
    check_function(f, "jacobian")
    places = positions(argnums, f, "jacobian")
    if sparse and strict:
        raise ValueError(
            "[jacobian] sparse=True and strict=True were given, wanted one of them; write "
            "wg.sparse.jacobian_pattern(f, x) to see what depends on what"
        )
    if sparse:
        return _offered[-1]().jacobian(f, places, COLORINGS[mode])
    return made(_jacobian, f, places, mode, strict)


COLORINGS = {"auto": "auto", "forward": "column", "reverse": "row"}
"""What is coloured where a mode is asked for."""


def _jacobian(
    f: Callable[..., Any], argnums: int | Sequence[int], mode: str, strict: bool, /, *args: Any, **kwargs: Any
) -> Any:
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    chosen = tuple(chosen_arguments(args, places, "jacobian"))
    leaves, structure = inexact_leaves(chosen, "jacobian", "arguments")

    def call(*replacing: Any) -> Any:
        replaced = list(args)
        for position, value in zip(places, replacing, strict=True):
            replaced[position] = value
        return f(*replaced, **kwargs)

    independent = partial(_independent, call, leaves, structure) if strict else None
    with Watch() as bit:
        recorded = record_at(call, leaves, structure, bit)
        outputs = _inexact_outputs(recorded)
        blocks = _blocks(recorded, list(map(form_of, leaves)), outputs, mode, independent)
    rows = [unflatten(structure, row) for row in blocks]
    return recorded.rebuild([row[0] if isinstance(argnums, int) else row for row in rows])


jacfwd: Final = partial(jacobian, mode="forward")
jacrev: Final = partial(jacobian, mode="reverse")


def _inexact_outputs(recorded: Recorded) -> list[Tensor]:
    outputs = output_tensors(recorded, "jacobian")
    for output in outputs:
        if not is_inexact(output.dtype):
            raise TypeError(
                f"[jacobian] the function returned dtype {output.dtype}, wanted real or complex floating point; "
                "write the result as x.astype(float)"
            )
    return outputs


def _blocks(
    recorded: Recorded,
    inputs: Sequence[Abstract],
    outputs: Sequence[Tensor],
    mode: str,
    independent: Independent | None,
) -> list[list[Tensor]]:
    """The Jacobian of every output with respect to every input."""
    if mode == "auto":
        fewer_inputs = sum(form.size for form in inputs) <= sum(t.size for t in outputs)
        mode = "forward" if fewer_inputs else "reverse"
    if mode == "forward":
        columns = [_forward_blocks(recorded, outputs, i, form, independent) for i, form in enumerate(inputs)]
        return [list(row) for row in zip(*columns, strict=True)]
    return [_reverse_blocks(recorded, inputs, i, output, independent) for i, output in enumerate(outputs)]


def _forward_blocks(
    recorded: Recorded, outputs: Sequence[Tensor], position: int, form: Abstract, independent: Independent | None
) -> list[Tensor]:
    """The Jacobians of all outputs with respect to one input: a batch of tangents, pushed at once."""
    nodes = ancestors([o._node for o in outputs], recorded.bit, recorded.oldest)
    reached: list[bool] = []

    def push(direction: Any) -> tuple[Any, ...]:
        found = forward(nodes, [recorded.input_nodes[position]], [direction], recorded.bit)
        reached[:] = [o._node in found for o in outputs]
        return tuple([_found_or_zeros(found, o._node, o._value) for o in outputs])

    pushed = _swept(push, form, outputs)
    for i, is_reached in enumerate(reached):
        if independent and not is_reached:
            raise independent(i, position)
    return [
        reshape(move_axis(block, 0, len(block.shape) - 1), shape=o.shape + form.shape)
        for block, o in zip(pushed, outputs, strict=True)
    ]


def _reverse_blocks(
    recorded: Recorded, inputs: Sequence[Abstract], position: int, output: Tensor, independent: Independent | None
) -> list[Tensor]:
    """The Jacobians of one output with respect to all inputs: a batch of cotangents, pulled at once."""
    reached: list[bool] = []

    def pull(direction: Any) -> tuple[Any, ...]:
        found = backward([(output._node, direction)], recorded.input_nodes, recorded.bit)
        reached[:] = [node in found for node in recorded.input_nodes]
        return tuple(map(partial(_found_or_zeros, found), recorded.input_nodes, inputs))

    pulled = _swept(pull, form_of(output._value), inputs)
    for i, is_reached in enumerate(reached):
        if independent and not is_reached:
            raise independent(position, i)
    if output.dtype.kind == "c":
        pulled = [conjugate(p) if form.dtype.kind == "c" else p for p, form in zip(pulled, inputs, strict=True)]
    return [reshape(p, shape=output.shape + form.shape) for p, form in zip(pulled, inputs, strict=True)]


def _found_or_zeros(found: dict[Node, Any], node: Node, value: Any) -> Any:
    return found[node] if node in found else zeros(form_of(value))


def _swept(walk: Callable[[Any], tuple[Any, ...]], form: Abstract, results: Sequence[Any]) -> list[Tensor]:
    """What a walk gives along every unit vector of one end, stacked.

    Where that end is complex and the other is real, the imaginary unit vectors give the imaginary part.
    """
    basis = numpy.zeros(form.size * form.size, form.dtype)
    basis[:: form.size + 1] = 1
    basis = basis.reshape(form.size, *form.shape)
    swept = [as_tensor(block) for block in _each(walk, basis)]
    if form.dtype.kind == "c" and any(is_floating(result.dtype) for result in results):
        turned = _each(walk, 1j * basis)
        swept = [s + 1j * t if is_floating(s.dtype) else s for s, t in zip(swept, turned, strict=True)]
    return swept


FEW_DIRECTIONS = 4
"""Up to so many, walking once for each costs less than recording the walk to batch it (measured)."""


def _each(walk: Callable[[Any], tuple[Any, ...]], directions: Any) -> tuple[Any, ...]:
    """The results of a walk along every direction, stacked."""
    if state.recorder is not None or not 0 < len(directions) <= FEW_DIRECTIONS:
        return vmap(walk)(Tensor(directions))
    walked = [walk(direction) for direction in directions]
    return tuple(stack(*results, axis=0) for results in zip(*walked, strict=True))


def _independent(
    f: Callable[..., Any], leaves: Sequence[Any], structure: Any, output: int, position: int
) -> RuntimeError:
    cut = where_cut(f, leaves, structure, output, position)
    how = f": the path was cut at {cut}" if cut else ", nor does any operation lead from one to the other"
    return RuntimeError(
        f"[jacobian] output {output} does not depend on input {position}{how}; wanted a path (strict=True); write "
        "strict=False for zeros, or operations of wengert.numpy that have a derivative"
    )


@teaches_keywords
def hessian(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, sparse: bool = False
) -> Callable[..., Any]:  # fmt: skip
    """All second derivatives of a function: forward mode over reverse mode.

    Args:
        f: a function of arrays, or nestings of arrays, whose result is a real number.
        argnums: which positional argument(s) to differentiate.
        sparse: give one symmetric matrix of `scipy.sparse`, as `jacobian` does.

    Returns:
        A function of the same arguments; for one array argument x of a scalar function, an array of shape
        ``x.shape + x.shape``.

    Raises:
        TypeError: an argument or the result is not real.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    tensor([[6., 4.],
            [4., 0.]])

    Source: Griewank and Walther (2008), section 5.
    """
    check_function(f, "hessian")
    if sparse:
        return _offered[-1]().hessian(f, positions(argnums, f, "hessian"))
    return made(_hessian, f, positions(argnums, f, "hessian"))


def _hessian(f: Callable[..., Any], argnums: int | Sequence[int], /, *args: Any, **kwargs: Any) -> Any:
    return jacfwd(partial(_real_slopes, jacrev(f, argnums)), argnums)(*args, **kwargs)


def _real_slopes(slopes: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    result = slopes(*args, **kwargs)
    for leaf in flatten(result)[0]:
        if leaf.dtype.kind == "c":
            raise TypeError(
                f"[hessian] an argument or the result has dtype {leaf.dtype}, wanted real floating point, since "
                "the second derivatives of a pair of reals are four numbers; write f as a function of x.real and "
                "x.imag"
            )
    return result


@teaches_keywords
def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The product of the Hessian of a scalar function and a tangent, without the Hessian.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    tensor([6., 0.])

    Source: B. Pearlmutter, "Fast exact multiplication by the Hessian" (1994).
    """
    check_function(f, "hvp")
    check_primals(primals, "hvp")
    every: Any = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(f, every), primals, tangents)[1]
