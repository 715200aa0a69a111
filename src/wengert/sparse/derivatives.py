"""`jacobian` and `hessian` as sparse matrices: a plan is made where arguments have other shapes than before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import numpy

import wengert as wg

from .plans import Plan, plan_hessian, plan_jacobian


class SparseDerivative:
    """A function that gives a sparse matrix of derivatives; what is prepared for some shapes is kept.

    Attributes:
        plans: by the nesting, shapes and dtypes of the arguments.
    """

    def __init__(self, prepare: Callable[..., Plan], f: Callable[..., Any], options: dict[str, Any]) -> None:
        self.prepare = prepare
        self.f = f
        self.options = options
        self.plans: dict[Any, Plan] = {}
        if callable(f):
            update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The matrix, a CSR array."""
        if kwargs:
            return SparseDerivative(self.prepare, _Bound(self.f, kwargs), self.options)(*args)
        leaves, structure = wg.trees.flatten(args)
        key = structure, tuple(map(_form, leaves))
        plan = self.plans.get(key)
        if plan is None:
            plan = self.plans[key] = self.prepare(self.f, *args, **self.options)
        return plan(*args)

    def __reduce__(self) -> Any:
        return SparseDerivative, (self.prepare, self.f, self.options)

    def __repr__(self) -> str:
        return f"<{self.prepare.__name__} of {self.f!r} at each point>"


class _Bound:
    """A function with keyword arguments."""

    def __init__(self, f: Callable[..., Any], kwargs: dict[str, Any]) -> None:
        self.f = f
        self.kwargs = kwargs

    def __call__(self, *args: Any) -> Any:
        return self.f(*args, **self.kwargs)


def _form(leaf: Any) -> Any:
    if isinstance(leaf, bool | str | bytes):
        return leaf
    array = leaf if isinstance(leaf, wg.Tensor) else numpy.asarray(leaf)
    return tuple(array.shape), array.dtype


def jacobian(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, coloring: str = "auto", order: str = "natural"
) -> SparseDerivative:  # fmt: skip
    """The Jacobian of a function as a sparse matrix: ``wengert.jacobian(f, sparse=True)``.

    Pattern, colouring and compiled code are made at the first call with arguments of certain shapes (see
    `plan_jacobian`), and used at the others.

    Returns:
        A function of the same arguments, which gives a CSR array: a row for each number of the result, a column for
        each number of the arguments.

    >>> import wengert as wg, wengert.numpy as np
    >>> matrix = wg.sparse.jacobian(lambda x: x[1:] - x[:-1])(np.ones(4))
    >>> print(matrix.toarray())
    [[-1.  1.  0.  0.]
     [ 0. -1.  1.  0.]
     [ 0.  0. -1.  1.]]
    """
    return SparseDerivative(plan_jacobian, f, {"argnums": argnums, "coloring": coloring, "order": order})


def hessian(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, coloring: str = "star", order: str = "natural"
) -> SparseDerivative:  # fmt: skip
    """The Hessian of a scalar function as a sparse matrix: ``wengert.hessian(f, sparse=True)``; see `jacobian`.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.sparse.hessian(lambda x: np.sum(x**3))(np.ones(1000)).nnz
    1000
    """
    return SparseDerivative(plan_hessian, f, {"argnums": argnums, "coloring": coloring, "order": order})
