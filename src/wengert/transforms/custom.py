"""`custom_derivative`: a rule of one's own, in one form, for every mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy

from ..core.abstract import Abstract, Recording, form_of
from ..core.node import Node
from ..core.primitive import Primitive
from ..core.recording import abstract_alias, record
from ..core.state import Watch, state
from ..core.tensor import Tensor
from ..core.trees import flatten, unflatten
from .derivatives import describe, jvp as jvp_of, vjp as vjp_of
from .recorded import as_raw, as_tensor
from .vectorize import vmap


def custom_derivative(
    f: Callable[..., Any] | None = None,
    *,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    root: Callable[..., Any] | None = None,
    solve: Callable[..., Any] | None = None,
) -> Any:
    """Give a function a derivative of one's own; one form serves forward, reverse, nested and batched.

    Args:
        f: a function of arrays, or nestings of arrays (also NumPy code that is not differentiable).
        jvp: ``jvp(primals, out, tangents)`` gives the tangent of the result; linear in `tangents`.
        vjp: ``vjp(primals, out, cotangent)`` gives the tuple of cotangents of the arguments (or the one
            cotangent of a single argument); linear in `cotangent`.
        root: for an implicit function: ``root(out, *primals)`` is zero where ``out = f(*primals)``. The
            derivative follows from the implicit function theorem.
        solve: with `root`: ``solve(matvec, b)`` gives the x with ``matvec(x) = b``; by default the matrix
            is built and solved densely.

    Returns:
        The function with its derivative; a decorator if `f` is not given. If both `jvp` and `vjp` are given
        each is used in its mode, and `wengert.check` tells whether they agree.

    Raises:
        TypeError: no rule was given, or one that is not of the form above.

    >>> import wengert as wg, wengert.numpy as np
    >>> @wg.custom_derivative(vjp=lambda primals, out, ct: ct * 3 * primals[0] ** 2)
    ... def cube(x):
    ...     return x**3
    >>> wg.grad(cube)(2.0), wg.grad(wg.grad(cube))(2.0)
    (tensor(12.), tensor(12.))

    Source for `root`: A. Griewank and A. Walther (2008), section 15.5.
    """
    if f is None:
        return lambda function: custom_derivative(function, jvp=jvp, vjp=vjp, root=root, solve=solve)
    if root is not None:
        joint_jvp, joint_vjp = _implicit(root, solve or _dense_solve)
    else:
        joint_jvp, joint_vjp = jvp, vjp
    if joint_jvp is None and joint_vjp is None:
        raise TypeError(
            f"[custom_derivative] {_name(f)} was given no rule, wanted jvp, vjp or root; "
            "write @wg.custom_derivative(vjp=lambda primals, out, cotangent: ...)"
        )
    rule = _Rule(joint_jvp, joint_vjp)

    @wraps(f)
    def with_rule(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten(args)
        call = _Call(lambda *a: f(*a, **kwargs), rule, structure, _name(f))
        results = record(call.primitive, [as_tensor(as_raw(leaf)) for leaf in leaves], {})
        return call.rebuild(results)

    return with_rule


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)


class _Rule:
    """The user's derivative, in one form or both."""

    def __init__(self, jvp: Callable[..., Any] | None, vjp: Callable[..., Any] | None) -> None:
        self.jvp = jvp
        self.vjp = vjp

    def batched(self, in_axes: Any, size: int) -> _Rule:
        """The rule for a batch of examples."""
        jvp = self.jvp and vmap(self.jvp, in_axes=(in_axes, 0, in_axes))
        vjp = self.vjp and _batched_vjp(self.vjp, in_axes)
        return _Rule(jvp, vjp)


def _batched_vjp(vjp: Callable[..., Any], in_axes: tuple[Any, ...]) -> Callable[..., Any]:
    """A batched `vjp`: an operand that all examples share receives the sum over the batch."""

    def batched(primals: Any, out: Any, cotangent: Any) -> Any:
        each = vmap(lambda p, o, c: as_tuple(vjp(p, o, c)), in_axes=(in_axes, 0, 0))(primals, out, cotangent)
        return tuple(_sum_leading(c) if axis is None else c for c, axis in zip(each, in_axes, strict=True))

    return batched


def _sum_leading(tree: Any) -> Any:
    from ..ops.reduce import sum as sum_over

    leaves, structure = flatten(tree)
    return unflatten(structure, [sum_over(leaf, axis=(0,), keepdims=False) for leaf in leaves])


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


class _Call:
    """One call of a function with its own rule: the primitive, and its linear map."""

    def __init__(self, f: Callable[..., Any], rule: _Rule, structure: Any, name: str) -> None:
        self.f = f
        self.rule = rule
        self.structure = structure
        self.name = name
        self.out_structure: Any = None
        self.primitive = Primitive(name, self.evaluate, ("*operands",), self.shape, joint=_CustomMap(self), many=True)
        self.primitive.batch = self.batch
        self.primitive.operation = lambda *operands, **params: record(self.primitive, operands, params)

    def rebuild(self, results: Sequence[Any]) -> Any:
        return unflatten(self.out_structure, results)

    def _run(self, leaves: Sequence[Any]) -> list[Tensor]:
        """The flat results of the function; remembers their structure."""
        results, self.out_structure = flatten(self.f(*unflatten(self.structure, leaves)))
        tensors = [as_tensor(result) for result in results]
        for tensor in tensors:
            if tensor._node.watch & state.on and type(tensor._value) is not Abstract:
                raise RuntimeError(
                    f"[custom_derivative] {self.name} reads a watched tensor from outside, wanted all of them as "
                    "arguments, since its rule gives derivatives for arguments only; pass the tensor to the function"
                )
        return tensors

    def evaluate(self, *values: Any) -> tuple[Any, ...]:
        return tuple(t._value for t in self._run([Tensor(v) for v in values]))

    def shape(self, *forms: Any) -> tuple[Abstract, ...]:
        recording = Recording(self.name)
        with Watch(abstract=True) as bit:
            leaves = [abstract_alias(form_of(form), bit, recording) for form in forms]
            return tuple(form_of(t._value) for t in self._run(leaves))

    def batch(self, size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
        axes = unflatten(self.structure, [0 if b else None for b in batched])
        call = _Call(vmap(self.f, in_axes=axes), self.rule.batched(axes, size), self.structure, self.name)
        return record(call.primitive, [as_tensor(as_raw(o)) for o in operands], {})


class _CustomMap:
    """The linear map that a user's rule states."""

    def __init__(self, call: _Call) -> None:
        self.call: Any = call
        self.needs = frozenset(range(-1, call.structure.num_leaves))
        self.apply = self._apply if call.rule.jvp is not None else None
        self.transpose = self._transpose if call.rule.vjp is not None else None

    def _point(self, residuals: Sequence[Any]) -> tuple[Any, Any]:
        *operands, out = residuals
        primals = unflatten(self.call.structure, [as_tensor(o) for o in operands])
        return primals, self.call.rebuild([as_tensor(o) for o in out])

    def _apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        primals, out = self._point(residuals)
        filled = [
            as_tensor(numpy.zeros(f.shape, f.dtype) if t is None else t)
            for t, f in zip(tangents, node.forms, strict=False)
        ]
        tangent = self.call.rule.jvp(primals, out, unflatten(self.call.structure, filled))
        return tuple(self._leaves(tangent, self.call.out_structure, "jvp", "the result"))

    def _transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        primals, out = self._point(residuals)
        filled = [
            as_tensor(numpy.zeros(f.shape, f.dtype) if c is None else c)
            for c, f in zip(cotangent, node.forms[-1], strict=True)
        ]
        cotangents = self.call.rule.vjp(primals, out, self.call.rebuild(filled))
        return self._leaves(as_tuple(cotangents), self.call.structure, "vjp", "the arguments")

    def _leaves(self, tree: Any, structure: Any, rule: str, what: str) -> list[Any]:
        leaves, own = flatten(tree)
        if own != structure:
            raise TypeError(
                f"[custom_derivative] the {rule} of {self.call.name} returned the structure {describe(own)}, wanted "
                f"that of {what}, {describe(structure)}; write one entry for each, zeros where there is no derivative"
            )
        return leaves


# -- implicit functions ----------------------------------------------------------------------------


def _implicit(root: Callable[..., Any], solve: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The rules of the function that `root` defines: with F(x, a) = 0, dx = -(dF/dx)^-1 (dF/da) da."""

    def jvp(primals: tuple[Any, ...], out: Any, tangents: tuple[Any, ...]) -> Any:
        _, moved = jvp_of(lambda *a: root(out, *a), primals, tangents)
        return solve(lambda v: jvp_of(lambda x: root(x, *primals), (out,), (v,))[1], -moved)

    def vjp(primals: tuple[Any, ...], out: Any, cotangent: Any) -> tuple[Any, ...]:
        _, pull_out = vjp_of(lambda x: root(x, *primals), out)
        multiplier = solve(lambda v: pull_out(v)[0], -cotangent)
        _, pull_arguments = vjp_of(lambda *a: root(out, *a), *primals)
        return pull_arguments(multiplier)

    return jvp, vjp


def _dense_solve(matvec: Callable[..., Any], b: Any) -> Any:
    """Build the matrix of a linear function column by column, and solve."""
    from ..ops.linalg import solve
    from ..ops.shape import reshape

    size = max(b.size, 1)
    basis = numpy.eye(size, dtype=b.dtype).reshape(size, *b.shape)
    columns = vmap(matvec, out_axes=-1)(basis)
    matrix = reshape(columns, shape=(size, size))
    return reshape(solve(matrix, reshape(b, shape=(size, 1))), shape=b.shape)
