"""`closure_convert`: what a function reads from outside becomes its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.abstract import form_of
from ..core.python.trees import flatten, unflatten
from ..core.tensor import Tensor
from ..ops.operands import unmasked
from ..transforms.asked import check_function
from ..transforms.closures import subgraph
from ..transforms.recorded import as_tensor
from .structures import Tree, fitted, tree

NAME = "closure_convert"
WHAT = "what it was called with"


def closure_convert(f: Callable[..., Any], *examples: Any) -> tuple[Callable[..., Any], list[Tensor]]:
    """Turn what a function reads from outside into arguments, so that a rule of one's own can differentiate in it.

    `wengert.custom_derivative` gives derivatives of positional arguments only. A solver that is given a function of its
    user converts it first, and passes what was found as arguments of the function with the rule.

    Args:
        f: a function of arrays, nested as you like. It is recorded once, without values.
        examples: arguments of the structure, shapes and dtypes that `f` will be called with.

    Returns:
        ``g, captured`` with ``g(*args, *captured) == f(*args)``. In `captured` are the tensors that `f` reads and that
        an open derivative, `backward()` or recording follows; all others are constants of ``g``.

    Raises:
        NoValueError: `f` asks for the value of what it computes, such as by ``if x > 0``.

    >>> import wengert as wg, wengert.numpy as np
    >>> def slope(w):
    ...     g, captured = wg.closure_convert(lambda x: w * x**2, 0.0)
    ...     return wg.grad(g)(3.0, *captured)
    >>> wg.value_and_grad(slope)(2.0)
    (tensor(12.), tensor(6.))
    """
    check_function(f, NAME)
    arguments = tree(examples, NAME, "examples")
    structures: list[Any] = []

    def flat(*leaves: Any) -> list[Any]:
        outputs, structure = flatten(f(*arguments.whole(leaves)))
        structures.append(structure)
        return [as_tensor(output) for output in outputs]

    graph, captured = subgraph(NAME, flat, [form_of(leaf) for leaf in arguments.leaves])

    def converted(*given: Any) -> Any:
        args, others = given[: len(examples)], given[len(examples) :]
        outputs = graph(*others, *_fitting(args, arguments))
        return unflatten(structures[-1], [as_tensor(output) for output in outputs])

    return converted, captured


def _fitting(args: Sequence[Any], wanted: Tree) -> list[Any]:
    """The leaves of arguments; numbers stay numbers, which are constants to whoever records.

    Raises:
        TypeError: they are not as the examples.
    """
    leaves, structure = flatten(args)
    leaves = [leaf if type(leaf) is Tensor else unmasked(leaf, NAME) for leaf in leaves]
    if structure == wanted.structure and list(map(_key, leaves)) == list(map(_key, wanted.leaves)):
        return leaves
    return fitted(args, wanted, NAME, WHAT, "the examples")


def _key(leaf: Any) -> tuple[Any, ...]:
    return leaf.shape, leaf.dtype
