"""Sparsity patterns: which derivatives are not zero, whatever the numbers are, or at a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert as wg

from ..walks.patterns.walk import pattern_of_graph
from .arguments import Subject, subject_of


def jacobian_pattern(
    f: Callable[..., Any], *args: Any, argnums: int | Sequence[int] = 0, local: bool = False
) -> Any:  # fmt: skip
    """Where the Jacobian of a function may be nonzero.

    It is found in the list of the function's derivative, without its numbers: what an element is computed from. Values
    that the function makes itself count, and arrays of whole numbers and truth values that it reads from outside, which
    most are indices and masks; all other numbers, of arguments and from outside, do not, so that the pattern holds for
    all of them. A plan (`plan_jacobian`) refuses to go on where those that count are others than before.

    Args:
        f: a function of nested arrays, whose results are nested arrays.
        args: arguments of the shapes in question; their values matter where Python decides by them (``if``), and if
            `local`.
        argnums: which positional argument(s) are differentiated.
        local: the pattern at this point: factors that are zero there pass nothing on.

    Returns:
        A CSR array of truth values: a row for each number of the result, a column for each number of the arguments,
        each in the order of their leaves, raveled.

    Raises:
        TypeError: an argument is not real floating point.
        MemoryError: an array within the function depends on so much that it is not sparse.

    >>> import wengert as wg, wengert.numpy as np
    >>> pattern = wg.sparse.jacobian_pattern(lambda x: x[1:] * x[:-1], np.ones(4))
    >>> print(pattern.astype(int).toarray())
    [[1 1 0 0]
     [0 1 1 0]
     [0 0 1 1]]

    Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), section 7.1.
    """
    return pattern_of(subject_of(f, args, argnums, "jacobian_pattern"), args, local)


def hessian_pattern(
    f: Callable[..., Any], *args: Any, argnums: int | Sequence[int] = 0, local: bool = False
) -> Any:  # fmt: skip
    """Where the Hessian of a scalar function may be nonzero: the pattern of the Jacobian of its gradient.

    Arguments and result are those of `jacobian_pattern`; the pattern is symmetric.

    >>> import wengert as wg, wengert.numpy as np
    >>> pattern = wg.sparse.hessian_pattern(lambda x: np.sum(x[1:] * x[:-1]), np.ones(4))
    >>> print(pattern.astype(int).toarray())
    [[0 1 0 0]
     [1 0 1 0]
     [0 1 0 1]
     [0 0 1 0]]

    Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), section 7.1.
    """
    return symmetric_pattern(gradient_of(f, args, argnums, "hessian_pattern"), args, local)


def gradient_of(f: Callable[..., Any], args: Sequence[Any], argnums: int | Sequence[int], op: str) -> Subject:
    """The gradient of a scalar function, as what derivatives are asked of."""
    subject = subject_of(f, args, argnums, op)
    return subject._replace(f=wg.grad(f, subject.places))


def symmetric_pattern(subject: Subject, args: Sequence[Any], local: bool) -> Any:
    """The pattern of a gradient's Jacobian, and of its mirror image."""
    found = pattern_of(subject, args, local)
    return (found + found.T).tocsr()


def pattern_of(subject: Subject, args: Sequence[Any], local: bool) -> Any:
    """The pattern of the Jacobian of a subject."""
    lowered = wg.jit(subject.push).lower(args, numpy.zeros(subject.size))
    if not local:
        return pattern_of_recording(lowered.recorded, args)
    given = [numpy.asarray(leaf) for leaf in _inputs(args)]
    return pattern_of_graph(lowered.recorded, len(given), [*given, None, *lowered.state()])


def pattern_of_recording(graph: Any, args: Sequence[Any]) -> Any:
    """The pattern of a recorded product, for all arguments, and all that is read from outside."""
    return pattern_of_graph(graph, len(_inputs(args)), [None] * len(graph.inputs))


def _inputs(args: Sequence[Any]) -> list[Any]:
    """The leaves of arguments that are numbers; others are the same at each call."""
    return [leaf for leaf in wg.trees.leaves(args) if not isinstance(leaf, bool | str | bytes)]
