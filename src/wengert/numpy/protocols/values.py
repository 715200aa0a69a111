"""The values of tensors, for code that knows nothing of derivatives: where they are, and where none may be lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from optree import tree_leaves, tree_map

from ...core.abstract import CUSTOM, DERIVATIVE, TRANSPOSE, Abstract, NoValueError
from ...core.dtypes.kinds import is_of_numbers
from ...core.placed import PLACED, check_is_here
from ...core.python.source import at_line
from ...core.state import compilation, derivative_watches, state
from ...core.tensor import Tensor


def exported(tensor: Any, op: str, target: str) -> Any:
    """The value as an array, for code that knows nothing of derivatives.

    Raises:
        TypeError: a derivative that records now watches the tensor, and would be lost.
    """
    value = numpy.asarray(concrete(tensor, op))
    if tensor._node.watch & derivative_watches():
        raise TypeError(
            f"[{op}] a tensor of shape {value.shape} whose derivative is being recorded was to become {target}, which "
            "has none; wanted a function of wengert.numpy or wengert.scipy for this step; write x.detach() if its "
            "derivative does not matter"
        )
    return value


def concrete(tensor: Any, op: str) -> Any:
    """The raw value of a tensor.

    Raises:
        NoValueError: it has none, inside `vmap` or a loop, or where a derivative is transposed.
        RuntimeError: it has leaked out of `vmap`; or other processes have parts of it.
    """
    value = tensor._value
    if type(value) is not Abstract:
        if state.recorder is not None and state.recorder.is_outside(tensor):
            return _decided(tensor, op)
        if PLACED:
            check_is_here(value, op)
        return value
    value.check_open()
    if value.recording is not None and value.recording.name == TRANSPOSE:
        raise NoValueError(
            f"[{op}] the value of a tangent or cotangent of shape {value.shape} was asked for while a derivative is "
            "transposed, where it has none, wanted array operations that are linear in it; write the derivative so, "
            "in operations of wengert.numpy"
        )
    if state.recorder is not None and value.recording is state.recorder.recording:
        return _decided(tensor, op)
    if value.recording is not None and value.recording.name in RECORDED_ONCE:
        raise _recorded_once(value, op)
    raise NoValueError(
        f"[{op}] the value of a tensor of shape {value.shape} was asked for inside vmap, where there is one list for "
        "all examples and no value yet, wanted operations on arrays only; write np.where(condition, a, b) instead of "
        "if, or call the function without vmap in a Python loop"
    )


def _decided(tensor: Any, op: str) -> Any:
    """The value that a compilation gives, which holds for all calls that decide alike."""
    value = compilation().decide(tensor, op)
    if value is None:
        raise NoValueError(
            f"[{op}] the value of a tensor of shape {tensor.shape} was asked for inside jit by a derivative that is "
            "compiled for all values, wanted operations on arrays only; write np.where(condition, a, b) instead of if, "
            f"or take the derivative of the function without jit{at_line()}"
        )
    return value


LOOPS = frozenset({"scan", "fori_loop", "while_loop"})
"""The names of recordings of the bodies of loops."""

RECORDED_ONCE = {
    **{name: f"the body of {name}, which is recorded once for all turns" for name in LOOPS},
    DERIVATIVE: "the derivative of a loop or a branch, which is recorded once for all turns",
    CUSTOM: "a function with a rule of its own, which is run without values to know the shape of its result",
}
"""What recordings without values other than those of `vmap` and `jit` are of."""


def _recorded_once(value: Any, op: str) -> NoValueError:
    place = RECORDED_ONCE[value.recording.name]
    return NoValueError(
        f"[{op}] the value of a tensor of shape {value.shape} was asked for inside {place}, "
        "wanted operations on arrays only; write wg.cond(condition, f, g, x) instead of if, wg.while_loop instead of "
        f"while, and np.asarray(a)[i] for an entry of an array{at_line()}"
    )


# -- functions of others ---------------------------------------------------------------------------


def without_rule(function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Run a function that has no counterpart here on the raw values.

    Raises:
        TypeError: its result would have lost a derivative: it is inexact, and a tensor among the
            arguments is watched. (An integer, a boolean or a text has none to lose.)
    """
    result = function(*raw(args), **raw(options))
    if any(_is_inexact(leaf) for leaf in tree_leaves(result)):
        refuse_watched(
            function, (args, options), "write it with functions of wengert.numpy, or give it x.detach() if not"
        )
    return tree_map(_wrapped, result)


def raw(tree: Any) -> Any:
    """The tree, with arrays in the place of tensors."""
    return tree_map(lambda leaf: numpy.asarray(concrete(leaf, "numpy")) if type(leaf) is Tensor else leaf, tree)


def _wrapped(leaf: Any) -> Any:
    return Tensor(leaf) if isinstance(leaf, (numpy.ndarray, numpy.generic)) and is_of_numbers(leaf.dtype) else leaf


def _is_inexact(leaf: Any) -> bool:
    return isinstance(leaf, (float, complex)) or (hasattr(leaf, "dtype") and leaf.dtype.kind in "fcO")


def is_watched(tree: Any) -> bool:
    """Whether a derivative that records now depends on a tensor in the tree."""
    return any(type(leaf) is Tensor and leaf._node.watch & derivative_watches() for leaf in tree_leaves(tree))


def refuse_watched(function: Any, tree: Any, advice: str) -> None:
    """Raise if a function that knows nothing of derivatives would lose one.

    Raises:
        TypeError: it would.
    """
    if is_watched(tree):
        name = getattr(function, "__name__", str(function))
        raise TypeError(
            f"[{name}] NumPy's or SciPy's {name} was given a tensor whose derivative is being recorded, and has none "
            f"here; wanted a function that has one, if the derivative matters; {advice}"
        )
