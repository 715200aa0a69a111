"""`custom_derivative`: a rule of one's own, in one form, for every mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy

from ..core.abstract import CUSTOM, Abstract, NoValueError, Recording, form_of
from ..core.dtypes.kinds import WIDER, finfo, is_inexact
from ..core.dtypes.short import has_short
from ..core.lending import as_lent, owned
from ..core.node import Node
from ..core.primitive import Primitive
from ..core.python.recipes import made
from ..core.python.source import name_of
from ..core.python.trees import flatten, unflatten
from ..core.recording import abstract_alias, record
from ..core.state import (
    RECORDING,
    InUsersHands,
    Unwatched,
    Watch,
    derivative_watches,
    observers,
    recording_watches,
    records,
    state,
)
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops.broadcast import sum as sum_over
from ..ops.elementwise import astype, negative
from ..ops.indexing.index import taken
from ..ops.join import concatenate
from ..ops.matrices.solving import solve
from ..ops.shape import reshape
from ..walks.backward import transpose_joint
from ..walks.forward import apply_by_transposing
from ..walks.point import zeros
from .arguments import Arguments, fitting_leaves
from .asked import check_function
from .derivatives import jvp as jvp_of, linearize, vjp as vjp_of
from .recorded import as_raw, as_tensor
from .vectorize import vmap


@teaches_keywords
def custom_derivative(
    f: Callable[..., Any] | None = None,
    *,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    root: Callable[..., Any] | None = None,
    solve: Callable[..., Any] | None = None,
    like: Callable[..., Any] | None = None,
) -> Any:
    """Give a function a derivative of one's own; one form serves forward, reverse, nested and batched.

    Args:
        f: a function of arrays, or nestings of arrays (also NumPy code that is not differentiable).
        jvp: ``jvp(primals, out, tangents)`` gives the tangent of the result; linear in `tangents`.
        vjp: ``vjp(primals, out, cotangent)`` gives the tuple of cotangents of the arguments (or the one
            cotangent of a single argument); linear in `cotangent`.
        root: for an implicit function: ``root(out, *primals)`` is zero where ``out = f(*primals)``. The
            derivative follows from the implicit function theorem.
        solve: with `root`: ``solve(matvec, b)`` gives the x with ``matvec(x) = b``, also by NumPy code; by
            default the matrix is built and solved densely.
        like: ``like(*args)`` gives arrays of the shapes and dtypes of the result. Needed under `vmap` if `f` is
            NumPy code, which is then called for one example after the other.

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
        return lambda function: custom_derivative(function, jvp=jvp, vjp=vjp, root=root, solve=solve, like=like)
    for parameter, given in {"f": f, "jvp": jvp, "vjp": vjp, "root": root, "solve": solve, "like": like}.items():
        if given is not None:
            check_function(given, "custom_derivative", parameter)
    if root is not None:
        jvp, vjp = implicit_rules(root, Solvers.alike(solve or dense_solve))
    if jvp is None and vjp is None:
        raise TypeError(
            f"[custom_derivative] {name_of(f)} was given no rule, wanted jvp, vjp or root; "
            "write @wg.custom_derivative(vjp=lambda primals, out, cotangent: ...)"
        )
    return made(_with_rule, f, _Rule(jvp, vjp), like)


def _with_rule(
    f: Callable[..., Any], rule: _Rule, like: Callable[..., Any] | None, /, *args: Any, **kwargs: Any
) -> Any:
    if _is_unseen(args):
        return _evaluated(f, args, kwargs)
    arguments = Arguments(args, name_of(f))
    call = _Call(lambda *a: f(*a, **kwargs), rule, like, arguments, name_of(f))
    return call.rebuild(call.results(list(map(as_lent, arguments.handed_over()))))


def _is_unseen(args: Sequence[Any]) -> bool:
    """Whether the arguments are tensors with values that nobody follows, so that a call is nothing but its results."""
    if observers or (WIDER and has_short(args)):
        return False
    on = records()
    return all(type(a) is Tensor and type(a._value) is numpy.ndarray and not a._node.watch & on for a in args)


def _evaluated(f: Callable[..., Any], args: Sequence[Tensor], kwargs: dict[str, Any]) -> Any:
    """The results of a call that nobody sees."""
    with InUsersHands():
        results, structure = flatten(f(*[Tensor(a._value) for a in args], **kwargs))
    return unflatten(structure, [Tensor(value) for value in _values(results, 0, name_of(f))])


def _values(results: Sequence[Any], own: int, name: str) -> tuple[Any, ...]:
    """The raw results of a function.

    Raises:
        RuntimeError: it reads a watched tensor that is no argument.
    """
    tensors = [as_tensor(result) for result in results]
    if any(_reads_outside(tensor._node, own) for tensor in tensors):
        raise RuntimeError(
            f"[custom_derivative] {name} reads a watched tensor from outside, wanted all of them as "
            "positional arguments, since its rule gives derivatives for those only; pass the tensor to the function"
        )
    return tuple([tensor._value for tensor in tensors])


def _places(given: Sequence[Any], results: Sequence[Any]) -> tuple[int, ...]:
    """Which of the given values each result is; nothing if one is another."""
    places = {id(value): place for place, value in enumerate(given)}
    return tuple(places[id(r)] for r in results) if all(id(r) in places for r in results) else ()


def _reads_outside(node: Node, own: int) -> bool:
    """Whether a result depends on a watched tensor that is no argument; constants of a compilation are none."""
    watches = node.watch & ~own
    if state.recorder is None or watches & derivative_watches():
        return bool(watches & recording_watches())
    return bool(watches & state.recorder.bit) and state.recorder.reads_outside(node, own)


class _Rule(NamedTuple):
    """The user's derivative, in one form or both."""

    jvp: Callable[..., Any] | None
    vjp: Callable[..., Any] | None


class _Call:
    """One call of a function with its own rule: how it is evaluated, and (as a `JointMap`) its derivative.

    Attributes:
        arguments: those of the call, of which the numbers are operands.
        out_structure: how the result is nested.
        handed_on: where a recording has seen that each result is one of the operands as it is, which one that is.
    """

    def __init__(
        self, f: Callable[..., Any], rule: _Rule, like: Callable[..., Any] | None, arguments: Arguments, name: str
    ) -> None:
        self.f = f
        self.rule = rule
        self.like = like
        self.arguments = arguments
        self.out_structure: Any = None
        self.handed_on: tuple[int, ...] = ()
        self.name = name
        self.needs = frozenset(range(-1, arguments.count))

    def results(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Evaluate and record."""
        primitive = Primitive(
            self.name, self.evaluate, ("*operands",), self.shape, joint=self, batch=self.batch, many=True, moves=True
        )
        return record(primitive, operands, {})

    def rebuild(self, results: Sequence[Any]) -> Any:
        return unflatten(self.out_structure, results)

    def _run(self, f: Callable[..., Any], leaves: Sequence[Any], own: int = 0) -> tuple[Any, ...]:
        """The raw results of a function, whose structure is remembered."""
        with InUsersHands():
            results, self.out_structure = flatten(f(*self.arguments.filled(leaves)))
        return _values(results, own, self.name)

    def evaluate(self, *values: Any) -> tuple[Any, ...]:
        return self._run(self.f, [Tensor(value) for value in values])

    def shape(self, *forms: Any) -> tuple[Abstract, ...]:
        with Watch(abstract=True) as own:
            recording = Recording(CUSTOM)
            leaves = [abstract_alias(form_of(form), own, recording) for form in forms]
            try:
                values = self._run(self.like or self.f, leaves, own)
                self.handed_on = _places([leaf._value for leaf in leaves], values) if self.like is None else ()
                return tuple(map(form_of, values))
            except NoValueError as error:
                raise TypeError(
                    f"[custom_derivative] {self.name} asks for values, wanted the shape of its result to be known "
                    "where it is recorded without them (under vmap, jit and loops); write @wg.custom_derivative(like="
                    "lambda *args: ...) with a function of array operations that gives arrays of that shape and dtype"
                ) from error

    def batch(self, size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
        axes = self.arguments.vectors([0 if b else None for b in batched])
        like = self.like and vmap(self.like, in_axes=axes)
        f = vmap(self.f, in_axes=axes) if like is None else self._looped(size, batched)
        rule = _Rule(
            self.rule.jvp and vmap(self.rule.jvp, in_axes=(axes, 0, axes)),
            self.rule.vjp and self._batched_vjp(self.rule.vjp, axes, batched),
        )
        call = _Call(f, rule, like, self.arguments, self.name)
        return call.results([as_tensor(operand) for operand in operands])

    def _looped(self, size: int, batched: Sequence[bool]) -> Callable[..., Any]:
        """The function of a batch that calls `f` for one example after the other."""

        def looped(*args: Any) -> Any:
            leaves = self.arguments.leaves_of(args, self.name)
            examples = [
                self._run(self.f, [leaf[i] if b else leaf for leaf, b in zip(leaves, batched, strict=True)])
                for i in range(size)
            ]
            return self.rebuild([numpy.stack(column) for column in zip(*examples, strict=True)])

        return looped

    def _batched_vjp(
        self, vjp: Callable[..., Any], axes: tuple[Any, ...], batched: Sequence[bool]
    ) -> Callable[..., Any]:
        """The `vjp` of a batch: an operand that all examples share receives the sum over the batch."""

        def pull(primals: Any, out: Any, cotangent: Any) -> Any:
            each = vmap(lambda *point: self._cotangents(vjp(*point)), in_axes=(axes, 0, 0))
            leaves = each(primals, out, cotangent)
            return self.arguments.vectors(
                [c if b else sum_over(c, axis=(0,), keepdims=False) for c, b in zip(leaves, batched, strict=True)]
            )

        return pull

    # -- the linear map ----------------------------------------------------------------------------

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        if self.rule.jvp is None:
            with self._transposing("forward", wanted="jvp", given="vjp"):
                return apply_by_transposing(self, tangents, residuals, node, bit)
        primals, out = self._point(residuals)
        given = self.arguments.vectors(_filled(tangents, node.forms))
        with InUsersHands():
            tangent = self.rule.jvp(primals, out, given)
        leaves = fitting_leaves(tangent, self.out_structure, f"the jvp of {self.name}", "the result")
        return tuple(self._checked(leaves, node.forms[-1], "jvp"))

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        if self.rule.vjp is None:
            with self._transposing("reverse", wanted="vjp", given="jvp"):
                return transpose_joint(self, cotangent, residuals, node, wanted, bit)
        primals, out = self._point(residuals)
        given = self.rebuild(_filled(cotangent, node.forms[-1]))
        with InUsersHands():
            cotangents = self.rule.vjp(primals, out, given)
        return self._checked(self._cotangents(cotangents), node.forms, "vjp")

    def _point(self, residuals: Sequence[Any]) -> tuple[Any, Any]:
        *operands, out = residuals
        primals = self.arguments.filled([as_tensor(o) for o in operands])
        return primals, self.rebuild([as_tensor(o) for o in out])

    def _cotangents(self, given: Any) -> list[Any]:
        """The leaves of the cotangents of the arguments, of which a single one need not be in a tuple."""
        return self.arguments.leaves_of(given, f"the vjp of {self.name}")

    def _checked(self, leaves: Sequence[Any], forms: Sequence[Any], rule: str) -> list[Any]:
        leaves = [owned(as_raw(leaf, "custom_derivative")) for leaf in leaves]
        for i, (leaf, form) in enumerate(zip(leaves, forms, strict=False)):
            if leaf.shape != form.shape:
                raise TypeError(
                    f"[custom_derivative] the {rule} of {self.name} returned shape {leaf.shape} at leaf {i}, wanted "
                    f"{form.shape}; write np.broadcast_to or a sum, so that it has the shape of what it belongs to"
                )
        return leaves

    @contextmanager
    def _transposing(self, mode: str, wanted: str, given: str) -> Iterator[None]:
        try:
            yield
        except NoValueError as error:
            raise TypeError(
                f"[custom_derivative] {mode} mode of {self.name} was asked for, and its {given} asks for values, so "
                f"that no {wanted} follows from it; wanted array operations that are linear in the (co)tangent; write "
                f"them so, or give the {wanted} too: @wg.custom_derivative({given}=..., {wanted}=...)"
            ) from error


def _filled(vectors: Sequence[Any], forms: Sequence[Any]) -> list[Tensor]:
    """The (co)tangents with zeros for ``None``."""
    return [as_tensor(zeros(f) if v is None else v) for v, f in zip(vectors, forms, strict=False)]


# -- implicit functions ----------------------------------------------------------------------------


class Solvers(NamedTuple):
    """What solves linear equations: in the Jacobian of a root, and in its transpose."""

    straight: Callable[..., Any]
    transposed: Callable[..., Any]

    @classmethod
    def alike(cls, solve: Callable[..., Any]) -> Solvers:
        return cls(solve, solve)

    @property
    def turned(self) -> Solvers:
        """Those for the transposed root."""
        return Solvers(self.transposed, self.straight)


def implicit_rules(root: Callable[..., Any], solvers: Solvers) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The rules of the function that `root` defines: with F(x, a) = 0, dx = -(dF/dx)^-1 (dF/da) da.

    The linear equations are implicit functions in their turn, so that solvers are never differentiated.
    """

    def pulling(primals: tuple[Any, ...], out: Any) -> Callable[..., Any]:
        pull = vjp_of(lambda x: root(x, *primals), out)[1]
        return lambda v: pull(v)[0]

    def jvp(primals: tuple[Any, ...], out: Any, tangents: tuple[Any, ...]) -> Any:
        given = _Movable(Arguments(primals, "custom_derivative"))
        moving = given.chosen(given.arguments.leaves_of(tangents, "the function"))
        moved = jvp_of(lambda *leaves: root(out, *given.filled(leaves)), given.leaves, moving)[1]
        return linear_solve(pushing(root), solvers)(primals, out, _minus(moved))

    def vjp(primals: tuple[Any, ...], out: Any, cotangent: Any) -> tuple[Any, ...]:
        multiplier = linear_solve(pulling, solvers.turned)(primals, out, _minus(cotangent))
        given = _Movable(Arguments(primals, "custom_derivative"))
        pulled = vjp_of(lambda *leaves: root(out, *given.filled(leaves)), *given.leaves)[1](multiplier)
        return given.vectors(pulled)

    return jvp, vjp


def pushing(root: Callable[..., Any]) -> Callable[..., Any]:
    """The Jacobian of a root in what it is zero at, as a map that is linear: at the other arguments and there."""
    return lambda primals, out: linearize(lambda x: root(x, *primals), out)[1]


class _Movable:
    """Those of some arguments that can move: an integer has no derivative.

    Attributes:
        arguments: all of them.
        leaves: the real and complex numbers among their leaves.
    """

    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.can_move = [is_inexact(leaf.dtype) for leaf in arguments.leaves]
        self.leaves = self.chosen(arguments.leaves)

    def chosen(self, leaves: Sequence[Any]) -> list[Any]:
        """What belongs to the leaves that can move."""
        return [leaf for leaf, can_move in zip(leaves, self.can_move, strict=True) if can_move]

    def _spread(self, leaves: Sequence[Any], others: Callable[[Any], Any]) -> list[Any]:
        following = iter(leaves)
        every = zip(self.arguments.leaves, self.can_move, strict=True)
        return [next(following) if can_move else others(leaf) for leaf, can_move in every]

    def filled(self, leaves: Sequence[Any]) -> Any:
        """The arguments with other numbers."""
        return self.arguments.filled(self._spread(leaves, lambda leaf: leaf))

    def vectors(self, leaves: Sequence[Any]) -> Any:
        """A cotangent for each number, nested as the arguments are."""
        return self.arguments.vectors(self._spread(leaves, zeros))


def linear_solve(map_at: Callable[..., Any], solvers: Solvers) -> Callable[..., Any]:
    """The solution x of ``map_at(primals, out)(x) = b`` as a function of primals, out and b.

    Where there are no values, a solver of array operations is recorded, and one that asks for values is a step of its
    own.
    """

    def solution(primals: Any, out: Any, b: Any) -> Any:
        return solvers.straight(map_at(primals, out), b)

    def residual(x: Any, primals: Any, out: Any, b: Any) -> Any:
        return _plus(map_at(primals, out)(x), _minus(b))

    jvp, vjp = implicit_rules(residual, solvers)
    asking = custom_derivative(solution, jvp=jvp, vjp=vjp, like=lambda primals, out, b: b)

    def solution_by_operations(*given: Any) -> Any:
        try:
            with unwatched():
                x = solution(*given)
        except NoValueError:
            return asking(*given)
        return handed_on(*implicit_rules(lambda out, x, *given: residual(out, *given), solvers))(x, *given)

    return solution_by_operations


def unwatched() -> Unwatched:
    """A block in which no derivative is recorded, but for those that begin in it; recordings without values go on."""
    return Unwatched(recording_watches() & (RECORDING - 1))


def handed_on(jvp: Callable[..., Any], vjp: Callable[..., Any]) -> Callable[..., Any]:
    """The function of an x that is known and what it depends on, which hands it on and has these rules.

    So the operations that x was computed by are recorded as they are, and nothing of them is differentiated.
    """
    return custom_derivative(lambda x, *args: x, jvp=jvp, vjp=vjp)


def _minus(tree: Any) -> Any:
    leaves, structure = flatten(tree)
    return unflatten(structure, [negative(leaf) for leaf in leaves])


def _plus(first: Any, second: Any) -> Any:
    leaves, structure = flatten(first)
    return unflatten(structure, [a + b for a, b in zip(leaves, flatten(second)[0], strict=True)])


def dense_solve(matvec: Callable[..., Any], b: Any) -> Any:
    """Build the matrix of a linear function column by column, and solve.

    Raises:
        numpy.linalg.LinAlgError: the matrix is singular.
    """
    vector, rebuild = raveled(b)
    basis = numpy.eye(vector.size, dtype=vector.dtype)
    matrix = vmap(lambda v: raveled(matvec(rebuild(v)))[0], out_axes=-1)(basis)
    _check_regular(matrix)
    return rebuild(reshape(solve(matrix, reshape(vector, shape=(vector.size, 1))), shape=(vector.size,)))


def _check_regular(matrix: Tensor) -> None:
    """Refuse a matrix with a value that has no inverse to working precision."""
    if type(matrix._value) is Abstract or not numpy.isfinite(matrix._value).all():
        return
    condition = numpy.linalg.cond(matrix._value, 1) if matrix.size else 1.0
    if not condition * finfo(matrix.dtype).eps < 1:
        raise numpy.linalg.LinAlgError(
            "[implicit] the Jacobian of the residual is singular at the solution (its condition number is "
            f"{condition:.1e}), wanted one with an inverse, since the equations do not say how the solution moves; "
            "write as many independent equations as unknowns, and solve where the solution stands alone"
        )


def raveled(tree: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The numbers of a tree as one vector, and the function that makes such a tree of such a vector."""
    leaves, structure = flatten(tree)
    leaves = [as_tensor(leaf) for leaf in leaves]
    stops = numpy.cumsum([leaf.size for leaf in leaves]).tolist()

    def rebuild(vector: Any) -> Any:
        parts = [taken(vector, slice(stop - leaf.size, stop)) for stop, leaf in zip(stops, leaves, strict=True)]
        return unflatten(
            structure,
            [
                astype(reshape(part, shape=leaf.shape), dtype=leaf.dtype)
                for part, leaf in zip(parts, leaves, strict=True)
            ],
        )

    return concatenate(*[reshape(leaf, shape=(leaf.size,)) for leaf in leaves], axis=0), rebuild
